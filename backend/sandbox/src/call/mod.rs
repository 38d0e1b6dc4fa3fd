//! One call of the API: what it may be, whose it is, and what it holds. Areas list their endpoints in
//! tables of these; [`crate::dispatch`] plays them.

mod guard;
pub mod scopes;

use axum::http::HeaderMap;
use serde_json::{Value, json};

pub use guard::{Caller, Needs, admit, basic};

use crate::clock::Instant;
use crate::wire::{ApiError, Query, Reply, Version};
use crate::world::World;
use crate::world::steering::Settings;

/// One endpoint.
pub struct Endpoint {
    pub method: &'static str,
    /// With its ids in braces.
    pub path: &'static str,
    pub needs: Needs,
    pub body: Shape,
    pub run: fn(&mut Call<'_>) -> Reply,
}

/// What a body may be.
#[derive(Clone, Copy)]
pub enum Shape {
    /// None is read.
    Nothing,
    /// A JSON object with these members, see [`crate::wire::unknown_members`]; empty counts as `{}`.
    Json(&'static [&'static str]),
    /// Read by the endpoint itself; at most this many bytes.
    Raw(usize),
}

/// A call under way, with the world in hand.
pub struct Call<'a> {
    pub world: &'a mut World,
    pub now: Instant,
    pub caller: Caller,
    pub version: Version,
    /// The endpoint's, with its ids in braces: some have an older spelling.
    pub path: &'static str,
    /// The ids of the path, in order.
    pub ids: &'a [String],
    pub query: &'a Query,
    pub headers: &'a HeaderMap,
    pub body: Value,
    pub raw: &'a [u8],
    /// How browsers see the sandbox.
    pub public_url: &'a str,
}

impl Call<'_> {
    /// The first id of the path.
    pub fn id(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }

    pub fn settings(&self) -> &Settings {
        &self.world.meta.settings
    }

    /// The account that the call is about.
    pub fn account(&self) -> &str {
        &self.caller.account
    }

    /// Until when something must have been made to show in this list: lists may lag by order.
    pub fn visible_until(&self) -> Instant {
        self.now - self.world.list_lag(self.path)
    }

    /// Refuses a `request_id` that an object of this account has used up, and names the object.
    pub fn refuse_duplicate(&self, resource: &str, request_id: &str) -> Result<(), ApiError> {
        let Some(known) = self.world.object_of_request(resource, self.account(), request_id) else {
            return Ok(());
        };
        let details = json!({ "id": known.object, "request_id": request_id });
        let message = "the request_id has been used";
        Err(ApiError::new(400, "request_id_duplicate", message).at("request_id").with(details))
    }

    /// The text of a member that must be there.
    pub fn need(&self, path: &str) -> Result<String, ApiError> {
        ApiError::need(&self.body, path)
    }
}

impl Endpoint {
    pub const fn get(path: &'static str, needs: Needs, run: fn(&mut Call<'_>) -> Reply) -> Self {
        Self { method: "GET", path, needs, body: Shape::Nothing, run }
    }

    pub const fn post(
        path: &'static str,
        needs: Needs,
        members: &'static [&'static str],
        run: fn(&mut Call<'_>) -> Reply,
    ) -> Self {
        Self { method: "POST", path, needs, body: Shape::Json(members), run }
    }

    pub const fn raw(
        path: &'static str,
        needs: Needs,
        limit: usize,
        run: fn(&mut Call<'_>) -> Reply,
    ) -> Self {
        Self { method: "POST", path, needs, body: Shape::Raw(limit), run }
    }
}
