//! One file per command.

#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod fee_plan;
mod keys;
mod migrate;
mod reference;
mod restored;
#[cfg(feature = "demo")]
mod sandbox;
mod seed;
mod serve;
mod staff;
mod webhooks;

use crate::cli::{Arguments, Command};
use crate::config::{Config, check_files, environment};
use crate::output::say;
use crate::{Stop, telemetry};

/// Runs the chosen command; started bare it is the demo.
pub async fn run(arguments: Arguments) -> Result<(), Stop> {
    check_files()?;
    let json = environment("SOUK_ENV").as_deref() == Some("production");
    telemetry::start(
        &environment("SOUK_LOG").unwrap_or_else(|| "info,sqlx=warn,sea_orm_migration=warn".to_owned()),
        json,
    )?;
    stop_at();
    match arguments.command {
        #[cfg(feature = "demo")]
        None => demo::run(crate::cli::DemoOptions::default()).await,
        #[cfg(not(feature = "demo"))]
        None => {
            use clap::CommandFactory;
            let _ = Arguments::command().print_help();
            Err(Stop::Refused("this build has no demo; choose a command".to_owned()))
        }
        #[cfg(feature = "demo")]
        Some(Command::Demo(options)) => demo::run(options).await,
        #[cfg(feature = "demo")]
        Some(Command::Sandbox(options)) => sandbox::run(options).await,
        Some(Command::Serve { no_web, no_worker }) => serve::run(configured()?, !no_web, !no_worker).await,
        Some(Command::Migrate) => migrate::run(configured()?).await,
        Some(Command::Seed) => seed::run(configured()?).await,
        Some(Command::Schema) => {
            say(platform::app::schema::sdl().trim_end());
            Ok(())
        }
        Some(Command::Reference { page }) => reference::run(&page),
        Some(Command::Staff { command }) => staff::run(command, configured()?).await,
        Some(Command::FeePlan { percentage, fixed }) => {
            fee_plan::run(percentage, &fixed, configured()?).await
        }
        Some(Command::Keys { command }) => keys::run(command).await,
        Some(Command::Webhooks { command }) => webhooks::run(command, configured()?).await,
        Some(Command::Restored { since }) => restored::run(&since, configured()?).await,
        Some(Command::Doctor) => doctor::run().await,
    }
}

fn configured() -> Result<Config, Stop> {
    Config::read(&environment)
}

/// Tests stop the process at a named checkpoint; debug builds only.
#[cfg(debug_assertions)]
fn stop_at() {
    platform::kernel::checkpoint::stop_at(environment("SOUK_STOP_AT"));
}

#[cfg(not(debug_assertions))]
fn stop_at() {}
