//! With `--data`, what an answer has told is there after kill -9.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::{Stranger, text};
use serde_json::{Value, json};

/// The program itself, killed when dropped.
struct Program {
    child: Child,
    url: String,
}

impl Program {
    fn start(data: &Path, clock: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_airwallex-sandbox"))
            .env_clear()
            .args(["--listen", "127.0.0.1:0", "--seed", "1", "--data"])
            .arg(data)
            .arg("--virtual-clock")
            .arg(clock)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("sandbox listening on ").expect("where it listens").to_owned();
        Self { child, url }
    }

    fn kill(mut self) {
        // SIGKILL on Unix.
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn nothing_that_was_answered_is_lost_to_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, clock) = (folder.path().join("sandbox.db"), folder.path().join("clock"));
    let program = Program::start(&data, &clock);
    let mut stranger = Stranger::at(program.url.clone());
    stranger.control("clock", json!({ "advance_seconds": 86_400 })).await;
    stranger.settle_in().await;

    // Many at once, and the process dies among them.
    let mut sent = tokio::task::JoinSet::new();
    for number in 0..200 {
        let request =
            stranger.request("POST", "/api/v1/transfers/create", &stranger.transfer(&format!("r-{number}")));
        let request = request.header("x-on-behalf-of", &stranger.account);
        sent.spawn(async move { (number, request.send().await.map(|response| response.status().as_u16())) });
    }
    let mut told = vec![];
    while told.len() < 80 {
        let (number, status) = sent.join_next().await.expect("more").expect("it ends");
        assert_eq!(status.expect("an answer"), 201);
        told.push(number);
    }
    program.kill();
    while let Some(ended) = sent.join_next().await {
        let (number, status) = ended.expect("it ends");
        if status.is_ok_and(|status| status == 201) {
            told.push(number);
        }
    }

    let program = Program::start(&data, &clock);
    stranger.url.clone_from(&program.url);
    let totals = stranger.look("totals").await;
    for number in told {
        assert_eq!(totals["transfers"][format!("r-{number}")], 1, "r-{number}");
    }
    let (status, duplicate) =
        stranger.behalf("POST", "/api/v1/transfers/create", stranger.transfer("r-0")).await;
    assert!(status == 400 && duplicate["code"] == "duplicate_request_id" || status == 201, "{duplicate}");
    let (status, account) = stranger.behalf("GET", "/api/v1/account", Value::Null).await;
    assert_eq!(
        (status.as_u16(), text(&account["status"])),
        (200, "ACTIVE".to_owned()),
        "the same token, the same account"
    );

    // The clock went on from where it stood, and others are told.
    let now = text(&stranger.look("clock").await["now"]);
    let now = chrono::DateTime::parse_from_rfc3339(&now).expect("an instant");
    let offset = std::fs::read_to_string(&clock).expect("the clock");
    assert!(offset.starts_with("offset 86399") || offset.starts_with("offset 86400"), "{offset}");
    assert!(now > chrono::DateTime::parse_from_rfc3339("2026-01-01T00:00:00Z").expect("an instant"));
}
