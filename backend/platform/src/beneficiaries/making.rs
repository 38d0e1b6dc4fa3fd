//! Making a beneficiary: checked here and upstream, written down, sent; and finding out what became of a
//! send that was not answered.

use chrono::Duration;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::Value;

use airwallex::Access;
use airwallex::api::beneficiaries as upstream_api;
use airwallex::api::schemas::Condition;

use super::entity::{ActiveModel, Entity, Model};
use super::form::{self, Values};
use super::model::{Beneficiary, BeneficiaryStatus};
use super::schema::FormSchema;
use super::service::{SETTLE, account, get, schema_of};
use super::{BeneficiaryRefusal, store, upstream};
use crate::accounts::{self, Account};
use crate::db::Tx;
use crate::idempotency::{self, Claim};
use crate::jobs::{NewJob, Outcome, enqueue};
use crate::kernel::id::{BeneficiaryId, SellerId};
use crate::kernel::{Actor, Error, Failure, Resealed, Sealed, Secret, System, Who, checkpoint};
use crate::platform::Platform;
use crate::{audit, live};

type Result<T> = std::result::Result<T, Error<BeneficiaryRefusal>>;

/// Longer than any call and than lists lag: after it, absence means that nothing was created.
const PATIENCE: Duration = Duration::seconds(120);
/// Longer than any request of ours can still be executed after we gave it up.
const LATE: Duration = Duration::minutes(12);
/// After this long without an answer a person has to look.
const PATIENCE_OF_MACHINES: Duration = Duration::days(1);

/// A beneficiary to be made.
#[derive(Debug, Clone)]
pub struct NewBeneficiary {
    pub condition: Condition,
    pub values: Values,
    pub idempotency_key: String,
}

/// What a sealed document is bound to.
fn place(id: &BeneficiaryId) -> String {
    format!("beneficiary/{id}")
}

const DOCUMENT: &str = "document";

/// Checks the values here and upstream, writes the wish down, then creates. The same key gives the
/// first result.
pub async fn create(
    platform: &Platform,
    actor: &Actor,
    seller: &SellerId,
    input: NewBeneficiary,
) -> Result<Beneficiary> {
    if !idempotency::is_key(&input.idempotency_key) {
        return Err(BeneficiaryRefusal::KeyInvalid.into());
    }
    if !actor.may_act_for(seller) {
        return Err(BeneficiaryRefusal::SellerNotFound.into());
    }
    // Before asking Airwallex or any rule: what the first call made stands, whatever has changed since.
    match idempotency::find(platform, platform.db.read(), &key(seller, &input), &meant(&input)?).await? {
        Claim::New => {}
        Claim::Same(first) => {
            let id = BeneficiaryId::parse(&first).map_err(Failure::new)?;
            return first_result(platform, actor, seller, &id).await;
        }
        Claim::Reused => return Err(BeneficiaryRefusal::KeyReused.into()),
    }
    let account = account(platform, actor, seller).await?;
    let schema = schema_of(platform, &account, &input.condition).await?;
    let values = form::tidy(&schema, &input.values);
    let problems = form::check(&schema, &values);
    if !problems.is_empty() {
        return Err(BeneficiaryRefusal::Invalid(problems).into());
    }
    let document = form::document(&schema, &values);
    let access = Access::OnBehalfOf(account.upstream_id.clone());
    match upstream_api::validate(&platform.upstream, &access, &document).await {
        Ok(()) => {}
        Err(airwallex::Error::Refused(refusal)) => return Err(refused(refusal, &schema)),
        Err(error) => return Err(error.into()),
    }
    let id = match record(platform, actor, &account, &input, &document).await? {
        Claimed::New(id) => id,
        Claimed::Same(id) => return first_result(platform, actor, seller, &id).await,
    };
    checkpoint("beneficiaries.recorded").await;
    match send(platform, &System::new("beneficiaries"), &id).await {
        // Nothing was made and nothing is under way: as if it had never been asked for.
        Ok(Sent::Refused(refusal)) => {
            withdraw(platform, actor, seller, &id).await?;
            return Err(refused(refusal, &schema));
        }
        Ok(Sent::Settled | Sent::Open) => {}
        // Whatever goes wrong from here on, the job goes on with it.
        Err(failure) => {
            failure.report();
        }
    }
    get(platform, actor, seller, &id).await
}

