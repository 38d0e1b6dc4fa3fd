//! When the next call to Airwallex may leave, for all replicas together: of all endpoints, and of each.

crate::dialect::step!(
    "
CREATE TABLE upstream_turn (
    name TEXT NOT NULL PRIMARY KEY,
    next_micros BIGINT NOT NULL
)
"
);
