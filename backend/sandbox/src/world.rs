//! All state of the sandbox, behind one lock, kept in one document.

use std::collections::BTreeMap;

use base64::Engine;
use chrono::{DateTime, Utc};
use rand::{Rng, SeedableRng};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control::faults::Fault;
use crate::control::settings::Settings;
use crate::webhooks::delivery::Delivery;

pub type Instant = DateTime<Utc>;

/// The platform's own account and key (interface: sandbox defaults).
pub const PLATFORM: &str = "acct_sandboxPlatform0000000";
pub const CLIENT_ID: &str = "sandbox_client";
pub const API_KEY: &str = "sandbox_api_key";
pub const APP_ID: &str = "appid_sandbox";
pub const APP_SECRET: &str = "sandbox_app_secret";
pub const APP_NAME: &str = "Kiln & Loom";
pub const PLATFORM_WEBHOOK_SECRET: &str = "whsec_sandbox";
pub const APP_WEBHOOK_SECRET: &str = "whsec_sandbox_app";
pub const KYC_TEMPLATE: &str = "tmpl_sandbox_kyc";
pub const RFI_TEMPLATE: &str = "tmpl_sandbox_rfi";

/// Everything that happened.
#[derive(Debug, Serialize, Deserialize)]
pub struct World {
    pub accounts: BTreeMap<String, Account>,
    pub people: BTreeMap<String, Person>,
    pub login_tokens: BTreeMap<String, Instant>,
    pub consents: BTreeMap<String, Consent>,
    pub codes: BTreeMap<String, Code>,
    pub connections: BTreeMap<String, Connection>,
    pub access_tokens: BTreeMap<String, AccessToken>,
    pub flows: BTreeMap<String, Flow>,
    pub beneficiaries: BTreeMap<String, Beneficiary>,
    pub transfers: BTreeMap<String, Transfer>,
    pub ledger: Vec<Entry>,
    pub subscriptions: Vec<Subscription>,
    pub deliveries: Vec<Delivery>,
    pub due: Vec<Due>,
    pub faults: Vec<Fault>,
    pub settings: Settings,
    pub journal: Vec<Value>,
    pub revocations: Vec<Value>,
    pub counter: u64,
    #[serde(skip, default = "fresh_generator")]
    pub random: rand::rngs::StdRng,
}

