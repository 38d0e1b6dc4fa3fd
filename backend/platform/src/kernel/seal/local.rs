//! Keys in this process, from `SOUK_SEALING_KEYS`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use zeroize::Zeroizing;

use super::{DataKey, KeyEncryption, decrypt, encrypt};
use crate::kernel::random::OsRandom;
use crate::kernel::{Failure, Random, Secret};

/// The first wraps, all unwrap. Wiped when dropped.
pub struct LocalKeys {
    keys: Vec<(String, DataKey)>,
}

/// Why a key list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SealingKeyError {
    #[error("no sealing key is given")]
    Missing,
    #[error("each sealing key reads id:base64, with an id of letters, digits, - or _")]
    Malformed,
    #[error("sealing key {0} does not hold 32 bytes; make one with `souk keys generate`")]
    WrongLength(String),
    #[error("two sealing keys are called {0}")]
    DuplicateId(String),
}

impl LocalKeys {
    /// Reads `id:base64,id:base64`.
    pub fn parse(text: &str) -> Result<Self, SealingKeyError> {
        let mut keys: Vec<(String, DataKey)> = Vec::new();
        for entry in text.trim().split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (id, encoded) = entry.split_once(':').ok_or(SealingKeyError::Malformed)?;
            if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
                return Err(SealingKeyError::Malformed);
            }
            let wrong_length = || SealingKeyError::WrongLength(id.to_owned());
            let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| wrong_length())?);
            let key = DataKey::from_bytes(&bytes).ok_or_else(wrong_length)?;
            if keys.iter().any(|(known, _)| known == id) {
                return Err(SealingKeyError::DuplicateId(id.to_owned()));
            }
            keys.push((id.to_owned(), key));
        }
        if keys.is_empty() {
            return Err(SealingKeyError::Missing);
        }
        Ok(Self { keys })
    }

    /// A new key in the form that [`parse`](Self::parse) reads.
    pub fn generate(id: &str, random: &dyn Random) -> Secret<String> {
        let key = DataKey::generate(random);
        Secret::new(format!("{id}:{}", STANDARD.encode(key.bytes())))
    }

    fn key(&self, id: &str) -> Option<&DataKey> {
        self.keys.iter().find(|(known, _)| known == id).map(|(_, key)| key)
    }
}

impl KeyEncryption for LocalKeys {
    fn current(&self) -> &str {
        &self.keys[0].0
    }

    fn wrap<'a>(
        &'a self,
        key: &'a DataKey,
        row: &'a str,
    ) -> BoxFuture<'a, Result<(String, Vec<u8>), Failure>> {
        async move {
            let (id, own) = &self.keys[0];
            // A nonce that repeats would be a hole, so that no test's repeatable chance is taken here.
            Ok((id.clone(), encrypt(own, row, key.bytes(), &OsRandom)?))
        }
        .boxed()
    }

    fn unwrap<'a>(
        &'a self,
        id: &'a str,
        wrapped: &'a [u8],
        row: &'a str,
    ) -> BoxFuture<'a, Result<DataKey, Failure>> {
        async move {
            let key = self.key(id).ok_or_else(|| {
                Failure::new(format!("the value at {row} was sealed under key {id}, which is not configured"))
            })?;
            let bytes = decrypt(key, row, wrapped).map(Zeroizing::new);
            let opened = bytes.and_then(|bytes| DataKey::from_bytes(&bytes));
            opened.ok_or_else(|| Failure::new(format!("the data key at {row} cannot be unwrapped")))
        }
        .boxed()
    }

    fn mac<'a>(&'a self, id: &'a str, message: &'a [u8]) -> BoxFuture<'a, Result<Option<Vec<u8>>, Failure>> {
        let mac = self.key(id).map(|key| {
            let mut mac =
                Hmac::<sha2::Sha256>::new_from_slice(key.bytes()).expect("HMAC takes a key of any length");
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        });
        async move { Ok(mac) }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::SeededRandom;

    #[test]
    fn unusable_key_lists_are_named() {
        assert!(matches!(LocalKeys::parse(""), Err(SealingKeyError::Missing)));
        assert!(matches!(LocalKeys::parse("abc"), Err(SealingKeyError::Malformed)));
        assert!(matches!(LocalKeys::parse("a:AAAA"), Err(SealingKeyError::WrongLength(_))));
        let one = LocalKeys::generate("a", &SeededRandom::new(3)).expose().clone();
        assert!(matches!(LocalKeys::parse(&format!("{one},{one}")), Err(SealingKeyError::DuplicateId(_))));
    }
}
