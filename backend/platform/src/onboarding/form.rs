//! Our own form for a company in GB or DE: its fields, their rules, their words. Pure.

use std::collections::BTreeMap;

use crate::kernel::Currency;
use crate::web::FieldProblem;

/// What the form may be filled with, by field name.
pub type Values = BTreeMap<String, String>;

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    Text,
    Date,
    Country,
    /// Any country of the world, by its two letters (ISO 3166).
    CountryCode,
    Email,
    LongText,
    Agree,
}

/// One field of the form.
#[derive(Debug, Clone, Copy)]
pub struct FormField {
    pub name: &'static str,
    pub group: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub control: Control,
    pub required: bool,
    pub max: usize,
    /// What to say when it is empty.
    pub missing: &'static str,
}

const fn field(
    name: &'static str,
    group: &'static str,
    label: &'static str,
    hint: &'static str,
    control: Control,
    max: usize,
    missing: &'static str,
) -> FormField {
    FormField { name, group, label, hint, control, required: true, max, missing }
}

/// The fields in the order of the page.
pub const FIELDS: [FormField; 18] = [
    field(
        "business_name",
        "The business",
        "Registered name",
        "As it is in the public register.",
        Control::Text,
        200,
        "Enter the registered name",
    ),
    field(
        "registration_number",
        "The business",
        "Registration number",
        "Companies House number, or the number in the Handelsregister.",
        Control::Text,
        30,
        "Enter the registration number",
    ),
    field(
        "contact_email",
        "The business",
        "Email for Airwallex’s questions",
        "",
        Control::Email,
        254,
        "Enter an email address",
    ),
    field(
        "description",
        "The business",
        "What you sell",
        "Two or three sentences are enough.",
        Control::LongText,
        500,
        "Say what you sell",
    ),
    field(
        "address_line1",
        "Registered address",
        "Street and number",
        "",
        Control::Text,
        200,
        "Enter the street and number",
    ),
    field("city", "Registered address", "City", "", Control::Text, 100, "Enter the city"),
    field("postcode", "Registered address", "Postcode", "", Control::Text, 20, "Enter the postcode"),
    field("country", "Registered address", "Country", "", Control::Country, 2, "Choose the country"),
    field(
        "first_name",
        "One director",
        "First name",
        "As it is in the passport.",
        Control::Text,
        100,
        "Enter the director’s first name",
    ),
    field("last_name", "One director", "Last name", "", Control::Text, 100, "Enter the director’s last name"),
    field(
        "date_of_birth",
        "One director",
        "Date of birth",
        "Year, month, day: 1980-01-31.",
        Control::Date,
        10,
        "Enter the director’s date of birth",
    ),
    field(
        "nationality",
        "One director",
        "Nationality",
        "Two letters, such as GB.",
        Control::CountryCode,
        2,
        "Enter the director’s nationality",
    ),
    field(
        "director_address",
        "One director",
        "Street and number, home",
        "",
        Control::Text,
        200,
        "Enter the director’s street and number",
    ),
    field("director_city", "One director", "City, home", "", Control::Text, 100, "Enter the director’s city"),
    field(
        "director_postcode",
        "One director",
        "Postcode, home",
        "",
        Control::Text,
        20,
        "Enter the director’s postcode",
    ),
    field(
        "director_country",
        "One director",
        "Country, home",
        "Two letters, such as GB.",
        Control::CountryCode,
        2,
        "Enter the director’s country",
    ),
    field(
        "agree_terms",
        "Agreements",
        "I have read and accept Airwallex’s terms",
        "",
        Control::Agree,
        3,
        "Accept Airwallex’s terms to go on",
    ),
    field(
        "agree_data",
        "Agreements",
        "Airwallex may use these details for its checks",
        "",
        Control::Agree,
        3,
        "Agree to the use of your details to go on",
    ),
];

/// Countries whose companies this form covers.
pub const COUNTRIES: [(&str, &str); 2] = [("DE", "Germany"), ("GB", "United Kingdom")];

/// Whether this form is for companies of a country.
pub fn covers(country: &str) -> bool {
    COUNTRIES.iter().any(|(code, _)| *code == country)
}

