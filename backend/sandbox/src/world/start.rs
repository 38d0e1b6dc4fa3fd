//! The start state: the platform with its key, one verified customer and its people (interface: sandbox
//! defaults).

use std::collections::BTreeMap;

use serde_json::json;

use super::accounts::Account;
use super::auth::{Key, Person};
use super::steering::{Settings, Subscription};
use super::{Meta, World};
use crate::clock::Instant;

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
pub const ACME: &str = "acct_acmeSandbox00000000001";

/// The two subscriptions that everybody knows, and whether they are the application's.
pub const USUAL: [(&str, bool); 2] = [("wh_platform", false), ("wh_application", true)];

impl Subscription {
    /// To all events in the newest words, signed with the secret that everybody knows.
    pub fn new(id: &str, partner: bool, url: &str, now: Instant) -> Self {
        let secret = if partner { APP_WEBHOOK_SECRET } else { PLATFORM_WEBHOOK_SECRET };
        Self {
            id: id.to_owned(),
            url: url.to_owned(),
            secret: secret.to_owned(),
            events: vec![],
            version: crate::wire::NEWEST.to_owned(),
            partner,
            accounts: vec![],
            request_id: None,
            created_at: now,
            updated_at: now,
            sequence: 0,
        }
    }
}

impl World {
    /// A world at its start.
    pub fn start(now: Instant, seed: u64, auto: bool, strict: bool) -> Self {
        let meta = Meta {
            seed,
            counter: 0,
            told: 0,
            settings: Settings::new(auto, strict),
            faults: vec![],
            revocations: vec![],
        };
        let mut world = Self::empty(meta);
        world.keys.insert(
            CLIENT_ID,
            Key {
                client_id: CLIENT_ID.to_owned(),
                api_key: API_KEY.to_owned(),
                accounts: vec![PLATFORM.to_owned()],
                organisation: false,
                permissions: None,
                is_expired: false,
            },
        );
        world.add_account(PLATFORM, "ACTIVE", "Sandbox Platform", "platform@sandbox.example", now);
        world.add_account(ACME, "ACTIVE", "Acme Ceramics", "owner@acme.sandbox", now);
        for (name, email, role) in [
            ("Olive Owner", "owner@acme.sandbox", "Owner"),
            ("Adam Admin", "admin@acme.sandbox", "Admin"),
            ("Fiona Finance", "finance@acme.sandbox", "Finance Admin"),
            ("Victor Viewer", "viewer@acme.sandbox", "Viewer"),
        ] {
            world.add_person(name, email, "sandbox", ACME, role);
        }
        world
    }

    /// The two subscriptions that the real web app would hold: the platform's and the application's.
    pub fn subscribe_platform(&mut self, url: &str, now: Instant) {
        for (id, partner) in USUAL {
            self.subscriptions.insert(id, Subscription::new(id, partner, url, now));
        }
    }

    /// A business account.
    pub fn add_account(&mut self, id: &str, status: &str, name: &str, email: &str, now: Instant) {
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
        self.insert_account(id, status, document, now);
    }

    /// An account with whatever is known of it.
    pub fn insert_account(&mut self, id: &str, status: &str, document: serde_json::Value, now: Instant) {
        let number = self.sequence();
        let legal_entity = self.token("le_");
        let account = Account {
            id: id.to_owned(),
            status: status.to_owned(),
            created_at: now,
            document,
            requirements: json!({}),
            wallet_number: format!("{:016}", 4000_0000_0000_0000u64 + number),
            legal_entity,
            linked: false,
            suspensions: vec![],
            reactivation: None,
            is_refused: false,
            capabilities: BTreeMap::new(),
            funding_limits: vec![],
            balances: BTreeMap::new(),
        };
        self.accounts.insert(id, account);
    }

    pub fn add_person(&mut self, name: &str, email: &str, password: &str, account: &str, role: &str) {
        if !self.people.contains(email) {
            let person = Person {
                email: email.to_owned(),
                name: name.to_owned(),
                password: password.to_owned(),
                roles: BTreeMap::new(),
            };
            self.people.insert(email, person);
        }
        if let Some(person) = self.people.get_mut(email) {
            person.roles.insert(account.to_owned(), role.to_owned());
        }
    }
}
