//! Changing documents: merging, putting at a path, and finding all places that a pattern names.

use serde_json::{Value, json};

/// Objects merge key by key, lists replace, null leaves alone (A).
pub fn merge(target: &mut Value, change: &Value) {
    match (target, change) {
        (Value::Object(target), Value::Object(change)) => {
            for (key, value) in change {
                if !value.is_null() {
                    merge(target.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (target, change) => *target = change.clone(),
    }
}

/// Puts a value at a dotted path, making the objects above it.
pub fn put(target: &mut Value, path: &str, value: Value) {
    let mut at = target;
    for key in path.split('.') {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[key];
    }
    *at = value;
}

/// Every value that a dotted pattern names, with its path; `*` stands for each item of a list.
pub fn each_at<'a>(document: &'a Value, pattern: &str) -> Vec<(String, &'a Value)> {
    let mut found = vec![(String::new(), document)];
    for key in pattern.split('.') {
        found = found
            .into_iter()
            .flat_map(|(path, value)| match (key, value) {
                ("*", Value::Array(items)) => {
                    items.iter().enumerate().map(|(index, item)| (format!("{path}[{index}]"), item)).collect()
                }
                ("*", _) => vec![],
                _ => {
                    let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                    value.get(key).map(|value| (path, value)).into_iter().collect::<Vec<_>>()
                }
            })
            .collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_changed_where_a_path_says() {
        let mut document = json!({ "a": { "b": 1, "c": 2 }, "list": [1, 2] });
        merge(&mut document, &json!({ "a": { "b": 3, "c": null, "d": 4 }, "list": [5] }));
        assert_eq!(document, json!({ "a": { "b": 3, "c": 2, "d": 4 }, "list": [5] }));
        put(&mut document, "a.b.x", json!(7));
        assert_eq!(document["a"]["b"], json!({ "x": 7 }));
    }

    #[test]
    fn a_pattern_names_every_item_by_its_index() {
        let document = json!({ "people": [{ "roles": ["A", "B"] }, { "roles": ["C"] }] });
        let found: Vec<_> =
            each_at(&document, "people.*.roles.*").into_iter().map(|(path, _)| path).collect();
        assert_eq!(found, ["people[0].roles[0]", "people[0].roles[1]", "people[1].roles[0]"]);
        assert!(each_at(&document, "people.*.name").is_empty());
    }
}
