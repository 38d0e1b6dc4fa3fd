//! `souk keys`: print a new sealing key; seal everything anew under the first one.

use platform::app;
use platform::kernel::LocalKeys;
use platform::kernel::random::OsRandom;

use super::configured;
use crate::cli::KeysCommand;
use crate::output::say;
use crate::{Stop, boot};

pub async fn run(command: KeysCommand) -> Result<(), Stop> {
    match command {
        KeysCommand::Generate { id } => generate(&id),
        KeysCommand::Reseal => reseal().await,
    }
}

fn generate(id: &str) -> Result<(), Stop> {
    let key = LocalKeys::generate(id, &OsRandom);
    LocalKeys::parse(key.expose()).map_err(|error| Stop::Refused(error.to_string()))?;
    say(key.expose());
    Ok(())
}

async fn reseal() -> Result<(), Stop> {
    let platform = boot::platform(configured()?).await?;
    let resealed = app::command::reseal(&platform).await;
    let resealed = resealed.map_err(|failure| Stop::Failed(failure.to_string()))?;
    let values = if resealed.moved == 1 { "value was" } else { "values were" };
    say(&format!("{} {values} sealed anew under the first key", resealed.moved));
    match resealed.left.as_slice() {
        [] => Ok(()),
        left => Err(Stop::Failed(format!(
            "{} rows could not be moved, so keep every key; the log says why: {}",
            left.len(),
            left.join(", ")
        ))),
    }
}
