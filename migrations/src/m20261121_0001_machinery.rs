//! What every feature stands on: jobs, schedules, the live feed, the audit log, idempotency keys.

crate::dialect::step!(
    "
CREATE TABLE job (
    id {id} PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at {instant} NOT NULL,
    attempts INTEGER NOT NULL,
    fence BIGINT NOT NULL,
    lease_until {instant},
    dedupe_key TEXT,
    last_error TEXT,
    created_at {instant} NOT NULL,
    finished_at {instant}
);
CREATE UNIQUE INDEX job_dedupe_key ON job (dedupe_key);
CREATE INDEX job_due ON job (state, run_at);

CREATE TABLE schedule (
    name TEXT PRIMARY KEY,
    next_at {instant} NOT NULL
);

CREATE TABLE live_event (
    seq {serial},
    topic TEXT NOT NULL,
    object_id {id} NOT NULL,
    seller_id {id},
    at {instant} NOT NULL
);

CREATE TABLE audit_event (
    id {id} PRIMARY KEY,
    at {instant} NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object_id {id} NOT NULL,
    seller_id {id},
    detail TEXT NOT NULL
);
CREATE INDEX audit_event_object ON audit_event (object_id, id);
CREATE INDEX audit_event_seller ON audit_event (seller_id, id);

CREATE TABLE idempotency_key (
    owner {id} NOT NULL,
    mutation TEXT NOT NULL,
    key TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    object_id {id} NOT NULL,
    created_at {instant} NOT NULL,
    PRIMARY KEY (owner, mutation, key)
);

CREATE TABLE outgoing_mail (
    id {id} PRIMARY KEY,
    recipient TEXT NOT NULL,
    template TEXT NOT NULL,
    context TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    created_at {instant} NOT NULL,
    sent_at {instant}
);
CREATE UNIQUE INDEX outgoing_mail_dedupe_key ON outgoing_mail (dedupe_key)
"
);
