//! Writing mails down and sending them.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;

use super::entity::{ActiveModel, Column, Entity};
use crate::db::Tx;
use crate::jobs::{NewJob, Outcome, enqueue};
use crate::kernel::Failure;
use crate::kernel::id::{MailId, SellerId};
use crate::mail::Message;
use crate::platform::Platform;
use crate::users;

pub const DELIVER: &str = "notifications.deliver";
pub const TELL: &str = "notifications.tell";

/// Wants every member of a seller told. The job that follows finds out who they are.
pub async fn tell_seller(
    platform: &Platform,
    tx: &Tx,
    seller: &SellerId,
    template: &'static str,
    cause: &str,
    context: Value,
) -> Result<(), Failure> {
    tell(platform, tx, Some(seller), template, cause, context).await
}

/// Wants everybody told who works for the operator.
pub async fn tell_staff(
    platform: &Platform,
    tx: &Tx,
    template: &'static str,
    cause: &str,
    context: Value,
) -> Result<(), Failure> {
    tell(platform, tx, None, template, cause, context).await
}

async fn tell(
    platform: &Platform,
    tx: &Tx,
    seller: Option<&SellerId>,
    template: &'static str,
    cause: &str,
    context: Value,
) -> Result<(), Failure> {
    let payload = serde_json::json!({
        "seller": seller.map(ToString::to_string),
        "template": template,
        "cause": cause,
        "context": context,
    });
    let job = NewJob { payload, ..NewJob::about(TELL, format!("{template}/{cause}")) };
    enqueue(platform, tx, job).await
}

/// Writes one mail per member of the seller, or of the staff where no seller is named.
pub async fn expand(
    platform: &Platform,
    system: &crate::kernel::System,
    payload: &Value,
) -> Result<(), Failure> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (template, cause) = (text("template"), text("cause"));
    let people = match payload.get("seller").and_then(Value::as_str) {
        Some(seller) => {
            let seller = SellerId::parse(seller).map_err(Failure::new)?;
            users::service::members(platform, system, &seller).await?
        }
        None => users::service::staff(platform, system).await?,
    };
    let mut context = payload.get("context").cloned().unwrap_or_default();
    context["operator"] = Value::from(platform.settings.operator.clone());
    context["home"] = Value::from(platform.public_url("/"));
    let (people, context, template, cause) = (&people, &context, &template, &cause);
    platform
        .db
        .write(|tx| async move {
            for person in people {
                let mut context = context.clone();
                context["name"] = Value::from(person.name.clone());
                let id = MailId::generate(&*platform.clock, &*platform.random);
                let row = ActiveModel {
                    id: Set(id.clone()),
                    recipient: Set(person.email.clone()),
                    template: Set(template.clone()),
                    context: Set(context.to_string()),
                    dedupe_key: Set(format!("{template}/{cause}/{}", person.id)),
                    created_at: Set(platform.clock.now()),
                    sent_at: Set(None),
                };
                let added = Entity::insert(row)
                    .on_conflict(OnConflict::column(Column::DedupeKey).do_nothing().to_owned())
                    .exec_without_returning(&*tx)
                    .await?;
                if added == 1 {
                    enqueue(platform, &tx, NewJob::about(DELIVER, id)).await?;
                }
            }
            Ok::<_, Failure>(())
        })
        .await
}

/// Sends a mail that has not been sent yet. A mail host that is away is waited for.
pub async fn deliver(platform: &Platform, id: &MailId) -> Result<Outcome, Failure> {
    let row = Entity::find_by_id(id.clone()).one(platform.db.read()).await?;
    let Some(row) = row.filter(|row| row.sent_at.is_none()) else { return Ok(Outcome::Done) };
    let context: Value = serde_json::from_str(&row.context)?;
    let message = render(platform, &row.template, &row.recipient, &context)?;
    let now = platform.clock.now();
    if let Some(end) = platform.mailer.send(id.as_str(), now, &message).await?.refused() {
        return Ok(end);
    }
    platform
        .db
        .write(|tx| async move {
            Entity::update_many()
                .set(ActiveModel { sent_at: Set(Some(now)), ..Default::default() })
                .filter(Column::Id.eq(id.clone()))
                .exec(&*tx)
                .await?;
            Ok::<_, Failure>(Outcome::Done)
        })
        .await
}

/// Subject, text and HTML of a mail.
pub fn render(platform: &Platform, template: &str, to: &str, context: &Value) -> Result<Message, Failure> {
    let part = |file: &str| platform.templates.render(&format!("emails/{template}/{file}"), context);
    Ok(Message {
        to: to.to_owned(),
        subject: part("subject.txt")?.trim().to_owned(),
        text: part("body.txt")?,
        html: part("body.html")?,
    })
}
