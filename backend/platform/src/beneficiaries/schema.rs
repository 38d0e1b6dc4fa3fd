//! Airwallex's schema as the form that we show: ordered fields by path. Pure.

use airwallex::api::schemas as upstream;

/// How a field is filled in. Kinds that we do not know are shown as plain text, and logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Select,
    Radio,
    /// Choices with arrival time and limit.
    Method,
    /// Always this value: shown, and sent.
    Fixed,
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub arrives: Option<String>,
    pub limit: Option<String>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Where the value goes, such as `beneficiary.bank_details.iban`.
    pub path: String,
    pub kind: FieldKind,
    pub label: String,
    pub hint: String,
    pub required: bool,
    /// For text only; choices are checked by membership.
    pub pattern: Option<String>,
    pub choices: Vec<Choice>,
    pub default: String,
    /// After a change the form has to be asked for again.
    pub refreshes: bool,
}

/// The form for one country, currency, method and kind of holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormSchema {
    pub fields: Vec<Field>,
}

impl FormSchema {
    pub fn field(&self, path: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.path == path)
    }
}

/// Fields that the schema calls optional and creation insists on: where the bank is, and which (Airwallex's own
/// notes on the form schema).
const REQUIRED_THOUGH_OPTIONAL: [(&str, &str); 2] = [
    ("US", "beneficiary.bank_details.bank_account_category"),
    ("SE", "beneficiary.bank_details.account_number"),
];

/// Reads what Airwallex answers for a bank in this country.
pub fn read(schema: upstream::FormSchema, bank_country: &str) -> FormSchema {
    let insisted = |field: &Field| REQUIRED_THOUGH_OPTIONAL.contains(&(bank_country, field.path.as_str()));
    let fields = schema
        .fields
        .into_iter()
        .map(read_field)
        .map(|field| Field { required: field.required || insisted(&field), ..field });
    FormSchema { fields: fields.collect() }
}

fn read_field(field: upstream::SchemaField) -> Field {
    let widget = field.field;
    let kind = match (field.enabled, widget.kind.as_str()) {
        (false, _) => FieldKind::Fixed,
        (_, "SELECT") => FieldKind::Select,
        (_, "RADIO") => FieldKind::Radio,
        (_, "TRANSFER_METHOD" | "PAYMENT_METHOD") => FieldKind::Method,
        (_, "INPUT") => FieldKind::Text,
        (_, unknown) => {
            tracing::warn!(kind = unknown, path = %field.path, "a kind of form field that is not known is shown as text");
            FieldKind::Text
        }
    };
    let is_text = matches!(kind, FieldKind::Text);
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    Field {
        label: given(widget.label).unwrap_or_else(|| widget.key.replace('_', " ")),
        hint: given(widget.tip).or(given(widget.description)).unwrap_or_default(),
        required: field.required,
        pattern: field.rule.and_then(|rule| rule.pattern).filter(|_| is_text),
        choices: widget.options.into_iter().map(read_choice).collect(),
        default: widget.default.unwrap_or_default(),
        refreshes: widget.refresh,
        path: field.path,
        kind,
    }
}

fn read_choice(option: upstream::SchemaOption) -> Choice {
    Choice {
        value: option.value,
        label: option.label,
        arrives: option.processing_time,
        limit: option.payment_limit,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_creation_insists_on_is_asked_for_though_the_schema_calls_it_optional() {
        let path = "beneficiary.bank_details.account_number";
        let answer = || -> upstream::FormSchema {
            let field = json!({ "key": "account_number", "type": "INPUT", "label": "Account number" });
            serde_json::from_value(json!({ "fields": [{ "path": path, "required": false, "field": field }] }))
                .expect("a schema")
        };
        assert!(read(answer(), "SE").fields[0].required);
        assert!(!read(answer(), "DE").fields[0].required);
    }
}
