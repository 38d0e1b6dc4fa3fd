//! Which fields a (country, currency, method, system, entity) needs, in the order of the form.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::data::{Key, OwnField, RECORDS, Record, full};
use super::fields::{self, Field, input};
use crate::wire::{Version, list_at, text_at};

const ROUTING_TYPE: &str = "beneficiary.bank_details.account_routing_type1";
const ROUTING_VALUE: &str = "beneficiary.bank_details.account_routing_value1";

/// Where the form lets people look their bank up (D: the documented example; by default since 2025-04-25).
const LOOKED_UP: &str = "JP";

/// Which way money goes, without what a form asks for.
#[derive(Debug, Clone)]
pub struct Rail {
    pub method: String,
    pub system: Option<String>,
    /// The most that goes this way.
    pub limit: Option<(rust_decimal::Decimal, String)>,
    pub capability: Option<String>,
}

/// A corridor with its fields worked out.
#[derive(Debug, Clone)]
pub struct Corridor {
    /// What it was asked for, with the defaults filled in.
    pub condition: Value,
    pub method: String,
    pub fields: Vec<Field>,
}

/// Every currency that a payout may arrive in, in order.
pub fn currencies() -> BTreeSet<&'static str> {
    RECORDS.iter().map(|record| record.at.currency.as_str()).collect()
}

/// What a schema or a document asks for; absent members take the contract's defaults (A).
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub kind: Option<String>,
    pub country: Option<String>,
    pub currency: Option<String>,
    pub method: Option<String>,
    pub system: Option<String>,
    pub entity: Option<String>,
    pub routing_type: Option<String>,
    pub address_country: Option<String>,
    /// The paying account's own country: its address rules are lifted there (D, since 2024-04-30).
    pub own_country: Option<String>,
}

impl Wanted {
    /// From the flat body of the generate calls.
    pub fn from_condition(body: &Value) -> Self {
        let text = |name: &str| text_at(body, name);
        Self {
            kind: text("type"),
            country: text("bank_country_code"),
            currency: text("account_currency"),
            method: text("transfer_method"),
            system: text("local_clearing_system"),
            entity: text("entity_type"),
            routing_type: text("account_routing_type1"),
            address_country: text("country_code"),
            own_country: None,
        }
    }

    /// From a create body, for one of its methods.
    pub fn from_document(body: &Value, method: &str) -> Self {
        let text = |path: &str| text_at(body, &format!("beneficiary.{path}"));
        Self {
            kind: text("type"),
            country: text("bank_details.bank_country_code"),
            currency: text("bank_details.account_currency"),
            method: Some(method.to_owned()),
            system: text("bank_details.local_clearing_system").filter(|_| method == "LOCAL"),
            entity: text("entity_type"),
            routing_type: text("bank_details.account_routing_type1"),
            address_country: text("address.country_code"),
            own_country: None,
        }
    }
}

impl Wanted {
    fn entity(&self) -> &str {
        self.entity.as_deref().unwrap_or("PERSONAL")
    }

    /// Airwallex to Airwallex (03 §b.10).
    fn is_wallet(&self) -> bool {
        self.kind.as_deref() == Some("DIGITAL_WALLET")
    }
}

/// The corridor that applies; none means that there are no rules for it.
pub fn find(wanted: &Wanted, version: Version) -> Option<Corridor> {
    if wanted.is_wallet() {
        return version.has("2025-04-25").then(|| wallet(wanted.entity()));
    }
    Some(work_out(choose(wanted)?, wanted, version))
}

/// The way that money takes by the corridor that applies.
pub fn rail(wanted: &Wanted, version: Version) -> Option<Rail> {
    if wanted.is_wallet() {
        let rail = Rail { method: "LOCAL".to_owned(), system: None, limit: None, capability: None };
        return version.has("2025-04-25").then_some(rail);
    }
    let record = choose(wanted)?;
    Some(Rail {
        method: record.at.method.clone(),
        system: record.at.system.clone(),
        limit: fields::limit(record),
        capability: record.capability.clone(),
    })
}

