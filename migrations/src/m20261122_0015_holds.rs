//! What keeps payouts back until somebody knows what became of those that lost commits may have sent.

crate::dialect::step!(
    "
CREATE TABLE payout_hold (
    id {id} PRIMARY KEY,
    cause TEXT NOT NULL,
    acting_account TEXT,
    since {instant} NOT NULL,
    made_at {instant} NOT NULL,
    looked_to {id},
    released_at {instant}
);
CREATE INDEX payout_hold_open ON payout_hold (released_at);
CREATE UNIQUE INDEX payout_hold_cause ON payout_hold (cause)
"
);
