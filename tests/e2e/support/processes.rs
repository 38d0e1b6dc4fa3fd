//! Child processes with an empty environment, ended when the test ends.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A running child. Killed when dropped.
pub struct Process {
    child: Child,
    /// The address in its "listening on" line.
    pub url: String,
}

/// The binary under test.
pub const SOUK: &str = env!("CARGO_BIN_EXE_souk");

pub fn command(folder: &Path, arguments: &[&str], environment: &HashMap<String, String>) -> Command {
    let mut command = Command::new(SOUK);
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("SOUK_LOG", "info,sqlx=warn")
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("souk.log"));
    command.stderr(log.map_or_else(|_| Stdio::inherit(), Stdio::from));
    command
}

impl Process {
    /// Starts and waits for `NAME listening on URL`.
    pub async fn start(
        folder: &Path,
        name: &str,
        arguments: &[&str],
        environment: &HashMap<String, String>,
    ) -> Self {
        let mut child = command(folder, arguments, environment).spawn().expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let prefix = format!("{name} listening on ");
        let url = tokio::time::timeout(Duration::from_secs(30), async {
            while let Some(line) = lines.next_line().await.expect("readable output") {
                if let Some(url) = line.strip_prefix(&prefix) {
                    return url.to_owned();
                }
            }
            panic!("{name} ended before it listened; see {}", folder.join("souk.log").display());
        })
        .await
        .expect("it listens within 30 s");
        // Whatever else it prints must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, url }
    }

    /// Waits until the process has ended by itself.
    pub async fn until_ended(&mut self) {
        let waited = tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await;
        waited.expect("it ends within 30 s").expect("it can be waited for");
    }

    /// Sends a signal and answers the exit code.
    pub async fn signal(&mut self, name: &str) -> Option<i32> {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status().await;
        assert!(sent.expect("kill is there").success());
        let waited = tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await;
        waited.expect("it ends within 30 s").expect("it can be waited for").code()
    }

    /// kill -9.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("it can be killed");
    }
}

/// Runs a command to its end: exit code, output.
pub async fn run(
    folder: &Path,
    arguments: &[&str],
    environment: &HashMap<String, String>,
) -> (i32, String, String) {
    let mut command = command(folder, arguments, environment);
    let output = command.stderr(Stdio::piped()).output().await.expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}
