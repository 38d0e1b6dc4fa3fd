//! Prefixed ids: `payout_` and 26 characters of lower-case Crockford base32 over a UUIDv7.
//!
//! The same text stands in URLs, logs, GraphQL and tables. Text order is the order of creation.

use super::{Clock, Random};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The 26 characters of a new UUIDv7 at the clock's time.
pub fn generate(clock: &dyn Clock, random: &dyn Random) -> String {
    let millis = u64::try_from(clock.now().timestamp_millis()).unwrap_or(0);
    let mut bytes = [0u8; 10];
    random.fill(&mut bytes);
    encode(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().as_u128())
}

fn encode(mut value: u128) -> String {
    let mut text = [0u8; 26];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn is_body(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// Says why a text is no id of the wanted kind.
#[derive(Debug, thiserror::Error)]
#[error("an id of the form {prefix}_… is expected here")]
pub struct NotAnId {
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, sea_orm::DeriveValueType, serde::Serialize, serde::Deserialize)]
        pub struct $name(String);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            pub fn generate(clock: &dyn Clock, random: &dyn Random) -> Self {
                Self(format!(concat!($prefix, "_{}"), generate(clock, random)))
            }

            pub fn parse(text: &str) -> Result<Self, NotAnId> {
                match text.strip_prefix(concat!($prefix, "_")) {
                    Some(body) if is_body(body) => Ok(Self(text.to_owned())),
                    _ => Err(NotAnId { prefix: $prefix }),
                }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

ids! {
    /// A person who signs in.
    PersonId = "person";
    /// Who is paid; the tenant.
    SellerId = "seller";
    /// A program's key.
    ApiTokenId = "token";
    /// One OAuth attempt.
    AttemptId = "attempt";
    /// A seller's link to Airwallex.
    ConnectionId = "connection";
    /// One step in a connection's life.
    ConnectionEventId = "connevt";
    /// The chain of tokens of one (application, account).
    ChainId = "chain";
    /// A connected account as we last saw it.
    AccountId = "account";
    /// One round through Airwallex's hosted pages.
    HostedFlowId = "flow";
    /// A bank account to pay to.
    BeneficiaryId = "beneficiary";
    /// What a payout is charged by.
    FeePlanId = "plan";
    /// Money on its way to a seller.
    PayoutId = "payout";
    /// One step in a payout's life.
    PayoutEventId = "payoutevt";
    /// What keeps payouts back.
    PayoutHoldId = "hold";
    /// An event from Airwallex in our inbox.
    WebhookEventId = "webhook";
    /// A step in the background.
    JobId = "job";
    /// An entry of the audit log.
    AuditEventId = "audit";
    /// A mail on its way out.
    MailId = "mail";
    /// Something that looked like the reuse of a token.
    SecurityEventId = "secevt";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::clock::MockClock;
    use crate::kernel::random::SeededRandom;

    #[test]
    fn ids_sort_in_the_order_of_their_making() {
        let clock = MockClock::at(chrono::DateTime::UNIX_EPOCH + chrono::Duration::days(20_000));
        let random = SeededRandom::new(7);
        let mut made = Vec::new();
        for _ in 0..50 {
            made.push(PayoutId::generate(&clock, &random));
            clock.advance(chrono::Duration::milliseconds(1));
        }
        assert!(made.is_sorted());
        assert_eq!(PayoutId::parse(made[0].as_str()).expect("parses"), made[0]);
    }

    #[test]
    fn another_kind_of_id_is_refused() {
        assert!(PayoutId::parse("seller_01jd2r8v4k01jd2r8v4k01jd2r").is_err());
        assert!(PayoutId::parse("payout_short").is_err());
        assert!(PayoutId::parse("payout_01JD2R8V4K01JD2R8V4K01JD2R").is_err());
    }
}
