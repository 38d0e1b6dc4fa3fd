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
        "1000.00 GBP".to_owned(),
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
        order(&stranger, "faults", &[("where", CREATE), ("action", "refuse"), ("times", "")]).await,
        303
    );
    let refused = stranger.behalf("POST", CREATE, stranger.transfer("c-2")).await.0;
    assert_eq!(refused, 500);
    let shown = page(&stranger).await;
    assert!(shown.contains("until deleted") && shown.contains("fault: refuse"), "{shown}");
    assert_eq!(order(&stranger, "faults/clear", &[]).await, 303);
    assert_eq!(stranger.look("faults").await, json!([]));
    assert_eq!(
        order(&stranger, "faults", &[("where", CREATE), ("action", "refuse"), ("times", "x")]).await,
        400
    );

    assert_eq!(order(&stranger, "clock", &[("freeze", "true")]).await, 303);
    let before = stranger.look("clock").await["now"].as_str().map(str::to_owned);
    assert_eq!(order(&stranger, "clock", &[("advance_seconds", "86400")]).await, 303);
    let after = stranger.look("clock").await["now"].as_str().map(str::to_owned);
    assert!(before < after, "{before:?} {after:?}");
}