fn fresh_generator() -> rand::rngs::StdRng {
    rand::make_rng()
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    pub id: String,
    pub status: String,
    pub created_at: Instant,
    /// Everything else of the account body: details, agreements, contact, metadata.
    pub document: Value,
    pub requirements: Value,
    pub wallet_number: String,
    /// Linked to the platform, so that `x-on-behalf-of` works.
    pub linked: bool,
    pub balances: BTreeMap<String, Decimal>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Person {
    pub email: String,
    pub name: String,
    pub password: String,
    /// Accounts and the role held there.
    pub roles: BTreeMap<String, String>,
}

/// One browser on its way through the hosted consent pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Consent {
    pub id: String,
    pub client_id: String,
    pub redirect_uri: String,
    pub scopes: Vec<String>,
    pub state: Option<String>,
    pub challenge: Option<String>,
    pub sign_up: bool,
    pub step: String,
    pub email: Option<String>,
    pub account: Option<String>,
    pub done: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Code {
    pub account: String,
    pub email: String,
    pub scopes: Vec<String>,
    pub redirect_uri: String,
    pub challenge: Option<String>,
    pub expires_at: Instant,
    pub used: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Connection {
    pub account: String,
    pub email: String,
    pub scopes: Vec<String>,
    /// CONNECTED or DISCONNECTED.
    pub status: String,
    pub current: String,
    pub current_expires_at: Instant,
    /// Refresh tokens that were replaced, when, and the pair that replaced them.
    pub superseded: BTreeMap<String, Superseded>,
    pub refreshes: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Superseded {
    pub at: Instant,
    pub successor: Value,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessToken {
    pub account: String,
    pub scopes: Vec<String>,
    pub expires_at: Instant,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flow {
    pub id: String,
    pub account: String,
    pub status: String,
    pub return_url: String,
    pub error_url: Option<String>,
    /// The code in the link that `authorize` gave last, and when it dies.
    pub link: Option<(String, Instant)>,
    /// Names the browser that opened the link.
    pub session: Option<String>,
    /// What the person entered before leaving, by the page's field names.
    #[serde(default)]
    pub entered: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Beneficiary {
    pub id: String,
    pub account: String,
    pub request_id: Option<String>,
    pub document: Value,
    pub created_at: Instant,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Transfer {
    pub id: String,
    pub account: String,
    pub request_id: String,
    pub short_reference_id: String,
    pub status: String,
    pub funding: String,
    pub currency: String,
    pub amount: Decimal,
    pub application_fee: Option<(Decimal, String)>,
    /// The rest of the request, echoed.
    pub request: Value,
    pub beneficiary: Value,
    pub failure: Option<Value>,
    pub dispatch_date: Option<Instant>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub sequence: u64,
}

/// One movement in a wallet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    pub at: Instant,
    pub account: String,
    pub currency: String,
    pub amount: Decimal,
    pub kind: String,
    pub source: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Subscription {
    pub id: String,
    pub url: String,
    pub secret: String,
    /// Empty means all.
    pub events: Vec<String>,
    /// Of the partner application, or of the platform itself.
    pub partner: bool,
    pub request_id: Option<String>,
}

/// Something that happens by itself when its time has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Due {
    pub at: Instant,
    pub what: DueWhat,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum DueWhat {
    Review { account: String },
    Step { transfer: String },
}

impl World {
    /// The start state: the platform, one verified customer, and its people.
    pub fn new(now: Instant, seed: Option<u64>, auto: bool, webhook_url: Option<&str>) -> Self {
        let random = seed.map_or_else(fresh_generator, rand::rngs::StdRng::seed_from_u64);
        let mut world = Self {
            accounts: BTreeMap::new(),
            people: BTreeMap::new(),
            login_tokens: BTreeMap::new(),
            consents: BTreeMap::new(),
            codes: BTreeMap::new(),
            connections: BTreeMap::new(),
            access_tokens: BTreeMap::new(),
            flows: BTreeMap::new(),
            beneficiaries: BTreeMap::new(),
            transfers: BTreeMap::new(),
            ledger: vec![],
            subscriptions: vec![],
            deliveries: vec![],
            due: vec![],
            faults: vec![],
            settings: Settings::new(auto),
            journal: vec![],
            revocations: vec![],
            counter: 0,
            random,
        };
        world.add_account(PLATFORM, "ACTIVE", "Sandbox Platform", "platform@sandbox.example", now);
        let acme = "acct_acmeSandbox00000000001";
        world.add_account(acme, "ACTIVE", "Acme Ceramics", "owner@acme.sandbox", now);
        for (name, email, role) in [
            ("Olive Owner", "owner@acme.sandbox", "Owner"),
            ("Adam Admin", "admin@acme.sandbox", "Admin"),
            ("Fiona Finance", "finance@acme.sandbox", "Finance Admin"),
            ("Victor Viewer", "viewer@acme.sandbox", "Viewer"),
        ] {
            world.add_person(name, email, "sandbox", acme, role);
        }
        if auto {
            crate::transfers::funding::endow(&mut world, acme, now);
        }
        if let Some(url) = webhook_url {
            world.subscribe_platform(url);
        }
        world
    }

    /// The two subscriptions that the real web app would hold: the platform's and the application's.
    pub fn subscribe_platform(&mut self, url: &str) {
        self.subscriptions.retain(|subscription| subscription.request_id.is_some());
        for (id, secret, partner) in
            [("wh_platform", PLATFORM_WEBHOOK_SECRET, false), ("wh_application", APP_WEBHOOK_SECRET, true)]
        {
            self.subscriptions.push(Subscription {
                id: id.to_owned(),
                url: url.to_owned(),
                secret: secret.to_owned(),
                events: vec![],
                partner,
                request_id: None,
            });
        }
    }

    pub fn add_account(&mut self, id: &str, status: &str, name: &str, email: &str, now: Instant) {
        self.counter += 1;
        let verified = status == "ACTIVE";
        let document = json!({
            "nickname": name,
            "primary_contact": { "email": email },
            "account_details": {
                "legal_entity_type": "BUSINESS",
                "business_details": { "business_name": name },
            },
            "customer_agreements": {
                "agreed_to_data_usage": true,
                "agreed_to_terms_and_conditions": verified,
            },
        });
        let account = Account {
            id: id.to_owned(),
            status: status.to_owned(),
            created_at: now,
            document,
            requirements: json!({}),
            wallet_number: format!("{:016}", 4000_0000_0000_0000u64 + self.counter),
            linked: false,
            balances: BTreeMap::new(),
        };
        self.accounts.insert(id.to_owned(), account);
    }

    pub fn add_person(&mut self, name: &str, email: &str, password: &str, account: &str, role: &str) {
        let person = self.people.entry(email.to_owned()).or_insert_with(|| Person {
            email: email.to_owned(),
            name: name.to_owned(),
            password: password.to_owned(),
            roles: BTreeMap::new(),
        });
        person.roles.insert(account.to_owned(), role.to_owned());
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0u8; N];
        self.random.fill_bytes(&mut bytes);
        bytes
    }

    /// `prefix` and 22 URL-safe characters.
    pub fn token(&mut self, prefix: &str) -> String {
        let bytes = self.bytes::<16>();
        format!("{prefix}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
    }

    pub fn uuid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.bytes::<16>()).into_uuid().to_string()
    }

    pub fn later(&mut self, at: Instant, what: DueWhat) {
        self.due.push(Due { at, what });
    }

    /// Moves money in a wallet and writes it down.
    pub fn book(
        &mut self,
        at: Instant,
        account: &str,
        currency: &str,
        amount: Decimal,
        kind: &str,
        source: &str,
    ) {
        if let Some(owner) = self.accounts.get_mut(account) {
            *owner.balances.entry(currency.to_owned()).or_default() += amount;
        }
        self.ledger.push(Entry {
            at,
            account: account.to_owned(),
            currency: currency.to_owned(),
            amount,
            kind: kind.to_owned(),
            source: source.to_owned(),
        });
    }
}
