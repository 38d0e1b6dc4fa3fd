//! The form, and reading. Making a beneficiary is `making.rs`.

use std::sync::Arc;

use chrono::Duration;

use airwallex::Access;
use airwallex::api::schemas::{self, Condition};

pub use super::making::{NewBeneficiary, create, find_out, reseal};
use super::model::Beneficiary;
use super::schema::{self, FormSchema};
use super::{BeneficiaryRefusal, store};
use crate::accounts::{self, Account, AccountRefusal};
use crate::connections::Permission;
use crate::db::Tx;
use crate::db::page::{Page, PageRequest};
use crate::kernel::id::{BeneficiaryId, SellerId};
use crate::kernel::{Actor, Error, Failure};
use crate::platform::Platform;

type Result<T> = std::result::Result<T, Error<BeneficiaryRefusal>>;

pub const SETTLE: &str = "beneficiaries.settle";
/// How long a schema is taken for fresh.
const SCHEMA_LIFE: Duration = Duration::minutes(10);

pub(super) async fn account(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<Account> {
    if !actor.may_act_for(seller) {
        return Err(BeneficiaryRefusal::SellerNotFound.into());
    }
    match accounts::service::permitted(platform, actor, seller, Permission::BankAccounts).await {
        Ok(account) if account.linked => Ok(account),
        Ok(_) => Err(BeneficiaryRefusal::NotLinked.into()),
        Err(Error::Refused(AccountRefusal::PermissionMissing)) => {
            Err(BeneficiaryRefusal::PermissionMissing.into())
        }
        Err(Error::Refused(_)) => Err(BeneficiaryRefusal::NotConnected.into()),
        Err(Error::Upstream(error)) => Err(Error::Upstream(error)),
        Err(Error::Failed(failure)) => Err(Error::Failed(failure)),
    }
}

/// The form for a condition, as Airwallex dictates it.
pub async fn form(
    platform: &Platform,
    actor: &Actor,
    seller: &SellerId,
    condition: &Condition,
) -> Result<Arc<FormSchema>> {
    let account = account(platform, actor, seller).await?;
    schema_of(platform, &account, condition).await
}

pub(super) async fn schema_of(
    platform: &Platform,
    account: &Account,
    condition: &Condition,
) -> Result<Arc<FormSchema>> {
    let now = platform.clock.now();
    let key = format!("beneficiary_form/{}", serde_json::to_string(condition).map_err(Failure::from)?);
    if let Some(known) = platform.cache.get::<FormSchema>(&key, now) {
        return Ok(known);
    }
    let access = Access::OnBehalfOf(account.upstream_id.clone());
    match schemas::form(&platform.upstream, &access, condition).await {
        Ok(answer) => {
            let read = Arc::new(schema::read(answer, &condition.bank_country_code));
            platform.cache.put(key, now + SCHEMA_LIFE, read.clone());
            Ok(read)
        }
        Err(airwallex::Error::Refused(refusal))
            if matches!(
                refusal.code.as_str(),
                "SCHEMA_DEFINITION_NOT_FOUND" | "invalid_argument" | "field_required"
            ) =>
        {
            Err(BeneficiaryRefusal::CorridorUnsupported.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// A seller's beneficiary; somebody else's is not found.
pub async fn get(
    platform: &Platform,
    actor: &Actor,
    seller: &SellerId,
    id: &BeneficiaryId,
) -> Result<Beneficiary> {
    if !actor.may_see(seller) {
        return Err(BeneficiaryRefusal::SellerNotFound.into());
    }
    let found = store::find(platform.db.read(), seller, id).await?;
    Ok(found.ok_or(BeneficiaryRefusal::SellerNotFound)?)
}

/// A seller's beneficiaries, newest first.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    seller: &SellerId,
    request: &PageRequest,
) -> Result<Page<Beneficiary>> {
    if !actor.may_see(seller) {
        return Err(BeneficiaryRefusal::SellerNotFound.into());
    }
    Ok(store::page(platform.db.read(), seller, request).await?)
}

/// The same page of several sellers' lists, for loaders.
pub async fn pages(
    platform: &Platform,
    actor: &Actor,
    sellers: &[SellerId],
    request: &PageRequest,
) -> std::result::Result<Vec<Beneficiary>, Failure> {
    let own: Vec<SellerId> = sellers.iter().filter(|seller| actor.may_see(seller)).cloned().collect();
    store::pages(platform.db.read(), &own, request).await
}

/// Several at once, for loaders.
pub async fn many(
    platform: &Platform,
    actor: &Actor,
    ids: &[BeneficiaryId],
) -> std::result::Result<Vec<Beneficiary>, Failure> {
    store::many(platform.db.read(), actor.sellers().as_deref(), ids).await
}

/// What people call a beneficiary, for mails to its owner.
pub async fn label(tx: &Tx, id: &BeneficiaryId) -> std::result::Result<String, Failure> {
    let found = store::many(&**tx, None, std::slice::from_ref(id)).await?;
    Ok(found.first().map(Beneficiary::label).unwrap_or_default())
}
