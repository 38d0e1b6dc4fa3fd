//! `souk staff add`: create a staff account.

use std::io::Read;

use platform::app;
use platform::kernel::Secret;

use crate::cli::StaffCommand;
use crate::config::Config;
use crate::output::say;
use crate::{Stop, boot};

pub async fn run(command: StaffCommand, config: Config) -> Result<(), Stop> {
    let StaffCommand::Add { name, email } = command;
    let mut password = String::new();
    std::io::stdin()
        .read_to_string(&mut password)
        .map_err(|error| Stop::Refused(format!("the password is read from standard input: {error}")))?;
    let password = Secret::new(password.trim_end_matches(['\n', '\r']).to_owned());
    let platform = boot::platform(config).await?;
    app::command::add_staff(&platform, &name, &email, password).await.map_err(Stop::Refused)?;
    say(&format!("{email} may sign in as staff"));
    Ok(())
}
