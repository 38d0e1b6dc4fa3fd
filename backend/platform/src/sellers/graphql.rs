//! Sellers, and the rooms behind them.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject};

use super::model::Seller;
use super::service::{self, NewSeller};
use crate::accounts::graphql::AccountType;
use crate::app::loaders::Loaders;
use crate::beneficiaries::graphql::BeneficiaryType;
use crate::connections::graphql::ConnectionType;
use crate::graphql::problem::{answer, found};
use crate::graphql::{
    Connection, CountryCode, DateTime, ProblemType, actor, connection, platform, request, settle,
};
use crate::kernel::id::SellerId;
use crate::payouts::graphql::PayoutType;

/// Who is paid.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(name = "Seller", complex)]
pub struct SellerType {
    /// The seller's id.
    pub id: ID,
    /// The name of the shop or studio.
    name: String,
    /// Where the business is at home.
    country: CountryCode,
    /// When it joined the marketplace.
    created_at: DateTime,
    #[graphql(skip)]
    pub key: SellerId,
}

impl From<Seller> for SellerType {
    fn from(seller: Seller) -> Self {
        Self {
            id: ID::from(seller.id.as_str()),
            name: seller.name,
            country: CountryCode(seller.country),
            created_at: seller.created_at.into(),
            key: seller.id,
        }
    }
}

#[ComplexObject]
impl SellerType {
    /// The link to Airwallex; null before the first consent.
    async fn connection(&self, context: &Context<'_>) -> async_graphql::Result<Option<ConnectionType>> {
        let loaders = context.data_unchecked::<Loaders>();
        Ok(loaders.connections.load_one(self.key.clone()).await?.map(Into::into))
    }

    /// The connected account; null before it was read for the first time.
    async fn account(&self, context: &Context<'_>) -> async_graphql::Result<Option<AccountType>> {
        let loaders = context.data_unchecked::<Loaders>();
        Ok(loaders.accounts.load_one(self.key.clone()).await?.map(Into::into))
    }

    /// Bank accounts to pay to, newest first.
    #[graphql(complexity = "crate::graphql::page::cost(first, last, child_complexity)")]
    async fn beneficiaries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from the newest.")] first: Option<i32>,
        #[graphql(desc = "Older than this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the oldest.")] last: Option<i32>,
        #[graphql(desc = "Newer than this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Connection<BeneficiaryType>> {
        let wanted = (self.key.clone(), request(first, after, last, before)?);
        let page = context.data_unchecked::<Loaders>().beneficiary_pages.load_one(wanted).await?;
        let page = page.ok_or_else(|| async_graphql::Error::new("a page was not loaded"))?;
        Ok(connection(page.map(BeneficiaryType::from), |one| one.id.as_str()))
    }

    /// Payouts, newest first.
    #[graphql(complexity = "crate::graphql::page::cost(first, last, child_complexity)")]
    async fn payouts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from the newest.")] first: Option<i32>,
        #[graphql(desc = "Older than this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the oldest.")] last: Option<i32>,
        #[graphql(desc = "Newer than this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Connection<PayoutType>> {
        let wanted = (self.key.clone(), request(first, after, last, before)?);
        let page = context.data_unchecked::<Loaders>().payout_pages.load_one(wanted).await?;
        let page = page.ok_or_else(|| async_graphql::Error::new("a page was not loaded"))?;
        Ok(connection(page.map(PayoutType::from), |one| one.id.as_str()))
    }
}

#[derive(Default)]
pub struct SellerQuery;

#[Object]
impl SellerQuery {
    /// One seller; null when there is none, or it is somebody else's.
    async fn seller(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<SellerType>> {
        let Ok(id) = SellerId::parse(&id) else { return Ok(None) };
        Ok(found(service::get(platform(context), actor(context), &id).await)?.map(Into::into))
    }

    /// The sellers that the viewer belongs to, or all for staff; newest first.
    #[graphql(complexity = "crate::graphql::page::cost(first, last, child_complexity)")]
    async fn sellers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from the newest.")] first: Option<i32>,
        #[graphql(desc = "Older than this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the oldest.")] last: Option<i32>,
        #[graphql(desc = "Newer than this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Connection<SellerType>> {
        let page = request(first, after, last, before)?;
        let page = answer(service::list(platform(context), actor(context), &page).await)?;
        Ok(connection(page.map(SellerType::from), |seller| seller.id.as_str()))
    }
}

/// A seller to be made.
#[derive(InputObject)]
pub struct CreateSellerInput {
    /// The name of the shop or studio.
    name: String,
    /// Where the business is at home.
    country: CountryCode,
}

/// The outcome of `createSeller`.
#[derive(SimpleObject)]
pub struct CreateSellerPayload {
    /// The seller; whoever made it belongs to it.
    seller: Option<SellerType>,
    /// Why it was not made.
    problems: Vec<ProblemType>,
}

#[derive(Default)]
pub struct SellerMutation;

#[Object]
impl SellerMutation {
    /// Makes a seller.
    async fn create_seller(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to make.")] input: CreateSellerInput,
    ) -> async_graphql::Result<CreateSellerPayload> {
        let wanted = NewSeller { name: input.name, country: input.country.0 };
        let (seller, problems) = settle(service::create(platform(context), actor(context), wanted).await)?;
        Ok(CreateSellerPayload { seller: seller.map(Into::into), problems })
    }
}
