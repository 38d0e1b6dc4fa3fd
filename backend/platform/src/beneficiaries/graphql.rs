//! Bank accounts to pay to, and the form that makes them.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use airwallex::api::schemas::Condition;

use super::BeneficiaryRefusal;
use super::model::{Beneficiary, BeneficiaryStatus};
use super::schema::{Field, FieldKind};
use super::service::{self, NewBeneficiary};
use crate::graphql::problem::answer;
use crate::graphql::{CountryCode, CurrencyCode, DateTime, ProblemType, actor, platform, settle};
use crate::kernel::Error;
use crate::kernel::id::SellerId;

/// Whether a beneficiary can be paid.
#[derive(Enum, Copy, Clone, Eq, PartialEq, Debug)]
#[graphql(name = "BeneficiaryStatus", remote = "BeneficiaryStatus")]
pub enum BeneficiaryStatusType {
    /// Being created at Airwallex; the outcome is not known yet.
    Pending,
    /// Ready to be paid.
    Active,
    /// Airwallex did not accept it.
    Refused,
}

/// A bank account to pay to. Full numbers stay at Airwallex.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(name = "Beneficiary")]
pub struct BeneficiaryType {
    /// The beneficiary's id.
    pub id: ID,
    /// Whether it can be paid.
    status: BeneficiaryStatusType,
    /// The name on the account.
    holder: String,
    /// The bank's name, if it was given.
    bank: Option<String>,
    /// What the seller calls it, if anything.
    nickname: Option<String>,
    /// The last four characters of the account's number.
    number_last: String,
    /// Where the bank is.
    country: CountryCode,
    /// The account's currency.
    currency: CurrencyCode,
    /// `COMPANY` or `PERSONAL`.
    entity_type: String,
    /// When it was added.
    created_at: DateTime,
}

impl From<Beneficiary> for BeneficiaryType {
    fn from(beneficiary: Beneficiary) -> Self {
        Self {
            id: ID::from(beneficiary.id.as_str()),
            status: beneficiary.status.into(),
            holder: beneficiary.holder,
            bank: beneficiary.bank,
            nickname: beneficiary.nickname,
            number_last: beneficiary.number_last,
            country: CountryCode(beneficiary.country),
            currency: CurrencyCode(beneficiary.currency),
            entity_type: beneficiary.entity_type,
            created_at: beneficiary.created_at.into(),
        }
    }
}

/// How a field is filled in.
#[derive(Enum, Copy, Clone, Eq, PartialEq, Debug)]
#[graphql(name = "FormFieldKind", remote = "FieldKind")]
pub enum FieldKindType {
    /// Free text, by a pattern.
    Text,
    /// One of many.
    Select,
    /// One of a few.
    Radio,
    /// One of a few ways for the money to travel.
    Method,
    /// Always this value: show it, send nothing.
    Fixed,
}

/// A choice of a field.
#[derive(SimpleObject, Debug, Clone)]
pub struct FormChoice {
    /// To be sent.
    value: String,
    /// To be shown.
    label: String,
    /// When money arrives this way.
    arrives: Option<String>,
    /// The most that travels this way.
    limit: Option<String>,
}

/// A field of the form.
#[derive(SimpleObject, Debug, Clone)]
pub struct FormField {
    /// Names the field, such as `beneficiary.bank_details.iban`.
    path: String,
    /// How it is filled in.
    kind: FieldKindType,
    /// To be shown.
    label: String,
    /// Help, often empty.
    hint: String,
    /// Whether it must be filled in.
    is_required: bool,
    /// A regular expression for text.
    pattern: Option<String>,
    /// What may be chosen.
    choices: Vec<FormChoice>,
    /// The value to begin with.
    default_value: String,
    /// Whether the form has to be asked for again after a change.
    is_refreshing: bool,
}

impl From<&Field> for FormField {
    fn from(field: &Field) -> Self {
        let choice = |choice: &super::schema::Choice| FormChoice {
            value: choice.value.clone(),
            label: choice.label.clone(),
            arrives: choice.arrives.clone(),
            limit: choice.limit.clone(),
        };
        Self {
            path: field.path.clone(),
            kind: field.kind.into(),
            label: field.label.clone(),
            hint: field.hint.clone(),
            is_required: field.required,
            pattern: field.pattern.clone(),
            choices: field.choices.iter().map(choice).collect(),
            default_value: field.default.clone(),
            is_refreshing: field.refreshes,
        }
    }
}

