//! What keys have to do, wherever they lie.

use futures_util::future::BoxFuture;
use zeroize::Zeroizing;

use crate::kernel::{Failure, Random};

/// Encrypts the values of one row. Exists only while they are sealed or opened.
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    pub(super) fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0u8; 32]);
        random.fill(bytes.as_mut());
        Self(bytes)
    }

    /// From what an unwrapping gave; `None` unless it is 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// For the one who wraps it.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The keys that wrap data keys. [`LocalKeys`](super::LocalKeys) holds them in this process; a KMS does the same over a
/// network and never gives them away. Ids are letters, digits, `-` and `_`.
pub trait KeyEncryption: Send + Sync {
    /// The id of the key that wraps new data keys and makes new marks.
    fn current(&self) -> &str;

    /// Wraps a data key under the current key, bound to its row; answers the key's id with it.
    fn wrap<'a>(
        &'a self,
        key: &'a DataKey,
        row: &'a str,
    ) -> BoxFuture<'a, Result<(String, Vec<u8>), Failure>>;

    /// Unwraps under a key by its id. Fails for an unknown key, another row, or changed bytes.
    fn unwrap<'a>(
        &'a self,
        id: &'a str,
        wrapped: &'a [u8],
        row: &'a str,
    ) -> BoxFuture<'a, Result<DataKey, Failure>>;

    /// A message's authentication code under a key; `None` for an unknown key.
    fn mac<'a>(&'a self, id: &'a str, message: &'a [u8]) -> BoxFuture<'a, Result<Option<Vec<u8>>, Failure>>;
}
