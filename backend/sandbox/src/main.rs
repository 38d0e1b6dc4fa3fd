//! The sandbox as a program of its own.

use clap::Parser;

#[derive(Parser)]
#[command(name = "airwallex-sandbox", about = "A simulator of Airwallex's API and hosted pages")]
struct Arguments {
    #[command(flatten)]
    options: airwallex_sandbox::Options,
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the lines that whoever started it waits for")]
async fn main() -> std::process::ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let listener = match tokio::net::TcpListener::bind(&arguments.options.listen).await {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("cannot listen on {}: {error}", arguments.options.listen);
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
    let _ = tokio::signal::ctrl_c().await;
    running.stop().await;
    std::process::ExitCode::SUCCESS
}
