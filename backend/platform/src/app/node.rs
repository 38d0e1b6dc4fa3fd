//! Relay's `node`: any object by its id.

use async_graphql::{Context, ID, Interface, Object};

use crate::accounts::{self, graphql::AccountType};
use crate::beneficiaries::{self, graphql::BeneficiaryType};
use crate::connections::{self, graphql::ConnectionType};
use crate::graphql::problem::{fail, found};
use crate::graphql::{actor, platform};
use crate::kernel::id::{AccountId, BeneficiaryId, ConnectionId, PayoutId, SellerId};
use crate::payouts::{self, graphql::PayoutType};
use crate::sellers::{self, graphql::SellerType};

/// An object with an id of its own, by which it can be asked for again.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "&ID", desc = "Its id; the same in addresses, logs and tables."))]
#[expect(clippy::large_enum_variant, reason = "lives for one answer")]
pub enum Node {
    Seller(SellerType),
    Connection(ConnectionType),
    Account(AccountType),
    Beneficiary(BeneficiaryType),
    Payout(PayoutType),
}

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this id; null when there is none, or it is somebody else's.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Node>> {
        let (platform, actor) = (platform(context), actor(context));
        if let Ok(id) = SellerId::parse(&id) {
            let seller = found(sellers::service::get(platform, actor, &id).await)?;
            return Ok(seller.map(|seller| Node::Seller(seller.into())));
        }
        if let Ok(id) = PayoutId::parse(&id) {
            let payout = found(payouts::service::get(platform, actor, &id).await)?;
            return Ok(payout.map(|payout| Node::Payout(payout.into())));
        }
        if let Ok(id) = BeneficiaryId::parse(&id) {
            let found = beneficiaries::service::many(platform, actor, &[id]).await;
            return Ok(found.map_err(fail)?.pop().map(|one| Node::Beneficiary(one.into())));
        }
        if let Ok(id) = AccountId::parse(&id) {
            let found = accounts::service::get(platform, actor, &id).await;
            return Ok(found.map_err(fail)?.map(|one| Node::Account(one.into())));
        }
        if let Ok(id) = ConnectionId::parse(&id) {
            let found = connections::service::get(platform, actor, &id).await;
            return Ok(found.map_err(fail)?.map(|one| Node::Connection(one.into())));
        }
        Ok(None)
    }
}
