//! A real headless Chromium, driven through its driver.

use std::process::Stdio;
use std::time::Duration;

use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::may_run;

/// A browser window, closed when dropped.
pub struct Browser {
    pub driver: WebDriver,
    _process: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// `None` where Chromium or its driver is not installed.
    pub async fn open() -> Option<Self> {
        let found = ["/usr/bin/chromium", "/usr/bin/chromedriver"]
            .iter()
            .all(|path| std::path::Path::new(path).exists());
        if !may_run("browser", found) {
            return None;
        }
        let mut process = Command::new("/usr/bin/chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let port = loop {
            let line = lines.next_line().await.expect("readable").expect("chromedriver says its port");
            if let Some((_, rest)) = line.split_once("successfully on port ") {
                break rest.trim_end_matches('.').to_owned();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let profile = tempfile::tempdir().expect("a folder");
        let mut options = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--window-size=1280,1000",
        ] {
            options.add_arg(argument).expect("an argument");
        }
        options.add_arg(&format!("--user-data-dir={}", profile.path().display())).expect("an argument");
        // The driver's client brings no provider of its own.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), options).await.expect("a session");
        driver.set_implicit_wait_timeout(Duration::from_secs(15)).await.expect("a setting");
        Some(Self { driver, _process: process, _profile: profile })
    }

    pub async fn go(&self, url: &str) {
        self.driver.goto(url).await.expect("the page opens");
    }

    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.driver.find(By::Id(id)).await.unwrap_or_else(|_| panic!("no field {id}"));
        field.clear().await.expect("it can be emptied");
        field.send_keys(text).await.expect("it can be filled in");
    }

    /// Presses the button or follows the link with exactly these words.
    pub async fn press(&self, words: &str) {
        let path =
            format!("//main//button[normalize-space()='{words}'] | //main//a[normalize-space()='{words}']");
        let found = self.driver.find(By::XPath(&path)).await;
        found.unwrap_or_else(|_| panic!("nothing says {words}")).click().await.expect("it can be pressed");
    }

    /// Waits until the page says so.
    pub async fn until_says(&self, words: &str) {
        let seen = super::wait_for(words, || async {
            let text = self.text().await;
            text.contains(words).then_some(())
        });
        seen.await;
    }

    pub async fn text(&self) -> String {
        match self.driver.find(By::Tag("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    pub async fn close(self) {
        self.driver.quit().await.expect("it closes");
    }
}
