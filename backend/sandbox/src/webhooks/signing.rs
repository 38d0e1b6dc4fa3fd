//! `x-signature` (D): hex HMAC-SHA256 over the timestamp in milliseconds, then the raw body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(timestamp.as_bytes());
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}
