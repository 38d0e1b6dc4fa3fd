//! Use cases: create, read, cancel. Sending is `sending.rs`, what Airwallex reports is `reports.rs`.

use sea_orm::{ActiveValue::Set, EntityTrait};

use airwallex::Access;
use airwallex::api::transfers;

use super::entity::payout::{ActiveModel, Entity};
use super::model::{Payout, PayoutEvent, PayoutStatus};
use super::rules;
use super::store::Change;
use super::{PayoutRefusal, store, upstream};
use crate::accounts::AccountRefusal;
use crate::connections::Permission;
use crate::db::Tx;
use crate::db::page::{Page, PageRequest};
use crate::fees::FeePlan;
use crate::idempotency::{self, Claim};
use crate::jobs::{NewJob, enqueue};
use crate::kernel::id::{BeneficiaryId, PayoutId, SellerId};
use crate::kernel::{Actor, Error, Failure, Money, System};
use crate::platform::Platform;
use crate::{accounts, audit, beneficiaries, fees, sellers};

pub use super::holds::{Holds, RELEASE, holds, lost, release};
pub use super::reports::{Source, apply_upstream};
pub use super::restoring::{COMPARE, COMPARE_ACCOUNT, compare, compare_account, hold_since};
pub use super::sending::submit;
pub use super::store::{Along, Row};
pub use super::sweeping::look_up_quiet;

type Result<T> = std::result::Result<T, Error<PayoutRefusal>>;

/// The mutation that keys are unique in.
const CREATE: &str = "createPayout";

pub const SUBMIT: &str = "payouts.submit";
pub const RECONCILE: &str = "payouts.reconcile";
/// Our books and Airwallex's differ: the job gives itself up, which is how staff see it.
pub const BREAK: &str = "payouts.break";

/// A payout to be made.
#[derive(Debug, Clone)]
pub struct NewPayout {
    pub seller: SellerId,
    pub beneficiary: BeneficiaryId,
    pub amount: Money,
    pub reference: String,
    pub idempotency_key: String,
}

/// What a payout would cost, before it is made.
#[derive(Debug, Clone)]
pub struct Quote {
    pub amount: Money,
    pub fee: Money,
    pub total: Money,
    /// The rule that the fee was computed by; none charges nothing.
    pub plan: Option<FeePlan>,
    pub beneficiary: beneficiaries::Beneficiary,
}

struct Prepared {
    account: accounts::Account,
    beneficiary: beneficiaries::Beneficiary,
    plan: Option<FeePlan>,
    fee: Money,
}

/// Loads what a payout needs and asks the rule.
async fn prepare(platform: &Platform, actor: &Actor, input: &NewPayout) -> Result<Prepared> {
    if !actor.may_act_for(&input.seller) {
        return Err(PayoutRefusal::SellerNotFound.into());
    }
    let seller = match sellers::service::get(platform, actor, &input.seller).await {
        Ok(found) => found,
        Err(Error::Failed(failure)) => return Err(failure.into()),
        Err(_) => return Err(PayoutRefusal::SellerNotFound.into()),
    };
    let account =
        match accounts::service::permitted(platform, actor, &input.seller, Permission::Payouts).await {
            Ok(found) => found,
            Err(Error::Failed(failure)) => return Err(failure.into()),
            Err(Error::Refused(AccountRefusal::PermissionMissing)) => {
                return Err(PayoutRefusal::PermissionMissing.into());
            }
            Err(_) => return Err(PayoutRefusal::NotConnected.into()),
        };
    let beneficiary = beneficiaries::service::get(platform, actor, &input.seller, &input.beneficiary).await;
    let beneficiary = match beneficiary {
        Ok(found) => found,
        Err(Error::Failed(failure)) => return Err(failure.into()),
        Err(_) => return Err(PayoutRefusal::BeneficiaryNotFound.into()),
    };
    rules::may_create(&account, &beneficiary, input.amount, &input.reference)?;
    let plan = fees::service::applicable(platform, seller.fee_plan.as_ref()).await?;
    let fee = match &plan {
        Some(plan) => fees::service::fee(plan, input.amount).map_err(PayoutRefusal::AmountInvalid)?,
        None => Money::zero(input.amount.currency()),
    };
    Ok(Prepared { account, beneficiary, plan, fee })
}

/// What this payout would cost. Makes nothing.
pub async fn quote(platform: &Platform, actor: &Actor, input: &NewPayout) -> Result<Quote> {
    let prepared = prepare(platform, actor, input).await?;
    let total = input.amount.checked_add(prepared.fee).map_err(PayoutRefusal::AmountInvalid)?;
    Ok(Quote {
        amount: input.amount,
        fee: prepared.fee,
        total,
        plan: prepared.plan,
        beneficiary: prepared.beneficiary,
    })
}

