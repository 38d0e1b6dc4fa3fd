//! Moving to another sealing key.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::super::entity::generation;
use super::super::service;
use super::{access, chain_of};
use crate::databases::Engine;
use crate::kernel::random::SeededRandom;
use crate::kernel::{Failure, LocalKeys, Sealed, SealingKeys};
use crate::testing::{SellerAtWork, TestPlatform};

on_every_database!(what_cannot_be_read_is_named_and_keeps_nothing_else_from_moving);

/// Puts a seller's access token under the old key, or something in its place that nobody can read.
async fn put_back(test: &TestPlatform, seller: &SellerAtWork, is_readable: bool) -> String {
    let chain = chain_of(test, seller).await;
    let place = format!("token_generation/{}/{}", chain.id, chain.generation);
    let key = (chain.id.clone(), chain.generation);
    let row = generation::Entity::find_by_id(key).one(test.platform.db.read()).await.expect("reads");
    let sealed = Sealed::from_stored(row.and_then(|row| row.access_sealed).expect("a token"));
    let plain = test.platform.keys.open(&place, "access", &sealed).await.expect("opens");
    let old = LocalKeys::generate("old", &SeededRandom::new(0));
    let old = SealingKeys::parse(old.expose()).expect("a key");
    let sealed = old.seal(&place, "access", &plain, &SeededRandom::new(9)).await.expect("seals");
    let sealed = if is_readable { sealed.into_stored() } else { "v2.old.nothing.nothing".to_owned() };
    let (id, sealed) = (&chain.id, &sealed);
    let write = test.platform.db.write(|tx| async move {
        generation::Entity::update_many()
            .set(generation::ActiveModel { access_sealed: Set(Some(sealed.clone())), ..Default::default() })
            .filter(generation::Column::ChainId.eq(id.clone()))
            .exec(&*tx)
            .await?;
        Ok::<_, Failure>(())
    });
    write.await.expect("the database answers");
    place
}

async fn what_cannot_be_read_is_named_and_keeps_nothing_else_from_moving(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let sellers = [test.connected("Hazel").await, test.connected("June").await, test.connected("Mo").await];
    let mut places = vec![];
    for (index, seller) in sellers.iter().enumerate() {
        places.push(put_back(&test, seller, index != 1).await);
    }
    for moved in [2, 0] {
        let resealed = service::reseal(&test.platform, &test.system()).await.expect("the database answers");
        assert_eq!((resealed.moved, &resealed.left), (moved, &vec![places[1].clone()]));
    }
    for index in [0, 2] {
        assert_eq!(access(&test.platform, &test, &sellers[index]).await, Ok(()));
    }
    test.finish().await;
}
