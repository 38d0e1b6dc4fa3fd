//! Encryption at rest, in two steps: each row has a data key of its own that encrypts its values, and the data key lies
//! beside them, wrapped by a key of the deployment.
//!
//! A sealed value reads `v2.KEYID.WRAPPED.BODY`: the data key wrapped under the key `KEYID`, and nonce ‖ ciphertext, both
//! in base64url. XChaCha20-Poly1305 throughout. The associated data of the wrapping names the row, that of the value row
//! and column, so that neither opens anywhere else. There is no plaintext mode.

mod keys;
mod local;
mod resealed;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::{Failure, Random, Secret};

pub use keys::{DataKey, KeyEncryption};
pub use local::{LocalKeys, SealingKeyError};
pub use resealed::Resealed;

const VERSION: &str = "v2";

/// Ciphertext with its wrapped data key; safe to store.
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

/// A sealed value in its parts.
struct Parts<'a> {
    key_id: &'a str,
    wrapped: Vec<u8>,
    body: &'a str,
}

fn parts(stored: &str) -> Option<Parts<'_>> {
    let mut parts = stored.splitn(4, '.');
    let (VERSION, key_id, wrapped, body) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?)
    else {
        return None;
    };
    Some(Parts { key_id, wrapped: URL_SAFE_NO_PAD.decode(wrapped).ok()?, body })
}

/// Seals and opens values under the keys of this deployment.
pub struct SealingKeys {
    keys: Box<dyn KeyEncryption>,
}

impl SealingKeys {
    /// Over keys that lie elsewhere, such as in a KMS.
    pub fn over(keys: impl KeyEncryption + 'static) -> Self {
        Self { keys: Box::new(keys) }
    }

    /// Over keys in this process, as `id:base64,id:base64`: the first wraps, all unwrap.
    pub fn parse(text: &str) -> Result<Self, SealingKeyError> {
        LocalKeys::parse(text).map(Self::over)
    }

    /// Seals one value of a row, which is named `table/id`.
    pub async fn seal(
        &self,
        row: &str,
        column: &str,
        plain: &Secret<String>,
        random: &dyn Random,
    ) -> Result<Sealed, Failure> {
        let [sealed] = self.seal_row(row, [(column, plain)], random).await?;
        Ok(sealed)
    }

    /// Seals the values of a row under one new data key.
    pub async fn seal_row<const N: usize>(
        &self,
        row: &str,
        values: [(&str, &Secret<String>); N],
        random: &dyn Random,
    ) -> Result<[Sealed; N], Failure> {
        let data_key = DataKey::generate(random);
        let (key_id, wrapped) = self.keys.wrap(&data_key, row).await?;
        let wrapped = URL_SAFE_NO_PAD.encode(wrapped);
        let mut failed = None;
        let sealed = values.map(|(column, plain)| {
            let body = encrypt(&data_key, &place(row, column), plain.expose().as_bytes(), random);
            let body = body.unwrap_or_else(|failure| {
                failed = Some(failure);
                vec![]
            });
            Sealed(format!("{VERSION}.{key_id}.{wrapped}.{}", URL_SAFE_NO_PAD.encode(body)))
        });
        failed.map_or(Ok(sealed), Err)
    }

