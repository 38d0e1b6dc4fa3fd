//! The console at `/`, with plain forms.

use airwallex_sandbox::Options;
use serde_json::json;

use crate::support::Stranger;

const CREATE: &str = "/api/v1/transfers/create";

async fn page(stranger: &Stranger) -> String {
    stranger.http.get(&stranger.url).send().await.expect("an answer").text().await.expect("a page")
}

async fn order(stranger: &Stranger, path: &str, fields: &[(&str, &str)]) -> u16 {
    let request = stranger.http.post(format!("{}/console/{path}", stranger.url)).form(fields);
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn it_shows_what_there_is_and_what_every_request_did() {
    let stranger = Stranger::start(Options { seed: Some(1), ..Options::default() }).await;
    let (status, made) = stranger.behalf("POST", CREATE, stranger.transfer("c-1")).await;
    assert_eq!(status, 201, "{made}");
    let shown = page(&stranger).await;
    let id = made["id"].as_str().expect("an id");
    for wanted in [
        "Blue Kiln".to_owned(),
        "1,000.00 GBP".to_owned(),
        "10.00 GBP".to_owned(),
        "request_id c-1".to_owned(),
        format!("for {}", stranger.account),
        format!("transfers {id} added"),
    ] {
        assert!(shown.contains(&wanted), "{wanted} in {shown}");
    }
    assert!(!shown.contains(&stranger.token) && !shown.contains(&stranger.refresh_token), "no secret");
}

#[tokio::test]
async fn its_forms_order_faults_and_move_the_clock() {
    let stranger = Stranger::start(Options { seed: Some(1), ..Options::default() }).await;
    assert_eq!(
        order(&stranger, "faults", &[("path", CREATE), ("action", "refuse"), ("times", "")]).await,
        303
    );
    let refused = stranger.behalf("POST", CREATE, stranger.transfer("c-2")).await.0;
    assert_eq!(refused, 500);
    let shown = page(&stranger).await;
    assert!(shown.contains("until deleted") && shown.contains("fault: refuse"), "{shown}");
    assert_eq!(order(&stranger, "faults/clear", &[]).await, 303);
    assert_eq!(stranger.look("faults").await, json!([]));
    assert_eq!(
        order(&stranger, "faults", &[("path", CREATE), ("action", "refuse"), ("times", "x")]).await,
        400
    );

    assert_eq!(order(&stranger, "clock", &[("freeze", "true")]).await, 303);
    let before = stranger.look("clock").await["now"].as_str().map(str::to_owned);
    assert_eq!(order(&stranger, "clock", &[("advance_seconds", "86400")]).await, 303);
    let after = stranger.look("clock").await["now"].as_str().map(str::to_owned);
    assert!(before < after, "{before:?} {after:?}");
}

/// Without `--auto` somebody decides: here.
#[tokio::test]
async fn its_forms_decide_what_the_other_side_decides() {
    let stranger = Stranger::start(Options { seed: Some(1), ..Options::default() }).await;
    let account = stranger.account.clone();
    let of = |what: &str| format!("accounts/{account}{what}");
    let top_up = [("order", "top_up"), ("currency", "gbp"), ("amount", "34.50")];
    assert_eq!(order(&stranger, &of(""), &top_up).await, 303);
    let (_, made) = stranger.behalf("POST", CREATE, stranger.transfer("c-1")).await;
    let transfer = format!("transfers/{}", made["id"].as_str().expect("an id"));
    for (next, status) in [("PROCESSING", 303), ("SENT", 303), ("PROCESSING", 400), ("FAILED", 303)] {
        let form = [("next_status", next), ("failure_type", "ACCOUNT_CLOSED")];
        assert_eq!(order(&stranger, &transfer, &form).await, status, "{next}");
    }
    let shown = page(&stranger).await;
    assert!(shown.contains("1,034.50 GBP") && shown.contains("ACCOUNT_CLOSED"), "{shown}");

    assert_eq!(order(&stranger, "settings", &[("name", "rotation"), ("value", "same_successor")]).await, 303);
    assert_eq!(order(&stranger, "settings", &[("name", "strict"), ("value", "true")]).await, 303);
    assert_eq!(order(&stranger, "settings", &[("name", "rotation"), ("value", "never")]).await, 400);
    let settings = stranger.look("settings").await;
    assert_eq!((&settings["rotation"], &settings["strict"]), (&json!("same_successor"), &json!(true)));

    assert_eq!(order(&stranger, "subscriptions", &[("url", "http://127.0.0.1:9/hooks")]).await, 303);
    assert_eq!(order(&stranger, "subscriptions", &[("url", "nowhere")]).await, 400);
    assert_eq!(order(&stranger, &of(""), &[("order", "review"), ("status", "SUSPENDED")]).await, 303);
    assert_eq!(order(&stranger, &of(""), &[("order", "disconnect")]).await, 303);
    let shown = page(&stranger).await;
    for wanted in ["SUSPENDED", "http://127.0.0.1:9/hooks", "account.suspended"] {
        assert!(shown.contains(wanted), "{wanted} in {shown}");
    }
    let refreshed = stranger.refresh(&stranger.refresh_token).send().await.expect("an answer");
    assert_eq!(refreshed.status(), 400, "disconnected");
}

/// A refused order is shown where it was filled in, with what was filled in.
#[tokio::test]
async fn a_refused_order_stays_in_its_form() {
    let stranger = Stranger::start(Options { seed: Some(1), ..Options::default() }).await;
    let form = [("path", "transfers"), ("action", "hold"), ("times", "3")];
    let request = stranger.http.post(format!("{}/console/faults", stranger.url)).form(&form);
    let refused = request.send().await.expect("an answer");
    assert_eq!(refused.status(), 400);
    let shown = refused.text().await.expect("a page");
    for wanted in ["path: begins with /", "value=\"transfers\"", "value=\"3\"", "Error: Console"] {
        assert!(shown.contains(wanted), "{wanted} in {shown}");
    }
    let found = stranger.http.get(format!("{}/?path=/oauth/token&status=2", stranger.url));
    let found = found.send().await.expect("an answer").text().await.expect("a page");
    assert!(found.contains("POST /oauth/token") && !found.contains("/authentication/login</td>"), "{found}");
    assert!(!found.contains(&stranger.token) && !found.contains(&stranger.refresh_token), "no secret");
}

/// An approver's part, a request that is let go after its fault is used up, and no order from a blank field.
#[tokio::test]
async fn it_decides_for_approvers_and_lets_go_what_is_held() {
    let stranger = Stranger::start(Options { seed: Some(1), ..Options::default() }).await;
    assert_eq!(order(&stranger, "clock", &[("freeze", "true")]).await, 303);
    assert_eq!(order(&stranger, "clock", &[("set", " ")]).await, 400);
    let before = stranger.look("clock").await;
    assert_eq!(stranger.look("clock").await, before, "it still stands");
    assert_eq!(order(&stranger, "clock", &[("freeze", "false")]).await, 303);

    let switch = [("name", "approval_workflow"), ("value", "true")];
    assert_eq!(order(&stranger, "settings", &switch).await, 303);
    let (_, made) = stranger.behalf("POST", CREATE, stranger.transfer("c-9")).await;
    let id = made["id"].as_str().expect("an id");
    assert_eq!(made["status"], "IN_APPROVAL");
    assert!(page(&stranger).await.contains("APPROVAL_REJECTED"));
    assert_eq!(order(&stranger, &format!("transfers/{id}"), &[("decision", "APPROVED")]).await, 303);
    let path = format!("/api/v1/transfers/{id}");
    assert_ne!(stranger.behalf("GET", &path, json!({})).await.1["status"], "IN_APPROVAL");

    let hold = [("path", "/api/v1/balances/current"), ("action", "hold"), ("times", "1")];
    assert_eq!(order(&stranger, "faults", &hold).await, 303);
    let held = stranger.behalf("GET", "/api/v1/balances/current", json!({}));
    let release = async {
        while stranger.look("faults").await != json!([]) {
            tokio::task::yield_now().await;
        }
        order(&stranger, "faults/release", &[]).await
    };
    let ((status, _), released) = tokio::join!(held, release);
    assert_eq!((status.as_u16(), released), (200, 303));
}
