//! Connected accounts and their balances.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, SimpleObject};

use super::AccountRefusal;
use super::model::{Account, AccountStatus, Balance};
use super::service;
use crate::app::loaders::Loaders;
use crate::graphql::{DateTime, MoneyType, ProblemType, actor, platform, settle};
use crate::kernel::Error;
use crate::kernel::id::{AccountId, SellerId};

/// An account's status, as Airwallex says it.
#[derive(Enum, Copy, Clone, Eq, PartialEq, Debug)]
#[graphql(name = "AccountStatus", remote = "AccountStatus")]
pub enum AccountStatusType {
    /// Opened, not sent into review.
    Created,
    /// In review.
    Submitted,
    /// The review waits for the customer.
    ActionRequired,
    /// Usable.
    Active,
    /// Refused, or paused.
    Suspended,
    /// Not used for long.
    Dormant,
    /// Closed for good.
    Closed,
    /// A word that this version does not know; not usable.
    Unknown,
}

/// A connected account, as last seen.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(name = "Account", complex)]
pub struct AccountType {
    /// The account's id here.
    pub id: ID,
    /// The account's id at Airwallex, `acct_…`.
    airwallex_id: String,
    /// Whether it can be used.
    status: AccountStatusType,
    /// The name at Airwallex.
    name: Option<String>,
    /// The name on the wallet.
    wallet_name: Option<String>,
    /// What Airwallex wants next, in its own word.
    next_action: Option<String>,
    /// Whether the marketplace may act for it.
    is_linked: bool,
    /// When Airwallex was last asked.
    synced_at: Option<DateTime>,
    #[graphql(skip)]
    key: AccountId,
}

impl From<Account> for AccountType {
    fn from(account: Account) -> Self {
        Self {
            id: ID::from(account.id.as_str()),
            airwallex_id: account.upstream_id,
            status: account.status.into(),
            name: account.name,
            wallet_name: account.wallet_name,
            next_action: account.next_action,
            is_linked: account.linked,
            synced_at: account.synced_at.map(Into::into),
            key: account.id,
        }
    }
}

/// What the wallet held in one currency.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(name = "Balance")]
pub struct BalanceType {
    /// Ready to be paid out.
    available: MoneyType,
    /// On its way in.
    pending: MoneyType,
    /// Held back.
    reserved: MoneyType,
    /// When this was read.
    as_of: DateTime,
}

impl From<Balance> for BalanceType {
    fn from(balance: Balance) -> Self {
        Self {
            available: balance.available.into(),
            pending: balance.pending.into(),
            reserved: balance.reserved.into(),
            as_of: balance.as_of.into(),
        }
    }
}

#[ComplexObject]
impl AccountType {
    /// The wallet's balances, by currency.
    async fn balances(&self, context: &Context<'_>) -> async_graphql::Result<Vec<BalanceType>> {
        let loaders = context.data_unchecked::<Loaders>();
        let found = loaders.balances.load_one(self.key.clone()).await?;
        Ok(found.unwrap_or_default().into_iter().map(Into::into).collect())
    }
}

/// Which account to look at.
#[derive(InputObject)]
pub struct SyncAccountInput {
    /// Whose account.
    seller_id: ID,
}

/// The outcome of `syncAccount`.
#[derive(SimpleObject)]
pub struct SyncAccountPayload {
    /// The account as it is now.
    account: Option<AccountType>,
    /// Why it could not be read.
    problems: Vec<ProblemType>,
}

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Reads status, wallet and balances from Airwallex now.
    async fn sync_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to read.")] input: SyncAccountInput,
    ) -> async_graphql::Result<SyncAccountPayload> {
        let result = match SellerId::parse(&input.seller_id) {
            Ok(seller) => service::look_again(platform(context), actor(context), &seller).await,
            Err(_) => Err(Error::Refused(AccountRefusal::SellerNotFound)),
        };
        let (account, problems) = settle(result)?;
        Ok(SyncAccountPayload { account: account.map(Into::into), problems })
    }
}
