//! The rotation protocol, checked exhaustively: every order of steps of two replicas, every loss, delay and stop, both
//! behaviours of the server. The steps are decided by the code's own [`rotation::step`] under the code's own constants.
//!
//! Time passes from one instant at which something is allowed or over to the next, or second by second where the
//! bounds are small. `ROTATION_SENDS` and `ROTATION_CRASHES` widen the bounds: four sends and a crash are 20 million
//! states.

#![expect(clippy::print_stdout, reason = "how many states there are, for whoever runs it by hand")]

mod properties;
mod server;
mod time;
mod without;
mod world;

use rotation::Constants;
use stateright::{Checker, HasDiscoveries, Model, Property};

use self::properties::{BURNT, CONNECTABLE, MET, THROWN};
use self::server::Replay;
use self::without::Without;
use self::world::{Action, State, World};

impl Model for World {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.first()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions.extend(World::actions(self, state));
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.after(state, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}

const REPLAYS: [Replay; 2] = [Replay::Fresh, Replay::Same];
/// Both clocks right, or as far apart as the check at each refresh lets them be.
const SKEWS: [[i64; 2]; 2] = [[0, 0], [2, -2]];

/// A bound, which the environment may widen.
#[expect(clippy::disallowed_methods, reason = "a test's bounds are no setting of the product")]
fn bound(name: &str, otherwise: u8) -> u8 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn world(replay: Replay, skews: [i64; 2]) -> World {
    World {
        constants: Constants::PROTOCOL,
        replay,
        skews,
        sends: bound("ROTATION_SENDS", 3),
        crashes: bound("ROTATION_CRASHES", 1),
        late: 0,
        ends: 0,
        is_fine: false,
        without: None,
    }
}

fn worlds() -> impl Iterator<Item = World> {
    REPLAYS.into_iter().flat_map(|replay| SKEWS.map(|skews| world(replay, skews)))
}

fn check(world: World) -> impl Checker<World> {
    world.checker().threads(2).spawn_bfs().join()
}

#[test]
fn no_step_of_ours_burns_a_connection_and_none_is_lost_for_nothing() {
    for world in worlds() {
        let checked = check(world.clone());
        println!("{:?} {:?}: {} states", world.replay, world.skews, checked.unique_state_count());
        checked.assert_properties();
    }
}

/// No instant between those that count matters.
#[test]
fn second_by_second_it_is_the_same() {
    for replay in REPLAYS {
        let checked = check(World { is_fine: true, sends: 2, crashes: 0, ..world(replay, [2, -2]) });
        println!("fine, {replay:?}: {} states", checked.unique_state_count());
        checked.assert_properties();
    }
}

/// A request that is executed long after anybody expects it, but inside the grace, is healed by settling.
#[test]
fn one_late_request_is_healed_by_settling() {
    for replay in REPLAYS {
        let checked = check(World { late: 1, sends: 6, crashes: 0, ..world(replay, [0, 0]) });
        assert!(checked.unique_state_count() > 1000, "something was checked");
        checked.assert_no_discovery(BURNT);
    }
}

/// The customer or Airwallex ends the grant at any moment: `invalid_grant`, and nothing is revoked. Nobody calls a
/// connection over that stands, and every rule holds as before.
#[test]
fn an_end_from_outside_is_taken_for_one_and_nothing_else_is() {
    for replay in REPLAYS {
        let checked = check(World { ends: 1, sends: 2, ..world(replay, [2, -2]) });
        println!("with an end, {replay:?}: {} states", checked.unique_state_count());
        checked.assert_properties();
    }
}

/// `max_sends = 1`: each lost answer may cost a consent, and nothing else changes.
#[test]
fn a_single_send_is_as_safe() {
    let constants = Constants { max_sends: 1, ..Constants::PROTOCOL };
    for skews in SKEWS {
        let checked = check(World { constants: constants.clone(), ..world(Replay::Fresh, skews) });
        for property in properties::SAFE {
            checked.assert_no_discovery(property);
        }
    }
}

/// The model's own test: it sees what each rule is there for.
#[test]
fn every_rule_is_needed() {
    for (rule, property) in [
        (Without::RecordFirst, BURNT),
        (Without::LastLook, BURNT),
        (Without::Quiet, BURNT),
        (Without::Skew, BURNT),
        (Without::Window, BURNT),
        (Without::WindowNeverMoves, BURNT),
        (Without::UnknownStaysOpen, BURNT),
        (Without::OlderStayOpen, BURNT),
        (Without::LeaseIsNoFence, THROWN),
        (Without::LatePairReturns, THROWN),
        (Without::LastSendDecides, BURNT),
        (Without::Lease, MET),
        (Without::Settle, BURNT),
        (Without::StoredOnly, BURNT),
        (Without::GiveUp, CONNECTABLE),
    ] {
        let fails = worlds().any(|world| {
            let late = u8::from(rule == Without::Settle);
            let broken = World { constants: rule.constants(), without: Some(rule), late, ..world };
            let wanted = HasDiscoveries::AnyOf([property].into());
            let checked = broken.checker().threads(2).finish_when(wanted).spawn_bfs().join();
            checked.discovery(property).is_some()
        });
        assert!(fails, "without {rule:?} nothing fails");
    }
}
