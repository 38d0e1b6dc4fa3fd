//! Both ways through the checks.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::OnboardingRefusal;
use super::form::{self, Values};
use super::service::{self, Draft};
use crate::accounts::graphql::AccountType;
use crate::graphql::problem::found;
use crate::graphql::{ProblemType, actor, platform, settle};
use crate::kernel::Error;
use crate::kernel::id::SellerId;

/// A value in a form, by field name.
#[derive(SimpleObject, Debug, Clone)]
pub struct OnboardingValue {
    /// The field's name.
    name: String,
    /// What was filled in.
    value: String,
}

/// A saved form for Airwallex's checks.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(name = "OnboardingDraft")]
pub struct OnboardingDraftType {
    /// What has been filled in so far.
    values: Vec<OnboardingValue>,
    /// What Airwallex refused when it was last sent, by field name.
    refused: Vec<OnboardingValue>,
    /// Whether it has been sent.
    is_submitted: bool,
}

impl From<Draft> for OnboardingDraftType {
    fn from(draft: Draft) -> Self {
        let pair = |(name, value)| OnboardingValue { name, value };
        Self {
            values: draft.values.into_iter().map(pair).collect(),
            refused: draft.problems.into_iter().map(|one| pair((one.field, one.message))).collect(),
            is_submitted: draft.is_submitted,
        }
    }
}

/// A value to be filled in.
#[derive(InputObject)]
pub struct OnboardingValueInput {
    /// The field's name, such as `business_name`.
    name: String,
    /// What to fill in; agreements take `yes`.
    value: String,
}

/// Which seller's checks.
#[derive(InputObject)]
pub struct StartHostedOnboardingInput {
    /// Whose checks.
    seller_id: ID,
}

/// The outcome of `startHostedOnboarding`.
#[derive(SimpleObject)]
pub struct StartHostedOnboardingPayload {
    /// A stable page of ours that leads into Airwallex's hosted pages on click.
    url: Option<String>,
    /// Why there is none.
    problems: Vec<ProblemType>,
}

/// A form to be saved.
#[derive(InputObject)]
pub struct SaveOnboardingDraftInput {
    /// Whose form.
    seller_id: ID,
    /// All values; those not given are emptied.
    values: Vec<OnboardingValueInput>,
}

/// The outcome of `saveOnboardingDraft`.
#[derive(SimpleObject)]
pub struct SaveOnboardingDraftPayload {
    /// The form as it is saved.
    draft: Option<OnboardingDraftType>,
    /// Why it was not saved.
    problems: Vec<ProblemType>,
}

/// A form to be sent.
#[derive(InputObject)]
pub struct SubmitOnboardingInput {
    /// Whose form.
    seller_id: ID,
}

/// The outcome of `submitOnboarding`.
#[derive(SimpleObject)]
pub struct SubmitOnboardingPayload {
    /// The account, in review now.
    account: Option<AccountType>,
    /// What is wrong with the form.
    problems: Vec<ProblemType>,
}

fn seller(id: &ID) -> Result<SellerId, Error<OnboardingRefusal>> {
    SellerId::parse(id).map_err(|_| Error::Refused(OnboardingRefusal::SellerNotFound))
}

#[derive(Default)]
pub struct OnboardingQuery;

#[Object]
impl OnboardingQuery {
    /// The saved form of a seller; null when the seller is not found.
    async fn onboarding_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose form.")] seller_id: ID,
    ) -> async_graphql::Result<Option<OnboardingDraftType>> {
        let Ok(id) = SellerId::parse(&seller_id) else { return Ok(None) };
        Ok(found(service::draft(platform(context), actor(context), &id).await)?.map(Into::into))
    }
}

#[derive(Default)]
pub struct OnboardingMutation;

#[Object]
impl OnboardingMutation {
    /// Where to send the browser for Airwallex's own pages.
    async fn start_hosted_onboarding(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose checks.")] input: StartHostedOnboardingInput,
    ) -> async_graphql::Result<StartHostedOnboardingPayload> {
        let platform = platform(context);
        let result = match seller(&input.seller_id) {
            Ok(id) => service::check_open(platform, actor(context), &id).await.map(|()| id),
            Err(error) => Err(error),
        };
        let (id, problems) = settle(result)?;
        Ok(StartHostedOnboardingPayload {
            url: id.map(|id| platform.public_url(&format!("/onboarding/{id}"))),
            problems,
        })
    }

    /// Saves the form, complete or not.
    async fn save_onboarding_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to save.")] input: SaveOnboardingDraftInput,
    ) -> async_graphql::Result<SaveOnboardingDraftPayload> {
        let values: Result<Values, String> =
            form::known(input.values.into_iter().map(|one| (one.name, one.value)));
        let result = match (seller(&input.seller_id), values) {
            (Ok(id), Ok(values)) => service::save(platform(context), actor(context), &id, values).await,
            (Err(error), _) => Err(error),
            (_, Err(field)) => {
                let message = "This form has no such field.".to_owned();
                Err(Error::Refused(OnboardingRefusal::Incomplete { field, message }))
            }
        };
        let (draft, problems) = settle(result)?;
        Ok(SaveOnboardingDraftPayload { draft: draft.map(Into::into), problems })
    }

    /// Sends the saved form to Airwallex. Harmless twice.
    async fn submit_onboarding(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to send.")] input: SubmitOnboardingInput,
    ) -> async_graphql::Result<SubmitOnboardingPayload> {
        let result = match seller(&input.seller_id) {
            Ok(id) => service::submit(platform(context), actor(context), &id).await,
            Err(error) => Err(error),
        };
        let (account, problems) = settle(result)?;
        Ok(SubmitOnboardingPayload { account: account.map(Into::into), problems })
    }
}
