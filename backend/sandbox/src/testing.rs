//! A world and its endpoints without HTTP, for tests of the rules.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::call::{Call, Caller};
use crate::clock::Instant;
use crate::router::AREAS;
use crate::wire::{ApiError, Body, NEWEST, Query, Version};
use crate::world::World;
use crate::world::start::{ACME, PLATFORM};

/// A world with one connected account that is ACTIVE, and the time in it.
pub struct Stage {
    pub world: World,
    pub now: Instant,
}

impl Stage {
    pub fn new() -> Self {
        let now: Instant = "2026-03-04T05:06:07Z".parse().expect("an instant");
        let mut world = World::start(now, 1, false, false);
        crate::auth::link(&mut world, ACME, now);
        Self { world, now }
    }

    /// Plays an endpoint for the connected account, or as the platform.
    pub fn post(
        &mut self,
        path: &str,
        ids: &[&str],
        on_behalf: bool,
        body: Value,
    ) -> Result<Value, ApiError> {
        let endpoint = AREAS
            .iter()
            .flat_map(|(_, endpoints)| endpoints.iter())
            .find(|endpoint| endpoint.path == path)
            .expect("an endpoint");
        let account = if on_behalf { ACME } else { PLATFORM };
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let mut call = Call {
            world: &mut self.world,
            now: self.now,
            caller: Caller { account: account.to_owned(), is_platform: !on_behalf, on_behalf },
            version: Version::parse(NEWEST).expect("served"),
            ids: &ids,
            query: &Query::default(),
            headers: &HeaderMap::new(),
            body,
            raw: &[],
            path: endpoint.path,
            public_url: "http://sandbox.test",
        };
        let answer = (endpoint.run)(&mut call)?;
        match answer.body {
            Body::Json(body) => Ok(body),
            Body::Content(..) => Ok(json!(null)),
        }
    }

    /// Lets time pass, with everything that falls due in it.
    pub fn advance(&mut self, by: chrono::Duration) {
        self.now += by;
        while let Some(due) = self.world.next_due(self.now) {
            crate::engine::run_one(&mut self.world, due.what, due.at, "http://sandbox.test");
        }
    }
}
