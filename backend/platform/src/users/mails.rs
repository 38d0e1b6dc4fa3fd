//! Mails about one's own account. They leave by a job: whoever asks cannot tell by the time it takes
//! whether there is an account, and a mail host that is away delays nothing. The link is made inside the
//! job, because a job's payload is stored and the link is a secret.

use chrono::Duration;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

use super::entity::email_link;
use super::model::{LinkPurpose, Person};
use super::{store, throttle};
use crate::db::Tx;
use crate::jobs::{NewJob, Outcome, enqueue};
use crate::kernel::digest::sha256_hex;
use crate::kernel::id::MailId;
use crate::kernel::{Failure, System};
use crate::mail::{Handed, Message};
use crate::platform::Platform;

pub const MAIL: &str = "users.mail";

const CONFIRM_LIFE: Duration = Duration::hours(24);
const RESET_LIFE: Duration = Duration::hours(1);

/// Wants a mail sent to whoever has this address; the job finds out who that is, and what to say to one
/// who signs up with an account that she has.
pub async fn want(platform: &Platform, tx: &Tx, email: &str, purpose: LinkPurpose) -> Result<(), Failure> {
    let id = MailId::generate(&*platform.clock, &*platform.random);
    let payload = json!({ "mail": id.as_str(), "email": email, "purpose": purpose.as_str() });
    enqueue(platform, tx, NewJob { payload, ..NewJob::about(MAIL, email) }.repeatable()).await
}

/// Sends what was wanted, unless there is nobody to send it to or she has had enough mail.
pub async fn send(platform: &Platform, _system: &System, payload: &Value) -> Result<Outcome, Failure> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default();
    let Some(row) = store::by_email(platform.db.read(), text("email")).await? else {
        return Ok(Outcome::Done);
    };
    let person = store::read(&row);
    let is_reset = text("purpose") == LinkPurpose::ResetPassword.as_str();
    let limit = if is_reset { throttle::RESET_MAILS } else { throttle::SIGN_UP_MAILS };
    if !throttle::has_room(platform, limit, &person.email).await? {
        tracing::warn!(person.id = %person.id, "no more mails to this person for a while");
        return Ok(Outcome::Done);
    }
    let (template, context) = match (is_reset, person.is_confirmed) {
        (true, _) => {
            let link = link(platform, &person, LinkPurpose::ResetPassword, RESET_LIFE, "reset").await?;
            ("reset_password", json!({ "link": link }))
        }
        (false, true) => ("already_registered", json!({})),
        (false, false) => {
            let link = link(platform, &person, LinkPurpose::ConfirmEmail, CONFIRM_LIFE, "confirm").await?;
            ("confirm_email", json!({ "link": link }))
        }
    };
    if let Some(end) = mail(platform, text("mail"), &person, template, context).await?.refused() {
        return Ok(end);
    }
    // Counted when it has left: a mail host that is away must not use the hour up.
    throttle::count(platform, limit, &person.email).await?;
    Ok(Outcome::Done)
}

/// A new link, of which only the hash is kept.
async fn link(
    platform: &Platform,
    person: &Person,
    purpose: LinkPurpose,
    life: Duration,
    path: &str,
) -> Result<String, Failure> {
    let token = platform.random.token();
    let row = &email_link::ActiveModel {
        token_hash: Set(sha256_hex(token.expose())),
        person_id: Set(person.id.clone()),
        purpose: Set(purpose.as_str().to_owned()),
        expires_at: Set(platform.clock.now() + life),
        used_at: Set(None),
    };
    platform
        .db
        .write(|tx| async move {
            email_link::Entity::insert(row.clone()).exec_without_returning(&*tx).await?;
            Ok::<_, Failure>(())
        })
        .await?;
    Ok(platform.public_url(&format!("/account/{path}/{}", token.expose())))
}

async fn mail(
    platform: &Platform,
    id: &str,
    person: &Person,
    template: &str,
    mut context: Value,
) -> Result<Handed, Failure> {
    context["name"] = json!(person.name);
    context["operator"] = json!(platform.settings.operator);
    context["home"] = json!(platform.public_url("/"));
    let part = |file: &str| platform.templates.render(&format!("emails/{template}/{file}"), &context);
    let message = Message {
        to: person.email.clone(),
        subject: part("subject.txt")?.trim().to_owned(),
        text: part("body.txt")?,
        html: part("body.html")?,
    };
    platform.mailer.send(id, platform.clock.now(), &message).await
}
