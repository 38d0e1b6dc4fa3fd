//! Hosted flow and native submit.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use airwallex::api::accounts::{self as upstream_accounts, AccountStatus as UpstreamStatus};
use airwallex::api::hosted_flows;

use super::entity::{draft, hosted_flow};
use super::form::{self, Values};
use super::{OnboardingRefusal, upstream};
use crate::accounts::{self, Account, AccountRefusal, AccountStatus};
use crate::audit;
use crate::kernel::id::{AccountId, HostedFlowId, SellerId};
use crate::kernel::{Actor, Error, Failure, Resealed, Sealed, Secret, System};
use crate::platform::Platform;
use crate::web::FieldProblem;

type Result<T> = std::result::Result<T, Error<OnboardingRefusal>>;

/// A saved form and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub values: Values,
    /// What Airwallex refused when it was last sent.
    pub problems: Vec<FieldProblem>,
    pub is_submitted: bool,
}

async fn account(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<Account> {
    if !actor.may_act_for(seller) {
        return Err(OnboardingRefusal::SellerNotFound.into());
    }
    let found = accounts::service::of_seller(platform, actor, seller).await.map_err(unconnected)?;
    found.ok_or_else(|| OnboardingRefusal::NotConnected.into())
}

fn unconnected(error: Error<AccountRefusal>) -> Error<OnboardingRefusal> {
    match error {
        Error::Refused(_) => OnboardingRefusal::NotConnected.into(),
        Error::Upstream(error) => Error::Upstream(error),
        Error::Failed(failure) => Error::Failed(failure),
    }
}

/// The account, if it is connected and Airwallex still wants something from its owner.
async fn open_account(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<Account> {
    if !actor.may_act_for(seller) {
        return Err(OnboardingRefusal::SellerNotFound.into());
    }
    let account = accounts::service::connected(platform, actor, seller).await.map_err(unconnected)?;
    if !matches!(account.status, AccountStatus::Created | AccountStatus::ActionRequired) {
        return Err(OnboardingRefusal::NothingToDo.into());
    }
    if !account.linked {
        return Err(OnboardingRefusal::NotLinked.into());
    }
    Ok(account)
}

/// Whether the checks wait for the seller; says why not.
pub async fn check_open(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<()> {
    open_account(platform, actor, seller).await.map(drop)
}

/// A fresh link into the hosted pages, to be followed at once. Goes on with the flow that is open, or
/// begins one.
pub async fn hosted_link(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<String> {
    // Whoever answers is identified by Airwallex: that is the seller's own business.
    if actor.as_staff().is_some() {
        return Err(OnboardingRefusal::MembersOnly.into());
    }
    let account = open_account(platform, actor, seller).await?;
    let identity = actor.person_id().map(ToString::to_string).unwrap_or_default();
    let flow = match open_flow(platform.db.read(), &account.id).await? {
        Some(flow) => flow,
        None => begin_flow(platform, actor, &account).await?,
    };
    match hosted_flows::authorize(&platform.upstream, &flow, &identity).await {
        Ok(link) => link_of(link),
        Err(airwallex::Error::Refused(refusal)) if matches!(refusal.status, 400 | 404) => {
            // Finished, or forgotten upstream: a new round needs a new flow.
            finish_flow(platform, &flow).await?;
            let flow = begin_flow(platform, actor, &account).await?;
            link_of(hosted_flows::authorize(&platform.upstream, &flow, &identity).await?)
        }
        Err(error) => Err(error.into()),
    }
}

fn link_of(flow: hosted_flows::HostedFlow) -> Result<String> {
    let link = flow.url.ok_or_else(|| Failure::new("Airwallex authorized a hosted flow without a link"))?;
    Ok(link.into_text())
}

async fn open_flow(
    db: &impl ConnectionTrait,
    account: &AccountId,
) -> std::result::Result<Option<String>, Failure> {
    let row = hosted_flow::Entity::find()
        .filter(hosted_flow::Column::AccountId.eq(account.clone()))
        .filter(hosted_flow::Column::Status.ne("FINISHED"))
        .order_by_desc(hosted_flow::Column::Id)
        .one(db)
        .await?;
    Ok(row.and_then(|row| row.upstream_id))
}

/// Creating a flow twice is harmless, so a lost answer is simply asked for again.
async fn begin_flow(platform: &Platform, actor: &Actor, account: &Account) -> Result<String> {
    let back = platform.public_url(&format!("/onboarding/{}/return", account.seller));
    // Questions that come after the first round have a template of their own (02 §4.2, A).
    let template = match account.status {
        AccountStatus::ActionRequired => &platform.settings.rfi_template,
        _ => &platform.settings.kyc_template,
    };
    let wanted = hosted_flows::NewHostedFlow {
        account_id: &account.upstream_id,
        template,
        return_url: &back,
        error_url: Some(&back),
        metadata: serde_json::Value::Null,
    };
    let flow = hosted_flows::create(&platform.upstream, &wanted).await?;
    let (now, flow) = (platform.clock.now(), &flow);
    platform
        .db
        .write(|tx| async move {
            let id = HostedFlowId::generate(&*platform.clock, &*platform.random);
            let row = hosted_flow::ActiveModel {
                id: Set(id.clone()),
                account_id: Set(account.id.clone()),
                upstream_id: Set(Some(flow.id.clone())),
                status: Set(flow.status.as_str().to_owned()),
                created_at: Set(now),
                updated_at: Set(now),
            };
            hosted_flow::Entity::insert(row).exec_without_returning(&*tx).await?;
            audit::record(
                platform,
                &tx,
                actor,
                "onboarding.flow_begun",
                id.as_str(),
                Some(&account.seller),
                "",
            )
            .await
        })
        .await?;
    Ok(flow.id.clone())
}

async fn finish_flow(platform: &Platform, upstream_id: &str) -> std::result::Result<(), Failure> {
    let now = platform.clock.now();
    platform
        .db
        .write(|tx| async move {
            hosted_flow::Entity::update_many()
                .set(hosted_flow::ActiveModel {
                    status: Set("FINISHED".to_owned()),
                    updated_at: Set(now),
                    ..Default::default()
                })
                .filter(hosted_flow::Column::UpstreamId.eq(upstream_id))
                .exec(&*tx)
                .await?;
            Ok(())
        })
        .await
}

/// The browser is back from the hosted pages: whatever it brings, the truth is read.
pub async fn returned(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<()> {
    let account = account(platform, actor, seller).await?;
    if let Some(flow) = open_flow(platform.db.read(), &account.id).await?
        && hosted_flows::get(&platform.upstream, &flow).await.is_ok_and(|flow| flow.status == "FINISHED")
    {
        finish_flow(platform, &flow).await?;
    }
    // A sync that fails now comes with the event or the next look.
    if let Err(error) = accounts::service::look_again(platform, actor, seller).await {
        tracing::info!(?error, "the account could not be read right after the hosted pages");
    }
    Ok(())
}

/// What a sealed form is bound to.
fn place(account: &AccountId) -> String {
    format!("onboarding_draft/{account}")
}

const DOCUMENT: &str = "document";

/// The saved form, empty when there is none.
pub async fn draft(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<Draft> {
    let account = account(platform, actor, seller).await?;
    let row = draft::Entity::find_by_id(account.id.clone()).one(platform.db.read()).await?;
    let Some(row) = row else {
        return Ok(Draft { values: Values::new(), problems: vec![], is_submitted: false });
    };
    let plain =
        platform.keys.open(&place(&account.id), DOCUMENT, &Sealed::from_stored(row.document_sealed)).await?;
    let problems: Vec<(String, String)> = serde_json::from_str(&row.problems).map_err(Failure::from)?;
    Ok(Draft {
        values: serde_json::from_str(plain.expose()).map_err(Failure::from)?,
        problems: problems.into_iter().map(|(field, message)| FieldProblem { field, message }).collect(),
        is_submitted: row.submitted_at.is_some(),
    })
}

/// Saves the form as it is, complete or not.
pub async fn save(platform: &Platform, actor: &Actor, seller: &SellerId, values: Values) -> Result<Draft> {
    let account = open_account(platform, actor, seller).await?;
    write_draft(platform, actor, &account, &values, &[]).await?;
    draft(platform, actor, seller).await
}

async fn write_draft(
    platform: &Platform,
    actor: &Actor,
    account: &Account,
    values: &Values,
    problems: &[FieldProblem],
) -> std::result::Result<(), Failure> {
    let now = platform.clock.now();
    let plain = Secret::new(serde_json::to_string(values)?);
    let sealed =
        &platform.keys.seal(&place(&account.id), DOCUMENT, &plain, &*platform.random).await?.into_stored();
    let problems: Vec<(&str, &str)> =
        problems.iter().map(|one| (one.field.as_str(), one.message.as_str())).collect();
    let problems = &serde_json::to_string(&problems)?;
    let country = values.get("country").cloned().unwrap_or_default();
    let country = &country;
    platform
        .db
        .write(|tx| async move {
            let row = draft::ActiveModel {
                account_id: Set(account.id.clone()),
                country: Set(country.clone()),
                document_sealed: Set(sealed.clone()),
                problems: Set(problems.clone()),
                status: Set("DRAFT".to_owned()),
                version: Set(1),
                updated_at: Set(now),
                submitted_at: Set(None),
            };
            let newest = OnConflict::column(draft::Column::AccountId)
                .update_columns([
                    draft::Column::Country,
                    draft::Column::DocumentSealed,
                    draft::Column::Problems,
                    draft::Column::Status,
                    draft::Column::SubmittedAt,
                    draft::Column::UpdatedAt,
                ])
                .to_owned();
            draft::Entity::insert(row).on_conflict(newest).exec_without_returning(&*tx).await?;
            let seller = Some(&account.seller);
            audit::record(platform, &tx, actor, "onboarding.draft_saved", account.id.as_str(), seller, "")
                .await
        })
        .await
}

/// Sends the saved form: update, then submit. Both are harmless twice, and a lost answer is recovered
/// by reading the account's status, so pressing again is always safe.
pub async fn submit(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<Account> {
    let account = open_account(platform, actor, seller).await?;
    let draft = draft(platform, actor, seller).await?;
    if draft.values.is_empty() {
        return Err(OnboardingRefusal::DraftMissing.into());
    }
    let now = platform.clock.now();
    let problems = form::check(&draft.values, now.date_naive());
    if !problems.is_empty() {
        return refuse(platform, actor, &account, &draft.values, problems).await;
    }
    let document = upstream::document(&draft.values, now);
    let sent = match upstream_accounts::update(&platform.upstream, &account.upstream_id, &document).await {
        Ok(_) => upstream_accounts::submit(&platform.upstream, &account.upstream_id).await,
        Err(error) => Err(error),
    };
    match sent {
        Ok(_) => {}
        Err(airwallex::Error::Refused(refusal)) if refusal.status == 400 => {
            let problems = upstream::problems(&refusal);
            return refuse(platform, actor, &account, &draft.values, problems).await;
        }
        Err(error @ airwallex::Error::Unknown(_)) => {
            let status =
                upstream_accounts::get(&platform.upstream, &account.upstream_id).await.map(|now| now.status);
            if !matches!(status, Ok(UpstreamStatus::Submitted | UpstreamStatus::Active)) {
                return Err(error.into());
            }
        }
        Err(error) => return Err(error.into()),
    }
    mark_submitted(platform, actor, &account).await?;
    if let Err(error) = accounts::service::look_again(platform, actor, seller).await {
        tracing::info!(?error, "the account could not be read right after its submission");
        accounts::service::sync_later(platform, &System::new("onboarding"), seller).await?;
    }
    self::account(platform, actor, seller).await
}

async fn refuse(
    platform: &Platform,
    actor: &Actor,
    account: &Account,
    values: &Values,
    problems: Vec<FieldProblem>,
) -> Result<Account> {
    write_draft(platform, actor, account, values, &problems).await?;
    let first =
        problems.into_iter().next().unwrap_or_else(|| FieldProblem::new("", "Please check the details"));
    Err(OnboardingRefusal::Incomplete { field: first.field, message: first.message }.into())
}

async fn mark_submitted(
    platform: &Platform,
    actor: &Actor,
    account: &Account,
) -> std::result::Result<(), Failure> {
    let now = platform.clock.now();
    platform
        .db
        .write(|tx| async move {
            draft::Entity::update_many()
                .set(draft::ActiveModel {
                    status: Set("SUBMITTED".to_owned()),
                    problems: Set(json!([]).to_string()),
                    submitted_at: Set(Some(now)),
                    updated_at: Set(now),
                    ..Default::default()
                })
                .filter(draft::Column::AccountId.eq(account.id.clone()))
                .exec(&*tx)
                .await?;
            let seller = Some(&account.seller);
            audit::record(platform, &tx, actor, "onboarding.submitted", account.id.as_str(), seller, "").await
        })
        .await
}

/// Moves every draft to the first key.
pub async fn reseal(platform: &Platform, _system: &System) -> std::result::Result<Resealed, Failure> {
    let mut resealed = Resealed::default();
    for row in &draft::Entity::find().all(platform.db.read()).await? {
        resealed.note(&place(&row.account_id), reseal_one(platform, row).await);
    }
    Ok(resealed)
}

async fn reseal_one(platform: &Platform, row: &draft::Model) -> std::result::Result<u64, Failure> {
    let renewed = platform.keys.renew(&place(&row.account_id), [Some(&row.document_sealed)]).await?;
    let [Some(renewed)] = &renewed else { return Ok(0) };
    platform
        .db
        .write(|tx| async move {
            let changed = draft::Entity::update_many()
                .set(draft::ActiveModel { document_sealed: Set(renewed.clone()), ..Default::default() })
                .filter(draft::Column::AccountId.eq(row.account_id.clone()))
                .filter(draft::Column::DocumentSealed.eq(&row.document_sealed))
                .exec(&*tx)
                .await?;
            Ok(changed.rows_affected)
        })
        .await
}
