//! What must be true of every state that can be reached.

use stateright::Property;

use super::world::{Action, Doing, State, World};
use rotation::{Event, Standing, Step, step};

pub const BURNT: &str = "no step of ours makes the server revoke";
pub const THROWN: &str = "no received good pair is thrown away";
pub const MET: &str = "two live refreshes only after the lease's end";
pub const CONNECTABLE: &str = "with room for one more send a faultless continuation ends connected";
pub const HONEST: &str =
    "when nothing is under way, the stored token is the server's, or nobody claims to know";

pub const OVER: &str = "a connection is called over only when it is";
const FOUND_OUT: &str = "an end from outside is found out";

/// What holds however few sends are allowed.
pub const SAFE: [&str; 4] = [BURNT, THROWN, MET, HONEST];

pub fn all() -> Vec<Property<World>> {
    vec![
        Property::always(BURNT, |_, state: &State| !state.server.is_revoked),
        Property::always(THROWN, |_, state: &State| !state.threw_away),
        Property::always(MET, |_, state: &State| !state.met),
        Property::always(CONNECTABLE, ends_connected),
        Property::always(HONEST, is_honest),
        Property::always(OVER, |_, state: &State| {
            state.chain.standing != Standing::Over || state.server.is_revoked || state.server.is_over
        }),
        Property::always(FOUND_OUT, is_found_out),
        Property::sometimes("a repeat connects", |_, state: &State| {
            state.chain.generation == 2 && state.chain.last_number >= 2
        }),
        Property::sometimes("it is given up", |_, state: &State| state.chain.standing == Standing::Unknown),
    ]
}

/// Whatever is under way ends well, then a replica asks as soon as it may, the first if it is free.
fn ends_connected(world: &World, state: &State) -> bool {
    if state.server.is_revoked || state.server.is_over || world.late > 0 {
        return true;
    }
    let mut now = state.clone();
    for _ in 0..64 {
        let Some(next) = go_on(world, &now) else { break };
        now = next;
        if now.chain.standing != Standing::Connected {
            return now.chain.standing == Standing::Unknown && !has_room(world, state);
        }
        if now.chain.generation > state.chain.generation {
            return now.stored == now.server.current;
        }
    }
    // Nothing is left to do: then no connection that is said to work waits for anything either.
    now.chain.standing != Standing::Connected || now.chain.sends.iter().all(|send| !send.is_open())
}

/// After an end from outside nobody goes on as if there were none.
fn is_found_out(world: &World, state: &State) -> bool {
    if !state.server.is_over || state.server.is_revoked {
        return true;
    }
    let mut now = state.clone();
    for _ in 0..64 {
        let Some(next) = go_on(world, &now) else { break };
        now = next;
    }
    now.chain.standing != Standing::Connected
}

/// Whether the first replica may still send again: the quiet time and the lease end inside the window.
fn has_room(world: &World, state: &State) -> bool {
    let own = |instant| instant + chrono::Duration::seconds(world.skews[0]);
    let open: Vec<_> = state.chain.sends.iter().filter(|send| send.is_open()).collect();
    let recorded = || open.iter().map(|send| send.recorded_at);
    let (Some(oldest), Some(newest)) = (recorded().min(), recorded().max()) else { return true };
    let quiet = newest + world.constants.quiet + world.constants.skew;
    let free = state.chain.lease.as_ref().map_or(quiet, |lease| own(lease.until));
    let earliest = quiet.max(free).max(own(super::world::at(0)));
    state.chain.standing == Standing::Connected
        && open.len() < world.constants.max_sends
        && earliest <= oldest + world.constants.window
}

/// The next step of a world in which nothing goes wrong.
fn go_on(world: &World, state: &State) -> Option<State> {
    for (index, replica) in state.replicas.iter().enumerate() {
        let action = match replica.doing {
            Doing::Leaving(_) => Action::HandOver(index),
            Doing::Knows(..) => Action::WriteDown(index),
            Doing::Waiting(_) if !state.wire.iter().any(|it| state.waiting_for(it) == Some(index)) => {
                Action::StopWaiting(index)
            }
            Doing::Waiting(_) | Doing::Nothing => continue,
        };
        if let Some(next) = world.after(state, action) {
            return Some(next);
        }
    }
    if let Some(index) = state.wire.iter().position(|it| state.waiting_for(it).is_some()) {
        return world.after(state, Action::Execute { index, is_heard: true });
    }
    if !state.wire.is_empty() {
        return world.after(state, Action::Lose(0));
    }
    // Whoever holds a pair that is not decided yet waits; the other one asks.
    let index = state.replicas.iter().position(|it| it.doing == Doing::Nothing)?;
    let by = state.replicas[index].owner;
    let clock = super::world::at(world.skews[index]);
    let event = Event::Asked { by: &by, now: clock, lease_now: super::world::at(0) };
    match step(&state.chain, &event, &world.constants) {
        Step::Record { .. } | Step::GiveUp => world.after(state, Action::Ask(index)),
        Step::Wait(_) => world.after(state, Action::Pass),
        _ => None,
    }
}

/// Nothing under way, nothing open: then we hold what Airwallex holds for current.
fn is_honest(world: &World, state: &State) -> bool {
    let is_quiet = state.wire.is_empty() && state.replicas.iter().all(|it| it.doing == Doing::Nothing);
    let claims =
        state.chain.standing == Standing::Connected && state.chain.sends.iter().all(|it| !it.is_open());
    let stands = !state.server.is_revoked && !state.server.is_over;
    !(is_quiet && claims && stands) || world.late > 0 || state.stored == state.server.current
}
