//! The binary as a newcomer meets it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
        assert_eq!(sellers.html.matches("/seller/seller_").count(), 7, "round {round}: {}", sellers.html);
        crate::support::wait_for("something on every page", || {
            let mut staff = staff.clone();
            async move {
                let sellers = staff.open("/admin/sellers").await.html;
                let states = ["ACTION_REQUIRED", "DISCONNECTED", "CONNECTED", "ACTIVE", "not yet"];
                states.iter().all(|state| sellers.contains(state)).then_some(())
            }
        })
        .await;
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
    // And that helps.
    let fresh = ["demo", "--fresh", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0"];
    let anew = Process::start(folder.path(), "souk", &fresh, &HashMap::new()).await;
    let mut staff = Person::new(&anew.url);
    let shown = staff.sign_in("noor@kilnandloom.example").await;
    assert!(shown.url.starts_with(&anew.url), "{}", shown.url);
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
    // What is away is named, and everything else is looked at all the same.
    let mut away = stack.environment.clone();
    away.insert("SOUK_DATABASE_URL".to_owned(), "sqlite:mistyped.db".to_owned());
    away.insert("SOUK_MAIL_URL".to_owned(), "smtp://127.0.0.1:1".to_owned());
    away.insert("SOUK_AIRWALLEX_CONSENT_URL".to_owned(), "http://127.0.0.1:1".to_owned());
    let (code, words, _) = run(&stack.folder, &["doctor"], &away).await;
    assert_eq!(code, 1);
    for said in
        ["there is no file mistyped.db", "SOUK_MAIL_URL", "SOUK_AIRWALLEX_CONSENT_URL", "signed in as"]
    {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(!stack.folder.join("mistyped.db").exists(), "looking makes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_cannot_be_is_refused_in_one_sentence() {
    let stack = Stack::prepared(&Engine::Sqlite).await;
    for (name, value, says) in [
        ("SOUK_DATABASE_URL", "postgres://souk@127.0.0.1:1/souk", "check the address, and that it runs"),
        ("SOUK_LOG", "souk=loudly", "SOUK_LOG is no log filter"),
    ] {
        let mut environment = stack.environment.clone();
        environment.insert(name.to_owned(), value.to_owned());
        let (code, _, complaint) = run(&stack.folder, &["serve"], &environment).await;
        assert_eq!(code, 2, "{complaint}");
        let sentence = complaint.lines().last().unwrap_or_default();
        assert!(sentence.contains(name) && sentence.contains(says), "{complaint}");
        assert!(!sentence.contains(".rs:"), "no place in our sources: {complaint}");
    }
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

on_every_database!(keys_are_changed_while_sellers_go_on_working);

/// As the documents say: the new key last, then first, then everything moves while replicas serve, and the old key goes.
async fn keys_are_changed_while_sellers_go_on_working(engine: Engine) {
    let mut stack = Stack::start(&engine).await;
    let mut sellers = vec![];
    for name in ["Hazel", "June", "Mo", "Ada"] {
        let mut seller = crate::support::Seller::new(&stack, name).await;
        seller.connect(&stack).await;
        sellers.push(seller);
    }
    let old = stack.environment["SOUK_SEALING_KEYS"].clone();
    let (_, new, _) = run(&stack.folder, &["keys", "generate", "--id", "new"], &HashMap::new()).await;
    let new = new.trim();
    for keys in [format!("{old},{new}"), format!("{new},{old}")] {
        stack.deploy_keys(&keys).await;
        all_work(&stack, &sellers).await;
    }
    // Four rows are to be moved. It is stopped after the first of them, and once more after the next.
    let mut stopped = stack.environment.clone();
    stopped.insert("SOUK_STOP_AT".to_owned(), "keys.row_resealed".to_owned());
    for _ in 0..2 {
        let (code, told, _) = run(&stack.folder, &["keys", "reseal"], &stopped).await;
        assert!(code != 0 && told.is_empty(), "it is stopped after one row: {told}");
    }
    // The rest moves while pairs are rotated, as fast as one seller can.
    stack.sandbox.advance(301).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let serving = {
        let (seller, sandbox, is_over) = (sellers[0].clone(), stack.sandbox.clone(), is_over.clone());
        tokio::spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                seller.person.clone().ask_raw(SYNC, serde_json::json!({ "id": seller.id })).await;
                sandbox.advance(100).await;
            }
        })
    };
    let (code, _, complaint) = run(&stack.folder, &["keys", "reseal"], &stack.environment).await;
    assert_eq!(code, 0, "{complaint}");
    let (_, told, _) = run(&stack.folder, &["keys", "reseal"], &stack.environment).await;
    assert!(told.starts_with("0 values"), "{told}");
    is_over.store(true, Ordering::Relaxed);
    serving.await.expect("she was served meanwhile");
    // The old key is gone, and every token still opens.
    stack.deploy_keys(new).await;
    stack.sandbox.advance(301).await;
    all_work(&stack, &sellers).await;
    assert_eq!(stack.sandbox.get("totals").await["revocations"], serde_json::json!([]));
}

