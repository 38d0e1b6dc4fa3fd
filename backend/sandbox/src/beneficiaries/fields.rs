//! What a form is made of: the fields of a corridor's own, and the blocks that all corridors share (03 §b.7).

use std::sync::LazyLock;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::data::{Address, COUNTRIES, Example, Key, OwnField, RECORDS, Record, full};

/// Where an address has a state (C: rule table).
const STATES: &str = "AS AU BO BR BZ CA CC CL CN CO CR CU CX ES ET FM GU IN JO KH IR IT KZ ME MK MP MX MY NA NF \
                      NG NP PA PR PW RU SV TH TR TZ UA UM US VE VI VN";
/// Where an address has no postal code (A: the well-known ones).
const NO_POSTCODE: &str = "AE AG AN AO AW BI BO BS BZ CD CF CG CI CM CW DJ DM ER FJ GA GD GM GQ GY HK JM KI KM KN \
                           KP LC ML MO MR MW NR NU QA RW SC SL SR ST TD TG TK TL TO TT TV UG VU YE ZW";

/// One field, as the form shows it and as create checks it.
#[derive(Debug, Clone, Default)]
pub struct Field {
    pub path: String,
    pub label: String,
    pub required: bool,
    pub kind: &'static str,
    pub pattern: Option<String>,
    pub placeholder: String,
    pub refresh: bool,
    pub options: Vec<Value>,
    pub default: String,
    /// A fixed value otherwise.
    pub enabled: bool,
    pub example: Option<String>,
    /// What the schema endpoint reports, if it differs from what create enforces (D: trap list).
    pub schema_required: Option<bool>,
    /// A path whose presence lifts the requirement.
    pub unless: Option<String>,
}

/// The most that goes this way.
pub fn limit(record: &Record) -> Option<(Decimal, String)> {
    let (amount, currency) = record.limit.as_deref()?.split_once(' ')?;
    Some((amount.parse().ok()?, currency.to_owned()))
}

pub fn input(path: &str, label: &str, required: bool, pattern: &str, example: &str) -> Field {
    Field {
        path: path.to_owned(),
        label: label.to_owned(),
        required,
        kind: "INPUT",
        pattern: Some(pattern.to_owned()),
        enabled: true,
        example: Some(example.to_owned()),
        ..Field::default()
    }
}

/// A choice: its pattern is a bare alternation of its values (D).
fn choice(path: &str, label: &str, kind: &'static str, options: Vec<Value>, default: &str) -> Field {
    let values: Vec<&str> = options.iter().filter_map(|option| option["value"].as_str()).collect();
    let pattern = values.join("|");
    Field {
        kind,
        options,
        default: default.to_owned(),
        refresh: true,
        ..input(path, label, true, &pattern, default)
    }
}

fn option(value: &str, label: &str) -> Value {
    json!({ "label": label, "value": value })
}

/// Every country that there is.
static EVERYWHERE: LazyLock<Vec<Value>> =
    LazyLock::new(|| COUNTRIES.iter().map(|(code, name)| option(code, name)).collect());

/// Every country with a corridor.
static SERVED: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let served = |code: &str| RECORDS.iter().any(|record| record.at.country == code);
    EVERYWHERE.iter().filter(|option| option["value"].as_str().is_some_and(served)).cloned().collect()
});