/// What an earlier call with the same key made. When it is gone, that call is being refused just now.
async fn first_result(
    platform: &Platform,
    actor: &Actor,
    seller: &SellerId,
    id: &BeneficiaryId,
) -> Result<Beneficiary> {
    match get(platform, actor, seller, id).await {
        Err(Error::Refused(BeneficiaryRefusal::SellerNotFound)) => Err(BeneficiaryRefusal::KeyInUse.into()),
        found => found,
    }
}

/// A refusal at the fields that caused it; what is no fault of a field stays Airwallex's.
fn refused(refusal: Box<airwallex::Refusal>, schema: &FormSchema) -> Error<BeneficiaryRefusal> {
    if refusal.status == 400 {
        return BeneficiaryRefusal::Invalid(upstream::problems(&refusal, schema)).into();
    }
    airwallex::Error::Refused(refusal).into()
}

/// Takes a refused wish back, its key included.
async fn withdraw(platform: &Platform, actor: &Actor, seller: &SellerId, id: &BeneficiaryId) -> Result<()> {
    platform
        .db
        .write(|tx: Tx| async move {
            if !store::withdraw(&tx, id).await? {
                return Ok(());
            }
            idempotency::release(&tx, seller.as_str(), CREATE, id.as_str()).await?;
            audit::record(
                platform,
                &tx,
                actor,
                "beneficiary.withdrawn",
                id.as_str(),
                Some(seller),
                "refused",
            )
            .await?;
            Ok(live::publish(platform, &tx, "beneficiary", id.as_str(), Some(seller)).await?)
        })
        .await
}

/// The mutation that keys are unique in.
const CREATE: &str = "createBeneficiary";

fn key<'a>(seller: &'a SellerId, input: &'a NewBeneficiary) -> idempotency::Key<'a> {
    idempotency::Key { owner: seller.as_str(), mutation: CREATE, key: &input.idempotency_key }
}

/// What a repeated call must say again to count as the same.
fn meant(input: &NewBeneficiary) -> std::result::Result<String, Failure> {
    Ok(serde_json::to_string(&(&input.condition, &input.values))?)
}

enum Claimed {
    New(BeneficiaryId),
    Same(BeneficiaryId),
}

