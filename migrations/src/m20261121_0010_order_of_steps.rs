//! Steps of a payout and of a connection are read in the order in which they were committed. Their ids only
//! know the time of the replica that wrote them, and clocks differ. A version that knows no numbers writes 0.

crate::dialect::step!(
    "
ALTER TABLE payout_event ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
UPDATE payout_event SET number = (
    SELECT COUNT(*) FROM payout_event AS older
    WHERE older.payout_id = payout_event.payout_id AND older.id <= payout_event.id
);
CREATE UNIQUE INDEX payout_event_order ON payout_event (payout_id, number) WHERE number > 0;

ALTER TABLE connection_event ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
UPDATE connection_event SET number = (
    SELECT COUNT(*) FROM connection_event AS older
    WHERE older.connection_id = connection_event.connection_id AND older.id <= connection_event.id
);
CREATE UNIQUE INDEX connection_event_order ON connection_event (connection_id, number) WHERE number > 0
"
);