/// Keeps known fields, trimmed, codes in capitals; unknown ones are named.
pub fn known(values: impl IntoIterator<Item = (String, String)>) -> Result<Values, String> {
    let mut kept = Values::new();
    for (name, value) in values {
        let Some(field) = FIELDS.iter().find(|field| field.name == name) else { return Err(name) };
        let plain = value.trim();
        let is_code = field.control == Control::CountryCode;
        let plain = if is_code { plain.to_uppercase() } else { plain.to_owned() };
        kept.insert(name, plain);
    }
    Ok(kept)
}

/// Every rule that the values break, in the order of the page.
pub fn check(values: &Values, today: chrono::NaiveDate) -> Vec<FieldProblem> {
    FIELDS.iter().filter_map(|field| check_field(field, values, today)).collect()
}

fn check_field(field: &FormField, values: &Values, today: chrono::NaiveDate) -> Option<FieldProblem> {
    let value = values.get(field.name).map(String::as_str).unwrap_or_default();
    let problem = |words: &str| Some(FieldProblem::new(field.name, words));
    if value.is_empty() {
        return if field.required { problem(field.missing) } else { None };
    }
    if value.chars().count() > field.max {
        return problem(&format!("{} may have at most {} characters", field.label, field.max));
    }
    match field.control {
        Control::Agree if value != "yes" => problem(field.missing),
        Control::Country if !covers(value) => problem(field.missing),
        Control::Email if crate::users::model::normal_email(value).is_none() => {
            problem("This is no email address; one reads name@studio.example")
        }
        Control::Date => match chrono::NaiveDate::parse_from_str(value, "%Y-%m-%d") {
            Err(_) => problem("This is no date; one reads 1980-01-31"),
            Ok(date)
                if date
                    .checked_add_months(chrono::Months::new(12 * 18))
                    .is_none_or(|of_age| of_age > today) =>
            {
                problem("A director must be at least eighteen years old")
            }
            Ok(_) => None,
        },
        Control::CountryCode if Currency::of_country(value).is_none() => {
            problem("This is no country’s code; one reads GB or DE")
        }
        _ if field.name == "registration_number" && !value.chars().any(char::is_alphanumeric) => {
            problem("A registration number has letters or digits")
        }
        _ => None,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn filled(country: &str) -> Values {
        let values = [
            ("business_name", "Blue Kiln Ltd"),
            ("registration_number", "01234567"),
            ("contact_email", "owner@bluekiln.example"),
            ("description", "Hand-thrown tableware."),
            ("address_line1", "1 Harbour Street"),
            ("city", "Leeds"),
            ("postcode", "LS1 1AA"),
            ("country", country),
            ("first_name", "Hazel"),
            ("last_name", "Okafor"),
            ("date_of_birth", "1980-01-31"),
            ("nationality", "GB"),
            ("director_address", "2 Harbour Street"),
            ("director_city", "Leeds"),
            ("director_postcode", "LS1 1AB"),
            ("director_country", "GB"),
            ("agree_terms", "yes"),
            ("agree_data", "yes"),
        ];
        values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn today() -> chrono::NaiveDate {
        chrono::NaiveDate::from_ymd_opt(2026, 11, 21).expect("a date")
    }

    #[test]
    fn a_filled_form_has_no_problems_and_an_empty_one_names_every_field() {
        assert_eq!(check(&filled("GB"), today()), vec![]);
        assert_eq!(check(&filled("DE"), today()), vec![]);
        assert_eq!(check(&Values::new(), today()).len(), FIELDS.len());
    }

    #[test]
    fn each_rule_names_its_field() {
        for (name, value) in [
            ("country", "FR"),
            ("date_of_birth", "31.01.1980"),
            ("date_of_birth", "2010-01-31"),
            ("nationality", "ZZ"),
            ("director_country", "ZZ"),
            ("registration_number", "!!!"),
            ("nationality", "British"),
            ("nationality", "gb"),
            ("contact_email", "nobody"),
            ("agree_terms", "no"),
        ] {
            let mut values = filled("GB");
            values.insert(name.to_owned(), value.to_owned());
            let problems = check(&values, today());
            assert_eq!(problems.iter().map(|one| one.field.as_str()).collect::<Vec<_>>(), [name], "{value}");
        }
    }

    #[test]
    fn a_nationality_may_be_typed_in_small_letters() {
        let kept = known([("nationality".to_owned(), " gb ".to_owned())]).expect("a known field");
        assert_eq!(kept["nationality"], "GB");
    }

    #[test]
    fn unknown_fields_are_named() {
        assert_eq!(known([("colour".to_owned(), "blue".to_owned())]), Err("colour".to_owned()));
    }
}
