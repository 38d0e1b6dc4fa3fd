//! Connected accounts as Airwallex last showed them, and the way through its checks.

crate::dialect::step!(
    "
CREATE TABLE account (
    id {id} PRIMARY KEY,
    seller_id {id} NOT NULL REFERENCES seller (id),
    upstream_id TEXT NOT NULL,
    status TEXT NOT NULL,
    status_text TEXT NOT NULL,
    name TEXT,
    wallet_name TEXT,
    wallet_number TEXT,
    next_action TEXT,
    linked BOOLEAN NOT NULL,
    synced_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL
);
CREATE UNIQUE INDEX account_upstream ON account (upstream_id);
CREATE UNIQUE INDEX account_seller ON account (seller_id);

CREATE TABLE account_balance (
    account_id {id} NOT NULL REFERENCES account (id),
    currency TEXT NOT NULL,
    available_minor BIGINT NOT NULL,
    pending_minor BIGINT NOT NULL,
    reserved_minor BIGINT NOT NULL,
    as_of {instant} NOT NULL,
    PRIMARY KEY (account_id, currency)
);

CREATE TABLE hosted_flow (
    id {id} PRIMARY KEY,
    account_id {id} NOT NULL REFERENCES account (id),
    upstream_id TEXT,
    status TEXT NOT NULL,
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL
);
CREATE INDEX hosted_flow_account ON hosted_flow (account_id, id);

CREATE TABLE onboarding_draft (
    account_id {id} PRIMARY KEY REFERENCES account (id),
    country TEXT NOT NULL,
    document_sealed TEXT NOT NULL,
    problems TEXT NOT NULL,
    status TEXT NOT NULL,
    version BIGINT NOT NULL,
    updated_at {instant} NOT NULL,
    submitted_at {instant}
)
"
);
