//! The sandbox as a program of its own.

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Parser)]
#[command(name = "airwallex-sandbox", version, about = "A simulator of Airwallex's API and hosted pages")]
struct Arguments {
    #[command(flatten)]
    options: airwallex_sandbox::Options,
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the lines that whoever started it waits for")]
async fn main() -> std::process::ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    // Before anybody can know that it runs, and stop it.
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
        eprintln!("the sandbox cannot start: no signal is heard here");
        return std::process::ExitCode::from(2);
    };
    let listener = match tokio::net::TcpListener::bind(&arguments.options.listen).await {
        Ok(listener) => listener,
        Err(error) => {
            let listen = &arguments.options.listen;
            eprintln!("--listen takes an address and a free port, such as 127.0.0.1:8090; {listen}: {error}");
            return std::process::ExitCode::from(2);
        }
    };
    let running = match airwallex_sandbox::start(listener, arguments.options).await {
        Ok(running) => running,
        Err(error) => {
            eprintln!("the sandbox cannot start: {error}");
            return std::process::ExitCode::from(2);
        }
    };
    println!("sandbox listening on {}", running.url());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    running.stop().await;
    std::process::ExitCode::SUCCESS
}
