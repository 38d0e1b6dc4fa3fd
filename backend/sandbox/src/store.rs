//! The shared handle: the world behind its lock, the clock, and the file that keeps both.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::clock::{Clock, Mode};
use crate::options::Options;
use crate::world::{Instant, World};

/// Cheap to clone; every handler holds one.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

pub struct Inner {
    state: Mutex<State>,
    file: Option<PathBuf>,
    pub options: Options,
    /// How browsers see us.
    pub public_url: String,
    pub wake: Notify,
    pub released: Notify,
}

pub struct State {
    pub world: World,
    pub clock: Clock,
}

impl State {
    pub fn now(&self) -> Instant {
        self.clock.now()
    }
}

#[derive(Serialize)]
struct Kept<'a> {
    clock: Mode,
    world: &'a World,
}

#[derive(Deserialize)]
struct KeptOwned {
    clock: Mode,
    world: World,
}

impl Sandbox {
    pub fn open(options: Options, public_url: String) -> std::io::Result<Self> {
        let kept: Option<KeptOwned> = match options.data.as_ref().map(std::fs::read) {
            Some(Ok(bytes)) => Some(serde_json::from_slice(&bytes).map_err(std::io::Error::other)?),
            Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => None,
        };
        let mode = kept.as_ref().map_or(Mode::Offset { micros: 0 }, |kept| kept.clock);
        let clock = Clock::new(mode, options.virtual_clock.clone())?;
        let mut world = match kept {
            Some(kept) => kept.world,
            None => World::new(clock.now(), options.seed, options.auto, options.webhook_url.as_deref()),
        };
        if let Some(url) = &options.webhook_url {
            world.subscribe_platform(url);
        }
        let sandbox = Self {
            inner: Arc::new(Inner {
                state: Mutex::new(State { world, clock }),
                file: options.data.clone(),
                options,
                public_url,
                wake: Notify::new(),
                released: Notify::new(),
            }),
        };
        sandbox.keep()?;
        Ok(sandbox)
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().expect("no handler panics while it holds the world")
    }

    /// Writes the state where it survives kill -9: whole, then renamed into place.
    pub fn keep(&self) -> std::io::Result<()> {
        let Some(file) = &self.inner.file else { return Ok(()) };
        let state = self.lock();
        let kept = Kept { clock: state.clock.mode(), world: &state.world };
        let bytes = serde_json::to_vec(&kept).map_err(std::io::Error::other)?;
        let partial = file.with_extension("partial");
        std::fs::write(&partial, bytes)?;
        std::fs::rename(partial, file)
    }

    /// Lets the engine look at once for what is due.
    pub fn wake(&self) {
        self.inner.wake.notify_waiters();
        self.inner.wake.notify_one();
    }
}

impl std::ops::Deref for Sandbox {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}
