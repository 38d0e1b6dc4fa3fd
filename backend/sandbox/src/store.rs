//! The shared handle: the world behind its lock, the clock, the limits, and the file that keeps them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use crate::clock::{Clock, Instant, Mode};
use crate::keep::Keeper;
use crate::limits::Limits;
use crate::options::Options;
use crate::webhooks::subscriptions;
use crate::world::World;
use crate::world::table::Change;

/// Cheap to clone; every handler holds one.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

pub struct Inner {
    state: Mutex<State>,
    pub options: Options,
    /// Something may have become deliverable.
    pub wake: Notify,
    /// Counts the orders to let held requests go.
    pub released: watch::Sender<u64>,
}

pub struct State {
    pub world: World,
    /// How browsers see us.
    pub public_url: Arc<str>,
    pub clock: Clock,
    pub limits: Limits,
    /// Requests that are still running, by caller, route and `request_id`.
    pub running: BTreeSet<String>,
    /// Where the clock stood after its last jump by order.
    pub jumped_to: Option<Instant>,
    /// Counts the worlds that were: what began in another one is not this one's.
    pub epoch: u64,
    /// Off under `--load-mode`, where nobody could read it.
    pub is_journaled: bool,
    keeper: Option<Keeper>,
}

impl State {
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Keeps what changed where it survives kill -9, and tells it.
    pub fn settle(&mut self) -> Vec<Change> {
        let changes = self.world.take_changes(self.keeper.is_some());
        if let Some(keeper) = &mut self.keeper
            && let Err(error) = keeper.append(&changes, self.world.take_meta(), self.clock.mode())
        {
            tracing::error!(%error, "the sandbox's state cannot be kept");
        }
        changes
    }

    /// Puts another world in this one's place.
    pub fn begin_anew(&mut self, world: World) {
        self.world = world;
        self.epoch += 1;
        self.limits = Limits::default();
        if let Some(keeper) = &mut self.keeper
            && let Err(error) = keeper.forget()
        {
            tracing::error!(%error, "the sandbox's state cannot be kept");
        }
        self.settle();
    }
}

impl Sandbox {
    pub fn open(options: Options, public_url: String) -> io::Result<Self> {
        if let Some(url) = &options.webhook_url {
            subscriptions::check_any_url(url)
                .map_err(|error| io::Error::other(format!("--webhook-url takes {}", error.message)))?;
        }
        let of = |option: &str, path: &Option<PathBuf>| {
            let path = path.as_deref().map(Path::display).map(|path| path.to_string()).unwrap_or_default();
            let option = option.to_owned();
            move |error: io::Error| io::Error::new(error.kind(), format!("{option} {path}: {error}"))
        };
        let (keeper, kept) = match &options.data {
            Some(file) => Keeper::open(file)
                .map(|(keeper, kept)| (Some(keeper), kept))
                .map_err(of("--data", &options.data))?,
            None => (None, None),
        };
        let mode = kept.as_ref().map_or(Mode::Offset { micros: 0 }, |kept| kept.clock);
        let clock = Clock::new(mode, options.virtual_clock.clone())
            .map_err(of("--virtual-clock", &options.virtual_clock))?;
        let world = match kept {
            Some(mut kept) => {
                // What is asked for counts; what is not stays as it was kept.
                let settings = &mut kept.world.meta.settings;
                settings.auto |= options.auto;
                settings.strict |= options.strict;
                kept.world
            }
            None => fresh_world(&options, clock.now()),
        };
        let mut state = State {
            world,
            public_url: public_url.into(),
            clock,
            limits: Limits::default(),
            running: BTreeSet::new(),
            jumped_to: None,
            epoch: 0,
            is_journaled: !options.load_mode,
            keeper,
        };
        let now = state.now();
        if let Some(url) = &options.webhook_url {
            state.world.subscribe_platform(url, now);
        }
        state.world.requeue();
        state.settle();
        let inner =
            Inner { state: Mutex::new(state), options, wake: Notify::new(), released: watch::Sender::new(0) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The state, alone. What a panic left behind is better than nothing: the next request sees it.
    pub fn lock(&self) -> Held<'_> {
        Held(self.inner.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets the delivery look at once for what is due.
    pub fn wake(&self) {
        self.inner.wake.notify_one();
    }
}

tokio::task_local! {
    /// What the page that runs in this task has changed so far.
    static CHANGED: RefCell<Vec<Change>>;
}

/// Runs a page, which takes the lock as often as it likes, and tells what it changed: nobody else's rows, and none of
/// its own are left for the request that comes next.
pub async fn watched<T>(page: impl Future<Output = T>) -> (T, Vec<Change>) {
    CHANGED.scope(RefCell::default(), async { (page.await, CHANGED.with(RefCell::take)) }).await
}

/// The state in the hands of one holder.
pub struct Held<'a>(MutexGuard<'a, State>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // Without a page in this task there is nobody to tell: the call itself settles.
        let _ = CHANGED.try_with(|changed| changed.borrow_mut().extend(self.0.settle()));
    }
}

impl std::ops::Deref for Held<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl std::ops::DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.0
    }
}

/// A world at its start; without a seed of its own every one is different.
pub fn fresh_world(options: &Options, now: Instant) -> World {
    let seed = options.seed.unwrap_or_else(|| {
        let mut bytes = [0u8; 8];
        rand::Rng::fill_bytes(&mut rand::rng(), &mut bytes);
        u64::from_be_bytes(bytes)
    });
    let mut world = World::start(now, seed, options.auto, options.strict);
    if options.auto {
        crate::wallet::endow(&mut world, crate::world::start::ACME, now);
    }
    if let Some(url) = &options.webhook_url {
        world.subscribe_platform(url, now);
    }
    world
}

impl std::ops::Deref for Sandbox {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}
