// Starts GraphiQL on our own endpoint: queries over POST, subscriptions over server-sent events.
(function () {
  "use strict";

  function request(parameters, accept, more) {
    return fetch("/graphql", {
      method: "POST",
      headers: Object.assign({}, more && more.headers, { "content-type": "application/json", accept: accept }),
      body: JSON.stringify(parameters),
      signal: more && more.signal,
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

  async function* events(parameters, headers, signal) {
    var response = await request(parameters, "text/event-stream", { headers: headers, signal: signal });
    var reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    var rest = "";
    for (;;) {
      var part = await reader.read();
      if (part.done) return;
      var whole = (rest + part.value).split("\n\n");
      rest = whole.pop();
      for (var event of whole) {
        var data = event.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
        if (event.startsWith("event: next")) yield JSON.parse(data.join("\n"));
      }
    }
  }

  // Stopping ends the request at once, also while it waits: a browser has few connections to a host.
  function follow(parameters, headers) {
    var stop = new AbortController();
    var inner = events(parameters, headers, stop.signal);
    return {
      next: () => inner.next().catch((error) => {
        if (stop.signal.aborted) return { done: true, value: undefined };
        throw error;
      }),
      return: () => {
        stop.abort();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: function () { return this; },
    };
  }

  function fetcher(parameters, options) {
    var headers = options && options.headers;
    if (isSubscription(parameters)) return follow(parameters, headers);
    var more = { headers: headers };
    return request(parameters, "application/graphql-response+json", more).then((response) => response.json());
  }

  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher: fetcher,
      defaultQuery: "# Sign in at / first: you see\n# what that person may see.\n{\n  viewer {\n    __typename\n  }\n}\n",
    }),
  );
})();
