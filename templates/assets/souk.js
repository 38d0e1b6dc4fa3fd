// Souk's one small script. Every page is complete without it.
(function () {
  "use strict";
  // Times in the reader's own zone; the UTC time stays in the title.
  document.querySelectorAll("time[datetime]").forEach(function (element) {
    var at = new Date(element.dateTime);
    if (isNaN(at)) return;
    element.textContent = at.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  });
  // An error summary gets the focus, so that it is read first.
  var summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();
  // A field that changes the form asks for the new one by itself.
  document.querySelectorAll("[data-refreshes]").forEach(function (field) {
    field.addEventListener("change", function () {
      var button = field.form && field.form.querySelector("[name=update]");
      if (button) button.click();
    });
  });
  // Once pressed, a button says so; the idempotency key keeps a second press harmless.
  document.querySelectorAll("form[method=post]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      var button = event.submitter;
      if (button && button.dataset.pressed) setTimeout(function () { button.textContent = button.dataset.pressed; }, 0);
    });
  });
})();
