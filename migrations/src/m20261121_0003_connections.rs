//! A seller's link to Airwallex: OAuth attempts, the connection, and its token chain.
//!
//! A chain belongs to (application, account), never to a seller: two chains for one account would
//! burn each other. Generations and the record of every send are rows from the start.

crate::dialect::step!(
    "
CREATE TABLE oauth_attempt (
    id {id} PRIMARY KEY,
    seller_id {id} NOT NULL REFERENCES seller (id),
    person_id {id} NOT NULL REFERENCES person (id),
    sign_up BOOLEAN NOT NULL,
    scopes TEXT NOT NULL,
    state_hash TEXT,
    cookie_hash TEXT,
    verifier_sealed TEXT,
    status TEXT NOT NULL,
    outcome TEXT,
    created_at {instant} NOT NULL,
    expires_at {instant} NOT NULL,
    used_at {instant}
);
CREATE UNIQUE INDEX oauth_attempt_state ON oauth_attempt (state_hash);
CREATE INDEX oauth_attempt_seller ON oauth_attempt (seller_id, id);

CREATE TABLE connection (
    id {id} PRIMARY KEY,
    seller_id {id} NOT NULL REFERENCES seller (id),
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    scopes TEXT NOT NULL,
    connected_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL
);
CREATE UNIQUE INDEX connection_seller ON connection (seller_id);

CREATE TABLE connection_event (
    id {id} PRIMARY KEY,
    connection_id {id} NOT NULL REFERENCES connection (id),
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    at {instant} NOT NULL
);
CREATE INDEX connection_event_connection ON connection_event (connection_id, id);

CREATE TABLE token_chain (
    id {id} PRIMARY KEY,
    application TEXT NOT NULL,
    account TEXT NOT NULL,
    connection_id {id} NOT NULL REFERENCES connection (id),
    generation BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until {instant}
);
CREATE UNIQUE INDEX token_chain_account ON token_chain (application, account);
CREATE UNIQUE INDEX token_chain_connection ON token_chain (connection_id);

CREATE TABLE token_generation (
    chain_id {id} NOT NULL REFERENCES token_chain (id),
    generation BIGINT NOT NULL,
    attempt BIGINT,
    access_sealed TEXT,
    refresh_sealed TEXT,
    refresh_hash TEXT NOT NULL,
    access_expires_at {instant} NOT NULL,
    refresh_expires_at {instant} NOT NULL,
    committed_at {instant} NOT NULL,
    retired_at {instant},
    retired_by TEXT,
    PRIMARY KEY (chain_id, generation)
);
CREATE INDEX token_generation_refresh_hash ON token_generation (refresh_hash);

CREATE TABLE refresh_attempt (
    chain_id {id} NOT NULL REFERENCES token_chain (id),
    number BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    owner TEXT NOT NULL,
    recorded_at {instant} NOT NULL,
    outcome TEXT,
    resolved_at {instant},
    PRIMARY KEY (chain_id, number)
);
CREATE INDEX refresh_attempt_open ON refresh_attempt (outcome, recorded_at)
"
);