    /// Opens a value that was sealed at the same place under any live key.
    pub async fn open(&self, row: &str, column: &str, sealed: &Sealed) -> Result<Secret<String>, Failure> {
        let place = place(row, column);
        let unreadable = || Failure::new(format!("the sealed value at {place} cannot be opened"));
        let parts = parts(&sealed.0).ok_or_else(unreadable)?;
        let data_key = self.keys.unwrap(parts.key_id, &parts.wrapped, row).await?;
        let body = URL_SAFE_NO_PAD.decode(parts.body).map_err(|_| unreadable())?;
        let plain = decrypt(&data_key, &place, &body).ok_or_else(unreadable)?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| unreadable())
    }

    /// Wraps the data key of a row's stored values anew, once, if it is not under the first key. `None` for each that is,
    /// and for one that is not there. The values themselves are not touched.
    pub async fn renew<const N: usize>(
        &self,
        row: &str,
        stored: [Option<&str>; N],
    ) -> Result<[Option<String>; N], Failure> {
        let unreadable = || Failure::new(format!("the sealed value at {row} cannot be read"));
        let mut renewed = [const { None }; N];
        let mut last: Option<(Vec<u8>, String)> = None;
        for (stored, renewed) in stored.into_iter().zip(&mut renewed) {
            let Some(stored) = stored else { continue };
            let parts = parts(stored).ok_or_else(unreadable)?;
            if parts.key_id == self.keys.current() {
                continue;
            }
            let head = match last.take() {
                Some((wrapped, head)) if wrapped == parts.wrapped => head,
                _ => {
                    let data_key = self.keys.unwrap(parts.key_id, &parts.wrapped, row).await?;
                    let (key_id, wrapped) = self.keys.wrap(&data_key, row).await?;
                    format!("{VERSION}.{key_id}.{}", URL_SAFE_NO_PAD.encode(wrapped))
                }
            };
            *renewed = Some(format!("{head}.{}", parts.body));
            last = Some((parts.wrapped, head));
        }
        Ok(renewed)
    }

    /// A keyed hash, `KEYID:HEX`: recognises a value without keeping it, and cannot be searched by
    /// whoever holds the database alone.
    pub async fn mark(&self, purpose: &str, text: &str) -> Result<String, Failure> {
        let id = self.keys.current();
        let hash = self.keys.mac(id, &marked(purpose, text)).await?;
        let hash = hash.ok_or_else(|| Failure::new("the first sealing key vanished"))?;
        Ok(format!("{id}:{}", hex::encode(hash)))
    }

    /// Whether a mark was made of this text, under any live key.
    pub async fn is_mark_of(&self, mark: &str, purpose: &str, text: &str) -> Result<bool, Failure> {
        let Some((id, known)) = mark.split_once(':') else { return Ok(false) };
        let hash = self.keys.mac(id, &marked(purpose, text)).await?;
        Ok(hash.is_some_and(|hash| super::digest::equal(&hex::encode(hash), known)))
    }
}

fn place(row: &str, column: &str) -> String {
    format!("{row}/{column}")
}

fn marked(purpose: &str, text: &str) -> Vec<u8> {
    [purpose.as_bytes(), &[0], text.as_bytes()].concat()
}

/// Nonce ‖ ciphertext.
fn encrypt(key: &DataKey, place: &str, plain: &[u8], random: &dyn Random) -> Result<Vec<u8>, Failure> {
    let mut nonce = [0u8; 24];
    random.fill(&mut nonce);
    let cipher = XChaCha20Poly1305::new(key.bytes().into());
    let payload = Payload { msg: plain, aad: place.as_bytes() };
    let ciphertext = cipher.encrypt(&XNonce::from(nonce), payload);
    let ciphertext = ciphertext.map_err(|_| Failure::new("a value could not be sealed"))?;
    Ok([nonce.as_slice(), &ciphertext].concat())
}

