//! Everything secret that was issued, searched for in everything that was logged, mailed, stored and answered. Every
//! scenario ends with it: whoever adds a log line or a field need not remember a test.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Mutex;

use regex::bytes::Regex;
use serde_json::Value;

use super::Stack;
use super::person::PASSWORD;

/// The settings' secrets, as the tests give them or as they are by default.
const SETTINGS: [&str; 5] = [
    "sandbox_api_key",
    "sandbox_app_secret",
    "whsec_sandbox",
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    PASSWORD,
];

/// Tables of the sandbox whose keys are tokens and codes.
const ISSUED: [&str; 6] =
    ["logins", "partner_logins", "codes", "component_codes", "refresh_tokens", "access_tokens"];

/// What one address told the tests' people.
#[derive(Default)]
struct Heard {
    /// Pages and GraphQL answers.
    answers: Vec<u8>,
    /// Cookies and API tokens, which their owners alone may know.
    own: BTreeSet<String>,
}

static HEARD: Mutex<Option<HashMap<String, Heard>>> = Mutex::new(None);

fn at<T>(base: &str, note: impl FnOnce(&mut Heard) -> T) -> T {
    let mut heard = HEARD.lock().expect("no holder of this lock panics");
    note(heard.get_or_insert_default().entry(base.to_owned()).or_default())
}

/// Keeps what a page or an answer said.
pub fn heard(base: &str, answer: &str) {
    at(base, |heard| {
        heard.answers.extend_from_slice(answer.as_bytes());
        heard.answers.push(b'\n');
    });
}

/// Keeps what only its owner may know: a cookie, an API token.
pub fn owned(base: &str, secret: &str) {
    // Shorter ones are words, such as a language.
    if secret.len() >= 20 {
        at(base, |heard| heard.own.insert(secret.to_owned()));
    }
}

/// The secrets that stand in a text, so that whoever reads the failure knows what has leaked.
fn found_in(text: &[u8], secrets: &Regex) -> BTreeSet<String> {
    secrets.find_iter(text).map(|found| String::from_utf8_lossy(found.as_bytes()).into_owned()).collect()
}

fn any_of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Regex {
    let words: Vec<String> = secrets.into_iter().map(regex::escape).collect();
    Regex::new(&words.join("|")).expect("a pattern")
}

/// Whether the search knows of tokens and codes, cookies and answers: without them it would find nothing.
pub fn has_something_to_search_for(stack: &Stack) -> bool {
    let (issued, states) = issued_and_brought(&stack.folder.join(Stack::SANDBOX_DATA));
    let kinds = ["at_", "rt_", "code_"].iter().all(|kind| issued.iter().any(|one| one.starts_with(kind)));
    let heard = at(&stack.url, |heard| !heard.answers.is_empty() && !heard.own.is_empty());
    kinds && heard && !states.is_empty()
}

/// Fails where a secret stands that should not.
pub fn search(stack: &Stack) {
    // The states were told to their browsers, which brought them to the sandbox.
    let (issued, mut own) = issued_and_brought(&stack.folder.join(Stack::SANDBOX_DATA));
    let mut answers = vec![];
    for base in &stack.addresses {
        at(base, |heard| {
            own.append(&mut heard.own);
            answers.append(&mut heard.answers);
        });
    }
    let airwallex = any_of(SETTINGS.into_iter().chain(issued.iter().map(String::as_str)));
    let all = any_of(SETTINGS.into_iter().chain(issued.iter().chain(&own).map(String::as_str)));
    assert_eq!(found_in(b"{\"a\":\"sandbox_api_key\"}", &all).len(), 1, "the search finds what there is");

    let mut places = vec![];
    for (name, text) in files(&stack.folder) {
        places.push((name, found_in(&text, &all)));
    }
    places.push(("pages and answers".to_owned(), found_in(&answers, &airwallex)));
    let url = stack.environment["SOUK_DATABASE_URL"].clone();
    for (name, text) in elsewhere(url, stack.metrics.clone()) {
        places.push((name, found_in(text.as_bytes(), &all)));
    }
    let leaks: Vec<_> = places.into_iter().filter(|(_, found)| !found.is_empty()).collect();
    assert!(leaks.is_empty(), "secrets have leaked: {leaks:?}");
}

/// Every token and code that the sandbox has ever given out, and the states that browsers brought.
fn issued_and_brought(data: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let text = std::fs::read_to_string(data).expect("the sandbox keeps what it has done");
    let (mut issued, mut brought) = (BTreeSet::new(), BTreeSet::new());
    for line in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let row = &line["Row"];
        let table = row["table"].as_str().unwrap_or_default();
        if ISSUED.contains(&table) {
            issued.extend(row["key"].as_str().map(str::to_owned));
        }
        brought.extend(row["row"]["state"].as_str().filter(|_| table == "consents").map(str::to_owned));
    }
    (issued, brought)
}

/// The log, the mails, and the SQLite database with what it has deleted; not what the sandbox keeps.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = vec![];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with(Stack::SANDBOX_DATA) {
                // A replica that still works may tidy a file away.
                found.extend(std::fs::read(&path).ok().map(|text| (path.display().to_string(), text)));
            }
        }
    }
    assert!(found.iter().any(|(path, _)| path.ends_with("souk.log")), "what is searched is there");
    found
}

/// What has to be asked for: the tables of PostgreSQL, the metrics of the newest replica if it lives.
fn elsewhere(database: String, metrics: String) -> Vec<(String, String)> {
    // A scenario ends inside its own runtime, which cannot wait for another one.
    let asking = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let mut found = vec![];
            if let Ok(answer) = super::sandbox::http().get(&metrics).send().await {
                found.push((metrics, answer.text().await.unwrap_or_default()));
            }
            if database.starts_with("postgres") {
                found.extend(tables(&database).await);
            }
            found
        })
    });
    asking.join().expect("what is searched can be read")
}

async fn tables(url: &str) -> Vec<(String, String)> {
    let pool = sqlx::PgPool::connect(url).await.expect("the database answers");
    let names = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
    let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&pool).await.expect("names");
    assert!(names.iter().any(|name| name == "token_generation"), "{names:?}");
    let mut found = vec![];
    for name in names {
        let query = format!("SELECT row_to_json(t)::text FROM \"{name}\" t");
        let rows: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_all(&pool).await.expect("rows");
        found.extend(rows.into_iter().map(|row| (format!("table {name}"), row)));
    }
    pool.close().await;
    found
}
