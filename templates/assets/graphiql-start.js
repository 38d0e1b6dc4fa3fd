// Starts GraphiQL on our own endpoint: queries over POST, subscriptions over server-sent events.
(function () {
  "use strict";

  function request(parameters, accept) {
    return fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", accept: accept },
      body: JSON.stringify(parameters),
    });
  }

  // Which kind the chosen operation is; the editor hands the whole document over.
  function isSubscription(parameters) {
    var operations = /(?:^|[}\s])(query|mutation|subscription)\s*([A-Za-z_]\w*)?/g;
    for (var found = operations.exec(parameters.query); found; found = operations.exec(parameters.query)) {
      if (!parameters.operationName || found[2] === parameters.operationName) {
        return found[1] === "subscription";
      }
    }
    return false;
  }

  async function* follow(parameters) {
    var response = await request(parameters, "text/event-stream");
    var reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    var rest = "";
    for (;;) {
      var part = await reader.read();
      if (part.done) return;
      var events = (rest + part.value).split("\n\n");
      rest = events.pop();
      for (var event of events) {
        var data = event.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
        if (event.startsWith("event: next")) yield JSON.parse(data.join("\n"));
      }
    }
  }

  function fetcher(parameters) {
    if (isSubscription(parameters)) return follow(parameters);
    return request(parameters, "application/graphql-response+json").then((response) => response.json());
  }

  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher: fetcher,
      defaultQuery: "# Sign in at / first: you see\n# what that person may see.\n{\n  viewer {\n    __typename\n  }\n}\n",
    }),
  );
})();
