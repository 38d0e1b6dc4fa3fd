//! Two replicas, one database, one Airwallex, and everything that may go wrong between them.

use chrono::{DateTime, Duration};

use super::server::{Replay, Server, Token};
use super::without::Without;
use rotation::{Answer, Chain, Constants, Event, Instant, Lease, Outcome, Send, Standing, Step, step};

/// Who records: the replica and how often it was started anew, for a restarted process is a new owner.
pub type Owner = (u8, u8);

/// One world: what stands still while its [`State`] moves.
#[derive(Debug, Clone)]
pub struct World {
    pub constants: Constants,
    pub replay: Replay,
    /// How far each replica's clock is off the database's, in seconds.
    pub skews: [i64; 2],
    /// How many sends may be recorded, and how often a replica may stop.
    pub sends: u8,
    pub crashes: u8,
    /// How many requests may stay on their way for almost the whole grace, against assumption K. Then settling
    /// comes in time.
    pub late: u8,
    /// How often Airwallex may end the grant for reasons that are none of ours.
    pub ends: u8,
    /// Time passes second by second, for a minute and a half.
    pub is_fine: bool,
    /// The rule that is left out.
    pub without: Option<Without>,
}

/// All times are seconds from now, by the database's clock, which is the lease clock as well: what differs only in
/// when it happens is one state.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub chain: Chain<Owner>,
    /// What the stored generation's refresh token is at Airwallex.
    pub stored: Token,
    pub server: Server,
    pub replicas: [Replica; 2],
    /// Requests that have left and may still be executed.
    pub wire: Vec<Request>,
    /// When the stored pair is to be refreshed once more, as far as it is still to be.
    pub settling: Vec<i64>,
    pub crashes: u8,
    pub late: u8,
    pub ends: u8,
    /// A pair that was current at Airwallex was dropped by a step of ours.
    pub threw_away: bool,
    /// A send was recorded while another was out with one that is younger than a lease.
    pub met: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Replica {
    pub owner: Owner,
    pub doing: Doing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doing {
    Nothing,
    /// A send is recorded and about to leave.
    Leaving(Sent),
    Waiting(Sent),
    /// It knows what became of its send and has not written it down.
    Knows(Sent, Told),
}

/// A recorded send, as whoever recorded it remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sent {
    pub generation: i64,
    pub number: i64,
    pub token: Token,
    /// By the database's clock; of no more interest once it is handed over.
    pub recorded_at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Told {
    Pair(Token),
    Limited,
    NotSent,
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Request {
    pub sent: Sent,
    /// The last second in which it can be executed.
    pub until: i64,
    /// Under way for longer than assumption K allows, but not for longer than the grace.
    pub is_late: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Ask(usize),
    /// The body is handed over, or not, if the last look says that it is too late.
    HandOver(usize),
    /// The same, and the request stays on its way against all assumptions.
    HandOverLate(usize),
    /// Airwallex executes a request; whoever waits for it may hear the answer.
    Execute {
        index: usize,
        is_heard: bool,
    },
    /// 429.
    Limit(usize),
    /// Never executed: lost on the way, or a 5xx before anything was done.
    Lose(usize),
    /// Time-out, a cut connection, a 5xx.
    StopWaiting(usize),
    WriteDown(usize),
    Crash(usize),
    /// Airwallex ends the grant.
    End,
    Pass,
}

pub fn at(second: i64) -> Instant {
    DateTime::UNIX_EPOCH + Duration::seconds(second)
}

impl World {
    pub fn first(&self) -> State {
        State {
            chain: Chain {
                generation: 1,
                standing: Standing::Connected,
                last_number: 0,
                sends: vec![],
                lease: None,
            },
            stored: 0,
            server: Server::new(),
            replicas: [0, 1].map(|id| Replica { owner: (id, 0), doing: Doing::Nothing }),
            wire: vec![],
            settling: vec![],
            crashes: self.crashes,
            late: self.late,
            ends: self.ends,
            threw_away: false,
            met: false,
        }
    }

    /// Everything that may happen next.
    pub fn actions(&self, state: &State) -> Vec<Action> {
        let mut found = vec![];
        for (index, replica) in state.replicas.iter().enumerate() {
            match replica.doing {
                Doing::Nothing if state.chain.last_number < i64::from(self.sends) => {
                    found.push(Action::Ask(index));
                }
                Doing::Nothing => {}
                Doing::Leaving(_) => {
                    found.push(Action::HandOver(index));
                    if state.late > 0 {
                        found.push(Action::HandOverLate(index));
                    }
                }
                Doing::Waiting(sent) => {
                    let is_late = |request: &Request| request.sent == sent && request.is_late;
                    if self.late == 0 || state.wire.iter().any(is_late) {
                        found.push(Action::StopWaiting(index));
                    }
                }
                Doing::Knows(..) => found.push(Action::WriteDown(index)),
            }
            if state.crashes > 0 && replica.doing != Doing::Nothing {
                found.push(Action::Crash(index));
            }
        }
        for (index, request) in state.wire.iter().enumerate() {
            if request.is_late && !state.server.accepts(request.sent.token) {
                found.push(Action::Lose(index));
                continue;
            }
            // Where K may be broken, nothing else is.
            if self.late > 0 && !request.is_late {
                found.push(Action::Execute { index, is_heard: true });
                continue;
            }
            found.push(Action::Execute { index, is_heard: false });
            if state.waiting_for(request).is_some() {
                found.push(Action::Execute { index, is_heard: true });
                found.push(Action::Limit(index));
            }
            found.push(Action::Lose(index));
        }
        if state.ends > 0 {
            found.push(Action::End);
        }
        // Where K may be broken, whoever has something to do does it at once.
        let is_behind = |it: &Replica| matches!(it.doing, Doing::Leaving(_) | Doing::Knows(..));
        let is_under_way = |it: &Request| !it.is_late;
        let is_behind =
            self.late > 0 && (state.replicas.iter().any(is_behind) || state.wire.iter().any(is_under_way));
        if !is_behind && self.next_instant(state).is_some() {
            found.push(Action::Pass);
        }
        found
    }

    /// What the world is then; none if nothing changes.
    pub fn after(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Ask(index) => self.ask(&mut state, index),
            Action::HandOver(index) => self.hand_over(&mut state, index, false),
            Action::HandOverLate(index) => self.hand_over(&mut state, index, true),
            Action::Execute { index, is_heard } => self.execute(&mut state, index, is_heard),
            Action::Limit(index) => {
                let request = state.wire.remove(index);
                let waiting = state.waiting_for(&request)?;
                state.replicas[waiting].doing = Doing::Knows(request.sent, Told::Limited);
            }
            Action::Lose(index) => drop(state.wire.remove(index)),
            Action::StopWaiting(index) => {
                let Doing::Waiting(sent) = state.replicas[index].doing else { return None };
                state.replicas[index].doing = match self.without {
                    Some(Without::UnknownStaysOpen) => Doing::Knows(sent, Told::NotSent),
                    _ => Doing::Nothing,
                };
            }
            Action::WriteDown(index) => self.write_down(&mut state, index),
            Action::Crash(index) => {
                let (replica, starts) = state.replicas[index].owner;
                state.replicas[index] = Replica { owner: (replica, starts + 1), doing: Doing::Nothing };
                state.crashes -= 1;
            }
            Action::End => {
                state.server.is_over = true;
                state.ends -= 1;
            }
            Action::Pass => {
                let seconds = self.next_instant(&state)?;
                state.pass(seconds);
            }
        }
        self.forget(&mut state);
        (state != *before).then_some(state)
    }

    fn ask(&self, state: &mut State, index: usize) {
        let by = state.replicas[index].owner;
        let now = at(self.skews[index]);
        let mut seen = state.chain.clone();
        if self.without == Some(Without::WindowNeverMoves) {
            let newest = seen.sends.iter().filter(|send| send.is_open()).map(|send| send.recorded_at).max();
            seen.sends.iter_mut().for_each(|send| send.recorded_at = newest.unwrap_or(send.recorded_at));
        }
        let event = Event::Asked { by: &by, now, lease_now: at(0) };
        match step(&seen, &event, &self.constants) {
            Step::Record { number } => {
                state.met |= self.meets_another(state, index);
                let token = match self.without {
                    Some(Without::StoredOnly) => state.stored.saturating_sub(1),
                    _ => state.stored,
                };
                let sent = Sent { generation: state.chain.generation, number, token, recorded_at: 0 };
                state.chain.last_number = number;
                if self.without != Some(Without::RecordFirst) {
                    let send = Send { number, owner: by, recorded_at: now, outcome: None, resolved_at: None };
                    state.chain.sends.push(send);
                }
                state.chain.lease = Some(Lease { holder: by, until: at(0) + self.constants.lease });
                state.replicas[index].doing = Doing::Leaving(sent);
                state.settling.retain(|due| *due > 0);
            }
            Step::GiveUp if self.without == Some(Without::GiveUp) => {}
            Step::GiveUp => state.chain.standing = Standing::Unknown,
            _ => {}
        }
    }

    /// Whether another is out with a send that is younger than a lease.
    fn meets_another(&self, state: &State, index: usize) -> bool {
        let (Doing::Leaving(sent) | Doing::Waiting(sent)) = state.replicas[1 - index].doing else {
            return false;
        };
        let lease = Constants::PROTOCOL.lease - Duration::seconds(self.skews[1 - index]);
        let is_young = |send: &Send<Owner>| at(0) - send.recorded_at < lease;
        state.chain.sends.iter().any(|send| send.number == sent.number && is_young(send))
    }

    fn hand_over(&self, state: &mut State, index: usize, is_late: bool) {
        let Doing::Leaving(sent) = state.replicas[index].doing else { return };
        let is_too_late = -sent.recorded_at > self.constants.last_look.num_seconds();
        if is_too_late && self.without != Some(Without::LastLook) {
            state.replicas[index].doing = Doing::Knows(sent, Told::NotSent);
            return;
        }
        let ordinary = self.constants.timeout + self.constants.remainder;
        let life = if is_late { self.constants.grace } else { ordinary };
        state.late -= u8::from(is_late);
        let sent = Sent { recorded_at: 0, ..sent };
        state.wire.push(Request { sent, until: life.num_seconds(), is_late });
        state.wire.sort();
        state.replicas[index].doing = Doing::Waiting(sent);
    }

    fn execute(&self, state: &mut State, index: usize, is_heard: bool) {
        let request = state.wire.remove(index);
        let grace = self.constants.grace.num_seconds();
        let told = match state.server.refresh(request.sent.token, grace, self.replay) {
            Some(token) => Told::Pair(token),
            None => Told::Refused,
        };
        if is_heard && let Some(waiting) = state.waiting_for(&request) {
            state.replicas[waiting].doing = Doing::Knows(request.sent, told);
        }
    }

    fn write_down(&self, state: &mut State, index: usize) {
        let Doing::Knows(sent, told) = state.replicas[index].doing else { return };
        let answer = match told {
            Told::Pair(_) => Answer::Pair,
            Told::Limited => Answer::NotExecuted(Outcome::Limited),
            Told::NotSent => Answer::NotExecuted(Outcome::NotSent),
            Told::Refused => Answer::Refused,
        };
        let event = Event::Answered { generation: sent.generation, number: sent.number, answer };
        let mut next = step(&state.chain, &event, &self.constants);
        if let Step::Commit { returns, .. } = next {
            let is_holder =
                state.chain.lease.as_ref().is_some_and(|it| it.holder == state.replicas[index].owner);
            let is_dropped = match self.without {
                Some(Without::LeaseIsNoFence) => !is_holder,
                Some(Without::LatePairReturns) => returns,
                _ => false,
            };
            next = if is_dropped { Step::Resolve(Outcome::Overtaken) } else { next };
        }
        if next == Step::Undecided {
            match self.without {
                Some(Without::LastSendDecides) => next = Step::Commit { settle: false, returns: false },
                _ => return,
            }
        }
        if self.without == Some(Without::OlderStayOpen) && told == Told::Limited {
            state.resolve(|_| true, Outcome::Limited);
        }
        state.replicas[index].doing = Doing::Nothing;
        match next {
            Step::Commit { settle, .. } => {
                let Told::Pair(token) = told else { return };
                state.stored = token;
                state.chain.generation += 1;
                state.chain.sends.clear();
                let owner = state.replicas[index].owner;
                state.chain.lease.take_if(|lease| lease.holder == owner);
                state.chain.standing = Standing::Connected;
                if settle && self.late > 0 && self.without != Some(Without::Settle) {
                    state.settling = self.constants.settle.map(|wait| wait.num_seconds()).to_vec();
                }
            }
            Step::Resolve(outcome) => {
                if let Told::Pair(token) = told {
                    let server = &state.server;
                    let stands = !server.is_revoked && !server.is_over;
                    state.threw_away |= stands && token == server.current && token != state.stored;
                }
                if sent.generation == state.chain.generation {
                    state.resolve(|send| send.number == sent.number, outcome);
                }
                let owner = state.replicas[index].owner;
                state.chain.lease.take_if(|lease| lease.holder == owner);
            }
            Step::End { .. } => state.chain.standing = Standing::Over,
            _ => {}
        }
    }
}

impl State {
    /// Who waits for the answer to a request.
    pub fn waiting_for(&self, request: &Request) -> Option<usize> {
        self.replicas.iter().position(|replica| replica.doing == Doing::Waiting(request.sent))
    }

    /// What was not executed makes no difference any more, but for a pause that is no matter of safety.
    fn resolve(&mut self, which: impl Fn(&Send<Owner>) -> bool, outcome: Outcome) {
        for send in self.chain.sends.iter_mut().filter(|send| send.is_open() && which(send)) {
            send.outcome = Some(outcome);
        }
        self.chain.sends.retain(|send| !send.outcome.is_some_and(Outcome::is_not_executed));
    }
}