/// Entity, country, currency, method, and the clearing system where there are several (03 §b.7).
pub fn head(record: &Record, entity: &str) -> Vec<Field> {
    let Key { country, currency, method, system } = &record.at;
    let entities = vec![option("COMPANY", "Business"), option("PERSONAL", "Personal")];
    let mut currencies: Vec<&str> = vec![];
    let mut methods: Vec<&Record> = vec![];
    let mut systems: Vec<&Record> = vec![];
    for other in RECORDS.iter().filter(|other| other.at.country == *country) {
        let key = &other.at;
        if !currencies.contains(&key.currency.as_str()) {
            currencies.push(&key.currency);
        }
        if key.currency == *currency && !methods.iter().any(|known| known.at.method == key.method) {
            methods.push(other);
        }
        if key.currency == *currency && key.method == *method && key.system.is_some() {
            systems.push(other);
        }
    }
    let currencies = currencies.into_iter().map(|code| option(code, &currency_words(code))).collect();
    let methods = methods.into_iter().map(method_option).collect();
    let bank = "beneficiary.bank_details";
    let mut fields = vec![
        choice("beneficiary.entity_type", "Recipient account type", "RADIO", entities, entity),
        choice(&format!("{bank}.bank_country_code"), "Bank location", "SELECT", SERVED.clone(), country),
        choice(&format!("{bank}.account_currency"), "Account currency", "SELECT", currencies, currency),
        choice("transfer_method", "Transfer method", "TRANSFER_METHOD", methods, method),
    ];
    if let Some(system) = system {
        let name = |record: &Record| record.at.system.clone().unwrap_or_default();
        let told = |record: &Record| way_option(record, &name(record), &name(record).replace('_', " "));
        let options = systems.into_iter().map(told).collect();
        let path = format!("{bank}.local_clearing_system");
        let field = choice(&path, "Local clearing system", "TRANSFER_METHOD", options, system);
        fields.push(Field { required: false, ..field });
    }
    fields
}

fn currency_words(code: &str) -> String {
    match iso_currency::Currency::from_code(code) {
        Some(currency) => format!("{code}, {}", currency.name()),
        None => code.to_owned(),
    }
}

/// A method, with what its first way takes.
fn method_option(record: &Record) -> Value {
    let method = record.at.method.as_str();
    way_option(record, method, if method == "LOCAL" { "Local" } else { "SWIFT" })
}

/// A way to pay with how long it takes and how much it takes (D).
fn way_option(record: &Record, value: &str, label: &str) -> Value {
    let (min, max) = record.days;
    let time = match (min, max) {
        (0, 0) => "Same day".to_owned(),
        (min, max) if min == max => format!("{min} business days"),
        (min, max) => format!("{min}-{max} business days"),
    };
    let mut option = json!({
        "label": label,
        "value": value,
        "description": record.note.clone().or_else(|| record.rail.clone()).unwrap_or_default(),
        "processing_time": time,
        "flight_time": { "min": min, "max": max },
        "transfer_limit": {},
    });
    if let Some((amount, currency)) = limit(record) {
        option["payment_limit"] = json!(format!("Up to {} {currency}", grouped(amount)));
        option["transfer_limit"] =
            json!({ "max": { "amount": crate::wire::number(amount), "currency": currency } });
    }
    option
}

/// Whole digits in groups of three.
fn grouped(amount: Decimal) -> String {
    let digits = amount.trunc().to_string();
    let head = digits.len() % 3;
    let mut groups: Vec<&str> = vec![];
    if head > 0 {
        groups.push(&digits[..head]);
    }
    groups.extend((head..digits.len()).step_by(3).map(|at| &digits[at..at + 3]));
    groups.join(",")
}

pub fn holder(entity: &str) -> Vec<Field> {
    if entity == "COMPANY" {
        return vec![input(
            "beneficiary.company_name",
            "Company name",
            true,
            "^.{1,200}$",
            "Tidewater Crafts Ltd",
        )];
    }
    let date = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
    vec![
        input("beneficiary.first_name", "First name", true, "^.{1,50}$", "Mira"),
        input("beneficiary.last_name", "Last name", true, "^.{1,50}$", "Okafor"),
        input("beneficiary.date_of_birth", "Beneficiary date of birth", false, date, "1987-04-23"),
    ]
}

