//! A host that misbehaves: no end, no answer, another place, another shape.

use airwallex::api::{accounts, balances, files, partner, transfers};
use airwallex::{Access, Client, Config, Error, Recovery, Token};
use futures_util::TryStreamExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::host::{bench, with_logins};

fn seller() -> Access {
    Access::Seller(Token::new("at".to_owned()))
}

fn unknown(told: &Error, why: &str) {
    assert!(matches!(told, Error::Unknown(lost) if lost.why.contains(why)), "{told}");
}

#[tokio::test]
async fn a_list_that_leads_back_to_itself_ends() {
    let item = json!({ "id": "i", "status": "PAID", "account_id": "a" });
    let pages = move |seen: &crate::host::Seen, before: usize| match seen.target.as_str() {
        target if target.starts_with("/api/v1/accounts") => {
            (200, json!({ "items": if before == 0 { vec![&item] } else { vec![] }, "has_more": true }))
        }
        _ => (200, json!({ "items": [item], "page_after": format!("c{}", before % 3) })),
    };
    let bench = bench(with_logins(pages)).await;
    let client = bench.client();
    let told = transfers::all(&client, &Access::Platform, transfers::Filter::default())
        .try_collect::<Vec<_>>()
        .await
        .expect_err("a circle");
    unknown(&told, "no end");
    assert_eq!(bench.host.seen("/api/v1/transfers").len(), 4);
    let told = accounts::all(&client, accounts::Filter::default()).try_collect::<Vec<_>>().await;
    unknown(&told.expect_err("more, and nothing"), "no end");
}

#[tokio::test]
async fn an_answer_without_end_is_not_held() {
    let endless = json!({ "raw": " ".repeat(17 << 20) });
    let bench = bench(move |_, _| (200, endless.clone())).await;
    let told = accounts::own(&bench.client(), &seller()).await.expect_err("too long");
    unknown(&told, "no end");
}

/// Airwallex never redirects calls; whoever does must not get the token.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let bench = bench(with_logins(|_, _| (307, json!({})))).await;
    let told = accounts::submit(&bench.client(), "acct_1").await.expect_err("elsewhere");
    unknown(&told, "answered 307");
}

#[tokio::test]
async fn a_page_for_everything_has_done_nothing() {
    let bench = bench(with_logins(|_, _| (200, json!({ "raw": "\n<!doctype html><p>Back soon" })))).await;
    let told = transfers::cancel(&bench.client(), &seller(), "t-1").await.expect_err("a page");
    assert!(matches!(&told, Error::Unknown(lost) if lost.recovery == Recovery::ByStatus), "{told}");
}

#[tokio::test]
async fn a_host_below_a_path_is_asked_below_it() {
    let bench = bench(|_, _| (200, json!([]))).await;
    let api_url = bench.url.join("airwallex/").expect("a URL");
    let client =
        Client::new(Config { files_url: api_url.clone(), api_url, ..bench.config() }).expect("a client");
    balances::current(&client, &seller()).await.expect("balances");
    assert_eq!(bench.host.seen("/airwallex/api/v1/balances/current").len(), 1);
    let _ = files::download_links(&client, &seller(), &["f-1"]).await;
    assert_eq!(bench.host.seen("/airwallex/api/v1/files/download_links").len(), 1);
    let _ = partner::get(&client, "acct_1").await;
    assert!(bench.host.seen("/api").is_empty() && bench.host.seen("/partner-api").is_empty());
}

/// A connection that ends after the request has left says nothing; one that never was says that nothing left.
#[tokio::test]
async fn where_a_connection_breaks_decides_what_is_known() {
    for cut_after in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":"] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address")).parse().expect("a URL");
        let config = Config::new(url, "client-id", Token::new("api-key-value".to_owned()));
        let client = Client::new(Config { limits: airwallex::Limits::Off, ..config }).expect("a client");
        let cutting = async {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let _ = stream.read(&mut [0; 4096]).await;
            stream.write_all(cut_after.as_bytes()).await.expect("written");
            drop(stream);
        };
        let seller = seller();
        let (told, ()) = tokio::join!(transfers::cancel(&client, &seller, "t-1"), cutting);
        unknown(&told.expect_err("cut"), "the connection broke");
        drop(listener);
        let told = transfers::cancel(&client, &seller, "t-1").await.expect_err("nobody there");
        assert!(matches!(&told, Error::NotSent(why) if why.contains("127.0.0.1")), "{told}");
    }
}
