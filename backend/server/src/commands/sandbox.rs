//! `souk sandbox`: the simulator alone.

use airwallex_sandbox::Options;
use tokio::net::TcpListener;

use crate::Stop;
use crate::output::say;

pub async fn run(options: Options) -> Result<(), Stop> {
    let mut signals = crate::lifecycle::Signals::listen()?;
    let listener = TcpListener::bind(&options.listen)
        .await
        .map_err(|error| Stop::Refused(format!("--listen: cannot listen on {} ({error})", options.listen)))?;
    let running = airwallex_sandbox::start(listener, options)
        .await
        .map_err(|error| Stop::Refused(format!("the sandbox cannot start: {error}")))?;
    say(&format!("sandbox listening on {}", running.url()));
    signals.next().await;
    running.stop().await;
    Ok(())
}
