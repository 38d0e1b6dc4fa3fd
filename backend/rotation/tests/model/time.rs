//! How time passes: to the next instant that matters, in a world whose times are all relative to now.

use chrono::Duration;
use rotation::Instant;

use super::world::{Doing, Replica, State, Told, World, at};

fn second(instant: Instant) -> i64 {
    instant.timestamp()
}

impl World {
    /// In how many seconds something is allowed or over that is not now. All guards compare a clock's
    /// difference with a constant, so that nothing else can happen in between.
    pub fn next_instant(&self, state: &State) -> Option<i64> {
        if self.is_fine {
            return (!state.is_at_rest()).then_some(1);
        }
        let constants = &self.constants;
        let mut instants: Vec<i64> = state.wire.iter().map(|it| it.until).collect();
        for replica in &state.replicas {
            if let Doing::Leaving(sent) = replica.doing {
                let end = sent.recorded_at + constants.last_look.num_seconds();
                instants.extend([end, end + 1]);
            }
        }
        let own = |instant: Instant| self.skews.map(|skew| second(instant) - skew);
        let recorded = || state.chain.sends.iter().filter(|it| it.is_open()).map(|send| send.recorded_at);
        if let (Some(oldest), Some(newest)) = (recorded().min(), recorded().max()) {
            let strictly = Duration::seconds(1);
            instants.extend(own(newest + constants.quiet));
            instants.extend(own(newest + constants.quiet + constants.skew));
            instants.extend(own(oldest + constants.window));
            instants.extend(own(oldest + constants.window + strictly));
        }
        instants.extend(state.chain.lease.iter().map(|lease| second(lease.until)));
        instants.extend(state.server.ends_of_grace());
        let next = instants.into_iter().filter(|instant| *instant > 0).min();
        // Where K may be broken, settling comes in time.
        let due = state.settling.first().copied().filter(|_| self.late > 0);
        match due {
            Some(due) if due <= 0 => None,
            Some(due) => Some(next.map_or(due, |next| next.min(due))),
            None => next,
        }
    }

    /// Forgets what makes no difference any more.
    pub fn forget(&self, state: &mut State) {
        state.wire.retain(|request| request.until >= 0);
        state.chain.lease.take_if(|lease| lease.until <= at(0));
        let long_ago = at(0) - self.constants.window - self.constants.skew - Duration::seconds(2);
        state.chain.sends.iter_mut().for_each(|send| send.recorded_at = send.recorded_at.max(long_ago));
        let too_late = -self.constants.last_look.num_seconds() - 1;
        for replica in &mut state.replicas {
            if let Doing::Leaving(sent) = &mut replica.doing {
                sent.recorded_at = sent.recorded_at.max(too_late);
            }
        }
        let (stored, wire, replicas) = (state.stored, &state.wire, &state.replicas);
        state.server.forget(|token| {
            let is_held = |replica: &Replica| match replica.doing {
                Doing::Nothing => false,
                Doing::Leaving(sent) | Doing::Waiting(sent) => sent.token == token,
                Doing::Knows(_, told) => told == Told::Pair(token),
            };
            token == stored || wire.iter().any(|it| it.sent.token == token) || replicas.iter().any(is_held)
        });
    }
}

impl State {
    pub fn pass(&mut self, seconds: i64) {
        let passed = Duration::seconds(seconds);
        self.chain.sends.iter_mut().for_each(|send| send.recorded_at -= passed);
        self.chain.lease.iter_mut().for_each(|lease| lease.until -= passed);
        self.settling.iter_mut().for_each(|due| *due -= seconds);
        self.wire.iter_mut().for_each(|request| request.until -= seconds);
        for replica in &mut self.replicas {
            if let Doing::Leaving(sent) = &mut replica.doing {
                sent.recorded_at -= seconds;
            }
        }
        self.server.pass(seconds);
    }

    /// Nothing is open, under way, held or in its grace.
    fn is_at_rest(&self) -> bool {
        self.chain.sends.iter().all(|send| !send.is_open())
            && self.chain.lease.is_none()
            && self.wire.is_empty()
            && self.replicas.iter().all(|replica| replica.doing == Doing::Nothing)
            && self.server.ends_of_grace().next().is_none()
    }
}
