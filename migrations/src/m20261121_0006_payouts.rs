//! Payouts, their append-only history, and the record of every send.

crate::dialect::step!(
    "
CREATE TABLE payout (
    id {id} PRIMARY KEY,
    seller_id {id} NOT NULL REFERENCES seller (id),
    account_id {id} NOT NULL REFERENCES account (id),
    beneficiary_id {id} NOT NULL REFERENCES beneficiary (id),
    reference TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    revision BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    fee_minor BIGINT NOT NULL,
    fee_plan_id {id} REFERENCES fee_plan (id),
    request_id TEXT NOT NULL,
    acting_account TEXT NOT NULL,
    api_version TEXT NOT NULL,
    body TEXT NOT NULL,
    upstream_id TEXT,
    upstream_reference TEXT,
    upstream_status TEXT,
    first_sent_at {instant},
    checked_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL
);
CREATE UNIQUE INDEX payout_request ON payout (request_id);
CREATE UNIQUE INDEX payout_upstream ON payout (upstream_id);
CREATE INDEX payout_seller ON payout (seller_id, id);
CREATE INDEX payout_status ON payout (status, updated_at);

CREATE TABLE payout_event (
    id {id} PRIMARY KEY,
    payout_id {id} NOT NULL REFERENCES payout (id),
    status TEXT NOT NULL,
    cause TEXT NOT NULL,
    detail TEXT,
    at {instant} NOT NULL
);
CREATE INDEX payout_event_payout ON payout_event (payout_id, id);

CREATE TABLE payout_send (
    payout_id {id} NOT NULL REFERENCES payout (id),
    number BIGINT NOT NULL,
    recorded_at {instant} NOT NULL,
    outcome TEXT,
    detail TEXT,
    resolved_at {instant},
    PRIMARY KEY (payout_id, number)
)
"
);
