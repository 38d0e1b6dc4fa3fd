// Souk's one small script. Every page is complete without it.
(function () {
  "use strict";
  // Times in the reader's own zone; the UTC time stays in the title.
  document.querySelectorAll("time[datetime]").forEach(function (element) {
    var at = new Date(element.dateTime);
    if (isNaN(at)) return;
    var day = "clock" in element.dataset ? undefined : "numeric";
    element.textContent = at.toLocaleString("en-GB", { day: day, month: day && "short", hour: "2-digit", minute: "2-digit", second: document.querySelector(".rail") ? "2-digit" : undefined });
  });
  var zone = document.querySelector(".zone");
  if (zone) zone.textContent = "Times are in your own zone, " + Intl.DateTimeFormat().resolvedOptions().timeZone.replace(/_/g, " ") + ".";
  // An error summary gets the focus, so that it is read first.
  var summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();
  // A field that changes the form asks for the new one by itself, but not for who types: from the keyboard
  // every step through a list is a change, and the button is there. Focus and place come back afterwards.
  var typed = false;
  document.addEventListener("pointerdown", function () { typed = false; }, true);
  document.addEventListener("keydown", function () { typed = true; }, true);
  document.querySelectorAll("[data-refreshes]").forEach(function (field) {
    field.addEventListener("change", function () {
      var group = field.closest("section");
      var button = group && group.querySelector("[name=update]");
      if (!button || typed) return;
      // Without the anchor that other browsers get: the place is ours to restore.
      button.formAction = location.pathname;
      sessionStorage.setItem("place", JSON.stringify([location.pathname, field.name, field.value, field.getBoundingClientRect().top]));
      button.click();
    });
  });
  var place = JSON.parse(sessionStorage.getItem("place") || "null");
  sessionStorage.removeItem("place");
  if (place && place[0] === location.pathname && !summary) {
    var same = Array.prototype.filter.call(document.getElementsByName(place[1]), function (one) { return one.type !== "radio" || one.value === place[2]; })[0];
    if (same) {
      same.focus({ preventScroll: true });
      window.scrollBy(0, same.getBoundingClientRect().top - place[3]);
    }
  }
  // Once pressed, a button says so; the idempotency key keeps a second press harmless.
  document.querySelectorAll("form[method=post]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      var button = event.submitter;
      if (button && button.dataset.pressed) setTimeout(function () { button.textContent = button.dataset.pressed; }, 0);
    });
  });
})();
