//! Payouts: reading, making, cancelling, and hearing of them.

use async_graphql::{
    ComplexObject, Context, Enum, ID, InputObject, Lookahead, Object, SimpleObject, Subscription,
};
use futures_util::{Stream, StreamExt};
use tokio_stream::wrappers::BroadcastStream;

use super::PayoutRefusal;
use super::model::{Payout, PayoutEvent, PayoutStatus};
use super::service::{self, Along, NewPayout};
use crate::app::loaders::Loaders;
use crate::beneficiaries::graphql::BeneficiaryType;
use crate::db::page::PageRequest;
use crate::graphql::problem::{answer, denied, found};
use crate::graphql::{
    Connection, DateTime, MoneyInput, MoneyType, ProblemType, actor, connection, platform, request, settle,
};
use crate::kernel::id::{BeneficiaryId, PayoutId, SellerId};
use crate::kernel::{Error, Money};
use crate::sellers::graphql::SellerType;

/// Where a payout stands.
#[derive(Enum, Copy, Clone, Eq, PartialEq, Debug)]
#[graphql(name = "PayoutStatus", remote = "PayoutStatus")]
pub enum PayoutStatusType {
    /// Not asked for yet.
    Draft,
    /// A person has to approve it.
    AwaitingApproval,
    /// Ready to be sent.
    Approved,
    /// Waits for its date.
    Planned,
    /// Being sent to Airwallex.
    Submitting,
    /// Sent, and the outcome is not known yet; it is being looked up.
    Reconciling,
    /// Known to Airwallex.
    Submitted,
    /// Airwallex will take the money on the transfer date.
    Scheduled,
    /// Funded, being checked and sent.
    Processing,
    /// With the bank network.
    Sent,
    /// Confirmed by the bank network; a bank may still send it back.
    Paid,
    /// The bank sent it back after it was paid.
    Returned,
    /// The balance is short.
    Overdue,
    /// Airwallex has been asked to stop it.
    CancellationRequested,
    /// Stopped.
    Cancelled,
    /// Did not go through.
    Failed,
}

/// Money on its way to a seller.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(name = "Payout", complex)]
pub struct PayoutType {
    /// The payout's id.
    pub id: ID,
    /// Where it stands.
    status: PayoutStatusType,
    /// Why it failed or came back: Airwallex's code, or a word of ours.
    reason: Option<String>,
    /// What the bank account gets.
    amount: MoneyType,
    /// The marketplace's fee, on top.
    fee: MoneyType,
    /// What leaves the balance.
    total: MoneyType,
    /// Shows on the bank statement.
    reference: String,
    /// Airwallex's own reference.
    airwallex_reference: Option<String>,
    /// When it was asked for.
    created_at: DateTime,
    /// When its status last changed.
    updated_at: DateTime,
    #[graphql(skip)]
    model: Payout,
}

impl From<Payout> for PayoutType {
    fn from(payout: Payout) -> Self {
        Self {
            id: ID::from(payout.id.as_str()),
            status: payout.status.into(),
            reason: payout.reason.clone(),
            amount: payout.amount.into(),
            fee: payout.fee.into(),
            total: payout.total().into(),
            reference: payout.reference.clone(),
            airwallex_reference: payout.upstream_reference.clone(),
            created_at: payout.created_at.into(),
            updated_at: payout.updated_at.into(),
            model: payout,
        }
    }
}

/// A step in a payout's life.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(name = "PayoutEvent")]
pub struct PayoutEventType {
    /// Where it stood from then on.
    status: PayoutStatusType,
    /// What caused it.
    cause: String,
    /// Airwallex's code, on failures.
    detail: Option<String>,
    /// Since when.
    at: DateTime,
}

impl From<PayoutEvent> for PayoutEventType {
    fn from(event: PayoutEvent) -> Self {
        Self { status: event.status.into(), cause: event.cause, detail: event.detail, at: event.at.into() }
    }
}

#[ComplexObject]
impl PayoutType {
    /// Whose payout it is.
    async fn seller(&self, context: &Context<'_>) -> async_graphql::Result<Option<SellerType>> {
        let loaders = context.data_unchecked::<Loaders>();
        Ok(loaders.sellers.load_one(self.model.seller.clone()).await?.map(Into::into))
    }

