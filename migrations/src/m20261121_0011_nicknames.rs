//! What a seller calls a bank account.

crate::dialect::step!("ALTER TABLE beneficiary ADD COLUMN nickname TEXT");
