//! `souk keys generate`: print a new sealing key.

use platform::kernel::SealingKeys;
use platform::kernel::random::OsRandom;

use crate::Stop;
use crate::cli::KeysCommand;
use crate::output::say;

pub fn run(command: KeysCommand) -> Result<(), Stop> {
    let KeysCommand::Generate { id } = command;
    let key = SealingKeys::generate(&id, &OsRandom);
    SealingKeys::parse(key.expose()).map_err(|error| Stop::Refused(error.to_string()))?;
    say(key.expose());
    Ok(())
}
