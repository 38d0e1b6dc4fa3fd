//! The schema: features merged, limits set. Nothing else happens here.

use async_graphql::{Data, MergedObject, MergedSubscription, Schema};

use super::loaders::Loaders;
use super::node::NodeQuery;
use crate::accounts::graphql::AccountMutation;
use crate::beneficiaries::graphql::{BeneficiaryMutation, BeneficiaryQuery};
use crate::connections::graphql::{ConnectionMutation, ConnectionQuery};
use crate::graphql::batches::Batches;
use crate::graphql::http::Lasting;
use crate::graphql::limits;
use crate::kernel::Actor;
use crate::onboarding::graphql::{OnboardingMutation, OnboardingQuery};
use crate::payouts::graphql::{PayoutMutation, PayoutQuery, PayoutSubscription};
use crate::platform::Platform;
use crate::sellers::graphql::{SellerMutation, SellerQuery};
use crate::users::graphql::{UserMutation, UserQuery};

/// What can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQuery,
    UserQuery,
    SellerQuery,
    ConnectionQuery,
    OnboardingQuery,
    BeneficiaryQuery,
    PayoutQuery,
);

/// What can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    UserMutation,
    SellerMutation,
    ConnectionMutation,
    AccountMutation,
    OnboardingMutation,
    BeneficiaryMutation,
    PayoutMutation,
);

/// What can be heard.
#[derive(MergedSubscription, Default)]
pub struct Subscription(PayoutSubscription);

pub type SoukSchema = Schema<Query, Mutation, Subscription>;

/// Builds the schema; suggestions of field names are off in production.
pub fn build(production: bool) -> SoukSchema {
    let mut builder = Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .limit_depth(limits::DEPTH)
        .limit_complexity(limits::COMPLEXITY)
        .limit_recursive_depth(32);
    if production {
        builder = builder.disable_suggestions();
    }
    builder.finish()
}

/// The schema in the schema definition language, as `docs/schema.graphql` holds it.
pub fn sdl() -> String {
    build(false).sdl()
}

/// What each operation is given, and the loads that run with it.
pub fn data(platform: &Platform, actor: &Actor, lasting: Lasting) -> (Data, Batches) {
    let (spawner, batches) = Batches::new();
    let mut data = Data::default();
    data.insert(platform.clone());
    data.insert(actor.clone());
    data.insert(Loaders::new(platform, actor, lasting, &spawner));
    (data, batches)
}