/// The form for one way of being paid.
#[derive(SimpleObject, Debug, Clone)]
pub struct BeneficiaryForm {
    /// The fields, in the order in which to show them.
    fields: Vec<FormField>,
}

/// What the form depends on.
#[derive(InputObject, Debug, Clone)]
pub struct BeneficiaryConditionInput {
    /// Where the bank is.
    country: CountryCode,
    /// The account's currency.
    currency: CurrencyCode,
    /// `LOCAL` for now.
    #[graphql(default_with = "\"LOCAL\".to_owned()")]
    transfer_method: String,
    /// The rail, where a country has several; its usual one when absent.
    clearing_system: Option<String>,
    /// Who holds the account.
    entity_type: EntityType,
    /// The kind of routing code, where the form offers several.
    routing_type: Option<String>,
}

/// Who holds a bank account.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityType {
    /// A business.
    Company,
    /// A person.
    Personal,
}

impl EntityType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Company => "COMPANY",
            Self::Personal => "PERSONAL",
        }
    }
}

impl From<BeneficiaryConditionInput> for Condition {
    fn from(input: BeneficiaryConditionInput) -> Self {
        Self {
            bank_country_code: input.country.0,
            account_currency: input.currency.0,
            transfer_method: input.transfer_method,
            local_clearing_system: input.clearing_system,
            entity_type: input.entity_type.as_str().to_owned(),
            account_routing_type1: input.routing_type,
            ..Condition::default()
        }
    }
}

#[derive(Default)]
pub struct BeneficiaryQuery;

#[Object]
impl BeneficiaryQuery {
    /// The form for a bank account, as Airwallex dictates it.
    async fn beneficiary_form(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose bank account.")] seller_id: ID,
        #[graphql(desc = "What the form depends on.")] condition: BeneficiaryConditionInput,
    ) -> async_graphql::Result<BeneficiaryForm> {
        let result = match SellerId::parse(&seller_id) {
            Ok(seller) => service::form(platform(context), actor(context), &seller, &condition.into()).await,
            Err(_) => Err(Error::Refused(BeneficiaryRefusal::SellerNotFound)),
        };
        Ok(BeneficiaryForm { fields: answer(result)?.fields.iter().map(Into::into).collect() })
    }
}

/// A value of a field.
#[derive(InputObject, Debug, Clone)]
pub struct FormValueInput {
    /// The field's path.
    path: String,
    /// Its value.
    value: String,
}

/// A bank account to be added.
#[derive(InputObject)]
pub struct CreateBeneficiaryInput {
    /// Whose bank account.
    seller_id: ID,
    /// What the form depended on.
    condition: BeneficiaryConditionInput,
    /// The form's values.
    values: Vec<FormValueInput>,
    /// Chosen by you; the same key with the same input gives the first result.
    idempotency_key: String,
}

/// The outcome of `createBeneficiary`.
#[derive(SimpleObject)]
pub struct CreateBeneficiaryPayload {
    /// The bank account; `PENDING` while Airwallex has not answered.
    beneficiary: Option<BeneficiaryType>,
    /// What is wrong, by field path.
    problems: Vec<ProblemType>,
}

#[derive(Default)]
pub struct BeneficiaryMutation;

#[Object]
impl BeneficiaryMutation {
    /// Adds a bank account to pay to.
    async fn create_beneficiary(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to add.")] input: CreateBeneficiaryInput,
    ) -> async_graphql::Result<CreateBeneficiaryPayload> {
        let wanted = NewBeneficiary {
            condition: input.condition.into(),
            values: input.values.into_iter().map(|one| (one.path, one.value)).collect(),
            idempotency_key: input.idempotency_key,
        };
        let result = match SellerId::parse(&input.seller_id) {
            Ok(seller) => service::create(platform(context), actor(context), &seller, wanted).await,
            Err(_) => Err(Error::Refused(BeneficiaryRefusal::SellerNotFound)),
        };
        let (beneficiary, problems) = settle(result)?;
        Ok(CreateBeneficiaryPayload { beneficiary: beneficiary.map(Into::into), problems })
    }
}
