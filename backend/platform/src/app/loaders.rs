//! Batch loads for nested fields, made anew for each request so that nobody sees another's cache.

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};

use crate::accounts::model::Balance;
use crate::accounts::{self, Account};
use crate::beneficiaries::{self, Beneficiary};
use crate::connections::model::ConnectionEvent;
use crate::connections::{self, Connection};
use crate::db::page::{Page, PageRequest};
use crate::graphql::batches::Spawner;
use crate::graphql::http::Lasting;
use crate::kernel::id::{AccountId, BeneficiaryId, ConnectionId, PayoutId, SellerId};
use crate::kernel::{Actor, Failure, Instant};
use crate::payouts::model::PayoutEvent;
use crate::payouts::{self, Payout};
use crate::platform::Platform;
use crate::sellers::{self, Seller};

/// What one request may load, as its actor.
pub struct Loaders {
    pub sellers: DataLoader<Sellers, HashMapCache>,
    pub connections: DataLoader<Connections, HashMapCache>,
    pub timelines: DataLoader<Timelines, HashMapCache>,
    pub refresh_ends: DataLoader<RefreshEnds, HashMapCache>,
    pub accounts: DataLoader<Accounts, HashMapCache>,
    pub balances: DataLoader<Balances, HashMapCache>,
    pub beneficiaries: DataLoader<Beneficiaries, HashMapCache>,
    pub histories: DataLoader<Histories, HashMapCache>,
    pub payout_pages: DataLoader<PayoutPages, HashMapCache>,
    pub beneficiary_pages: DataLoader<BeneficiaryPages, HashMapCache>,
}

struct As {
    platform: Platform,
    actor: Actor,
}

macro_rules! loaders {
    ($($name:ident: $key:ty => $value:ty, |$this:ident, $keys:ident| $load:expr;)*) => {$(
        pub struct $name(As);

        impl Loader<$key> for $name {
            type Value = $value;
            type Error = async_graphql::Error;

            async fn load(&self, $keys: &[$key]) -> Result<HashMap<$key, $value>, async_graphql::Error> {
                let $this = &self.0;
                let loaded: Result<HashMap<$key, $value>, Failure> = $load;
                loaded.map_err(crate::graphql::fail)
            }
        }
    )*};
}

loaders! {
    Sellers: SellerId => Seller, |this, keys| {
        sellers::service::many(&this.platform, &this.actor, keys).await
            .map(|found| found.into_iter().map(|one| (one.id.clone(), one)).collect())
    };
    Connections: SellerId => Connection, |this, keys| {
        connections::service::of_sellers(&this.platform, &this.actor, keys).await
            .map(|found| found.into_iter().map(|one| (one.seller.clone(), one)).collect())
    };
    Timelines: ConnectionId => Vec<ConnectionEvent>, |this, keys| {
        connections::service::timelines(&this.platform, keys).await.map(grouped)
    };
    RefreshEnds: ConnectionId => Instant, |this, keys| {
        connections::service::refresh_tokens_end(&this.platform, keys).await
            .map(|found| found.into_iter().collect())
    };
    Accounts: SellerId => Account, |this, keys| {
        accounts::service::of_sellers(&this.platform, &this.actor, keys).await
            .map(|found| found.into_iter().map(|one| (one.seller.clone(), one)).collect())
    };
    Balances: AccountId => Vec<Balance>, |this, keys| {
        accounts::service::balances(&this.platform, keys).await.map(grouped)
    };
    Beneficiaries: BeneficiaryId => Beneficiary, |this, keys| {
        beneficiaries::service::many(&this.platform, &this.actor, keys).await
            .map(|found| found.into_iter().map(|one| (one.id.clone(), one)).collect())
    };
    Histories: PayoutId => Vec<PayoutEvent>, |this, keys| {
        payouts::service::history(&this.platform, keys).await.map(grouped)
    };
    PayoutPages: (SellerId, PageRequest) => Page<Payout>, |this, keys| {
        let mut pages = HashMap::new();
        for (request, sellers) in by_request(keys) {
            let found = payouts::service::pages(&this.platform, &this.actor, &sellers, &request).await;
            let found = found.map_err(crate::graphql::fail)?;
            pages.extend(cut(&request, sellers, found, |payout| payout.seller.clone()));
        }
        Ok(pages)
    };
    BeneficiaryPages: (SellerId, PageRequest) => Page<Beneficiary>, |this, keys| {
        let mut pages = HashMap::new();
        for (request, sellers) in by_request(keys) {
            let found = beneficiaries::service::pages(&this.platform, &this.actor, &sellers, &request).await;
            let found = found.map_err(crate::graphql::fail)?;
            pages.extend(cut(&request, sellers, found, |beneficiary| beneficiary.seller.clone()));
        }
        Ok(pages)
    };
}

/// Siblings ask for the same page; aliases may ask for another.
fn by_request(keys: &[(SellerId, PageRequest)]) -> HashMap<PageRequest, Vec<SellerId>> {
    let mut requests: HashMap<PageRequest, Vec<SellerId>> = HashMap::new();
    for (seller, request) in keys {
        requests.entry(request.clone()).or_default().push(seller.clone());
    }
    requests
}

/// One page per seller, an empty one included.
fn cut<T>(
    request: &PageRequest,
    sellers: Vec<SellerId>,
    found: Vec<T>,
    owner: impl Fn(&T) -> SellerId,
) -> Vec<((SellerId, PageRequest), Page<T>)> {
    let mut lists = grouped(found.into_iter().map(|item| (owner(&item), item)).collect());
    sellers
        .into_iter()
        .map(|seller| {
            let page = request.cut(lists.remove(&seller).unwrap_or_default());
            ((seller, request.clone()), page)
        })
        .collect()
}

fn grouped<K: std::hash::Hash + Eq, V>(pairs: Vec<(K, V)>) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, value) in pairs {
        groups.entry(key).or_default().push(value);
    }
    groups
}

impl Loaders {
    pub fn new(platform: &Platform, actor: &Actor, lasting: Lasting, spawner: &Spawner) -> Self {
        let own = || As { platform: platform.clone(), actor: actor.clone() };
        // No waiting for more keys: a batch begins when all siblings have asked.
        macro_rules! made {
            ($loader:ident) => {{
                let spawner = spawner.clone();
                let spawn = move |batch| spawner.spawn(batch);
                let loader = DataLoader::with_cache($loader(own()), spawn, HashMapCache::default())
                    .delay(std::time::Duration::ZERO);
                // Each message of a stream reads anew.
                loader.enable_all_cache(lasting == Lasting::Once);
                loader
            }};
        }
        Self {
            sellers: made!(Sellers),
            connections: made!(Connections),
            timelines: made!(Timelines),
            refresh_ends: made!(RefreshEnds),
            accounts: made!(Accounts),
            balances: made!(Balances),
            beneficiaries: made!(Beneficiaries),
            histories: made!(Histories),
            payout_pages: made!(PayoutPages),
            beneficiary_pages: made!(BeneficiaryPages),
        }
    }
}
