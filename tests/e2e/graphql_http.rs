//! GraphQL over HTTP by its specification, both media types, and the WebSocket protocol's close codes.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::sandbox::http;
use crate::support::{Engine, Stack};

const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

struct Answer {
    status: u16,
    kind: String,
    body: Value,
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let kind = response
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let status = response.status().as_u16();
    let body = serde_json::from_str(&response.text().await.expect("text")).unwrap_or(Value::Null);
    Answer { status, kind, body }
}

async fn post(stack: &Stack, accept: Option<&str>, body: Value) -> Answer {
    let mut request =
        http().post(format!("{}/graphql", stack.url)).header("content-type", JSON).body(body.to_string());
    if let Some(accept) = accept {
        request = request.header("accept", accept);
    }
    send(request).await
}

/// Since 2025 a request without `Accept` is answered in the specification's own media type. Spoken by
/// hand, because HTTP clients send the header unasked.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_wish_the_specifications_own_media_type_is_used() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let stack = Stack::start(&Engine::Sqlite).await;
    let host = stack.url.strip_prefix("http://").expect("plain");
    let mut stream = tokio::net::TcpStream::connect(host).await.expect("connects");
    let body = json!({ "query": "{ __typename }" }).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: {JSON}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("reads");
    assert!(answer.contains(&format!("content-type: {GRAPHQL}; charset=utf-8")), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_graphiql_and_nothing_from_elsewhere() {
    let stack = Stack::start(&Engine::Sqlite).await;
    let open = |accept: &'static str| {
        let request = http().get(format!("{}/graphql", stack.url)).header("accept", accept);
        async move { request.send().await.expect("an answer") }
    };
    let page = open("text/html,application/xhtml+xml,*/*;q=0.8").await;
    assert_eq!(page.status(), 200);
    let html = page.text().await.expect("text");
    let sources: Vec<&str> = html
        .split(['"'])
        .filter(|text| text.ends_with(".js") || text.ends_with(".css") || text.ends_with(".svg"))
        .collect();
    assert_eq!(sources.len(), 6, "{html}");
    for source in sources {
        assert!(source.starts_with("/assets/"), "{source}");
        let asset = http().get(format!("{}{source}", stack.url)).send().await.expect("an answer");
        assert_eq!(asset.status(), 200, "{source}");
        assert_eq!(asset.headers()["cache-control"], "public, max-age=31536000, immutable", "{source}");
    }
    assert_eq!(open("application/json").await.status(), 400, "a program without a query is told so");
    // What it asks first: types wrapped nine deep, like every code generator.
    let wrapped = (0..9).fold("kind name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
    let query = format!("{{ __schema {{ types {{ fields {{ args {{ type {{ {wrapped} }} }} }} }} }} }}");
    let answer = post(&stack, Some(GRAPHQL), json!({ "query": query })).await;
    assert_eq!((answer.status, answer.body.get("errors")), (200, None));
    let Some(browser) = crate::support::Browser::open().await else { return };
    browser.go(&format!("{}/graphql", stack.url)).await;
    browser.until_says("Variables").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_must_and_should_of_the_specification_holds() {
    let stack = Stack::start(&Engine::Sqlite).await;
    let fine = json!({ "query": "{ __typename }" });
    // Media types: matched when asked for, application/json for "anything", 406 for others.
    for (accept, kind) in [
        (Some(GRAPHQL), GRAPHQL),
        (Some(JSON), JSON),
        (Some("*/*"), JSON),
        (Some("application/graphql-response+json, application/json;q=0.9"), GRAPHQL),
        (Some("application/json;q=0.2, application/graphql-response+json;q=0.9"), GRAPHQL),
        (Some("application/json; charset=utf-8"), JSON),
    ] {
        let answer = post(&stack, accept, fine.clone()).await;
        assert_eq!(answer.status, 200, "{accept:?}");
        assert_eq!(answer.kind, format!("{kind}; charset=utf-8"), "{accept:?}");
        assert_eq!(answer.body, json!({ "data": { "__typename": "Query" } }));
    }
    assert_eq!(post(&stack, Some("text/html"), fine.clone()).await.status, 406);

    // What is no request at all is 400 in both media types, and has no data.
    let url = format!("{}/graphql", stack.url);
    for accept in [GRAPHQL, JSON] {
        for body in [
            "{",
            "[]",
            "\"text\"",
            "",
            "{}",
            r#"{"qeury":"{ __typename }"}"#,
            r#"{"query":1}"#,
            r#"{"query":["x"]}"#,
            r#"{"query":"{ __typename }","variables":"x"}"#,
            r#"{"query":"{ __typename }","variables":[1]}"#,
            r#"{"query":"{ __typename }","operationName":{}}"#,
            r#"{"query":"{ __typename }","extensions":1}"#,
        ] {
            let request = http().post(&url).header("content-type", JSON).header("accept", accept).body(body);
            let answer = send(request).await;
            assert_eq!(answer.status, 400, "{accept} {body}");
            assert!(answer.body.get("data").is_none() && answer.body["errors"].is_array(), "{body}");
        }
        for parameters in [
            json!({ "variables": null }),
            json!({ "operationName": null }),
            json!({ "extensions": null }),
            json!({ "variables": {} }),
            json!({ "extensions": { "any": 1 } }),
        ] {
            let mut body = fine.clone();
            body.as_object_mut()
                .expect("an object")
                .extend(parameters.as_object().expect("an object").clone());
            assert_eq!(post(&stack, Some(accept), body).await.status, 200, "{parameters}");
        }
    }
    // A request that cannot be served: 400 in the new media type, 200 in the old, never data.
    for query in [
        "{",
        "{ nothing }",
        "query A { __typename } query B { __typename }",
        "query($x: Int!) { __typename }",
    ] {
        for (accept, status) in [(GRAPHQL, 400), (JSON, 200)] {
            let answer = post(&stack, Some(accept), json!({ "query": query })).await;
            assert_eq!(answer.status, status, "{accept} {query}");
            assert!(
                answer.body.get("data").is_none() && answer.body["errors"].is_array(),
                "{query}: {}",
                answer.body
            );
        }
    }
    // A field error leaves data behind, and 200.
    let partial =
        post(&stack, Some(GRAPHQL), json!({ "query": "{ __typename sellers { edges { cursor } } }" })).await;
    assert_eq!(partial.status, 200, "{}", partial.body);
    assert!(partial.body.as_object().expect("an object").contains_key("data"));

    // Content types.
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=iso-8859-1",
    ] {
        let request = http().post(&url).header("content-type", kind).body(fine.to_string());
        assert_eq!(send(request).await.status, 415, "{kind}");
    }
    let unnamed = http().post(&url).body(fine.to_string());
    assert_eq!(send(unnamed).await.status, 415);
    let utf8 =
        http().post(&url).header("content-type", "application/json;charset=UTF-8").body(fine.to_string());
    assert_eq!(send(utf8).await.status, 200);

    // GET asks and never changes; other methods are told which are there.
    let get = |parameters: &[(&str, &str)]| {
        http().get(reqwest::Url::parse_with_params(&url, parameters).expect("a URL"))
    };
    assert_eq!(send(get(&[("query", "{ __typename }")])).await.status, 200);
    let named =
        [("query", "query A($x: Int) { __typename }"), ("operationName", "A"), ("variables", r#"{"x":1}"#)];
    assert_eq!(send(get(&named)).await.status, 200);
    assert_eq!(send(get(&[("query", "{ __typename }"), ("variables", "x")])).await.status, 400);
    assert_eq!(send(get(&[])).await.status, 400);
    let mutation =
        get(&[("query", "mutation { revokeApiToken(input: { id: \"x\" }) { problems { code } } }")])
            .send()
            .await
            .expect("an answer");
    assert_eq!(mutation.status(), 405);
    assert_eq!(mutation.headers()["allow"], "POST");
    assert_eq!(send(http().put(&url).body("x")).await.status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_before_anything_runs() {
    let stack = Stack::start(&Engine::Sqlite).await;
    let nested = |rounds: usize, first: usize| {
        let round = format!("{{ payouts(first: {first}) {{ edges {{ node {{ seller ");
        format!("{}{{ id }}{}", round.repeat(rounds), " } } } }".repeat(rounds))
    };
    let aliases: String = (0..40).map(|index| format!("a{index}: id ")).collect();
    let roots: String = (0..25).map(|index| format!("a{index}: __typename ")).collect();
    let spread = format!("fragment f on Query {{ {} }}", "__typename viewer { id } ".repeat(11));
    for (words, query) in [
        ("nested too deep", nested(5, 1)),
        ("too complex", nested(3, 100)),
        ("at most 30 aliases", format!("{{ viewer {{ {aliases} }} }}")),
        ("at most 20 root fields", format!("{{ {roots} }}")),
        ("at most 20 root fields", format!("{{ ...f }} {spread}")),
        ("at most 2000 tokens", format!("{{ viewer {{ {} }} }}", "id ".repeat(3000))),
    ] {
        let answer = post(&stack, Some(GRAPHQL), json!({ "query": query })).await;
        assert_eq!(answer.status, 400, "{words}: {}", answer.body);
        assert!(answer.body.get("data").is_none(), "{words}");
        assert!(answer.body.to_string().contains(words), "{words}: {}", answer.body);
    }
    let fine = post(&stack, Some(GRAPHQL), json!({ "query": nested(2, 5) })).await;
    assert_eq!(fine.body["errors"][0]["extensions"]["code"], "SIGN_IN_FIRST", "{}", fine.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_close_by_the_protocols_codes() {
    let stack = Stack::start(&Engine::Sqlite).await;
    let init = json!({ "type": "connection_init" });
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": "subscription { payoutUpdated { id } }" } });
    for (messages, code) in [
        (vec![subscribe.clone()], 4401),
        (vec![json!("text")], 4400),
        (vec![json!({ "type": "nonsense" })], 4400),
        (vec![init.clone(), init.clone()], 4429),
        (vec![init.clone(), json!({ "type": "nonsense" })], 4400),
        (vec![init.clone(), json!({ "id": "1", "type": "subscribe" })], 4400),
        (vec![json!({ "type": "connection_init", "payload": { "authorization": "Bearer nothing" } })], 4403),
        // Says nothing, for as long as we listen.
        (vec![], 4408),
    ] {
        let mut socket = connect(&stack, "graphql-transport-ws").await;
        for message in &messages {
            socket.send(Message::text(message.to_string())).await.expect("it is sent");
        }
        assert_eq!(until_closed(&mut socket).await, Some(code), "{messages:?}");
    }
    let bare = format!("{}/graphql", stack.url.replace("http://", "ws://"));
    let mut without = tokio_tungstenite::connect_async(bare).await.expect("a socket").0;
    assert_eq!(until_closed(&mut without).await, Some(4406), "another protocol, or none");
    // Ping is answered; an operation that cannot start is one error; queries run too.
    let mut socket = connect(&stack, "graphql-transport-ws").await;
    for message in [
        init,
        json!({ "type": "ping" }),
        json!({ "id": "q", "type": "subscribe", "payload": { "query": "{ __typename }" } }),
    ] {
        socket.send(Message::text(message.to_string())).await.expect("it is sent");
    }
    let mut kinds = vec![];
    for _ in 0..4 {
        kinds.push(next(&mut socket).await["type"].as_str().expect("a type").to_owned());
    }
    assert_eq!(kinds, ["connection_ack", "pong", "next", "complete"]);
    socket.send(Message::text(subscribe.to_string())).await.expect("it is sent");
    assert_eq!(next(&mut socket).await["type"], "error", "nobody has signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_know_who_asks() {
    let stack = Stack::start(&Engine::Sqlite).await;
    let mut seller = crate::support::Seller::new(&stack, "Hazel").await;
    // With a session only from a page of ours.
    let address = format!("{}/graphql", stack.url.replace("http://", "ws://"));
    let mut request = address.into_client_request().expect("a request");
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a value"));
    headers.insert("cookie", seller.person.cookies().parse().expect("a value"));
    headers.insert("origin", "https://elsewhere.example".parse().expect("a value"));
    let refused = tokio_tungstenite::connect_async(request).await.expect_err("a foreign page");
    assert!(refused.to_string().contains("403"), "{refused}");
    // A program brings its token in the first message, and may name an operation once.
    let create = "mutation($id: ID) { createApiToken(input: { name: \"till\", sellerId: $id }) { secret } }";
    let made = seller.person.ask(create, json!({ "id": seller.id })).await;
    let token = made["createApiToken"]["secret"].as_str().expect("a token");
    let mut socket = connect(&stack, "graphql-transport-ws").await;
    let listen = json!({ "id": "1", "type": "subscribe", "payload": { "query": "subscription { payoutUpdated { id } }" } });
    for message in [
        json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } }),
        json!({ "id": "q", "type": "subscribe", "payload": { "query": "{ viewer { email } }" } }),
        listen.clone(),
    ] {
        socket.send(Message::text(message.to_string())).await.expect("it is sent");
    }
    assert_eq!(next(&mut socket).await["type"], "connection_ack");
    assert_eq!(next(&mut socket).await["payload"]["data"]["viewer"]["email"], "hazel@studio.example");
    assert_eq!(next(&mut socket).await["type"], "complete");
    socket.send(Message::text(listen.to_string())).await.expect("it is sent");
    assert_eq!(until_closed(&mut socket).await, Some(4409));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_frontends_that_are_allowed_may_call_from_a_browser() {
    let mut stack = Stack::prepared(&Engine::Sqlite).await;
    stack.add_replica(0, &[("SOUK_ALLOWED_ORIGINS", "https://shop.example")]).await;
    let url = format!("{}/graphql", stack.url);
    let preflight = |origin: &'static str| {
        let request = http().request(reqwest::Method::OPTIONS, &url).header("origin", origin);
        async move { request.send().await.expect("an answer") }
    };
    let allowed = preflight("https://shop.example").await;
    assert_eq!(allowed.status(), 204);
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://shop.example");
    assert_eq!(allowed.headers()["access-control-allow-credentials"], "true");
    assert!(
        preflight("https://elsewhere.example").await.headers().get("access-control-allow-origin").is_none()
    );
    let seller = crate::support::Seller::new(&stack, "Hazel").await;
    let ask = |origin: &'static str| {
        let request = http()
            .post(&url)
            .header("origin", origin)
            .header("cookie", seller.person.cookies())
            .header("content-type", "application/json")
            .body(json!({ "query": "{ viewer { email } }" }).to_string());
        async move { request.send().await.expect("an answer") }
    };
    let answer = ask("https://shop.example").await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["vary"]),
        (200, &"Origin".parse().expect("a value"))
    );
    assert_eq!(ask("https://elsewhere.example").await.status(), 403);
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn connect(stack: &Stack, protocol: &str) -> Socket {
    let address = format!("{}/graphql", stack.url.replace("http://", "ws://"));
    let mut request = address.into_client_request().expect("a request");
    request.headers_mut().insert("sec-websocket-protocol", protocol.parse().expect("a value"));
    tokio_tungstenite::connect_async(request).await.expect("a socket").0
}

async fn next(socket: &mut Socket) -> Value {
    let message = tokio::time::timeout(std::time::Duration::from_secs(20), socket.next()).await;
    serde_json::from_str(message.expect("in time").expect("open").expect("readable").to_text().expect("text"))
        .expect("JSON")
}

async fn until_closed(socket: &mut Socket) -> Option<u16> {
    while let Ok(Some(message)) =
        tokio::time::timeout(std::time::Duration::from_secs(20), socket.next()).await
    {
        if let Ok(Message::Close(frame)) = message {
            return frame.map(|frame| u16::from(frame.code));
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_that_is_served_is_the_one_checked_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, sdl, _) =
        crate::support::processes::run(folder.path(), &["schema"], &Default::default()).await;
    assert_eq!(code, 0);
    let kept = include_str!("../../docs/schema.graphql");
    assert_eq!(sdl.trim_end(), kept.trim_end(), "run .ci/regenerate");
}
