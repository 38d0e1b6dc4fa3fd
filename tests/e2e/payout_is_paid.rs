//! From "Sign up Airwallex" to a paid payout, with the application fee, the mail, the subscription, and
//! a token refreshed on the way.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::sandbox::http;
use crate::support::{Engine, Seller, Stack, wait_for};

on_every_database!(
    a_payout_is_paid,
    the_token_is_refreshed_on_the_way,
    money_rules_are_told_by_field,
    the_page_pays_only_what_it_showed,
    a_socket_ends_with_its_session,
    a_page_follows_by_server_sent_events
);

async fn a_payout_is_paid(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Hazel").await;
    add_standard_plan(&stack).await;
    let beneficiary = seller.beneficiary().await;
    let mut heard = subscribe(&stack, &seller).await;

    let quote = "query($s: ID!, $b: ID!, $a: MoneyInput!) { payoutQuote(sellerId: $s, beneficiaryId: $b, amount: $a) {
        fee { amount } total { amount currency } feeWords } }";
    let ask = |amount: &str| json!({ "s": seller.id, "b": beneficiary, "a": { "amount": amount, "currency": "GBP" } });
    let (fine, wrong) = (ask("620.00"), ask("0.00"));
    let shown = seller.person.ask(quote, fine).await["payoutQuote"].clone();
    assert_eq!(
        (&shown["fee"]["amount"], &shown["total"]["amount"]),
        (&json!("7.60"), &json!("627.60")),
        "{shown}"
    );
    let refused = seller.person.ask_raw(quote, wrong).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "PAYOUT_AMOUNT_NOT_POSITIVE", "{refused}");

    let made = seller.create_payout(&beneficiary, "620.00", "GBP", "first").await;
    assert_eq!(made["problems"], json!([]));
    assert_eq!(made["payout"]["fee"]["amount"], "7.60");
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    let again = seller.create_payout(&beneficiary, "620.00", "GBP", "first").await;
    assert_eq!(again["payout"]["id"], id, "the same key gives the first result");
    let other = seller.create_payout(&beneficiary, "621.00", "GBP", "first").await;
    assert_eq!(other["problems"][0]["code"], "IDEMPOTENCY_KEY_REUSED");

    seller.until_payout(&id, "SCHEDULED").await;
    stack.sandbox.advance(1).await;
    seller.until_payout(&id, "PROCESSING").await;
    let transfer = stack.sandbox.newest_transfer().await.expect("a transfer");
    stack.sandbox.transition(&transfer, "SENT").await;
    seller.until_payout(&id, "SENT").await;
    stack.sandbox.transition(&transfer, "PAID").await;
    let paid = seller.until_payout(&id, "PAID").await;
    let mut story: Vec<&str> =
        paid["history"].as_array().expect("a list").iter().filter_map(|one| one["status"].as_str()).collect();
    // The first event may be faster than our own commit; then there is no such step.
    story.retain(|status| *status != "SUBMITTED");
    assert_eq!(story, ["APPROVED", "SUBMITTING", "SCHEDULED", "PROCESSING", "SENT", "PAID"]);

    let mail = wait_for("the mail", || async {
        stack
            .mails_to("hazel@studio.example")
            .into_iter()
            .find(|mail| mail.contains("620.00 GBP has arrived"))
    })
    .await;
    assert!(mail.contains("627.60 GBP"), "{mail}");
    until_heard(&mut heard, "PAID").await;
    let page = seller.person.open(&format!("/seller/{}/payouts/{id}", seller.id)).await;
    assert!(page.html.contains("Arrived") && page.html.contains("627.60"), "{}", page.html);

    let list = seller.person.open(&format!("/seller/{}/payouts", seller.id)).await;
    assert!(list.html.contains(", arrived and on the way"), "the month is closed: {}", list.html);

    // Principal and fee have left the wallet, to the minor unit; the fee is the platform's.
    let totals = stack.sandbox.get("totals").await;
    assert_eq!(totals["wallets"][format!("{} GBP", seller.account)]["debits"], "627.6");
    assert_eq!(totals["wallets"]["acct_sandboxPlatform0000000 GBP"]["credits"], "7.6");
    assert_eq!(stack.sandbox.transfers().await, [1]);

    // A bank may still send it back.
    stack.sandbox.transition(&transfer, "FAILED").await;
    let returned = seller.until_payout(&id, "RETURNED").await;
    assert_eq!(returned["reason"], "90701");
    wait_for("the mail", || async {
        stack.mails_to("hazel@studio.example").into_iter().find(|mail| mail.contains("came back"))
    })
    .await;
}

