//! The sandbox's answers, compared with the contract documents. Speaks plain HTTP, as any stranger would:
//! the client's code has no part in this.

mod compare;
mod events;
mod stage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use compare::compare;
use stage::Stage;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract")
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("a case");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn cases() -> Vec<(String, Value)> {
    let mut found = vec![];
    for resource in std::fs::read_dir(folder()).expect("contract cases").filter_map(Result::ok) {
        if !resource.path().is_dir() || resource.file_name() == "events" {
            continue;
        }
        for file in std::fs::read_dir(resource.path()).expect("a folder").filter_map(Result::ok) {
            let name = format!("{}/{}", resource.file_name().display(), file.file_name().display());
            found.push((name, read(&file.path())));
        }
    }
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    found
}

/// Plays a case from its beginning; answers what is not as documented.
async fn judge(name: String, case: Value) -> Option<String> {
    let mut stage = Stage::at(case["given"].as_str().expect("where the case begins"), None).await;
    for step in case["before"].as_array().into_iter().flatten() {
        if let Err(told) = stage.before(step).await {
            return Some(format!("{name}: a step before it: {told}"));
        }
    }
    let (response, answer) = stage.exchange(&stage.fill(&case["request"])).await;
    let wanted = stage.fill(&case["answer"]);
    let mut complaints = vec![];
    if json!(response.status) != wanted["status"] {
        complaints.push(format!("status {} instead of {}", response.status, wanted["status"]));
    }
    match (wanted.get("location"), wanted.get("page")) {
        (Some(location), _) => {
            complaints.extend(led_elsewhere(&case, location, response.location.as_deref()))
        }
        (None, Some(_)) if response.location.is_some() => complaints.push("sent elsewhere".to_owned()),
        (None, Some(words)) => complaints.extend(unsaid(words, &answer)),
        (None, None) => compare(&case, "", &wanted["json"], &answer, &mut complaints),
    }
    complaints.extend(complaints_of(&case, &answer));
    (!complaints.is_empty()).then(|| format!("{name}:\n  {}\n  {answer}", complaints.join("\n  ")))
}

/// What is there and may not be.
pub fn complaints_of(case: &Value, given: &Value) -> Vec<String> {
    let absent = case["absent"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let there = absent.filter(|path| given.pointer(&format!("/{}", path.replace('.', "/"))).is_some());
    there.map(|path| format!("{path} is there")).collect()
}

/// Where a browser should have been sent: `*` is a page of the sandbox's own, anything else an address with
/// exactly this query, but for the words of what varies.
fn led_elsewhere(case: &Value, wanted: &Value, given: Option<&str>) -> Option<String> {
    let Some(given) = given else { return Some("no location".to_owned()) };
    let (to, query) = given.split_once('?').unwrap_or((given, ""));
    if wanted["to"] == "*" {
        return (!to.starts_with("/hosted/")).then(|| format!("location {given}"));
    }
    let Ok(url) = reqwest::Url::parse(given) else { return Some(format!("location {given}")) };
    let mut fields: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    for name in case["varies"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if let (Some(field), Some(wanted)) = (fields.get_mut(name), wanted["query"][name].as_str()) {
            *field = wanted.to_owned();
        }
    }
    let is_same = wanted["to"] == to && json!(fields) == wanted["query"];
    (!is_same).then(|| format!("location {to} with {query} instead of {wanted}"))
}

/// Words that a page should hold and does not.
fn unsaid(words: &Value, page: &Value) -> Vec<String> {
    let page = page.as_str().unwrap_or_default();
    let words = words.as_array().into_iter().flatten().filter_map(Value::as_str);
    words
        .filter(|words| !page.contains(words))
        .map(|words| format!("the page does not say {words}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_answers_as_documented() {
    let mut cases = cases().into_iter().filter(|(_, case)| case["sides"] != json!(["client"]));
    let (mut wrong, mut count) = (vec![], 0);
    let mut running = tokio::task::JoinSet::new();
    loop {
        // A few at a time.
        while running.len() < 4
            && let Some((name, case)) = cases.next()
        {
            count += 1;
            running.spawn(judge(name, case));
        }
        match running.join_next().await {
            Some(judged) => wrong.extend(judged.expect("a case is played to its end")),
            None => break,
        }
    }
    assert!(count > 400, "only {count} cases are the sandbox's");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
