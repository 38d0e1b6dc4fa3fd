//! Platform reports, read through their links.

use airwallex_sandbox::Options;
use serde_json::json;

use crate::support::{Stranger, text};

/// Orders a report, lets it be written, and answers its lines.
async fn lines(stranger: &Stranger, kind: &str) -> Vec<String> {
    let order = json!({ "type": kind, "file_format": "CSV" });
    let (status, made) = stranger.platform("POST", "/api/v1/platform_reports/create", order).await;
    assert_eq!(status, 201, "{made}");
    stranger.control("clock", json!({ "advance_seconds": 2 })).await;
    let path = format!("/api/v1/platform_reports/{}", text(&made["id"]));
    let (_, report) = stranger.platform("GET", &path, json!({})).await;
    let url = text(&report["download_url"]);
    let csv = stranger.http.get(&url).send().await.expect("an answer").text().await.expect("text");
    // The link lives a minute (D).
    stranger.control("clock", json!({ "advance_seconds": 60 })).await;
    assert_eq!(stranger.http.get(&url).send().await.expect("an answer").status(), 404);
    csv.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn reports_tell_what_was_paid_earned_and_left() {
    let stranger = Stranger::start(Options { seed: Some(1), ..Options::default() }).await;
    stranger.control("clock", json!({ "freeze": true })).await;
    let mut wanted = stranger.transfer("r-1");
    wanted["application_fee_options"] =
        json!([{ "source_type": "TRANSFER", "type": "FIXED", "amount": "1.25", "currency": "GBP" }]);
    wanted["reference"] = json!("Order \"881\", twice");
    let (status, made) = stranger.behalf("POST", "/api/v1/transfers/create", wanted).await;
    assert_eq!(status, 201, "{made}");
    stranger.control("clock", json!({ "advance_seconds": 2 })).await;
    let id = text(&made["id"]);

    let payouts = lines(&stranger, "PAYOUT_REPORT").await;
    assert_eq!(payouts.len(), 2, "{payouts:?}");
    assert!(payouts[1].starts_with(&format!("{id},{},", stranger.account)), "{payouts:?}");
    let fees = lines(&stranger, "APPLICATION_FEE_REPORT").await;
    assert!(
        fees[1].contains(&format!(",TRANSFER,{id},GBP,")) && fees[1].contains(",FIXED,,1.25,GBP,"),
        "{fees:?}"
    );
    let balances = lines(&stranger, "BALANCE_REPORT").await;
    assert_eq!(
        balances[0],
        "account_id,currency,available_balance,reserved_balance,total_balance,last_update"
    );
    assert!(
        balances.iter().any(|line| line.starts_with(&format!("{},GBP,988.75,0,988.75,", stranger.account))),
        "{balances:?}"
    );
    let moved = lines(&stranger, "TRANSACTION_RECON_REPORT").await;
    assert!(moved.iter().filter(|line| line.contains(&id)).count() >= 2, "{moved:?}");
    let accounts = lines(&stranger, "ACCOUNT_REPORT").await;
    assert!(accounts.iter().any(|line| line.starts_with(&stranger.account)), "{accounts:?}");
}