pub fn own_field(own: &OwnField, entity: &str) -> Field {
    let holder = if entity == "COMPANY" { "Tidewater Crafts Ltd" } else { "Mira Okafor" };
    let example = match &own.example {
        Some(Example::Any(text)) => text.clone(),
        Some(Example::ByEntity(texts)) => texts.get(entity).cloned().unwrap_or_default(),
        None => own.fixed.clone().unwrap_or_else(|| holder.to_owned()),
    };
    let options =
        own.options.iter().map(|one| one.as_str().map_or_else(|| one.clone(), |value| option(value, value)));
    let kind = match own.kind.as_deref() {
        Some("SELECT") => "SELECT",
        Some("RADIO") => "RADIO",
        _ => "INPUT",
    };
    Field {
        path: full(&own.path),
        label: own.label.clone(),
        required: !own.optional,
        kind,
        pattern: own.fixed.as_ref().map(|fixed| format!("^{fixed}$")).or_else(|| own.pattern.clone()),
        placeholder: own.placeholder.clone().unwrap_or_default(),
        refresh: own.refresh,
        options: options.collect(),
        default: own.fixed.clone().or_else(|| own.default.clone()).unwrap_or_default(),
        enabled: own.fixed.is_none(),
        example: Some(example),
        schema_required: own.schema_optional.then_some(false),
        unless: own.unless.as_deref().map(full),
    }
}

/// The address's country decides its rules (D); where it is the paying account's own, none of it is needed.
pub fn address(
    rule: &Address,
    bank_country: &str,
    own_country: Option<&str>,
    address_country: Option<&str>,
) -> Vec<Field> {
    let country = address_country.unwrap_or(bank_country);
    let is_needed = own_country != Some(bank_country);
    let lists = |list: &str| list.split_whitespace().any(|code| code == country);
    let (has_postcode, has_state) = if country == bank_country {
        (rule.postcode.is_some(), rule.state_required)
    } else {
        (!lists(NO_POSTCODE), lists(STATES))
    };
    let path = |name: &str| format!("beneficiary.address.{name}");
    let choices = choice(&path("country_code"), "Country or region", "SELECT", EVERYWHERE.clone(), country);
    let mut fields = vec![Field { required: is_needed, ..choices }];
    if has_postcode {
        let example = rule.postcode.as_deref().unwrap_or("10001");
        let postcode = input(&path("postcode"), "Postal code", is_needed, "^.{1,50}$", example);
        fields.push(Field { refresh: rule.postcode_refreshes, ..postcode });
    }
    fields.push(input(&path("street_address"), "Address", is_needed, "^.{1,200}$", "12 Harbour Street"));
    fields.push(input(&path("city"), "City", is_needed, "^.{1,50}$", "Harbourton"));
    fields.push(input(&path("state"), "State/Province", is_needed && has_state, "^.{1,50}$", &rule.state));
    fields
}

pub fn tail(entity: &str, before: &[Field]) -> Option<Field> {
    let (path, label, pattern, example) = if entity == "COMPANY" {
        ("business_registration_number", "Business registration number", "^.{1,50}$", "BR1234567")
    } else {
        ("personal_email", "Personal email", "^(\\S+@\\S+)$", "mira@example.test")
    };
    let field = input(&format!("beneficiary.additional_info.{path}"), label, false, pattern, example);
    (!before.iter().any(|known| known.path == field.path)).then_some(field)
}

/// Airwallex to Airwallex (03 §b.10).
pub fn wallet(entity: &str) -> Vec<Field> {
    let path = |name: &str| format!("beneficiary.digital_wallet.{name}");
    let fixed = |name: &str, label: &str, value: &str| Field {
        enabled: false,
        default: value.to_owned(),
        ..input(&path(name), label, true, &format!("^{value}$"), value)
    };
    let entities = vec![option("COMPANY", "Business"), option("PERSONAL", "Personal")];
    let mut fields =
        vec![choice("beneficiary.entity_type", "Recipient account type", "RADIO", entities, entity)];
    fields.extend(holder(entity));
    fields.extend([
        fixed("provider", "Provider", "AIRWALLEX"),
        fixed("id_type", "Kind of id", "account_number"),
        input(&path("id_value"), "Account number", true, "^[0-9A-Za-z]{1,127}$", "4000000000000002"),
        input(&path("account_name"), "Account name", true, "^.{2,200}$", "Tidewater Crafts Ltd"),
        input(&path("country_code"), "Country or region", false, "^[A-Z]{2}$", "GB"),
        input("nickname", "Nickname", false, "^.{0,100}$", "tidewater-main"),
    ]);
    fields
}
