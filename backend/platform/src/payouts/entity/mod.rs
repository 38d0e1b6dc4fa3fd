pub mod payout;
pub mod payout_event;
pub mod payout_hold;
pub mod payout_send;