async fn the_page_pays_only_what_it_showed(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Hazel").await;
    let beneficiary = seller.beneficiary().await;
    let path = format!("/seller/{}/payouts/new", seller.id);
    let address = |amount: &str, key: &str| {
        let reference = "reference=KL&idempotency_key";
        format!("{path}?beneficiary={beneficiary}&amount={amount}&{reference}={key}")
    };
    let nothing = seller.person.open(&address("", "k1")).await;
    assert!(nothing.status == 422 && nothing.html.contains("Enter the amount"), "{}", nothing.html);
    let all = format!("{path}?beneficiary={beneficiary}&amount=12,5&reference=");
    let all = seller.person.open(&all).await;
    assert!(all.html.contains("2 things to put right") || all.html.contains("Two things"), "{}", all.html);
    let page = seller.person.open(&address("62.00", "k1")).await;
    assert!(page.html.contains("Pay out 62.00 GBP"), "{}", page.html);
    // What the button brings back is not what it showed: shown again, not paid.
    let bent = [("beneficiary", beneficiary.as_str()), ("amount", "620.00"), ("reference", "KL")];
    let again = seller.person.press(&page, &path, &bent).await;
    assert!(
        again.html.contains("Pay out 620.00 GBP") && again.html.contains("nothing is paid yet"),
        "{}",
        again.html
    );
    assert_eq!(stack.sandbox.transfers().await, Vec::<u64>::new());
    let paid = seller.person.press(&again, &path, &bent).await;
    assert!(paid.url.contains("/payouts/payout_"), "{} {}", paid.url, paid.html);
    assert!(paid.html.contains("620.00"), "{}", paid.html);
    // Pressed twice: the same payout.
    let twice = seller.person.press(&again, &path, &bent).await;
    assert_eq!(twice.url, paid.url);
    // Back to the sum: that would be another one, and says so.
    let back = seller.person.open(&address("62.00", "k1")).await;
    assert!(back.html.contains("This would be another one"), "{}", back.html);
    assert_ne!(back.hidden("idempotency_key").as_deref(), Some("k1"));
}

/// 1 % and 1.40 GBP per payout.
pub async fn add_standard_plan(stack: &Stack) {
    let arguments = ["fee-plan", "--percentage", "1", "--fixed", "GBP:1.40"];
    let (code, _, complaint) =
        crate::support::processes::run(&stack.folder, &arguments, &stack.environment).await;
    assert_eq!(code, 0, "{complaint}");
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

pub async fn subscribe(stack: &Stack, seller: &Seller) -> Socket {
    let mut request = stack.url.replace("http://", "ws://").into_client_request().expect("a request");
    *request.uri_mut() = format!("{}/graphql", stack.url.replace("http://", "ws://")).parse().expect("a URI");
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a value"));
    headers.insert("cookie", seller.person.cookies().parse().expect("a value"));
    headers.insert("origin", stack.url.parse().expect("a value"));
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.expect("a socket");
    send(&mut socket, json!({ "type": "connection_init" })).await;
    assert_eq!(next(&mut socket).await["type"], "connection_ack");
    let query = "subscription($id: ID) { payoutUpdated(sellerId: $id) { id status } }";
    send(&mut socket, json!({ "id": "1", "type": "subscribe", "payload": { "query": query, "variables": { "id": seller.id } } })).await;
    socket
}

async fn a_socket_ends_with_its_session(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Hazel").await;
    let beneficiary = seller.beneficiary().await;
    let mut asking = subscribe(&stack, &seller).await;
    let mut hearing = subscribe(&stack, &seller).await;
    let page = seller.person.open("/").await;
    seller.person.press(&page, "/account/sign-out", &[]).await;
    send(&mut asking, json!({ "id": "2", "type": "subscribe", "payload": { "query": "{ viewer { id } }" } }))
        .await;
    assert_eq!(close_code(&mut asking).await, 4403);

    // Signed in anew, she makes news that the socket of the old session must not hear.
    let email = seller.person.email.clone();
    seller.person.sign_in(&email).await;
    seller.create_payout(&beneficiary, "1.00", "GBP", "after").await;
    assert_eq!(close_code(&mut hearing).await, 4403);
}

async fn a_page_follows_by_server_sent_events(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let seller = Seller::new(&stack, "Hazel").await;
    let ask = |site: &'static str| {
        let mut url = reqwest::Url::parse(&format!("{}/graphql", stack.url)).expect("a URL");
        url.query_pairs_mut().append_pair("query", "{ viewer { email } }");
        http()
            .get(url)
            .header("accept", "text/event-stream")
            .header("cookie", seller.person.cookies())
            .header("sec-fetch-site", site)
            .send()
    };
    assert_eq!(ask("cross-site").await.expect("an answer").status(), 403);
    let body = ask("same-origin").await.expect("an answer").text().await.expect("it ends");
    let events: Vec<&str> = body.split("\n\n").filter(|event| !event.starts_with(':')).collect();
    assert!(events[0].starts_with("event: next\ndata: {") && events[0].contains("hazel@"), "{body}");
    assert_eq!(events[1], "event: complete\ndata: null", "{body}");
}

async fn close_code(socket: &mut Socket) -> u16 {
    let message = tokio::time::timeout(std::time::Duration::from_secs(20), socket.next()).await;
    match message.expect("in time").expect("a message").expect("readable") {
        Message::Close(Some(frame)) => frame.code.into(),
        other => panic!("not closed but {other}"),
    }
}