const SYNC: &str = "mutation($id: ID!) { syncAccount(input: { sellerId: $id }) { problems { code } } }";

/// Each seller's token is taken out of the vault and used.
async fn all_work(stack: &Stack, sellers: &[crate::support::Seller]) {
    for seller in sellers {
        let told = seller.person.clone().ask_raw(SYNC, serde_json::json!({ "id": seller.id })).await;
        let log = stack.folder.join("souk.log");
        assert_eq!(told["data"]["syncAccount"]["problems"], serde_json::json!([]), "see {}", log.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn production_refuses_development_and_leaves_its_helps_out() {
    let Some(engine) = crate::databases::postgres().await else { return };
    let stack = Stack::prepared(&engine).await;
    let secret = stack.folder.join("app-secret");
    std::fs::write(&secret, "real\n").expect("a file");
    let secret = secret.display().to_string();
    let mut environment = stack.environment.clone();
    environment.remove("SOUK_VIRTUAL_CLOCK");
    for (name, value) in [
        ("SOUK_ENV", "production"),
        ("SOUK_PUBLIC_URL", "https://pay.souk.test"),
        ("SOUK_AIRWALLEX_API_URL", "https://127.0.0.1:1"),
        ("SOUK_AIRWALLEX_CONSENT_URL", "https://127.0.0.1:1"),
        ("SOUK_AIRWALLEX_API_KEY", "real"),
        // Secrets may come as files.
        ("SOUK_AIRWALLEX_APP_SECRET_FILE", &secret),
        ("SOUK_AIRWALLEX_CLIENT_ID", "real"),
        ("SOUK_AIRWALLEX_APP_ID", "real"),
        ("SOUK_AIRWALLEX_KYC_TEMPLATE", "tmpl_real"),
        ("SOUK_AIRWALLEX_RFI_TEMPLATE", "tmpl_real"),
        ("SOUK_AIRWALLEX_LIMITS", "production"),
        ("SOUK_AIRWALLEX_WEBHOOK_SECRETS", "whsec_real"),
        ("SOUK_TRUSTED_PROXIES", "127.0.0.1"),
        ("SOUK_MAIL_FROM", "Souk <payouts@souk.test>"),
        ("SOUK_MAIL_URL", "smtp://127.0.0.1:1"),
    ] {
        environment.insert(name.to_owned(), value.to_owned());
    }
    let (code, _, complaint) = run(&stack.folder, &["seed"], &environment).await;
    assert_eq!(code, 2, "{complaint}");
    assert!(complaint.contains("demo data is never loaded there"), "{complaint}");
    let souk = Process::start(&stack.folder, "souk", &["serve", "--no-worker"], &environment).await;
    let client = crate::support::sandbox::http();
    let page = client.get(format!("{}/account/sign-in", souk.url)).send().await.expect("an answer");
    assert_eq!(page.status(), 200, "no redirect to another host behind a proxy");
    let cookies: Vec<_> =
        page.headers().get_all("set-cookie").iter().filter_map(|one| one.to_str().ok()).collect();
    assert!(!cookies.is_empty() && cookies.iter().all(|cookie| cookie.contains("Secure")), "{cookies:?}");
    let browser = client.get(format!("{}/graphql", souk.url)).header("accept", "text/html").send().await;
    assert!(!browser.expect("an answer").text().await.expect("text").contains("graphiql"), "no GraphiQL");
    let wrong = client
        .post(format!("{}/graphql", souk.url))
        .header("content-type", "application/json")
        .body(r#"{"query":"{ viewr { id } }"}"#)
        .send();
    let told = wrong.await.expect("an answer").text().await.expect("text");
    assert!(told.contains("viewr") && !told.contains("viewer"), "no suggestions: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_clean_and_pages_have_one_host() {
    let mut stack = Stack::start(&Engine::Sqlite).await;
    let elsewhere = stack.url.replace("127.0.0.1", "localhost");
    let sent = crate::support::sandbox::http().get(format!("{elsewhere}/account/sign-in")).send().await;
    let sent = sent.expect("an answer");
    assert_eq!(sent.status(), 308);
    assert_eq!(sent.headers()["location"], format!("{}/account/sign-in", stack.url).as_str());
    for signal in ["INT", "TERM"] {
        assert_eq!(stack.replicas[0].signal(signal).await, Some(0), "{signal}");
        stack.replicas.clear();
        stack.add_replica(0, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_subscribes_and_a_restore_holds_what_may_be_stale() {
    let stack = Stack::start(&Engine::Sqlite).await;
    let (code, told, complaint) = run(&stack.folder, &["webhooks", "register"], &stack.environment).await;
    assert_eq!(code, 0, "{complaint}");
    assert!(told.contains(&format!("subscribed {}/webhooks/airwallex", stack.url)), "{told}");
    assert!(told.contains("whsec_") && told.contains("SOUK_AIRWALLEX_WEBHOOK_SECRETS"), "{told}");

    let mut seller = crate::support::Seller::ready(&stack, "Hazel").await;
    let (code, _, complaint) =
        run(&stack.folder, &["restored", "--since", "yesterday"], &stack.environment).await;
    assert!(code == 2 && complaint.contains("RFC 3339"), "{complaint}");
    // Long enough for any pair to be in need of a refresh.
    stack.sandbox.advance(300).await;
    let (code, told, complaint) =
        run(&stack.folder, &["restored", "--since", "2026-01-01T00:00:00Z"], &stack.environment).await;
    assert_eq!(code, 0, "{complaint}");
    assert!(told.starts_with("1 connection") && told.contains("0 payouts"), "{told}");
    let query = "query($id: ID!) { seller(id: $id) { connection { status reason } } }";
    let seen = seller.person.ask(query, serde_json::json!({ "id": seller.id })).await;
    let held = serde_json::json!({ "status": "NEEDS_REAUTHORIZATION", "reason": "RESTORED" });
    assert_eq!(seen["seller"]["connection"], held);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_remembers_over_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["sandbox", "--listen", "127.0.0.1:0", "--data", "data", "--seed", "7"];
    let post = |url: String, body: serde_json::Value| async move {
        let sent = crate::support::sandbox::http().post(url).body(body.to_string()).send().await;
        assert!(sent.expect("an answer").status().is_success());
    };
    let mut first = Process::start(folder.path(), "sandbox", &arguments, &HashMap::new()).await;
    let wallet = serde_json::json!({ "account_id": "acct_sandboxPlatform0000000", "currency": "GBP", "amount": "12.34" });
    post(format!("{}/_control/wallets", first.url), wallet).await;
    first.kill().await;
    let again = Process::start(folder.path(), "sandbox", &arguments, &HashMap::new()).await;
    let totals = crate::support::sandbox::Sandbox::new(&again.url).get("totals").await;
    assert_eq!(totals["wallets"]["acct_sandboxPlatform0000000 GBP"]["credits"], "12.34", "{totals}");
}
