//! `souk seed`: load demo data. Running it twice changes nothing.

use platform::app;

use crate::config::Config;
use crate::output::say;
use crate::{Stop, boot};

/// The demo's data, compiled in.
pub const DEMO: &str = include_str!("../../../../seed/demo.json");

pub async fn run(config: Config) -> Result<(), Stop> {
    if config.production {
        return Err(Stop::Refused("SOUK_ENV is production: demo data is never loaded there".to_owned()));
    }
    let platform = boot::platform(config).await?;
    boot::migrate(&platform.db).await?;
    let sign_ins =
        app::seed::load(&platform, DEMO).await.map_err(|failure| Stop::Failed(failure.to_string()))?;
    for one in sign_ins {
        say(&format!("{}: {} / {}", one.who, one.email, one.password));
    }
    Ok(())
}
