//! `souk webhooks register`: subscribe at the partner application and print the secret once.

use airwallex::api::webhooks::{NewWebhook, create};
use platform::kernel::Random;

use crate::cli::WebhooksCommand;
use crate::config::Config;
use crate::output::say;
use crate::{Stop, boot};

/// The events that this version understands and an application may subscribe to.
const EVENTS: [&str; 7] = [
    "account.submitted",
    "account.action_required",
    "account.active",
    "account.suspended",
    "account.connected",
    "connection.disconnected",
    "partner_connection.disconnected",
];

pub async fn run(command: WebhooksCommand, config: Config) -> Result<(), Stop> {
    let WebhooksCommand::Register = command;
    let version = config.api_version.clone();
    let platform = boot::platform(config).await?;
    let url = platform.public_url("/webhooks/airwallex");
    let request_id = Random::request_id(&*platform.random);
    let wanted = NewWebhook { request_id: &request_id, url: &url, version: &version, events: &EVENTS };
    let made = create(&platform.upstream, &wanted)
        .await
        .map_err(|error| Stop::Failed(format!("Airwallex did not subscribe {url}: {error}")))?;
    say(&format!("subscribed {} to {}", made.url, made.id));
    say(&format!(
        "add this secret to SOUK_AIRWALLEX_WEBHOOK_SECRETS; it is not shown again: {}",
        made.secret.expose()
    ));
    Ok(())
}
