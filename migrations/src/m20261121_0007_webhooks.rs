//! The inbox of Airwallex's events: stored first, understood later.

crate::dialect::step!(
    "
CREATE TABLE webhook_event (
    id {id} PRIMARY KEY,
    upstream_id TEXT NOT NULL,
    name TEXT NOT NULL,
    account TEXT,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    detail TEXT,
    attempts INTEGER NOT NULL,
    occurred_at {instant},
    received_at {instant} NOT NULL,
    settled_at {instant}
);
CREATE UNIQUE INDEX webhook_event_upstream ON webhook_event (upstream_id);
CREATE INDEX webhook_event_status ON webhook_event (status, id)
"
);
