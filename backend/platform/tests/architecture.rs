//! Walks the sources and enforces what `docs/architecture.md` says: which way dependencies point, who
//! may make an actor, which files may know the database, and where secrets may be read.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

const FEATURES: [&str; 11] = [
    "audit",
    "users",
    "sellers",
    "notifications",
    "connections",
    "accounts",
    "fees",
    "onboarding",
    "beneficiaries",
    "payouts",
    "webhooks",
];
const FOUNDATION: [&str; 9] =
    ["kernel", "db", "jobs", "live", "mail", "graphql", "idempotency", "pace", "web"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

fn sources(under: &str) -> Vec<(PathBuf, String)> {
    WalkDir::new(root().join(under))
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"))
        .filter(|entry| !is_test(entry.path()))
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).expect("a readable source");
            (entry.path().strip_prefix(root()).expect("inside").to_owned(), text)
        })
        .collect()
}

/// The source without its tests, which may do what they like.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or(text)
}

/// Files that exist in tests only.
fn is_test(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.contains("/testing/")
        || (name.contains("/src/") && name.contains("/tests/"))
        || name.ends_with("/tests.rs")
        || name.ends_with("/statements.rs")
}

/// Words after `crate::`, one per mention, grouped imports included.
fn crate_mentions(text: &str) -> Vec<String> {
    let mut found = vec![];
    for line in text.split("crate::").skip(1) {
        let word =
            |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        match line.strip_prefix('{') {
            Some(group) => {
                let inner = group.split(';').next().unwrap_or_default();
                let mut depth = 0;
                let mut at_start = true;
                for (index, letter) in inner.char_indices() {
                    match letter {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => at_start = true,
                        letter if letter.is_whitespace() => {}
                        _ if at_start => {
                            found.push(word(&inner[index..]));
                            at_start = false;
                        }
                        _ => {}
                    }
                }
            }
            None => found.push(word(line)),
        }
    }
    found
}

fn module_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix("backend/platform/src").ok()?;
    let first = inside.components().next()?.as_os_str().to_string_lossy().into_owned();
    Some(first.trim_end_matches(".rs").to_owned())
}

