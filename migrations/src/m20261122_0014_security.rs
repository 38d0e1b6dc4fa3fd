//! What looked like the reuse of a token, for staff; and permissions that Airwallex refuses in practice.

crate::dialect::step!(
    "
CREATE TABLE security_event (
    id {id} PRIMARY KEY,
    kind TEXT NOT NULL,
    connection_id {id} NOT NULL REFERENCES connection (id),
    seller_id {id} NOT NULL REFERENCES seller (id),
    chain_id {id} NOT NULL REFERENCES token_chain (id),
    generation BIGINT NOT NULL,
    actor TEXT NOT NULL,
    place TEXT NOT NULL,
    detail TEXT NOT NULL,
    at {instant} NOT NULL,
    seen_at {instant},
    seen_by {id}
);
CREATE INDEX security_event_connection ON security_event (connection_id, id);
CREATE INDEX connection_status ON connection (status, id);
CREATE INDEX refresh_attempt_generation ON refresh_attempt (chain_id, generation);
ALTER TABLE connection ADD COLUMN denied_scopes TEXT NOT NULL DEFAULT ''
"
);
