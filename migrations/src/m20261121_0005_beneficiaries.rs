//! Where a seller's money goes. The full document stays upstream; here is what people recognise.

crate::dialect::step!(
    "
CREATE TABLE beneficiary (
    id {id} PRIMARY KEY,
    seller_id {id} NOT NULL REFERENCES seller (id),
    account_id {id} NOT NULL REFERENCES account (id),
    status TEXT NOT NULL,
    upstream_id TEXT,
    request_id TEXT NOT NULL,
    country TEXT NOT NULL,
    currency TEXT NOT NULL,
    transfer_method TEXT NOT NULL,
    clearing_system TEXT,
    entity_type TEXT NOT NULL,
    holder TEXT NOT NULL,
    bank TEXT,
    number_last TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    document_sealed TEXT,
    problems TEXT NOT NULL,
    sent_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL
);
CREATE UNIQUE INDEX beneficiary_request ON beneficiary (request_id);
CREATE INDEX beneficiary_seller ON beneficiary (seller_id, id)
"
);