    /// Where it goes.
    async fn beneficiary(&self, context: &Context<'_>) -> async_graphql::Result<Option<BeneficiaryType>> {
        let loaders = context.data_unchecked::<Loaders>();
        Ok(loaders.beneficiaries.load_one(self.model.beneficiary.clone()).await?.map(Into::into))
    }

    /// The steps of its life, oldest first.
    async fn history(&self, context: &Context<'_>) -> async_graphql::Result<Vec<PayoutEventType>> {
        let loaders = context.data_unchecked::<Loaders>();
        let events = loaders.histories.load_one(self.model.id.clone()).await?;
        Ok(events.unwrap_or_default().into_iter().map(Into::into).collect())
    }
}

/// What the query selects below each payout decides what is joined.
fn along(look: Lookahead<'_>) -> Along {
    let node = look.field("edges").field("node");
    Along { seller: node.field("seller").exists(), beneficiary: node.field("beneficiary").exists() }
}

/// A page of payouts in one statement; what came along is fed into the loaders.
async fn payouts_of(
    context: &Context<'_>,
    status: Option<PayoutStatus>,
    page: PageRequest,
) -> async_graphql::Result<Connection<PayoutType>> {
    let along = along(context.look_ahead());
    let page = answer(service::list(platform(context), actor(context), None, status, along, &page).await)?;
    let loaders = context.data_unchecked::<Loaders>();
    for row in &page.items {
        if let Some(seller) = &row.seller {
            loaders.sellers.feed_one(seller.id.clone(), seller.clone()).await;
        }
        if let Some(beneficiary) = &row.beneficiary {
            loaders.beneficiaries.feed_one(beneficiary.id.clone(), beneficiary.clone()).await;
        }
    }
    Ok(connection(page.map(|row| PayoutType::from(row.payout)), |payout| payout.id.as_str()))
}

#[derive(Default)]
pub struct PayoutQuery;

#[Object]
impl PayoutQuery {
    /// One payout; null when there is none, or it is somebody else's.
    async fn payout(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<PayoutType>> {
        let Ok(id) = PayoutId::parse(&id) else { return Ok(None) };
        Ok(found(service::get(platform(context), actor(context), &id).await)?.map(Into::into))
    }

    /// The payouts of the viewer's sellers, or of all for staff; newest first.
    #[graphql(complexity = "crate::graphql::page::cost(first, last, child_complexity)")]
    async fn payouts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those that stand there.")] status: Option<PayoutStatusType>,
        #[graphql(desc = "How many, from the newest.")] first: Option<i32>,
        #[graphql(desc = "Older than this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the oldest.")] last: Option<i32>,
        #[graphql(desc = "Newer than this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Connection<PayoutType>> {
        payouts_of(context, status.map(Into::into), request(first, after, last, before)?).await
    }

    /// What a payout would cost now, to show before it is made. Makes nothing.
    async fn payout_quote(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose money.")] seller_id: ID,
        #[graphql(desc = "Where it would go.")] beneficiary_id: ID,
        #[graphql(desc = "What the bank account would get.")] amount: MoneyInput,
    ) -> async_graphql::Result<PayoutQuoteType> {
        let (reference, idempotency_key) = ("quote".to_owned(), String::new());
        let input = CreatePayoutInput { seller_id, beneficiary_id, amount, reference, idempotency_key };
        let result = match input.read() {
            Ok(input) => service::quote(platform(context), actor(context), &input).await,
            Err(refusal) => Err(Error::Refused(refusal)),
        };
        let quote = answer(result)?;
        let fee_words = quote.plan.as_ref().map(|plan| plan.words(quote.amount.currency()));
        Ok(PayoutQuoteType {
            amount: quote.amount.into(),
            fee: quote.fee.into(),
            total: quote.total.into(),
            fee_words,
        })
    }
}

/// What a payout would cost.
#[derive(SimpleObject)]
#[graphql(name = "PayoutQuote")]
pub struct PayoutQuoteType {
    /// What the bank account would get.
    amount: MoneyType,
    /// The marketplace's fee, on top.
    fee: MoneyType,
    /// What would leave the balance.
    total: MoneyType,
    /// The fee's rule in words; null when nothing is charged.
    fee_words: Option<String>,
}

