//! Everything that was logged, mailed and stored, searched for everything secret that was issued.

use std::path::Path;

use regex::bytes::Regex;

use super::Stack;
use super::person::PASSWORD;

/// The settings' secrets as the tests give them, a person's password, and what the sandbox issues: access and refresh
/// tokens and codes, each 22 characters long.
const SECRET: &str = r"(?-u)sandbox_api_key|sandbox_app_secret|whsec_sandbox|AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8|PASSWORD|(?:^|[^A-Za-z0-9_-])(?:at|rt|code)_[A-Za-z0-9_-]{22}(?:[^A-Za-z0-9_-]|$)";

/// The secrets in a text, so that whoever reads the failure knows what has leaked.
fn secrets_in(text: &[u8]) -> Vec<String> {
    let secret = Regex::new(&SECRET.replace("PASSWORD", PASSWORD)).expect("a pattern");
    secret.find_iter(text).map(|found| String::from_utf8_lossy(found.as_bytes()).into_owned()).collect()
}

impl Stack {
    /// Fails where a secret stands in a log, a mail or a table.
    pub async fn searched_for_secrets(&self) {
        let example = b"{\"access_token\":\"at_AAAAAAAAAAAAAAAAAAAAAA\"}";
        assert_eq!(secrets_in(example).len(), 1, "the search finds what there is");
        for (name, text) in files(&self.folder) {
            assert_eq!(secrets_in(&text), Vec::<String>::new(), "in {name}");
        }
        let url = &self.environment["SOUK_DATABASE_URL"];
        if url.starts_with("postgres") {
            for (table, text) in tables(url).await {
                assert_eq!(secrets_in(text.as_bytes()), Vec::<String>::new(), "in table {table}");
            }
        }
    }
}

/// The log, the mails, and the SQLite database with what it has deleted.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = vec![];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read(&path).expect("a file");
                found.push((path.display().to_string(), text));
            }
        }
    }
    assert!(found.iter().any(|(path, _)| path.ends_with("souk.log")), "what is searched is there");
    found
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
        found.extend(rows.into_iter().map(|row| (name.clone(), row)));
    }
    pool.close().await;
    found
}