async fn send(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.expect("it is sent");
}

async fn next(socket: &mut Socket) -> Value {
    let message = tokio::time::timeout(std::time::Duration::from_secs(20), socket.next()).await;
    let message = message.expect("in time").expect("not closed").expect("readable");
    serde_json::from_str(message.to_text().expect("text")).expect("JSON")
}

pub async fn until_heard(socket: &mut Socket, status: &str) {
    loop {
        let message = next(socket).await;
        assert_eq!(message["type"], "next", "{message}");
        if message["payload"]["data"]["payoutUpdated"]["status"] == status {
            return;
        }
    }
}

async fn the_token_is_refreshed_on_the_way(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::new(&stack, "June").await;
    seller.connect(&stack).await;
    let sync = "mutation($input: SyncAccountInput!) { syncAccount(input: $input) { account { status } problems { code } } }";
    let input = json!({ "input": { "sellerId": seller.id } });
    let before = stack.sandbox.get("totals").await["refreshes"][&seller.account].as_u64();
    assert_eq!(before, Some(0));
    stack.sandbox.advance(301).await;
    let synced = seller.person.ask(sync, input.clone()).await;
    assert_eq!(synced["syncAccount"]["problems"], json!([]));
    let totals = stack.sandbox.get("totals").await;
    assert_eq!(totals["refreshes"][&seller.account], 1);
    assert_eq!(totals["revocations"], json!([]));

    // A rate limit alone never costs a connection, and neither does a broken line before the request.
    for action in ["limit", "drop_before"] {
        stack.sandbox.advance(301).await;
        stack.sandbox.fault("/oauth/token", action, json!({})).await;
        let busy = seller.person.ask(sync, input.clone()).await;
        if action == "limit" {
            assert_eq!(busy["syncAccount"]["problems"], json!([]), "a limited refresh is repeated at once");
        } else {
            assert_eq!(busy["syncAccount"]["problems"][0]["code"], "UPSTREAM_UNAVAILABLE", "{busy}");
            // The answer is lost: the quiet time and the window decide when the same token may go again.
            stack.sandbox.advance(16).await;
            let healed = wait_for("a refreshed token", || {
                let (mut person, input) = (seller.person.clone(), input.clone());
                async move {
                    let synced = person.ask(sync, input).await;
                    (synced["syncAccount"]["problems"] == json!([])).then_some(())
                }
            });
            healed.await;
        }
    }
    assert_eq!(stack.sandbox.get("totals").await["revocations"], json!([]));

    // Airwallex says it is over: the seller is told, and nothing else is tried.
    stack.sandbox.post(&format!("connections/{}/downgrade_user", seller.account), json!({})).await;
    stack.sandbox.advance(301).await;
    let ended = seller.person.ask(sync, input).await;
    assert_eq!(ended["syncAccount"]["problems"][0]["code"], "CONNECTION_NOT_CONNECTED");
    wait_for("the mail", || async {
        stack
            .mails_to("june@studio.example")
            .into_iter()
            .find(|mail| mail.contains("connect your Airwallex account again"))
    })
    .await;
    let page = seller.person.open(&format!("/seller/{}", seller.id)).await;
    assert!(page.html.contains("Please connect again"), "{}", page.html);
}

async fn money_rules_are_told_by_field(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Iris").await;
    let beneficiary = seller.beneficiary().await;
    for (amount, currency, code) in [
        ("1.001", "GBP", "PAYOUT_AMOUNT_INVALID"),
        ("0.00", "GBP", "PAYOUT_AMOUNT_NOT_POSITIVE"),
        ("-5", "GBP", "PAYOUT_AMOUNT_NOT_POSITIVE"),
        ("10", "EUR", "PAYOUT_CURRENCY_MISMATCH"),
        ("10", "XQQ", "PAYOUT_AMOUNT_INVALID"),
    ] {
        let refused = seller.create_payout(&beneficiary, amount, currency, "k").await;
        assert_eq!(refused["payout"], Value::Null);
        assert_eq!(refused["problems"][0]["code"], code, "{amount} {currency}");
        assert_eq!(refused["problems"][0]["field"], json!(["amount"]));
    }
    let none = seller.create_payout("beneficiary_01jd2r8v4k01jd2r8v4k01jd2r", "1.00", "GBP", "k").await;
    assert_eq!(none["problems"][0]["code"], "BENEFICIARY_NOT_FOUND");
    assert!(stack.sandbox.transfers().await.is_empty());

    // Too little in the wallet: it waits, and goes on when the money is there.
    let made = seller.create_payout(&beneficiary, "5000.00", "GBP", "big").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    seller.until_payout(&id, "SCHEDULED").await;
    stack.sandbox.advance(1).await;
    seller.until_payout(&id, "OVERDUE").await;
    let wallet = json!({ "account_id": seller.account, "currency": "GBP", "amount": "9000.00" });
    stack.sandbox.post("wallets", wallet).await;
    seller.until_payout(&id, "PROCESSING").await;
}
