//! The viewer and API tokens.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::api_token::{self, NewApiToken};
use super::model::ApiToken;
use super::service;
use crate::graphql::problem::{answer, found};
use crate::graphql::{Connection, DateTime, ProblemType, actor, connection, platform, request, settle};
use crate::kernel::Error;
use crate::kernel::id::{ApiTokenId, SellerId};

use super::UserRefusal;

/// Whoever asks.
#[derive(SimpleObject)]
#[graphql(name = "Viewer")]
pub struct ViewerType {
    /// The person signed in, or the one who made the API token.
    id: ID,
    /// Her name.
    name: String,
    /// Her email address.
    email: String,
    /// Whether she works for the operator.
    is_staff: bool,
    /// The ids of the sellers she belongs to; null for staff, who see all.
    seller_ids: Option<Vec<ID>>,
}

/// A program's key, as it may be shown.
#[derive(SimpleObject)]
#[graphql(name = "ApiToken")]
pub struct ApiTokenType {
    /// Its id, for revoking.
    id: ID,
    /// What its maker called it.
    name: String,
    /// Its last four characters.
    hint: String,
    /// The seller it acts for; null for the whole marketplace.
    seller_id: Option<ID>,
    /// When it was made.
    created_at: DateTime,
    /// When it was ended, if it was.
    revoked_at: Option<DateTime>,
}

impl From<ApiToken> for ApiTokenType {
    fn from(token: ApiToken) -> Self {
        Self {
            id: ID::from(token.id.as_str()),
            name: token.name,
            hint: token.hint,
            seller_id: token.seller.map(|id| ID::from(id.as_str())),
            created_at: token.created_at.into(),
            revoked_at: token.revoked_at.map(Into::into),
        }
    }
}

#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// Whoever asks; null when nobody has signed in.
    async fn viewer(&self, context: &Context<'_>) -> async_graphql::Result<Option<ViewerType>> {
        let actor = actor(context);
        let Some(id) = actor.person_id() else { return Ok(None) };
        let person = found(service::person(platform(context), id).await)?;
        Ok(person.map(|person| ViewerType {
            id: ID::from(person.id.as_str()),
            name: person.name,
            email: person.email,
            is_staff: actor.as_staff().is_some(),
            seller_ids: actor.sellers().map(|ids| ids.iter().map(|id| ID::from(id.as_str())).collect()),
        }))
    }

    /// API tokens, newest first: of one seller, or without `sellerId` the operator's own (staff).
    #[graphql(complexity = "crate::graphql::page::cost(first, last, child_complexity)")]
    async fn api_tokens(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose tokens.")] seller_id: Option<ID>,
        #[graphql(desc = "How many, from the newest.")] first: Option<i32>,
        #[graphql(desc = "Older than this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the oldest.")] last: Option<i32>,
        #[graphql(desc = "Newer than this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Connection<ApiTokenType>> {
        let page = request(first, after, last, before)?;
        let result = match seller_id.map(|id| parse_seller(&id)).transpose() {
            Ok(seller) => api_token::list(platform(context), actor(context), seller.as_ref(), &page).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(connection(answer(result)?.map(ApiTokenType::from), |token| token.id.as_str()))
    }
}

fn parse_seller(id: &ID) -> Result<SellerId, UserRefusal> {
    SellerId::parse(id).map_err(|_| UserRefusal::SellerNotFound)
}

/// A token to be made.
#[derive(InputObject)]
pub struct CreateApiTokenInput {
    /// What to call it.
    name: String,
    /// The seller it shall act for; without it the whole marketplace (staff only).
    seller_id: Option<ID>,
}

/// The outcome of `createApiToken`.
#[derive(SimpleObject)]
pub struct CreateApiTokenPayload {
    /// The token's description.
    api_token: Option<ApiTokenType>,
    /// The token itself. Shown this once; keep it well.
    secret: Option<String>,
    /// Why it was not made.
    problems: Vec<ProblemType>,
}

/// A token to be ended.
#[derive(InputObject)]
pub struct RevokeApiTokenInput {
    /// Its id.
    id: ID,
}

/// The outcome of `revokeApiToken`.
#[derive(SimpleObject)]
pub struct RevokeApiTokenPayload {
    /// The token, ended.
    api_token: Option<ApiTokenType>,
    /// Why it was not ended.
    problems: Vec<ProblemType>,
}

#[derive(Default)]
pub struct UserMutation;

#[Object]
impl UserMutation {
    /// Makes an API token. People make tokens; tokens do not.
    async fn create_api_token(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to make.")] input: CreateApiTokenInput,
    ) -> async_graphql::Result<CreateApiTokenPayload> {
        let seller = input.seller_id.map(|id| parse_seller(&id)).transpose();
        let result = match seller {
            Ok(seller) => {
                let wanted = NewApiToken { name: input.name, seller };
                api_token::create(platform(context), actor(context), wanted).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        let (made, problems) = settle(result)?;
        let (token, secret) = made.unzip();
        Ok(CreateApiTokenPayload {
            api_token: token.map(Into::into),
            secret: secret.map(|secret| secret.expose().clone()),
            problems,
        })
    }

    /// Ends an API token at once.
    async fn revoke_api_token(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to end.")] input: RevokeApiTokenInput,
    ) -> async_graphql::Result<RevokeApiTokenPayload> {
        let result = match ApiTokenId::parse(&input.id) {
            Ok(id) => api_token::revoke(platform(context), actor(context), &id).await,
            Err(_) => Err(Error::Refused(UserRefusal::TokenNotFound)),
        };
        let (token, problems) = settle(result)?;
        Ok(RevokeApiTokenPayload { api_token: token.map(Into::into), problems })
    }
}
