//! All state of the sandbox, behind one lock. It is declared here once, table by table; what may be done
//! to it is the business of the areas above.

pub mod accounts;
pub mod auth;
pub mod faults;
pub mod money;
pub mod start;
pub mod steering;
pub mod table;

use base64::Engine;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::clock::Instant;
use faults::Fault;
use steering::{Due, Settings};
use table::{Change, Table};

/// What is one of a kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Meta {
    /// Where every id and token comes from, so that a run can be repeated.
    pub seed: u64,
    pub counter: u64,
    /// Counts what is told and tried, apart from what is made: how often somebody looks changes no id.
    #[serde(default)]
    pub told: u64,
    pub settings: Settings,
    /// Ordered faults, in the order of their orders.
    pub faults: Vec<Fault>,
    /// Revocations and why.
    pub revocations: Vec<Value>,
}

macro_rules! world {
    ($($(#[$doc:meta])* $name:ident: $row:ty,)*) => {
        /// Everything that happened.
        #[derive(Debug)]
        pub struct World {
            $($(#[$doc])* pub $name: Table<$row>,)*
            pub meta: Meta,
            meta_kept: Option<Value>,
        }

        impl World {
            fn empty(meta: Meta) -> Self {
                Self { $($name: Table::default(),)* meta, meta_kept: None }
            }

            /// Every row that changed since this was last asked.
            pub fn take_changes(&mut self, with_rows: bool) -> Vec<Change> {
                let mut changes = vec![];
                $(self.$name.take_changes(stringify!($name), with_rows, &mut changes);)*
                changes
            }

            /// Every row there is, as if all had just been added.
            pub fn every_row(&self) -> Vec<Change> {
                let mut rows = vec![];
                $(self.$name.every_row(stringify!($name), &mut rows);)*
                rows
            }

            /// Puts a kept row back. Answers false for a table that is not known.
            fn restore_row(&mut self, table: &str, key: String, row: Option<Value>) -> serde_json::Result<bool> {
                match table {
                    $(stringify!($name) => self.$name.restore(key, row)?,)*
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }
    };
}

world! {
    accounts: accounts::Account,
    amendments: accounts::Amendment,
    files: accounts::File,
    flows: accounts::Flow,
    invitations: accounts::Invitation,
    rfis: accounts::Rfi,
    keys: auth::Key,
    logins: auth::Login,
    /// Tokens of the partner application, and when they die.
    partner_logins: Instant,
    people: auth::Person,
    consents: auth::Consent,
    codes: auth::Code,
    component_codes: auth::ComponentCode,
    /// By account.
    connections: auth::Connection,
    refresh_tokens: auth::RefreshToken,
    access_tokens: auth::AccessToken,
    beneficiaries: money::Beneficiary,
    payers: money::Payer,
    transfers: money::Transfer,
    batches: money::Batch,
    movements: money::Movement,
    quotes: money::Quote,
    conversions: money::Conversion,
    conversion_amendments: money::ConversionAmendment,
    global_accounts: money::GlobalAccount,
    deposits: money::Deposit,
    reports: money::Report,
    /// Every movement, by account and then in order.
    ledger: money::Entry,
    /// `resource account request_id` and the object that used it up.
    request_ids: RequestId,
    subscriptions: steering::Subscription,
    deliveries: steering::Delivery,
    /// Deliveries that wait, by subscription and then in the order in which they fall due.
    queue: QueuedAt,
    due: DueAt,
    journal: Value,
}

/// A `request_id` that was used up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestId {
    pub object: String,
    pub at: Instant,
}

/// A delivery that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QueuedAt {
    pub at: Instant,
    pub delivery: String,
}

/// Something due, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DueAt {
    pub at: Instant,
    pub what: Due,
}

impl World {
    /// A number that grows with every use.
    pub fn sequence(&mut self) -> u64 {
        self.meta.counter += 1;
        self.meta.counter
    }

    /// A number of its own for each line of the journal and each delivery.
    pub fn line(&mut self) -> u64 {
        self.meta.told += 1;
        self.meta.told
    }

    fn bytes(&mut self) -> [u8; 32] {
        let counter = self.sequence();
        self.hash(b"", counter)
    }

    fn hash(&self, what: &[u8], number: u64) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.meta.seed.to_be_bytes());
        hash.update(what);
        hash.update(number.to_be_bytes());
        hash.finalize().into()
    }

    /// Names an answer for support.
    pub fn trace(&mut self) -> String {
        let number = self.line();
        hex::encode(&self.hash(b"trace", number)[..16])
    }

    /// `prefix` and 22 URL-safe characters.
    pub fn token(&mut self, prefix: &str) -> String {
        let bytes = &self.bytes()[..16];
        format!("{prefix}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
    }

    pub fn uuid(&mut self) -> String {
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&self.bytes()[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// Such as `P260304-9K2QX7T` (D): a letter, the day, seven characters.
    pub fn short_reference(&mut self, letter: char, now: Instant) -> String {
        const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bytes = self.bytes();
        let tail: String =
            bytes[..7].iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        format!("{letter}{}-{tail}", now.format("%y%m%d"))
    }

    /// Lets something happen by itself, later.
    pub fn later(&mut self, at: Instant, what: Due) {
        let sequence = self.sequence();
        self.due.insert(format!("{:020} {sequence:012}", at.timestamp_micros()), DueAt { at, what });
    }

    /// Lets a delivery wait until then, in the queue of its subscription.
    pub fn enqueue(&mut self, at: Instant, delivery: &str) {
        let Some(subscription) = self.deliveries.get(delivery).map(|known| known.subscription.clone()) else {
            return;
        };
        let sequence = self.line();
        let row = QueuedAt { at, delivery: delivery.to_owned() };
        self.queue.insert(format!("{subscription} {:020} {sequence:012}", at.timestamp_micros()), row);
    }

    /// Lets a delivery no longer wait.
    pub fn unqueue(&mut self, delivery: &str) {
        let waiting = self.queue.iter().filter(|(_, row)| row.delivery == delivery);
        for key in waiting.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            self.queue.remove(&key);
        }
    }

    /// Ends a subscription, and what waits for it. Answers whether there was one.
    pub fn unsubscribe(&mut self, id: &str) -> bool {
        for key in self.queue.under(&format!("{id} ")).map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            let given_up = self.queue.remove(&key).map(|row| row.delivery);
            if let Some(delivery) = given_up.and_then(|delivery| self.deliveries.get_mut(&delivery)) {
                delivery.status = "GIVEN_UP".to_owned();
            }
        }
        self.subscriptions.remove(id).is_some()
    }

    /// Lets deliveries wait again that were under way when the process died.
    pub fn requeue(&mut self) {
        let waiting: std::collections::BTreeSet<String> =
            self.queue.values().map(|row| row.delivery.clone()).collect();
        let lost: Vec<(Instant, String)> = self
            .deliveries
            .values()
            .filter(|delivery| delivery.status == "QUEUED" && !waiting.contains(&delivery.id))
            .map(|delivery| (delivery.due_at, delivery.id.clone()))
            .collect();
        for (at, id) in lost {
            self.enqueue(at, &id);
        }
    }

    /// Whether anything waits to be delivered, now or later.
    pub fn has_deliveries(&self) -> bool {
        self.queue.first().is_some()
    }

    /// Takes the delivery that falls due first, if one does, of those whose subscription is not busy.
    pub fn next_delivery(&mut self, now: Instant, is_busy: impl Fn(&str) -> bool) -> Option<String> {
        let free = self.subscriptions.values().map(|subscription| &subscription.id).filter(|id| !is_busy(id));
        let heads = free.filter_map(|id| self.queue.under(&format!("{id} ")).next());
        let (key, _) = heads.filter(|(_, row)| row.at <= now).min_by_key(|(_, row)| row.at)?;
        let key = key.clone();
        self.queue.remove(&key).map(|row| row.delivery)
    }

    /// 900 to 1100 per mille, other for each attempt and the same in each run of a seed.
    pub fn jitter(&self, delivery: &str, attempt: usize) -> i64 {
        let bytes = self.hash(delivery.as_bytes(), attempt as u64);
        900 + i64::from(u16::from_be_bytes([bytes[0], bytes[1]])) * 200 / i64::from(u16::MAX)
    }

    /// Takes what is due first, if anything is.
    pub fn next_due(&mut self, now: Instant) -> Option<DueAt> {
        let (key, due) = self.due.first()?;
        if due.at > now {
            return None;
        }
        let key = key.clone();
        self.due.remove(&key)
    }

    /// Remembers that a `request_id` is used up by an object.
    pub fn use_request_id(
        &mut self,
        resource: &str,
        account: &str,
        request_id: &str,
        object: &str,
        at: Instant,
    ) {
        let key = request_key(resource, account, request_id);
        self.request_ids.insert(key, RequestId { object: object.to_owned(), at });
    }

    /// The object that used a `request_id` up.
    pub fn object_of_request(&self, resource: &str, account: &str, request_id: &str) -> Option<&RequestId> {
        self.request_ids.get(&request_key(resource, account, request_id))
    }

    /// The meta row, if it changed since this was last asked.
    pub fn take_meta(&mut self) -> Option<Value> {
        let now = serde_json::to_value(&self.meta).ok();
        if now == self.meta_kept {
            return None;
        }
        self.meta_kept.clone_from(&now);
        now
    }

    /// A world from its kept rows; `meta` is the last that was kept.
    pub fn restored(meta: Value) -> serde_json::Result<Self> {
        let mut world = Self::empty(serde_json::from_value(meta.clone())?);
        world.meta_kept = Some(meta);
        Ok(world)
    }

    /// Puts a kept row back. Fails for a row that this version cannot read.
    pub fn put_back(&mut self, table: &str, key: String, row: Option<Value>) -> Result<(), String> {
        match self.restore_row(table, key, row) {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("there is no table {table}")),
            Err(error) => Err(format!("a row of {table}: {error}")),
        }
    }
}

fn request_key(resource: &str, account: &str, request_id: &str) -> String {
    format!("{resource} {account} {request_id}")
}
