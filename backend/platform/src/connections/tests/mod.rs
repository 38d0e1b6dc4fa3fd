//! Scenarios on every database, against the sandbox.

mod cuts;
mod ends;
mod keys;
mod late;
mod many;
mod permissions;
mod refreshing;

use super::entity::chain;
use super::model::Reason;
use super::{ConnectionStatus, service, store};
use crate::platform::Platform;
use crate::testing::{SellerAtWork, TestPlatform};

const TOKEN: &str = "/oauth/token";

async fn standing(test: &TestPlatform, seller: &SellerAtWork) -> (ConnectionStatus, Reason) {
    let found = service::of_seller(&test.platform, &seller.actor, &seller.id).await.expect("reads");
    let connection = found.expect("a connection");
    (connection.status, connection.reason)
}

async fn chain_of(test: &TestPlatform, seller: &SellerAtWork) -> chain::Model {
    let row = store::of_seller(test.platform.db.read(), &seller.id).await.expect("reads");
    let connection = row.expect("a connection").id;
    store::chain_of(test.platform.db.read(), &connection).await.expect("reads").expect("a chain")
}

/// Whether this replica lends the seller's token.
async fn access(platform: &Platform, test: &TestPlatform, seller: &SellerAtWork) -> Result<(), String> {
    let system = test.system();
    let lent = service::borrow(platform, &system, &seller.id).await;
    lent.map(drop).map_err(|error| format!("{error:?}"))
}

async fn missing(test: &TestPlatform, seller: &SellerAtWork) -> Vec<String> {
    let found = service::of_seller(&test.platform, &seller.actor, &seller.id).await.expect("reads");
    found.expect("a connection").missing_scopes
}
