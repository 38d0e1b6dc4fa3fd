//! The process `souk`: parse, configure, run, exit code. No rule of the marketplace is written here.

mod boot;
mod cli;
mod commands;
mod config;
mod lifecycle;
mod output;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

use output::complain;

/// Why the process ends other than as asked.
pub enum Stop {
    /// Refused to start: one sentence that names the setting and the remedy. Exit code 2.
    Refused(String),
    /// Failed while running. Exit code 1.
    Failed(String),
}

fn main() -> ExitCode {
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("the runtime cannot start: {error}"));
            return ExitCode::from(1);
        }
    };
    match runtime.block_on(commands::run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Refused(sentence)) => {
            complain(&sentence);
            ExitCode::from(2)
        }
        Err(Stop::Failed(sentence)) => {
            complain(&sentence);
            ExitCode::from(1)
        }
    }
}
