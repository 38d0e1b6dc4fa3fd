//! What a request carries: the platform, the actor, the loaders.

use async_graphql::Context;

use crate::kernel::Actor;
use crate::platform::Platform;

/// The platform of this request.
pub fn platform<'a>(context: &Context<'a>) -> &'a Platform {
    context.data_unchecked::<Platform>()
}

/// Who asks.
pub fn actor<'a>(context: &Context<'a>) -> &'a Actor {
    context.data_unchecked::<Actor>()
}
