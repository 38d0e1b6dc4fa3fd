//! Chance, handed in so that tests can repeat it.

use std::sync::Mutex;

use base64::Engine;
use rand::{Rng, SeedableRng};

use super::Secret;

/// A source of random bytes. Must be cryptographically strong outside tests.
pub trait Random: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);

    /// 256 bits as 43 URL-safe characters: session cookies, API tokens, OAuth states, verifiers.
    fn token(&self) -> Secret<String> {
        let mut bytes = [0u8; 32];
        self.fill(&mut bytes);
        Secret::new(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A number from 0 to 1, for spreading things.
    fn share(&self) -> f64 {
        let mut bytes = [0u8; 4];
        self.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }

    /// A UUIDv4 in text, as Airwallex advises for `request_id`.
    fn request_id(&self) -> String {
        let mut bytes = [0u8; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}

/// The operating system's generator.
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

/// Repeatable chance for tests and the demo seed.
pub struct SeededRandom {
    generator: Mutex<rand::rngs::StdRng>,
}

impl SeededRandom {
    pub fn new(seed: u64) -> Self {
        Self { generator: Mutex::new(rand::rngs::StdRng::seed_from_u64(seed)) }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.generator.lock().expect("no holder of this lock panics").fill_bytes(bytes);
    }
}