fn choose(wanted: &Wanted) -> Option<&'static Record> {
    let country = wanted.country.as_deref().unwrap_or("US");
    let served = || {
        RECORDS.iter().filter(move |record| {
            record.at.country == country && record.only.as_deref().is_none_or(|only| only == wanted.entity())
        })
    };
    // The country's own currency is the one that it lists first.
    let currency = match &wanted.currency {
        Some(currency) => currency.as_str(),
        None => &served().next()?.at.currency,
    };
    let mut methods =
        served().filter(|record| record.at.currency == currency).map(|record| record.at.method.as_str());
    let method = match &wanted.method {
        Some(method) => method.as_str(),
        None if methods.clone().any(|method| method == "LOCAL") => "LOCAL",
        None => methods.next()?,
    };
    let mut matching = served().filter(|record| record.at.currency == currency && record.at.method == method);
    match &wanted.system {
        Some(system) => matching.find(|record| record.at.system.as_ref() == Some(system)),
        None => matching.clone().find(|record| record.default).or_else(|| matching.next()),
    }
}

fn work_out(record: &Record, wanted: &Wanted, version: Version) -> Corridor {
    let Key { country, currency, method, system } = &record.at;
    let entity = wanted.entity();
    let mut fields = fields::head(record, entity);
    fields.extend(fields::holder(entity));
    let is_for = |field: &&OwnField| field.entity.as_deref().is_none_or(|only| only == entity);
    let is_known = |field: &&OwnField| field.since.as_deref().is_none_or(|since| version.has(since));
    let own = record.fields.iter().filter(is_for).filter(is_known);
    fields.extend(own.map(|field| fields::own_field(field, entity)));
    let (home, address) = (wanted.own_country.as_deref(), wanted.address_country.as_deref());
    fields.extend(fields::address(&record.address, country, home, address));
    fields.push(input("nickname", "Nickname", false, "^.{0,100}$", "tidewater-main"));
    fields.extend(fields::tail(entity, &fields));
    apply_variant(record, wanted.routing_type.as_deref(), &mut fields);
    if country == LOOKED_UP && method == "LOCAL" && version.has("2025-04-25") {
        fields
            .iter_mut()
            .filter(|field| field.path == ROUTING_VALUE)
            .for_each(|field| field.kind = "DYNAMIC_SELECT");
    }
    Corridor {
        condition: json!({
            "bank_country_code": country,
            "account_currency": currency,
            "transfer_method": method,
            "local_clearing_system": system,
            "entity_type": entity,
        }),
        method: method.to_owned(),
        fields,
    }
}

fn apply_variant(record: &Record, routing_type: Option<&str>, fields: &mut Vec<Field>) {
    let Some(variant) = record.variants.iter().find(|variant| routing_type == Some(variant.when.as_str()))
    else {
        return;
    };
    fields.retain(|field| !variant.drop.iter().any(|path| full(path) == field.path));
    if let Some(field) = fields.iter_mut().find(|field| field.path == ROUTING_TYPE) {
        field.default = variant.when.clone();
        field.example = Some(variant.when.clone());
    }
    for (path, changed) in &variant.set {
        let path = full(path);
        let required = changed.required.unwrap_or(true);
        match fields.iter_mut().find(|field| field.path == path) {
            Some(field) => {
                field.pattern = changed.pattern.clone().or(field.pattern.take());
                field.required = required;
                // The example was of the rule before.
                field.example = None;
                field.label = "Routing code".to_owned();
            }
            None => {
                let at = fields.iter().position(|field| field.path == ROUTING_TYPE).map_or(0, |at| at + 1);
                let pattern = changed.pattern.as_deref().unwrap_or("^.+$");
                fields.insert(
                    at,
                    Field { example: None, ..input(&path, "Routing code", required, pattern, "") },
                );
            }
        }
    }
}

/// Airwallex to Airwallex (03 §b.10).
fn wallet(entity: &str) -> Corridor {
    Corridor {
        condition: json!({ "type": "DIGITAL_WALLET", "provider": "AIRWALLEX", "entity_type": entity }),
        method: "LOCAL".to_owned(),
        fields: fields::wallet(entity),
    }
}

/// The first method of a document.
pub fn method_of(document: &Value) -> Option<String> {
    list_at(document, "transfer_methods").first().and_then(Value::as_str).map(str::to_owned)
}
