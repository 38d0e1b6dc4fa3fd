//! Encryption at rest: XChaCha20-Poly1305, several keys live, each value bound to its row.
//!
//! A sealed value reads `v1.KEYID.BASE64(nonce ‖ ciphertext)`. The associated data names table,
//! column and row, so a value copied to another row does not open. There is no plaintext mode.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::{Failure, Random, Secret};

/// Ciphertext with the id of its key; safe to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(String);

impl Sealed {
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    pub fn into_stored(self) -> String {
        self.0
    }
}

/// The keys of this deployment: the first seals, all open.
pub struct SealingKeys {
    keys: Vec<(String, Key, XChaCha20Poly1305)>,
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

impl SealingKeys {
    /// Reads `id:base64,id:base64`.
    pub fn parse(text: &str) -> Result<Self, SealingKeyError> {
        let mut keys: Vec<(String, Key, XChaCha20Poly1305)> = Vec::new();
        for entry in text.trim().split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (id, encoded) = entry.split_once(':').ok_or(SealingKeyError::Malformed)?;
            if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
                return Err(SealingKeyError::Malformed);
            }
            let bytes = Zeroizing::new(
                STANDARD.decode(encoded).map_err(|_| SealingKeyError::WrongLength(id.to_owned()))?,
            );
            let key =
                Key::try_from(bytes.as_slice()).map_err(|_| SealingKeyError::WrongLength(id.to_owned()))?;
            if keys.iter().any(|(known, ..)| known == id) {
                return Err(SealingKeyError::DuplicateId(id.to_owned()));
            }
            let cipher = XChaCha20Poly1305::new(&key);
            keys.push((id.to_owned(), key, cipher));
        }
        if keys.is_empty() {
            return Err(SealingKeyError::Missing);
        }
        Ok(Self { keys })
    }

    /// A new key in the form that [`parse`](Self::parse) reads.
    pub fn generate(id: &str, random: &dyn Random) -> Secret<String> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        random.fill(bytes.as_mut());
        Secret::new(format!("{id}:{}", STANDARD.encode(bytes.as_ref())))
    }

    /// Seals under the first key, bound to `place` (`table/column/row`).
    pub fn seal(&self, place: &str, plain: &Secret<String>, random: &dyn Random) -> Result<Sealed, Failure> {
        let (id, _, cipher) = &self.keys[0];
        let mut nonce = [0u8; 24];
        random.fill(&mut nonce);
        let payload = Payload { msg: plain.expose().as_bytes(), aad: place.as_bytes() };
        let ciphertext = cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Failure::new("a value could not be sealed"))?;
        let body = URL_SAFE_NO_PAD.encode([nonce.as_slice(), &ciphertext].concat());
        Ok(Sealed(format!("v1.{id}.{body}")))
    }

    /// Opens a value sealed under any live key at the same place.
    pub fn open(&self, place: &str, sealed: &Sealed) -> Result<Secret<String>, Failure> {
        let unreadable = || Failure::new(format!("the sealed value at {place} cannot be opened"));
        let mut parts = sealed.0.splitn(3, '.');
        let (Some("v1"), Some(id), Some(body)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(unreadable());
        };
        let (.., cipher) = self.keys.iter().find(|(known, ..)| known == id).ok_or_else(|| {
            Failure::new(format!("the value at {place} was sealed under key {id}, which is not configured"))
        })?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| unreadable())?;
        let (nonce, ciphertext) = bytes.split_at_checked(24).ok_or_else(unreadable)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| unreadable())?;
        let payload = Payload { msg: ciphertext, aad: place.as_bytes() };
        let plain = cipher.decrypt(&nonce, payload).map_err(|_| unreadable())?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| unreadable())
    }
}

impl SealingKeys {
    /// Seals a stored value anew if it is not under the first key; `None` when it is.
    pub fn renew(&self, place: &str, stored: &str, random: &dyn Random) -> Result<Option<String>, Failure> {
        if stored.split('.').nth(1) == Some(self.keys[0].0.as_str()) {
            return Ok(None);
        }
        let plain = self.open(place, &Sealed::from_stored(stored.to_owned()))?;
        Ok(Some(self.seal(place, &plain, random)?.into_stored()))
    }

    /// A keyed hash, `KEYID:HEX`: recognises a value without keeping it, and cannot be searched by
    /// whoever holds the database alone.
    pub fn mark(&self, purpose: &str, text: &str) -> String {
        let (id, key, _) = &self.keys[0];
        format!("{id}:{}", keyed_hash(key, purpose, text))
    }

    /// Whether a mark was made of this text, under any live key.
    pub fn is_mark_of(&self, mark: &str, purpose: &str, text: &str) -> bool {
        let Some((id, hash)) = mark.split_once(':') else { return false };
        let key = self.keys.iter().find(|(known, ..)| known == id);
        key.is_some_and(|(_, key, _)| super::digest::equal(&keyed_hash(key, purpose, text), hash))
    }
}

fn keyed_hash(key: &Key, purpose: &str, text: &str) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac =
        Hmac::<sha2::Sha256>::new_from_slice(key.as_slice()).expect("HMAC takes a key of any length");
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

impl Drop for SealingKeys {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        self.keys.iter_mut().for_each(|(_, key, _)| key.as_mut_slice().zeroize());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::SeededRandom;

    fn keys(ids: &[&str]) -> SealingKeys {
        let entries: Vec<String> = ids
            .iter()
            .map(|id| {
                let seed = id.bytes().map(u64::from).sum();
                SealingKeys::generate(id, &SeededRandom::new(seed)).expose().clone()
            })
            .collect();
        SealingKeys::parse(&entries.join(",")).expect("keys")
    }

    #[test]
    fn a_value_opens_only_in_its_own_place_and_under_any_live_key() {
        let random = SeededRandom::new(1);
        let plain = Secret::new("rt_secret".to_owned());
        let sealed = keys(&["old"]).seal("token_generation/refresh/1", &plain, &random).expect("seals");
        assert!(!sealed.clone().into_stored().contains("rt_secret"));

        let both = keys(&["new", "old"]);
        let opened = both.open("token_generation/refresh/1", &sealed).expect("opens");
        assert_eq!(opened.expose(), "rt_secret");
        assert!(both.open("token_generation/refresh/2", &sealed).is_err());
        let renewed = both.renew("token_generation/refresh/1", &sealed.clone().into_stored(), &random);
        let renewed = renewed.expect("opens").expect("was sealed under the second key");
        assert!(renewed.starts_with("v1.new."), "{renewed}");
        assert_eq!(both.renew("token_generation/refresh/1", &renewed, &random).expect("reads"), None);
        let told = keys(&["new"]).open("token_generation/refresh/1", &sealed).unwrap_err();
        assert!(told.to_string().contains("key old"), "{told}");
    }

    #[test]
    fn unusable_key_lists_are_named() {
        assert!(matches!(SealingKeys::parse(""), Err(SealingKeyError::Missing)));
        assert!(matches!(SealingKeys::parse("abc"), Err(SealingKeyError::Malformed)));
        assert!(matches!(SealingKeys::parse("a:AAAA"), Err(SealingKeyError::WrongLength(_))));
        let one = SealingKeys::generate("a", &SeededRandom::new(3)).expose().clone();
        assert!(matches!(SealingKeys::parse(&format!("{one},{one}")), Err(SealingKeyError::DuplicateId(_))));
    }
}