#[test]
fn features_depend_leftwards_and_the_foundation_on_no_feature() {
    let mut wrong = vec![];
    for (path, text) in sources("backend/platform/src") {
        let Some(module) = module_of(&path) else { continue };
        let is_graphql = path.ends_with("graphql.rs");
        for mention in crate_mentions(code(&text)) {
            let theirs = FEATURES.iter().position(|name| *name == mention);
            match (FEATURES.iter().position(|name| *name == module), theirs) {
                (Some(ours), Some(theirs)) if theirs > ours && !is_graphql => {
                    wrong.push(format!("{} uses {mention}, which is to its right", path.display()));
                }
                (None, Some(_)) if FOUNDATION.contains(&module.as_str()) => {
                    wrong.push(format!("{} is foundation and uses the feature {mention}", path.display()));
                }
                _ => {}
            }
            if mention == "app" && module != "app" && !is_graphql {
                wrong.push(format!("{} uses the app", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_feature_stands_on_is_its_own() {
    let mut wrong = vec![];
    for (path, text) in sources("backend/platform/src") {
        let module = module_of(&path).unwrap_or_default();
        for feature in FEATURES.iter().filter(|feature| **feature != module) {
            for hidden in ["entity", "store", "rules", "upstream"] {
                if code(&text).contains(&format!("{feature}::{hidden}")) {
                    wrong.push(format!("{} reaches into {feature}::{hidden}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_named_files_make_actors() {
    let makers = [
        "users/session.rs",
        "users/api_token.rs",
        "jobs/worker.rs",
        "app/seed.rs",
        "app/command.rs",
        "kernel/actor.rs",
        // The system acting inside one use case of its own feature.
        "accounts/service.rs",
        "beneficiaries/making.rs",
        "connections/refresh/mod.rs",
        "onboarding/service.rs",
        "payouts/service.rs",
    ];
    let mut wrong = vec![];
    for (path, text) in sources("backend/platform/src") {
        let name = path.to_string_lossy().into_owned();
        let makes = ["System::new(", "Staff::new(", "Actor::person(", "Actor::staff(", "Actor::program("]
            .iter()
            .any(|call| code(&text).contains(call));
        let is_person = ["Staff::new(", "Actor::person(", "Actor::staff(", "Actor::program("]
            .iter()
            .any(|call| code(&text).contains(call));
        if makes && !makers.iter().any(|maker| name.ends_with(maker)) {
            wrong.push(name.clone());
        }
        let people = ["users/session.rs", "users/api_token.rs", "kernel/actor.rs"];
        if is_person && !people.iter().any(|maker| name.ends_with(maker)) {
            wrong.push(format!("{name} makes a person"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_dialect_knows_which_database_runs() {
    let words = [
        "DbBackend",
        "sqlx::sqlite",
        "sqlx::postgres",
        "FOR UPDATE",
        "pg_",
        "strftime",
        "lock_with_behavior",
    ];
    let mut wrong = vec![];
    for (path, text) in sources("backend/platform/src") {
        if path.ends_with("db/dialect.rs") {
            continue;
        }
        wrong.extend(
            words
                .iter()
                .filter(|word| code(&text).contains(**word))
                .map(|word| format!("{}: {word}", path.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_and_forms_are_pure() {
    let words = ["async fn", ".await", "platform.", "sea_orm", "reqwest"];
    let mut wrong = vec![];
    for (path, text) in sources("backend/platform/src") {
        if !path.ends_with("rules.rs") && !path.ends_with("form.rs") && !path.ends_with("upstream.rs") {
            continue;
        }
        if path.ends_with("web/form.rs") {
            continue;
        }
        wrong.extend(
            words
                .iter()
                .filter(|word| code(&text).contains(**word))
                .map(|word| format!("{}: {word}", path.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn token_columns_are_the_vaults_alone() {
    for (path, text) in sources("backend/platform/src") {
        let name = path.to_string_lossy();
        if name.contains("connections/vault/") || name.contains("connections/entity") {
            continue;
        }
        for column in ["access_sealed", "refresh_sealed", "AccessSealed", "RefreshSealed"] {
            assert!(!code(&text).contains(column), "{name} knows {column}");
        }
    }
}

/// Each refresh token passes the guard that stands before the wire.
#[test]
fn refresh_tokens_leave_from_one_place() {
    let leaves = |call: &str| -> Vec<String> {
        let all = sources("backend/platform/src").into_iter().chain(sources("backend/server/src"));
        let calling = all.filter(|(_, text)| code(text).contains(call));
        calling.map(|(path, _)| path.to_string_lossy().into_owned()).collect()
    };
    let present = "backend/platform/src/connections/refresh/present.rs";
    assert_eq!(leaves("oauth.refresh("), [present]);
    assert_eq!(leaves("vault::to_present("), [present]);
}

/// Each point at which a test may cut or stop the work on a connection is cut or stopped at by the tests that claim to
/// cover all of them.
#[test]
fn every_checkpoint_of_a_connection_is_tried() {
    let mut names = vec![];
    for (_, text) in sources("backend/platform/src/connections") {
        let found = code(&text).split("checkpoint(\"").skip(1).filter_map(|rest| rest.split('"').next());
        names.extend(found.filter(|name| name.starts_with("connections.")).map(str::to_owned));
    }
    assert_eq!(names.len(), 6, "{names:?}");
    let read = |path: &str| std::fs::read_to_string(root().join(path)).expect("a file");
    let kills = read("tests/e2e/token_rotation.rs");
    let cuts = read("backend/platform/src/connections/tests/cuts.rs");
    for name in names {
        let quoted = format!("\"{name}\"");
        assert!(kills.contains(&quoted), "no process is killed at {name}");
        assert!(!name.contains(".refresh_") || cuts.contains(&quoted), "nothing is cut at {name}");
    }
}

#[test]
fn crates_keep_to_their_directions() {
    let manifest = |name: &str| std::fs::read_to_string(root().join(name)).expect("a manifest");
    for leaf in [
        "backend/rotation/Cargo.toml",
        "backend/airwallex/Cargo.toml",
        "backend/sandbox/Cargo.toml",
        "migrations/Cargo.toml",
    ] {
        let text = manifest(leaf);
        for ours in [
            "platform.workspace",
            "airwallex.workspace",
            "rotation.workspace",
            "airwallex-sandbox.workspace",
            "migrations.workspace",
        ] {
            assert!(!text.contains(ours), "{leaf} depends on {ours}");
        }
    }
    for (path, text) in sources("backend/sandbox") {
        assert!(!text.contains("airwallex::"), "{} shares code with the client", path.display());
    }
}

#[test]
fn files_stay_small() {
    let long: Vec<String> = ["backend", "migrations", "tests"]
        .iter()
        .flat_map(|under| sources(under))
        .map(|(path, text)| (path, code(&text).lines().count()))
        .filter(|(_, lines)| *lines > 400)
        .map(|(path, lines)| format!("{} has {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
