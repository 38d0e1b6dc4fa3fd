//! People who sign in, how they prove it, and the sellers they belong to.

crate::dialect::step!(
    "
CREATE TABLE person (
    id {id} PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    staff_role TEXT,
    confirmed_at {instant},
    created_at {instant} NOT NULL
);
CREATE UNIQUE INDEX person_email ON person (email);

CREATE TABLE web_session (
    token_hash TEXT PRIMARY KEY,
    person_id {id} NOT NULL REFERENCES person (id),
    created_at {instant} NOT NULL,
    expires_at {instant} NOT NULL
);
CREATE INDEX web_session_person ON web_session (person_id);

CREATE TABLE email_link (
    token_hash TEXT PRIMARY KEY,
    person_id {id} NOT NULL REFERENCES person (id),
    purpose TEXT NOT NULL,
    expires_at {instant} NOT NULL,
    used_at {instant}
);

CREATE TABLE fee_plan (
    id {id} PRIMARY KEY,
    name TEXT NOT NULL,
    percentage TEXT NOT NULL,
    created_at {instant} NOT NULL
);
CREATE UNIQUE INDEX fee_plan_name ON fee_plan (name);

CREATE TABLE fee_plan_fixed (
    fee_plan_id {id} NOT NULL REFERENCES fee_plan (id),
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    PRIMARY KEY (fee_plan_id, currency)
);

CREATE TABLE seller (
    id {id} PRIMARY KEY,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    fee_plan_id {id} REFERENCES fee_plan (id),
    created_at {instant} NOT NULL
);

CREATE TABLE membership (
    seller_id {id} NOT NULL REFERENCES seller (id),
    person_id {id} NOT NULL REFERENCES person (id),
    created_at {instant} NOT NULL,
    PRIMARY KEY (seller_id, person_id)
);
CREATE INDEX membership_person ON membership (person_id);

CREATE TABLE api_token (
    id {id} PRIMARY KEY,
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    hint TEXT NOT NULL,
    person_id {id} NOT NULL REFERENCES person (id),
    seller_id {id} REFERENCES seller (id),
    created_at {instant} NOT NULL,
    revoked_at {instant}
);
CREATE UNIQUE INDEX api_token_hash ON api_token (token_hash);
CREATE INDEX api_token_seller ON api_token (seller_id)
"
);
