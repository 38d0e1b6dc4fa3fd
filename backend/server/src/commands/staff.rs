//! `souk staff add`: create a staff account.

use std::io::Read;

use platform::app;
use platform::kernel::Secret;

use crate::cli::StaffCommand;
use crate::config::Config;
use crate::output::say;
use crate::{Stop, boot};

pub async fn run(command: StaffCommand, config: Config) -> Result<(), Stop> {
    let StaffCommand::Add { name, email, password_file } = command;
    let mut password = String::new();
    let read = match &password_file {
        Some(file) => std::fs::read_to_string(file).map(|text| password = text),
        None => std::io::stdin().read_to_string(&mut password).map(drop),
    };
    read.map_err(|error| {
        Stop::Refused(format!("the password cannot be read: {error}; see --password-file"))
    })?;
    let password = Secret::new(password.trim_end_matches(['\n', '\r']).to_owned());
    let platform = boot::platform(config).await?;
    app::command::add_staff(&platform, &name, &email, password).await.map_err(Stop::Refused)?;
    say(&format!("{email} may sign in as staff"));
    Ok(())
}
