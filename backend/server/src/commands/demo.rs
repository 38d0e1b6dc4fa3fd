//! `souk demo`: the whole product on the embedded default.

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use platform::app;
use platform::kernel::LocalKeys;
use platform::kernel::random::OsRandom;

use super::seed::DEMO;
use super::serve::bind;
use crate::cli::DemoOptions;
use crate::config::Config;
use crate::lifecycle::Process;
use crate::output::say;
use crate::{Stop, boot};

/// What the data folder holds, as one set: a part of it alone would contradict itself.
const SET: [&str; 4] = ["souk.db", "sandbox.db", "sealing.key", "clock"];

pub async fn run(options: DemoOptions) -> Result<(), Stop> {
    let folder = prepare(&options)?;
    // The ports first: a refused start must leave no half-made folder behind.
    let listener = bind(&options.listen, "--listen").await?;
    let sandbox_listener = bind(&options.sandbox_listen, "--sandbox-listen").await?;
    let key = sealing_key(&folder)?;
    let failed = |error: std::io::Error| Stop::Failed(error.to_string());
    let address = listener.local_addr().map_err(failed)?;
    let own_url = format!("http://127.0.0.1:{}", address.port());
    let sandbox = airwallex_sandbox::start(
        sandbox_listener,
        airwallex_sandbox::Options {
            data: Some(folder.join("sandbox.db")),
            virtual_clock: Some(folder.join("clock")),
            webhook_url: Some(format!("{own_url}/webhooks/airwallex")),
            auto: true,
            ..Default::default()
        },
    )
    .await
    .map_err(|error| Stop::Failed(format!("the sandbox cannot start: {error}; --fresh begins anew")))?;
    say(&format!("sandbox listening on {}", sandbox.url()));
    let settings = |name: &str| {
        Some(match name {
            "SOUK_PUBLIC_URL" => own_url.clone(),
            "SOUK_DATABASE_URL" => format!("sqlite:{}", folder.join("souk.db").display()),
            "SOUK_SEALING_KEYS" => key.clone(),
            "SOUK_AIRWALLEX_API_URL" | "SOUK_AIRWALLEX_CONSENT_URL" => sandbox.url(),
            "SOUK_MAIL_URL" => format!("file:{}", folder.join("mail").display()),
            "SOUK_VIRTUAL_CLOCK" => folder.join("clock").display().to_string(),
            _ => return None,
        })
    };
    let platform = boot::platform(Config::read(&settings)?).await?;
    boot::migrate(&platform.db).await?;
    let mut process = Process::new(&platform)?;
    process.work(&platform);
    process.listen_live(&platform);
    process.serve("souk", listener, app::router::router(platform.clone()))?;
    let sign_ins =
        app::seed::load(&platform, DEMO).await.map_err(|failure| Stop::Failed(failure.to_string()))?;
    introduce(&own_url, &sandbox.url(), &folder, &sign_ins);
    let ended = process.until_stopped().await;
    sandbox.stop().await;
    ended
}

/// What a newcomer needs to know, and `demo ready` last.
fn introduce(own_url: &str, sandbox_url: &str, folder: &Path, sign_ins: &[app::seed::SignIn]) {
    say("");
    say(&format!("  Souk            {own_url}"));
    say(&format!("  staff pages     {own_url}/admin"));
    say(&format!("  GraphQL         {own_url}/graphql"));
    say(&format!("  the other side  {sandbox_url}"));
    say(&format!("  mail            {}", folder.join("mail").display()));
    say("");
    say("  Sign in as");
    for one in sign_ins {
        say(&format!("    {:<26} {:<18} {}", one.email, one.password, one.who));
    }
    say("");
    say("demo ready");
}

/// The data folder, absolute; emptied with `--fresh`, refused when only a part of the set is there.
fn prepare(options: &DemoOptions) -> Result<PathBuf, Stop> {
    let refuse =
        |error: std::io::Error| Stop::Refused(format!("--data-dir {}: {error}", options.data_dir.display()));
    std::fs::create_dir_all(&options.data_dir).map_err(refuse)?;
    let folder = options.data_dir.canonicalize().map_err(refuse)?;
    if options.fresh {
        for name in SET {
            for suffix in ["", "-wal", "-shm"] {
                let file = folder.join(format!("{name}{suffix}"));
                if file.exists() {
                    std::fs::remove_file(&file).map_err(refuse)?;
                }
            }
        }
        let mail = folder.join("mail");
        if mail.exists() {
            std::fs::remove_dir_all(mail).map_err(refuse)?;
        }
    }
    let missing: Vec<&str> = SET.into_iter().filter(|name| !folder.join(name).exists()).collect();
    if !missing.is_empty() && missing.len() < SET.len() {
        return Err(Stop::Refused(format!(
            "{} holds a part of a demo only ({} is missing); start with --fresh to begin anew",
            folder.display(),
            missing.join(", "),
        )));
    }
    Ok(folder)
}

/// The demo's own key, made once, readable by its owner only.
fn sealing_key(folder: &Path) -> Result<String, Stop> {
    let file = folder.join("sealing.key");
    let refuse = |error: std::io::Error| Stop::Refused(format!("{}: {error}", file.display()));
    if !file.exists() {
        use std::io::Write;
        let key = LocalKeys::generate("demo", &OsRandom);
        let mut made = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&file)
            .map_err(refuse)?;
        made.write_all(key.expose().as_bytes()).map_err(refuse)?;
    }
    std::fs::read_to_string(&file).map_err(refuse)
}