/// Whether a payout of this seller was made with the key.
pub async fn is_key_used(
    platform: &Platform,
    seller: &SellerId,
    key: &str,
) -> std::result::Result<bool, Failure> {
    let key = idempotency::Key { owner: seller.as_str(), mutation: CREATE, key };
    Ok(idempotency::find(platform, platform.db.read(), &key, "").await? != Claim::New)
}

/// Writes the intent down, with everything frozen that will be sent; a worker sends it.
pub async fn create(platform: &Platform, actor: &Actor, input: NewPayout) -> Result<Payout> {
    if !idempotency::is_key(&input.idempotency_key) {
        return Err(PayoutRefusal::KeyInvalid.into());
    }
    if !actor.may_act_for(&input.seller) {
        return Err(PayoutRefusal::SellerNotFound.into());
    }
    let meant = &format!("{} {} {}", input.beneficiary, input.amount, input.reference);
    let key =
        idempotency::Key { owner: input.seller.as_str(), mutation: CREATE, key: &input.idempotency_key };
    // Before asking any rule: what the first call made stands, whatever has changed since.
    match idempotency::find(platform, platform.db.read(), &key, meant).await? {
        Claim::New => {}
        Claim::Same(first) => {
            return get(platform, actor, &PayoutId::parse(&first).map_err(Failure::new)?).await;
        }
        Claim::Reused => return Err(PayoutRefusal::KeyReused.into()),
    }
    let prepared = prepare(platform, actor, &input).await?;
    let id = PayoutId::generate(&*platform.clock, &*platform.random);
    let row = &new_row(platform, &id, &input, &prepared)?;
    let (id, input, key) = (&id, &input, &key);
    let made: Result<PayoutId> = platform
        .db
        .write(|tx| async move {
            match idempotency::claim(platform, &tx, key, meant, id.as_str()).await? {
                Claim::New => {}
                Claim::Same(first) => return Ok(PayoutId::parse(&first).map_err(Failure::new)?),
                Claim::Reused => return Err(PayoutRefusal::KeyReused.into()),
            }
            Entity::insert(row.clone()).exec_without_returning(&*tx).await?;
            store::note(platform, &tx, actor, id, &input.seller, 1, PayoutStatus::Approved, "created", None)
                .await?;
            enqueue(platform, &tx, NewJob::about(SUBMIT, id)).await?;
            Ok(id.clone())
        })
        .await;
    get(platform, actor, &made?).await
}

fn new_row(
    platform: &Platform,
    id: &PayoutId,
    input: &NewPayout,
    prepared: &Prepared,
) -> Result<ActiveModel> {
    let request_id = platform.random.request_id();
    let now = platform.clock.now();
    let payee = prepared.beneficiary.upstream_id.as_deref().ok_or(PayoutRefusal::BeneficiaryNotReady)?;
    let method = &prepared.beneficiary.transfer_method;
    let body = upstream::body(id, &request_id, payee, method, input.amount, prepared.fee, &input.reference)?;
    Ok(ActiveModel {
        id: Set(id.clone()),
        seller_id: Set(input.seller.clone()),
        account_id: Set(prepared.account.id.clone()),
        beneficiary_id: Set(input.beneficiary.clone()),
        reference: Set(input.reference.clone()),
        status: Set(PayoutStatus::Approved.as_str().to_owned()),
        reason: Set(None),
        revision: Set(1),
        amount_minor: Set(input.amount.minor()),
        currency: Set(input.amount.currency().code().to_owned()),
        fee_minor: Set(prepared.fee.minor()),
        fee_plan_id: Set(prepared.plan.as_ref().map(|plan| plan.id.clone())),
        request_id: Set(request_id),
        acting_account: Set(prepared.account.upstream_id.clone()),
        api_version: Set(platform.settings.api_version.clone()),
        body: Set(body),
        upstream_id: Set(None),
        upstream_reference: Set(None),
        upstream_status: Set(None),
        first_sent_at: Set(None),
        checked_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    })
}

