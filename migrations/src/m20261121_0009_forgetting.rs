//! What is old is found by its age and forgotten, what is asked often is found by an index, and a column
//! that nothing ever read is gone.

crate::dialect::step!(
    "
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
CREATE INDEX live_event_age ON live_event (at);
CREATE INDEX web_session_end ON web_session (expires_at);
CREATE INDEX email_link_person ON email_link (person_id);
CREATE INDEX refresh_attempt_chain ON refresh_attempt (chain_id, generation);
CREATE INDEX token_generation_chain ON token_generation (chain_id, retired_at);

ALTER TABLE beneficiary DROP COLUMN problems
"
);
