//! The binary as a newcomer meets it.

use std::collections::HashMap;

use crate::support::processes::{Process, SOUK, run};
use crate::support::{Engine, Person, Stack};

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_runs_from_an_empty_folder_and_again() {
    let folder = tempfile::tempdir().expect("a folder");
    // Copied alone: templates, assets, seed and the sandbox's pages are compiled in.
    let alone = folder.path().join("souk");
    std::fs::copy(SOUK, &alone).expect("a copy");
    let arguments = ["demo", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0"];
    for round in 0..2 {
        let mut command = tokio::process::Command::new(&alone);
        command
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true);
        command.stderr(std::process::Stdio::null());
        let mut child = command.spawn().expect("it starts");
        let mut lines =
            tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stdout.take().expect("piped")));
        let mut url = String::new();
        let waited = tokio::time::timeout(std::time::Duration::from_secs(60), async {
            while let Some(line) = lines.next_line().await.expect("readable") {
                if let Some(at) = line.strip_prefix("souk listening on ") {
                    url = at.to_owned();
                }
                if line == "demo ready" {
                    return;
                }
            }
            panic!("the demo ended before it was ready");
        });
        waited.await.expect("ready within a minute");
        let mut staff = Person::new(&url);
        staff.sign_in("noor@kilnandloom.example").await;
        let sellers = staff.open("/admin/sellers").await;
        assert_eq!(sellers.html.matches("/seller/seller_").count(), 5, "round {round}: {}", sellers.html);
        let payouts = staff.open("/admin/payouts").await;
        assert_eq!(payouts.html.matches("/admin/payouts/payout_").count(), 5, "round {round}");
        child.kill().await.expect("it can be killed");
    }
    std::fs::remove_file(folder.path().join("var/clock")).expect("it was there");
    let (code, _, complaint) = run(
        folder.path(),
        &["demo", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0"],
        &HashMap::new(),
    )
    .await;
    assert_eq!(code, 2);
    assert!(complaint.contains("--fresh"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unusable_settings_are_refused_with_their_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let environment: HashMap<String, String> = [("SOUK_ENV".to_owned(), "production".to_owned())].into();
    let (code, _, complaint) = run(folder.path(), &["serve"], &environment).await;
    assert_eq!(code, 2);
    assert!(complaint.contains("SOUK_SEALING_KEYS"), "{complaint}");
    let missing: HashMap<String, String> =
        [("SOUK_DATABASE_URL_FILE".to_owned(), "nowhere".to_owned())].into();
    let (code, _, complaint) = run(folder.path(), &["serve"], &missing).await;
    assert_eq!(code, 2);
    assert!(complaint.contains("SOUK_DATABASE_URL_FILE"), "{complaint}");
    let (code, key, _) = run(folder.path(), &["keys", "generate", "--id", "k1"], &HashMap::new()).await;
    assert!(code == 0 && key.starts_with("k1:"), "{key}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_tells_what_is_wrong() {
    let stack = Stack::start(&Engine::Sqlite).await;
    let (code, words, _) = run(&stack.folder, &["doctor"], &stack.environment).await;
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("known to Airwallex"), "{words}");
    let mut wrong = stack.environment.clone();
    wrong.insert("SOUK_AIRWALLEX_API_KEY".to_owned(), "nonsense".to_owned());
    wrong.insert("SOUK_AIRWALLEX_APP_SECRET".to_owned(), "nonsense".to_owned());
    let (code, words, _) = run(&stack.folder, &["doctor"], &wrong).await;
    assert_eq!(code, 1);
    assert!(
        words.contains("SOUK_AIRWALLEX_CLIENT_ID and _API_KEY") && words.contains("_APP_SECRET"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_wants_migrations_and_metrics_have_their_own_listener() {
    let mut stack = Stack::prepared(&Engine::Sqlite).await;
    stack.environment.insert("SOUK_METRICS_LISTEN".to_owned(), "127.0.0.1:0".to_owned());
    let metrics = Process::start(&stack.folder, "metrics", &["serve"], &stack.environment).await;
    let get = |url: String| async move {
        crate::support::sandbox::http().get(url).send().await.expect("an answer")
    };
    let text = get(format!("{}/metrics", metrics.url)).await.text().await.expect("text");
    assert!(text.contains("souk_jobs{state=\"ready\"}"), "{text}");
    let ready = crate::support::wait_for("readiness", || async {
        crate::support::sandbox::http().get(format!("{}/health/ready", stack.url)).send().await.ok()
    });
    assert_eq!(ready.await.status(), 200);
    assert_eq!(get(format!("{}/metrics", stack.url)).await.status(), 404);
    let mut bare = stack.environment.clone();
    bare.insert("SOUK_DATABASE_URL".to_owned(), format!("sqlite:{}", stack.folder.join("bare.db").display()));
    bare.insert("SOUK_LISTEN".to_owned(), "127.0.0.1:0".to_owned());
    bare.remove("SOUK_METRICS_LISTEN");
    let unmigrated = Process::start(&stack.folder, "souk", &["serve", "--no-worker"], &bare).await;
    assert_eq!(get(format!("{}/health/ready", unmigrated.url)).await.status(), 503);
    assert_eq!(get(format!("{}/health/live", unmigrated.url)).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_airwallex_refuses_takes_a_replica_out_of_service() {
    let mut stack = Stack::prepared(&Engine::Sqlite).await;
    stack.add_replica(0, &[("SOUK_AIRWALLEX_API_KEY", "nonsense")]).await;
    let words = crate::support::wait_for("the refusal", || async {
        let ready = crate::support::sandbox::http().get(format!("{}/health/ready", stack.url)).send().await;
        let ready = ready.ok().filter(|ready| ready.status() == 503)?;
        ready.text().await.ok()
    });
    assert!(words.await.contains("SOUK_AIRWALLEX_CLIENT_ID"));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_changed_while_the_seller_stays_connected() {
    let mut stack = Stack::start(&Engine::Sqlite).await;
    let mut seller = crate::support::Seller::ready(&stack, "Hazel").await;
    let old = stack.environment["SOUK_SEALING_KEYS"].clone();
    let (_, new, _) = run(&stack.folder, &["keys", "generate", "--id", "new"], &HashMap::new()).await;
    let both = format!("{},{old}", new.trim());
    stack.environment.insert("SOUK_SEALING_KEYS".to_owned(), both);
    let (code, told, complaint) = run(&stack.folder, &["keys", "reseal"], &stack.environment).await;
    assert!(code == 0 && told.starts_with("1 value"), "{told} {complaint}");
    let (_, told, _) = run(&stack.folder, &["keys", "reseal"], &stack.environment).await;
    assert!(told.starts_with("0 values"), "{told}");
    // The old key is gone, and the tokens still open.
    stack.replicas.clear();
    stack.environment.insert("SOUK_SEALING_KEYS".to_owned(), new.trim().to_owned());
    stack.add_replica(0, &[]).await;
    stack.sandbox.advance(301).await;
    let sync = "mutation($id: ID!) { syncAccount(input: { sellerId: $id }) { problems { code } } }";
    let synced = seller.person.ask(sync, serde_json::json!({ "id": seller.id })).await;
    assert_eq!(synced["syncAccount"]["problems"], serde_json::json!([]));
}