/// Stops a payout: by us alone before its first send, afterwards by asking Airwallex.
pub async fn cancel(platform: &Platform, actor: &Actor, id: &PayoutId) -> Result<Payout> {
    let payout = get(platform, actor, id).await?;
    if !actor.may_act_for(&payout.seller) {
        return Err(PayoutRefusal::NotFound.into());
    }
    if rules::may_cancel_locally(payout.status) {
        let cancelled = platform
            .db
            .write(|tx| async move {
                let row = store::row(&*tx, &System::new("cancel"), id).await?;
                let row = row.ok_or_else(|| Failure::new("a payout vanished"))?;
                if !rules::may_cancel_locally(store::read(row.clone())?.status) {
                    return Ok::<_, Failure>(false);
                }
                let change = Change { status: Some(PayoutStatus::Cancelled), ..Change::default() };
                store::change(platform, &tx, actor, &row, change, "cancelled").await
            })
            .await?;
        if cancelled {
            return get(platform, actor, id).await;
        }
    }
    let payout = get(platform, actor, id).await?;
    let upstream_id = payout.upstream_id.as_ref().filter(|_| rules::may_ask_to_cancel(payout.status));
    let upstream_id = upstream_id.ok_or(PayoutRefusal::TooLateToCancel)?;
    let access = Access::OnBehalfOf(payout.acting_account.clone());
    let seller = payout.seller.clone();
    let seller = &seller;
    platform
        .db
        .write(|tx: Tx| async move {
            audit::record(platform, &tx, actor, "payout.cancel_asked", id.as_str(), Some(seller), "").await
        })
        .await?;
    match transfers::cancel(&platform.upstream, &access, upstream_id).await {
        Ok(()) | Err(airwallex::Error::Unknown(_)) => {}
        Err(airwallex::Error::Refused(refusal)) if refusal.code == "can_not_be_edited" => {
            return Err(PayoutRefusal::TooLateToCancel.into());
        }
        Err(error) => return Err(error.into()),
    }
    // Whatever was heard, the status is read.
    let transfer = transfers::get(&platform.upstream, &access, upstream_id).await?;
    let source = Source("cancel asked".to_owned());
    apply_upstream(platform, &System::new("cancel"), Some(&payout.acting_account), &transfer, &source)
        .await?;
    get(platform, actor, id).await
}

/// A payout that the actor may see; somebody else's is not found.
pub async fn get(platform: &Platform, actor: &Actor, id: &PayoutId) -> Result<Payout> {
    let found = store::find(platform.db.read(), actor, id).await?;
    Ok(found.ok_or(PayoutRefusal::NotFound)?)
}

/// Where a payout stands.
pub async fn status(
    platform: &Platform,
    system: &System,
    id: &PayoutId,
) -> std::result::Result<Option<PayoutStatus>, Failure> {
    let row = store::row(platform.db.read(), system, id).await?;
    Ok(row.map(store::read).transpose()?.map(|payout| payout.status))
}

/// Payouts that the actor may see, newest first; of one seller, or of all.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    seller: Option<&SellerId>,
    status: Option<PayoutStatus>,
    along: Along,
    request: &PageRequest,
) -> Result<Page<Row>> {
    if *actor == Actor::Anonymous {
        return Err(PayoutRefusal::SignInFirst.into());
    }
    if seller.is_some_and(|seller| !actor.may_see(seller)) {
        return Err(PayoutRefusal::SellerNotFound.into());
    }
    Ok(store::page(platform.db.read(), actor, seller, status, along, request).await?)
}

/// The same page of several sellers' payouts, for loaders.
pub async fn pages(
    platform: &Platform,
    actor: &Actor,
    sellers: &[SellerId],
    request: &PageRequest,
) -> std::result::Result<Vec<Payout>, Failure> {
    store::pages(platform.db.read(), actor, sellers, request).await
}

/// The steps of several payouts' lives, for loaders and pages.
pub async fn history(
    platform: &Platform,
    ids: &[PayoutId],
) -> std::result::Result<Vec<(PayoutId, PayoutEvent)>, Failure> {
    store::history(platform.db.read(), ids).await
}

/// How many payouts stand in each status, for the metrics.
pub async fn count_by_status(platform: &Platform) -> std::result::Result<Vec<(String, u64)>, Failure> {
    store::count_by_status(platform.db.read()).await
}

/// The sends of a payout: number, time, outcome, detail. For staff.
pub async fn sends(
    platform: &Platform,
    _staff: &crate::kernel::Staff,
    id: &PayoutId,
) -> std::result::Result<Vec<(i64, crate::kernel::Instant, String)>, Failure> {
    let rows = store::sends(platform.db.read(), id).await?;
    let shown = rows.into_iter().map(|row| {
        let outcome = row.outcome.unwrap_or_else(|| "open".to_owned());
        let detail = row.detail.filter(|detail| !detail.is_empty()).map(|detail| format!(": {detail}"));
        (row.number, row.recorded_at, format!("{outcome}{}", detail.unwrap_or_default()))
    });
    Ok(shown.collect())
}