async fn record(
    platform: &Platform,
    actor: &Actor,
    account: &Account,
    input: &NewBeneficiary,
    document: &Value,
) -> Result<Claimed> {
    let id = &BeneficiaryId::generate(&*platform.clock, &*platform.random);
    let request_id = platform.random.request_id();
    let mut sent = document.clone();
    sent["request_id"] = Value::from(request_id.clone());
    let plain = Secret::new(sent.to_string());
    let sealed = platform.keys.seal(&place(id), DOCUMENT, &plain, &*platform.random).await?.into_stored();
    let now = platform.clock.now();
    let row = &ActiveModel {
        id: Set(id.clone()),
        seller_id: Set(account.seller.clone()),
        account_id: Set(account.id.clone()),
        status: Set(BeneficiaryStatus::Pending.as_str().to_owned()),
        upstream_id: Set(None),
        request_id: Set(request_id),
        country: Set(input.condition.bank_country_code.clone()),
        currency: Set(input.condition.account_currency.clone()),
        transfer_method: Set(input.condition.transfer_method.clone()),
        clearing_system: Set(input.condition.local_clearing_system.clone()),
        entity_type: Set(input.condition.entity_type.clone()),
        holder: Set(upstream::holder(document)),
        bank: Set(upstream::bank(document)),
        nickname: Set(upstream::nickname(document)),
        number_last: Set(upstream::number_last(document)),
        fingerprint: Set(platform.keys.mark("beneficiary", &upstream::fingerprint(document)).await?),
        document_sealed: Set(Some(sealed)),
        sent_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let (key, meant) = (&key(&account.seller, input), &meant(input)?);
    platform
        .db
        .write(|tx| async move {
            match idempotency::claim(platform, &tx, key, meant, id.as_str()).await? {
                Claim::New => {}
                Claim::Same(first) => {
                    return Ok(Claimed::Same(BeneficiaryId::parse(&first).map_err(Failure::new)?));
                }
                Claim::Reused => return Err(BeneficiaryRefusal::KeyReused.into()),
            }
            Entity::insert(row.clone()).exec_without_returning(&*tx).await?;
            let seller = Some(&account.seller);
            audit::record(platform, &tx, actor, "beneficiary.created", id.as_str(), seller, "").await?;
            live::publish(platform, &tx, "beneficiary", id.as_str(), seller).await?;
            enqueue(platform, &tx, NewJob::about(SETTLE, id).after(Duration::seconds(60))).await?;
            Ok(Claimed::New(id.clone()))
        })
        .await
}

/// What a send came to.
enum Sent {
    /// Nothing is open any more.
    Settled,
    /// Nobody knows yet.
    Open,
    /// Airwallex refused the only send there was.
    Refused(Box<airwallex::Refusal>),
}

/// Sends the stored document and writes down the answer, unless that is a refusal.
async fn send(
    platform: &Platform,
    system: &System,
    id: &BeneficiaryId,
) -> std::result::Result<Sent, Failure> {
    let Some(Pending { row, access, document }) = pending(platform, system, id).await? else {
        return Ok(Sent::Settled);
    };
    let now = platform.clock.now();
    platform.db.write(|tx| async move { store::note_sent(&tx, id, Some(now)).await }).await?;
    let answer = upstream_api::create(&platform.upstream, &access, &document).await;
    checkpoint("beneficiaries.sent").await;
    match answer {
        Ok(made) => settle(platform, system, id, BeneficiaryStatus::Active, Some(&made.id)).await?,
        // The first send had reached Airwallex.
        Err(airwallex::Error::Duplicate(refusal)) => match refusal.existing_id() {
            Some(existing) => settle(platform, system, id, BeneficiaryStatus::Active, Some(existing)).await?,
            None => return Ok(Sent::Open),
        },
        // The refusal of a repeat may be the shadow of an earlier send that is still under way.
        Err(airwallex::Error::Refused(refusal))
            if row.sent_at.is_some_and(|earlier| now - earlier < LATE) =>
        {
            // This one was answered; the earlier one is the youngest that is open.
            platform.db.write(|tx| async move { store::note_sent(&tx, id, row.sent_at).await }).await?;
            tracing::warn!(beneficiary.id = %id, %refusal, "a repeated creation was refused while an earlier one is open");
            return Ok(Sent::Open);
        }
        Err(airwallex::Error::Refused(refusal)) => {
            tracing::warn!(beneficiary.id = %id, %refusal, "Airwallex refused a beneficiary that it had validated");
            return Ok(Sent::Refused(refusal));
        }
        Err(error) => {
            tracing::warn!(beneficiary.id = %id, %error, "a beneficiary's creation was not answered");
            return Ok(Sent::Open);
        }
    }
    Ok(Sent::Settled)
}

/// A beneficiary whose creation is open, and what is to be sent for it.
struct Pending {
    row: Model,
    access: Access,
    document: Value,
}

async fn pending(
    platform: &Platform,
    system: &System,
    id: &BeneficiaryId,
) -> std::result::Result<Option<Pending>, Failure> {
    let Some(row) = store::row(platform.db.read(), system, id).await? else { return Ok(None) };
    let sealed = row.document_sealed.clone().filter(|_| row.status == BeneficiaryStatus::Pending.as_str());
    let Some(sealed) = sealed else { return Ok(None) };
    let account = accounts::service::by_id(platform, system, &row.account_id).await?;
    let account = account.ok_or_else(|| Failure::new("a beneficiary's account vanished"))?;
    let plain = platform.keys.open(&place(id), DOCUMENT, &Sealed::from_stored(sealed)).await?;
    let document = serde_json::from_str(plain.expose())?;
    Ok(Some(Pending { row, access: Access::OnBehalfOf(account.upstream_id), document }))
}

async fn settle(
    platform: &Platform,
    who: &impl Who,
    id: &BeneficiaryId,
    status: BeneficiaryStatus,
    upstream_id: Option<&str>,
) -> std::result::Result<(), Failure> {
    let now = platform.clock.now();
    platform
        .db
        .write(|tx: Tx| async move {
            if !store::settle(&tx, id, status, upstream_id, now).await? {
                return Ok(());
            }
            let row = store::row(&*tx, &System::new("beneficiaries"), id).await?;
            let seller = row.map(|row| row.seller_id);
            if let (BeneficiaryStatus::Refused, Some(seller)) = (status, &seller) {
                idempotency::release(&tx, seller.as_str(), CREATE, id.as_str()).await?;
            }
            audit::record(
                platform,
                &tx,
                who,
                "beneficiary.settled",
                id.as_str(),
                seller.as_ref(),
                status.as_str(),
            )
            .await?;
            live::publish(platform, &tx, "beneficiary", id.as_str(), seller.as_ref()).await
        })
        .await
}

/// Finds out what became of a creation that was not answered: looks through the account's list for
/// the same bank account; when the list has had time to show it and does not, sends again.
pub async fn find_out(platform: &Platform, system: &System, id: &BeneficiaryId) -> Result<Outcome> {
    let Some(Pending { row, access, document }) = pending(platform, system, id).await? else {
        return Ok(Outcome::Done);
    };
    let wanted = upstream::fingerprint(&document);
    let is_old = platform.clock.now() - row.created_at > PATIENCE_OF_MACHINES;
    let mut page_number = 0;
    loop {
        let page = match upstream_api::list(&platform.upstream, &access, page_number).await {
            Ok(page) => page,
            // Says nothing about what was sent, and permission may come back; but not for ever.
            Err(error) if is_old => return Ok(Outcome::GiveUp(format!("not found for a day: {error}"))),
            Err(error) => return Ok(Outcome::Later(Duration::zero(), error.to_string())),
        };
        let same = page.items.iter().find(|found| {
            // The same account may be there twice, to be paid in different ways.
            let is_same_way =
                found.transfer_methods.is_empty() || found.transfer_methods.contains(&row.transfer_method);
            let listed = serde_json::json!({ "beneficiary": found.beneficiary });
            is_same_way && upstream::fingerprint(&listed) == wanted
        });
        if let Some(found) = same {
            settle(platform, system, id, BeneficiaryStatus::Active, Some(&found.id)).await?;
            return Ok(Outcome::Done);
        }
        if !page.has_more {
            break;
        }
        page_number += 1;
    }
    let quiet = row.sent_at.is_none_or(|sent_at| platform.clock.now() - sent_at > PATIENCE);
    if !quiet {
        return Ok(Outcome::Later(Duration::seconds(30), "waiting for the list to show it".to_owned()));
    }
    if is_old {
        return Ok(Outcome::GiveUp("not created for a day; look it up at Airwallex".to_owned()));
    }
    match send(platform, system, id).await? {
        Sent::Settled => Ok(Outcome::Done),
        Sent::Open => Ok(Outcome::Later(Duration::seconds(60), "not answered yet".to_owned())),
        // Whoever asked is gone: it is shown as refused, and another wish may take its key.
        Sent::Refused(_) => {
            settle(platform, system, id, BeneficiaryStatus::Refused, None).await?;
            Ok(Outcome::Done)
        }
    }
}

/// Moves every document that waits for its creation to the first key.
pub async fn reseal(platform: &Platform, system: &System) -> std::result::Result<Resealed, Failure> {
    let mut resealed = Resealed::default();
    for (id, sealed) in &store::documents(platform.db.read(), system).await? {
        resealed.note(&place(id), reseal_one(platform, id, sealed).await);
    }
    Ok(resealed)
}

async fn reseal_one(
    platform: &Platform,
    id: &BeneficiaryId,
    sealed: &str,
) -> std::result::Result<u64, Failure> {
    let [Some(renewed)] = &platform.keys.renew(&place(id), [Some(sealed)]).await? else { return Ok(0) };
    platform.db.write(|tx| async move { store::replace_document(&tx, id, sealed, renewed).await }).await
}