/// A payout to be made.
#[derive(InputObject)]
pub struct CreatePayoutInput {
    /// Whose money.
    seller_id: ID,
    /// Where it goes.
    beneficiary_id: ID,
    /// What the bank account gets; the fee comes on top.
    amount: MoneyInput,
    /// Shows on the bank statement, 1 to 140 characters.
    reference: String,
    /// Chosen by you; the same key with the same input gives the first result.
    idempotency_key: String,
}

impl CreatePayoutInput {
    fn read(self) -> Result<NewPayout, PayoutRefusal> {
        let amount: Money = self.amount.read().map_err(PayoutRefusal::AmountInvalid)?;
        Ok(NewPayout {
            seller: SellerId::parse(&self.seller_id).map_err(|_| PayoutRefusal::SellerNotFound)?,
            beneficiary: BeneficiaryId::parse(&self.beneficiary_id)
                .map_err(|_| PayoutRefusal::BeneficiaryNotFound)?,
            amount,
            reference: self.reference.trim().to_owned(),
            idempotency_key: self.idempotency_key,
        })
    }
}

/// The outcome of `createPayout`.
#[derive(SimpleObject)]
pub struct CreatePayoutPayload {
    /// The payout, on its way.
    payout: Option<PayoutType>,
    /// Why it was not made.
    problems: Vec<ProblemType>,
}

/// A payout to be stopped.
#[derive(InputObject)]
pub struct CancelPayoutInput {
    /// Its id.
    id: ID,
}

/// The outcome of `cancelPayout`.
#[derive(SimpleObject)]
pub struct CancelPayoutPayload {
    /// The payout as it is now.
    payout: Option<PayoutType>,
    /// Why it was not stopped.
    problems: Vec<ProblemType>,
}

#[derive(Default)]
pub struct PayoutMutation;

#[Object]
impl PayoutMutation {
    /// Pays a seller out.
    async fn create_payout(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to pay.")] input: CreatePayoutInput,
    ) -> async_graphql::Result<CreatePayoutPayload> {
        let result = match input.read() {
            Ok(wanted) => service::create(platform(context), actor(context), wanted).await,
            Err(refusal) => Err(Error::Refused(refusal)),
        };
        let (payout, problems) = settle(result)?;
        Ok(CreatePayoutPayload { payout: payout.map(Into::into), problems })
    }

    /// Stops a payout, if it is not with the bank yet.
    async fn cancel_payout(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to stop.")] input: CancelPayoutInput,
    ) -> async_graphql::Result<CancelPayoutPayload> {
        let result = match PayoutId::parse(&input.id) {
            Ok(id) => service::cancel(platform(context), actor(context), &id).await,
            Err(_) => Err(Error::Refused(PayoutRefusal::NotFound)),
        };
        let (payout, problems) = settle(result)?;
        Ok(CancelPayoutPayload { payout: payout.map(Into::into), problems })
    }
}

#[derive(Default)]
pub struct PayoutSubscription;

#[Subscription]
impl PayoutSubscription {
    /// A payout, each time it changes: of one seller, or of all that the viewer may see.
    async fn payout_updated(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only this seller's.")] seller_id: Option<ID>,
    ) -> async_graphql::Result<impl Stream<Item = PayoutType> + use<>> {
        let (platform, actor) = (platform(context).clone(), actor(context).clone());
        let wanted = match seller_id {
            Some(id) => match SellerId::parse(&id) {
                Ok(seller) if actor.may_see(&seller) => Some(seller.to_string()),
                _ => return Err(denied("SELLER_NOT_FOUND", "There is no such seller.")),
            },
            None => None,
        };
        if actor.person_id().is_none() {
            return Err(denied("SIGN_IN_FIRST", "Sign in first."));
        }
        let news = BroadcastStream::new(platform.live.subscribe());
        // The hint says only that something changed: each message is read again as the actor.
        Ok(news.filter_map(move |hint| {
            let (platform, actor, wanted) = (platform.clone(), actor.clone(), wanted.clone());
            async move {
                let hint = hint.ok().filter(|hint| hint.topic == "payout")?;
                if wanted.is_some() && hint.seller_id != wanted {
                    return None;
                }
                // Before the read: everybody's news pass here.
                let seller = SellerId::parse(hint.seller_id.as_deref()?).ok()?;
                if !actor.may_see(&seller) {
                    return None;
                }
                let id = PayoutId::parse(&hint.object_id).ok()?;
                service::get(&platform, &actor, &id).await.ok().map(PayoutType::from)
            }
        }))
    }
}
