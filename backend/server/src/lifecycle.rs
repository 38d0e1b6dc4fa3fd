//! Listening and stopping: softly on the first signal, hard on the second or after a deadline.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use platform::platform::Platform;
use platform::{app, live};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Stop;
use crate::output::say;

/// How long running requests and jobs may take to end.
const DEADLINE: Duration = Duration::from_secs(30);

/// The parts of a running process.
pub struct Process {
    tasks: JoinSet<Result<(), Stop>>,
    stop: CancellationToken,
    /// What outlives the requests that began it.
    own: TaskTracker,
    signals: Signals,
}

/// Interrupt and terminate, heard from the moment this is made: whoever is told that we are ready may stop us.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub fn listen() -> Result<Self, Stop> {
        let listen =
            |kind| signal(kind).map_err(|error| Stop::Failed(format!("no signal is heard: {error}")));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// The next of either.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

impl Process {
    pub fn new(platform: &Platform) -> Result<Self, Stop> {
        Ok(Self {
            tasks: JoinSet::new(),
            stop: platform.stop.clone(),
            own: platform.tasks.clone(),
            signals: Signals::listen()?,
        })
    }

    /// Serves a router; the line that names it is printed once it answers.
    pub fn serve(
        &mut self,
        name: &'static str,
        listener: TcpListener,
        router: Router,
    ) -> Result<SocketAddr, Stop> {
        let address = listener.local_addr().map_err(|error| Stop::Failed(error.to_string()))?;
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            let served = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned());
            served.await.map_err(|error| Stop::Failed(format!("{name} stopped: {error}")))
        });
        say(&format!("{name} listening on http://{address}"));
        Ok(address)
    }

    /// Runs the worker.
    pub fn work(&mut self, platform: &Platform) {
        let (platform, stop) = (platform.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            app::worker::run(platform, stop).await;
            Ok(())
        });
    }

    /// Reads the live feed for this replica's subscribers.
    pub fn listen_live(&mut self, platform: &Platform) {
        let (platform, stop) = (platform.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            live::run(platform, stop).await;
            Ok(())
        });
    }

    /// Learns whether Airwallex takes the platform's key, for readiness.
    pub fn watch_credentials(&mut self, platform: &Platform) {
        let platform = platform.clone();
        self.tasks.spawn(async move {
            app::health::watch_credentials(platform).await;
            Ok(())
        });
    }

    /// Runs until a signal, then ends softly; a part that ends by itself ends the process.
    pub async fn until_stopped(mut self) -> Result<(), Stop> {
        let ended = tokio::select! {
            () = self.signals.next() => Ok(()),
            Some(ended) = self.tasks.join_next() => match ended {
                Ok(Ok(())) => Ok(()),
                Ok(Err(stop)) => Err(stop),
                Err(error) => Err(Stop::Failed(format!("a part of the process broke: {error}"))),
            },
        };
        self.stop.cancel();
        self.own.close();
        let rest = async {
            while self.tasks.join_next().await.is_some() {}
            self.own.wait().await;
        };
        tokio::select! {
            () = rest => {}
            () = self.signals.next() => tracing::warn!("stopped hard on the second signal"),
            () = tokio::time::sleep(DEADLINE) => tracing::warn!("stopped hard after the deadline"),
        }
        ended
    }
}
