//! Relay's `node`: any object by its id.

use async_graphql::{Context, ID, Object, Union};

use crate::graphql::problem::found;
use crate::graphql::{actor, platform};
use crate::kernel::id::{PayoutId, SellerId};
use crate::payouts::{self, graphql::PayoutType};
use crate::sellers::{self, graphql::SellerType};

/// An object that has a page of its own.
#[derive(Union)]
#[expect(clippy::large_enum_variant, reason = "lives for one answer")]
pub enum Node {
    Seller(SellerType),
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
        Ok(None)
    }
}
