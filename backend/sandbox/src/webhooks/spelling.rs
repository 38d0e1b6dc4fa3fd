//! The spelling of events before 2024-02-22: camelCase throughout (D).

use serde_json::Value;

pub fn camel_case(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (camel(&name), camel_case(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(camel_case).collect(),
        other => other,
    }
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.extend(letters);
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_name_is_spelt_so() {
        let spelt = camel_case(json!({ "account_id": "a_b", "data": { "created_at": [{ "x_y_z": 1 }] } }));
        assert_eq!(spelt, json!({ "accountId": "a_b", "data": { "createdAt": [{ "xYZ": 1 }] } }));
    }
}
