//! Unknown members of a body: refused everywhere under `--strict`, ignored otherwise.

use serde_json::Value;

/// The first member that no pattern names. Patterns are dotted paths; `*` stands for one name or index,
/// `**` at the end for anything below.
pub fn unknown_members(body: &Value, known: &[&str]) -> Option<String> {
    let patterns: Vec<Vec<&str>> = known.iter().map(|path| path.split('.').collect()).collect();
    let mut path = vec![];
    walk(body, &patterns, &mut path)
}

fn walk(value: &Value, known: &[Vec<&str>], path: &mut Vec<String>) -> Option<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        _ => return None,
    };
    for (name, value) in below {
        path.push(name);
        match fits(known, path) {
            Fit::Whole => {}
            Fit::Partly => {
                if let Some(unknown) = walk(value, known, path) {
                    return Some(unknown);
                }
            }
            Fit::Not => return Some(path.join(".")),
        }
        path.pop();
    }
    None
}

enum Fit {
    /// Named, and nothing below it is looked at.
    Whole,
    /// Named itself or above something named.
    Partly,
    Not,
}

fn fits(known: &[Vec<&str>], path: &[String]) -> Fit {
    let mut best = Fit::Not;
    for pattern in known {
        let mut wholly = false;
        let matches = path.iter().enumerate().all(|(index, name)| {
            wholly |= pattern.get(index) == Some(&"**");
            wholly || pattern.get(index).is_some_and(|wanted| *wanted == "*" || wanted == name)
        });
        if matches && wholly {
            return Fit::Whole;
        }
        if matches {
            best = Fit::Partly;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_unknown_member_is_named_by_its_path() {
        let known = ["a", "b.c", "list.*.x", "free.**"];
        let unknown = |body: Value| unknown_members(&body, &known);
        assert_eq!(
            unknown(json!({ "a": 1, "b": { "c": 2 }, "list": [{ "x": 1 }], "free": { "y": { "z": 1 } } })),
            None
        );
        assert_eq!(unknown(json!({ "q": 1 })).as_deref(), Some("q"));
        assert_eq!(unknown(json!({ "b": { "d": 2 } })).as_deref(), Some("b.d"));
        assert_eq!(unknown(json!({ "list": [{ "x": 1 }, { "y": 1 }] })).as_deref(), Some("list.1.y"));
    }
}
