//! What looked like the reuse of a refresh token: written down with actor and place, told to the seller and the staff,
//! and the connection closed until somebody consents anew.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::entity::{chain, connection, security_event};
use super::model::{ConnectionStatus, Reason, SecurityEvent, SecurityEventKind};
use super::{store, vault};
use crate::db::Tx;
use crate::kernel::id::{ConnectionId, SecurityEventId};
use crate::kernel::{Failure, Staff, Who};
use crate::platform::Platform;
use crate::{audit, notifications};

/// What happened, and where.
pub struct Incident {
    pub kind: SecurityEventKind,
    pub generation: i64,
    pub sender: Sender,
    pub detail: String,
}

/// Who presented a token, or was about to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sender {
    pub actor: String,
    /// What the code was doing, and in which process.
    pub place: String,
}

impl Sender {
    /// In this process.
    pub fn here(platform: &Platform, who: &impl Who, place: &str) -> Self {
        Self { actor: who.who(), place: format!("{place} at {}", platform.settings.instance) }
    }
}

impl SecurityEventKind {
    fn reason(self) -> Reason {
        match self {
            Self::ReuseBlocked => Reason::ReuseBlocked,
            Self::RefusedOnRepeat => Reason::RefusedOnRepeat,
            Self::RevokedAfterRefresh => Reason::RevokedAfterRefresh,
        }
    }
}

/// Closes a connection to be safe. Its tokens are forgotten; the history, the event and both mails come in this one
/// transaction. The chain's row is locked by the caller.
pub async fn pause(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    chain: &chain::Model,
    row: &connection::Model,
    incident: Incident,
) -> Result<(), Failure> {
    tracing::error!(
        chain.id = %chain.id, generation = incident.generation, kind = incident.kind.as_str(), place = incident.sender.place,
        "a connection was paused for what looks like the reuse of a refresh token"
    );
    let id = SecurityEventId::generate(&*platform.clock, &*platform.random);
    let event = security_event::ActiveModel {
        id: Set(id.clone()),
        kind: Set(incident.kind.as_str().to_owned()),
        connection_id: Set(row.id.clone()),
        seller_id: Set(row.seller_id.clone()),
        chain_id: Set(chain.id.clone()),
        generation: Set(incident.generation),
        actor: Set(incident.sender.actor),
        place: Set(incident.sender.place),
        detail: Set(incident.detail.clone()),
        at: Set(platform.clock.now()),
        seen_at: Set(None),
        seen_by: Set(None),
    };
    security_event::Entity::insert(event).exec_without_returning(&**tx).await?;
    vault::forget(platform, tx, &chain.id, vault::PAUSED).await?;
    store::set_status(platform, tx, who, row, ConnectionStatus::Paused, incident.kind.reason()).await?;
    let link = platform.public_url(&format!("/seller/{}", row.seller_id));
    let words = json!({ "link": link, "what": incident.kind.reason().what_happened() });
    notifications::service::tell_seller(
        platform,
        tx,
        &row.seller_id,
        "connection_paused",
        id.as_str(),
        words,
    )
    .await?;
    let link = platform.public_url(&format!("/admin/connections/{}", row.id));
    let words = json!({
        "link": link,
        "what": incident.kind.reason().to_staff(),
        "detail": incident.detail,
        "connection": row.id.as_str(),
        "seller": row.seller_id.as_str(),
    });
    notifications::service::tell_staff(platform, tx, "security_event", id.as_str(), words).await
}

/// The newest events first: all, or one connection's.
pub async fn recent(
    platform: &Platform,
    _staff: &Staff,
    connection: Option<&ConnectionId>,
) -> Result<Vec<SecurityEvent>, Failure> {
    let mut events = security_event::Entity::find().order_by_desc(security_event::Column::Id).limit(200);
    if let Some(id) = connection {
        events = events.filter(security_event::Column::ConnectionId.eq(id.clone()));
    }
    events.all(platform.db.read()).await?.into_iter().map(read).collect()
}

fn read(row: security_event::Model) -> Result<SecurityEvent, Failure> {
    let kind = SecurityEventKind::parse(&row.kind);
    Ok(SecurityEvent {
        kind: kind.ok_or_else(|| Failure::new(format!("security event {} is of no known kind", row.id)))?,
        id: row.id,
        connection: row.connection_id,
        seller: row.seller_id,
        generation: row.generation,
        actor: row.actor,
        place: row.place,
        detail: row.detail,
        at: row.at,
        seen_at: row.seen_at,
    })
}

/// A staff member has looked into it. The first one counts.
pub async fn mark_seen(platform: &Platform, staff: &Staff, id: &SecurityEventId) -> Result<(), Failure> {
    platform
        .db
        .write(|tx| async move {
            let changed = security_event::Entity::update_many()
                .set(security_event::ActiveModel {
                    seen_at: Set(Some(platform.clock.now())),
                    seen_by: Set(Some(staff.person().clone())),
                    ..Default::default()
                })
                .filter(security_event::Column::Id.eq(id.clone()))
                .filter(security_event::Column::SeenAt.is_null())
                .exec(&*tx)
                .await?;
            if changed.rows_affected == 1 {
                audit::record(platform, &tx, staff, "security_event.seen", id.as_str(), None, "").await?;
            }
            Ok(())
        })
        .await
}

/// How many there are of each kind, for the metrics.
pub async fn count_by_kind(platform: &Platform) -> Result<Vec<(String, u64)>, Failure> {
    let mut counts = vec![];
    for kind in SecurityEventKind::ALL {
        let of_kind = security_event::Entity::find().filter(security_event::Column::Kind.eq(kind.as_str()));
        counts.push((kind.as_str().to_owned(), of_kind.count(platform.db.read()).await?));
    }
    Ok(counts)
}

/// How many nobody has looked into.
pub async fn count_unseen(platform: &Platform) -> Result<u64, Failure> {
    let unseen = security_event::Entity::find().filter(security_event::Column::SeenAt.is_null());
    Ok(unseen.count(platform.db.read()).await?)
}
