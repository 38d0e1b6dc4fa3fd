//! Hashes of secrets that only have to be recognised: session cookies, API tokens, states.
//!
//! Their inputs are random and long, so a plain SHA-256 is enough; passwords go through argon2.

use sha2::{Digest, Sha256};

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(text: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(text.as_ref()))
}

/// Compares in time that depends on the lengths only.
pub fn equal(left: &str, right: &str) -> bool {
    use subtle::ConstantTimeEq;
    left.as_bytes().ct_eq(right.as_bytes()).into()
}
