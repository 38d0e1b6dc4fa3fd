//! The compose file: parsed, and its variables held against the configuration's documentation.

use serde_yaml_ng::Value;

/// What the replicas are given can be used as it stands, but for the hosts that only exist in the composition.
#[tokio::test(flavor = "multi_thread")]
async fn its_settings_are_taken() {
    let mut compose: Value = serde_yaml_ng::from_str(include_str!("../../docker-compose.yml")).expect("YAML");
    compose.apply_merge().expect("anchors");
    let folder = tempfile::tempdir().expect("a folder");
    for replica in ["souk-1", "souk-2"] {
        let variables = compose["services"][replica]["environment"].as_mapping().expect("settings");
        let text = |value: &Value| value.as_str().map(str::to_owned).expect("a text");
        let mut settings: std::collections::HashMap<String, String> =
            variables.iter().map(|(name, value)| (text(name), text(value))).collect();
        settings.insert("SOUK_DATABASE_URL".to_owned(), "sqlite:none.db".to_owned());
        let (_, words, _) = crate::support::processes::run(folder.path(), &["doctor"], &settings).await;
        assert!(words.starts_with("configuration: fine"), "{replica}: {words}");
    }
}

#[test]
fn every_variable_is_known_and_every_service_is_watched() {
    let compose: Value = serde_yaml_ng::from_str(include_str!("../../docker-compose.yml")).expect("YAML");
    let mut compose = compose;
    compose.apply_merge().expect("anchors");
    let documented = include_str!("../../docs/configuration.md");
    let services = compose["services"].as_mapping().expect("services");
    for (name, service) in services {
        let name = name.as_str().expect("a name");
        let variables = service["environment"].as_mapping().into_iter().flatten();
        for variable in
            variables.filter_map(|(variable, _)| variable.as_str()).filter(|one| one.starts_with("SOUK_"))
        {
            assert!(documented.contains(&format!("`{variable}`")), "{name}: {variable} is not documented");
        }
        assert!(service["healthcheck"].is_mapping(), "{name} has no health check");
    }
    let replicas = services.keys().filter_map(Value::as_str).filter(|name| name.starts_with("souk-")).count();
    assert_eq!(replicas, 2);
    for needed in ["database", "mail", "sandbox", "migrate"] {
        assert!(services.contains_key(needed), "no {needed}");
    }
    let dockerfile = include_str!("../../Dockerfile");
    for target in ["souk", "sandbox"] {
        assert!(dockerfile.contains(&format!(" AS {target}\n")), "no target {target}");
    }
}
