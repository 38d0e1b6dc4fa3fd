//! What keeps an outage or a flood from costing anything: the token endpoint's health in one row, a
//! consent's pair kept until its account is known, jobs that do not wait behind slow ones, and counters
//! of what people may try.

crate::dialect::step!(
    "
CREATE TABLE token_endpoint (
    application TEXT NOT NULL PRIMARY KEY,
    unresolved_count BIGINT NOT NULL
);

CREATE TABLE throttle (
    subject TEXT NOT NULL PRIMARY KEY,
    count BIGINT NOT NULL,
    window_ends_at {instant} NOT NULL
);
CREATE INDEX throttle_window ON throttle (window_ends_at);

ALTER TABLE oauth_attempt ADD COLUMN pair_sealed TEXT;

ALTER TABLE job ADD COLUMN urgent BOOLEAN NOT NULL DEFAULT FALSE
"
);
