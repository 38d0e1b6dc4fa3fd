//! `souk serve`: the production process.

use platform::app;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::lifecycle::Process;
use crate::{Stop, boot};

pub async fn run(config: Config, web: bool, worker: bool) -> Result<(), Stop> {
    let (listen, metrics_listen) = (config.listen.clone(), config.metrics_listen.clone());
    let platform = boot::platform(config).await?;
    let mut process = Process::new(&platform)?;
    process.watch_credentials(&platform);
    if worker {
        process.work(&platform);
    }
    if let Some(address) = metrics_listen {
        let listener = bind(&address, "SOUK_METRICS_LISTEN").await?;
        process.serve("metrics", listener, app::health::metrics(platform.clone()))?;
    }
    if web {
        process.listen_live(&platform);
        let listener = bind(&listen, "SOUK_LISTEN").await?;
        process.serve("souk", listener, app::router::router(platform.clone()))?;
    }
    process.until_stopped().await
}

/// Binds or says which setting to change.
pub async fn bind(address: &str, name: &str) -> Result<TcpListener, Stop> {
    TcpListener::bind(address).await.map_err(|error| {
        Stop::Refused(format!("{name}: cannot listen on {address} ({error}); choose another address"))
    })
}
