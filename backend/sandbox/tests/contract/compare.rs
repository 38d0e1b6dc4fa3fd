//! What a document says, held against what came.

use serde_json::Value;

/// Whether a member of the answer is compared by its type only; `*` stands for every item of a list.
fn varies(case: &Value, path: &str) -> bool {
    let varying = case["varies"].as_array().into_iter().flatten().filter_map(Value::as_str);
    varying.into_iter().any(|wanted| {
        let (wanted, path): (Vec<&str>, Vec<&str>) = (wanted.split('.').collect(), path.split('.').collect());
        wanted.len() == path.len()
            && wanted
                .iter()
                .zip(&path)
                .all(|(wanted, given)| wanted == given || (*wanted == "*" && given.parse::<usize>().is_ok()))
    })
}

pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Every documented member is there and as documented; the sandbox may say more.
pub fn compare(case: &Value, path: &str, wanted: &Value, given: &Value, wrong: &mut Vec<String>) {
    if varies(case, path) {
        let may_be_null = wanted.is_null() || given.is_null() && path == "url";
        if kind(wanted) != kind(given) && !may_be_null {
            wrong.push(format!("{path}: a {} instead of a {}", kind(given), kind(wanted)));
        }
        return;
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (wanted, given) {
        (Value::Object(wanted), Value::Object(given)) => {
            for (name, value) in wanted {
                match given.get(name) {
                    Some(given) => compare(case, &below(name), value, given, wrong),
                    None => wrong.push(format!("{} is missing", below(name))),
                }
            }
        }
        (Value::Array(wanted), Value::Array(given)) if wanted.len() == given.len() => {
            for (index, (wanted, given)) in wanted.iter().zip(given).enumerate() {
                compare(case, &below(&index.to_string()), wanted, given, wrong);
            }
        }
        (Value::Number(wanted), Value::Number(given)) if wanted.as_f64() == given.as_f64() => {}
        (wanted, given) if wanted == given => {}
        (wanted, given) => wrong.push(format!("{path}: {given} instead of {wanted}")),
    }
}