fn decrypt(key: &DataKey, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, ciphertext) = sealed.split_at_checked(24)?;
    let nonce = XNonce::try_from(nonce).ok()?;
    let cipher = XChaCha20Poly1305::new(key.bytes().into());
    cipher.decrypt(&nonce, Payload { msg: ciphertext, aad: place.as_bytes() }).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;

    use super::*;
    use crate::kernel::random::SeededRandom;

    fn keys(ids: &[&str]) -> SealingKeys {
        SealingKeys::over(local(ids))
    }

    fn local(ids: &[&str]) -> LocalKeys {
        let entries: Vec<String> = ids
            .iter()
            .map(|id| {
                let seed = id.bytes().map(u64::from).sum();
                LocalKeys::generate(id, &SeededRandom::new(seed)).expose().clone()
            })
            .collect();
        LocalKeys::parse(&entries.join(",")).expect("keys")
    }

    const ROW: &str = "token_generation/chain_1/1";

    #[tokio::test]
    async fn a_value_opens_only_in_its_own_place_and_under_any_live_key() {
        let random = SeededRandom::new(1);
        let plain = Secret::new("rt_secret".to_owned());
        let sealed = keys(&["old"]).seal(ROW, "refresh", &plain, &random).await.expect("seals");
        assert!(!sealed.clone().into_stored().contains("rt_secret"));

        let both = keys(&["new", "old"]);
        assert_eq!(both.open(ROW, "refresh", &sealed).await.expect("opens").expose(), "rt_secret");
        assert!(both.open(ROW, "access", &sealed).await.is_err());
        assert!(both.open("token_generation/chain_1/2", "refresh", &sealed).await.is_err());
        let told = keys(&["new"]).open(ROW, "refresh", &sealed).await.unwrap_err();
        assert!(told.to_string().contains("key old"), "{told}");
    }

    #[tokio::test]
    async fn moving_to_a_new_key_wraps_the_data_key_and_leaves_the_value() {
        let random = SeededRandom::new(1);
        let plain = Secret::new("rt_secret".to_owned());
        let sealed = keys(&["old"]).seal(ROW, "refresh", &plain, &random).await.expect("seals");
        let sealed = sealed.into_stored();
        let both = keys(&["new", "old"]);
        let [renewed] = both.renew(ROW, [Some(&sealed)]).await.expect("opens");
        let renewed = renewed.expect("was under the second key");
        assert!(renewed.starts_with("v2.new."), "{renewed}");
        assert_eq!(sealed.rsplit('.').next(), renewed.rsplit('.').next(), "the value itself is not touched");
        assert_eq!(both.renew(ROW, [Some(&renewed), None]).await.expect("reads"), [None, None]);
        let opened = keys(&["new"]).open(ROW, "refresh", &Sealed::from_stored(renewed)).await;
        assert_eq!(opened.expect("opens").expose(), "rt_secret", "the old key may go");
    }

    #[tokio::test]
    async fn a_row_has_one_data_key_and_another_row_another() {
        let (random, keys) = (SeededRandom::new(1), keys(&["only"]));
        let (one, two) = (Secret::new("one".to_owned()), Secret::new("one".to_owned()));
        let [access, refresh] =
            keys.seal_row(ROW, [("access", &one), ("refresh", &two)], &random).await.expect("seals");
        let wrapped = |sealed: &Sealed| parts(&sealed.0).expect("parts").wrapped;
        assert_eq!(wrapped(&access), wrapped(&refresh));
        assert_ne!(access, refresh, "the same value twice is not seen to be the same");
        let other = keys.seal("token_generation/chain_1/2", "access", &one, &random).await.expect("seals");
        assert_ne!(wrapped(&access), wrapped(&other));
    }

    /// A KMS: keys that answer over a network, count their calls, and never come here.
    struct Remote {
        inner: LocalKeys,
        calls: std::sync::Arc<AtomicUsize>,
    }

    impl KeyEncryption for Remote {
        fn current(&self) -> &str {
            self.inner.current()
        }

        fn wrap<'a>(
            &'a self,
            key: &'a DataKey,
            row: &'a str,
        ) -> BoxFuture<'a, Result<(String, Vec<u8>), Failure>> {
            async move {
                tokio::task::yield_now().await;
                self.calls.fetch_add(1, Ordering::Relaxed);
                self.inner.wrap(key, row).await
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
                tokio::task::yield_now().await;
                self.calls.fetch_add(1, Ordering::Relaxed);
                self.inner.unwrap(id, wrapped, row).await
            }
            .boxed()
        }

        fn mac<'a>(
            &'a self,
            id: &'a str,
            message: &'a [u8],
        ) -> BoxFuture<'a, Result<Option<Vec<u8>>, Failure>> {
            self.inner.mac(id, message)
        }
    }

    #[tokio::test]
    async fn keys_may_lie_in_a_kms() {
        let random = SeededRandom::new(1);
        let keys = SealingKeys::over(Remote { inner: local(&["remote"]), calls: Default::default() });
        let plain = Secret::new("rt_secret".to_owned());
        let sealed = keys.seal(ROW, "refresh", &plain, &random).await.expect("seals");
        assert_eq!(keys.open(ROW, "refresh", &sealed).await.expect("opens").expose(), "rt_secret");
        let mark = keys.mark("createPayout", "{}").await.expect("marks");
        assert!(keys.is_mark_of(&mark, "createPayout", "{}").await.expect("looks"));
        assert!(!keys.is_mark_of(&mark, "createPayout", "{ }").await.expect("looks"));
    }

    /// A million rows are a million calls of a KMS each way, not two.
    #[tokio::test]
    async fn a_rows_values_are_moved_with_one_call_each_way() {
        let random = SeededRandom::new(1);
        let (one, two) = (Secret::new("one".to_owned()), Secret::new("two".to_owned()));
        let row = keys(&["old"]).seal_row(ROW, [("access", &one), ("refresh", &two)], &random).await;
        let row = row.expect("seals").map(Sealed::into_stored);
        let calls = std::sync::Arc::new(AtomicUsize::new(0));
        let remote = SealingKeys::over(Remote { inner: local(&["new", "old"]), calls: calls.clone() });
        let moved = remote.renew(ROW, [Some(&row[0]), Some(&row[1])]).await.expect("moves");
        assert_eq!(calls.load(Ordering::Relaxed), 2, "one to unwrap, one to wrap");
        for (moved, (column, plain)) in moved.into_iter().zip([("access", "one"), ("refresh", "two")]) {
            let sealed = Sealed::from_stored(moved.expect("it was under the old key"));
            assert_eq!(keys(&["new"]).open(ROW, column, &sealed).await.expect("opens").expose(), plain);
        }
    }
}
