//! Connections, and beginning one.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, SimpleObject};

use super::ConnectionRefusal;
use super::model::{Attempt, Connection, ConnectionEvent, ConnectionStatus, Outcome};
use super::{attempt, service};
use crate::app::loaders::Loaders;
use crate::graphql::problem::found;
use crate::graphql::{DateTime, ProblemType, actor, platform, settle};
use crate::kernel::id::{AttemptId, SellerId};
use crate::kernel::{Error, Kind, Problem};
use crate::web::browser::set_cookie;

/// Where a connection stands.
#[derive(Enum, Copy, Clone, Eq, PartialEq, Debug)]
#[graphql(name = "ConnectionStatus", remote = "ConnectionStatus")]
pub enum ConnectionStatusType {
    /// Consent is not given yet.
    Pending,
    /// Tokens are held and renewed.
    Connected,
    /// Stopped to be safe until the seller consents anew.
    Paused,
    /// The seller has to consent anew.
    NeedsReauthorization,
    /// The customer took the permission back.
    Disconnected,
}

/// A seller's link to Airwallex.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(name = "AirwallexConnection", complex)]
pub struct ConnectionType {
    /// The connection's id.
    pub id: ID,
    /// Where it stands.
    status: ConnectionStatusType,
    /// Why it stands there, in one word.
    reason: String,
    /// What happened, in the seller's words; empty while all is well.
    explanation: String,
    /// What the application may do.
    scopes: Vec<String>,
    /// What the application asks for and may not do: not granted, or refused by Airwallex in practice. What needs it is
    /// refused with CONNECTION_PERMISSION_MISSING until `startConnection` has led to a consent that grants it.
    missing_scopes: Vec<String>,
    /// When consent was last given.
    connected_at: Option<DateTime>,
    /// When it last changed.
    updated_at: DateTime,
    #[graphql(skip)]
    model: Connection,
}

/// A step in a connection's life.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(name = "ConnectionEvent")]
pub struct ConnectionEventType {
    /// Where it stood from then on.
    status: ConnectionStatusType,
    /// Why.
    reason: String,
    /// Since when.
    at: DateTime,
}

impl From<Connection> for ConnectionType {
    fn from(connection: Connection) -> Self {
        Self {
            id: ID::from(connection.id.as_str()),
            status: connection.status.into(),
            reason: connection.reason.as_str().to_owned(),
            explanation: connection.reason.what_happened().to_owned(),
            scopes: connection.scopes.clone(),
            missing_scopes: connection.missing_scopes.clone(),
            connected_at: connection.connected_at.map(Into::into),
            updated_at: connection.updated_at.into(),
            model: connection,
        }
    }
}

#[ComplexObject]
impl ConnectionType {
    /// When the refresh token ends if nobody uses it; it is renewed long before. Null when none is held: the seller has
    /// to consent anew.
    async fn refresh_token_expires_at(
        &self,
        context: &Context<'_>,
    ) -> async_graphql::Result<Option<DateTime>> {
        let loaders = context.data_unchecked::<Loaders>();
        Ok(loaders.refresh_ends.load_one(self.model.id.clone()).await?.map(Into::into))
    }

    /// The steps of its life, oldest first.
    async fn timeline(&self, context: &Context<'_>) -> async_graphql::Result<Vec<ConnectionEventType>> {
        let loaders = context.data_unchecked::<Loaders>();
        let steps = loaders.timelines.load_one(self.model.id.clone()).await?.unwrap_or_default();
        Ok(steps.into_iter().map(Into::into).collect())
    }
}

impl From<ConnectionEvent> for ConnectionEventType {
    fn from(event: ConnectionEvent) -> Self {
        Self { status: event.status.into(), reason: event.reason.as_str().to_owned(), at: event.at.into() }
    }
}

/// An attempt to connect, for whoever began it.
#[derive(SimpleObject)]
#[graphql(name = "ConnectionAttempt")]
pub struct ConnectionAttemptType {
    /// The attempt's id.
    id: ID,
    /// Whose connection.
    seller_id: ID,
    /// Whether it has ended, well or not.
    is_settled: bool,
    /// Whether it ended with a connection.
    is_connected: bool,
    /// Why it ended without one.
    problem: Option<ProblemType>,
}

impl From<Attempt> for ConnectionAttemptType {
    fn from(attempt: Attempt) -> Self {
        let problem = attempt.outcome.and_then(|outcome| {
            let message = format!("{}. {}", outcome.title(), outcome.remedy());
            Some(Problem { kind: Kind::Conflict, code: outcome.code()?, message, field: vec![] })
        });
        Self {
            id: ID::from(attempt.id.as_str()),
            seller_id: ID::from(attempt.seller.as_str()),
            is_settled: attempt.outcome.is_some(),
            is_connected: attempt.outcome == Some(Outcome::Connected),
            problem: problem.map(Into::into),
        }
    }
}

#[derive(Default)]
pub struct ConnectionQuery;

#[Object]
impl ConnectionQuery {
    /// What became of an attempt that the viewer began; null for anybody else's.
    async fn connection_attempt(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The id that `startConnection` answered.")] id: ID,
    ) -> async_graphql::Result<Option<ConnectionAttemptType>> {
        let Ok(id) = AttemptId::parse(&id) else { return Ok(None) };
        let seen = found(service::see(platform(context), actor(context), &id).await)?;
        Ok(seen.map(Into::into))
    }
}

/// A connection to be begun.
#[derive(InputObject)]
pub struct StartConnectionInput {
    /// Whose connection.
    seller_id: ID,
    /// Whether the person is new to Airwallex and signs up on the way.
    sign_up: bool,
}

/// The outcome of `startConnection`.
#[derive(SimpleObject)]
pub struct StartConnectionPayload {
    /// Where to send the browser: Airwallex's consent page for a cookie session, a start link of ours for
    /// an API token, to be opened by the signed-in person. Lives 60 minutes, works once.
    url: Option<String>,
    /// The attempt's id.
    attempt_id: Option<ID>,
    /// Why it was not begun.
    problems: Vec<ProblemType>,
}

#[derive(Default)]
pub struct ConnectionMutation;

#[Object]
impl ConnectionMutation {
    /// Begins to connect a seller to Airwallex: for the first time, again after an end (everything of the seller's
    /// is kept), or for scopes that are missing. CONNECTION_ALREADY_CONNECTED when there is nothing to be granted.
    async fn start_connection(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to begin.")] input: StartConnectionInput,
    ) -> async_graphql::Result<StartConnectionPayload> {
        let platform = platform(context);
        let result = match SellerId::parse(&input.seller_id) {
            Ok(seller) => service::begin(platform, actor(context), &seller, input.sign_up).await,
            Err(_) => Err(Error::Refused(ConnectionRefusal::SellerNotFound)),
        };
        let (begun, problems) = settle(result)?;
        if let Some((name, value)) = begun.as_ref().and_then(|begun| begun.cookie.as_ref()) {
            let secure = platform.settings.public_url.scheme() == "https";
            let seconds = attempt::LIFE.num_seconds();
            context.append_http_header(
                "set-cookie",
                set_cookie(name, value.expose(), "/connect/airwallex", seconds, secure),
            );
        }
        Ok(StartConnectionPayload {
            url: begun.as_ref().map(|begun| begun.url.clone()),
            attempt_id: begun.map(|begun| ID::from(begun.attempt.as_str())),
            problems,
        })
    }
}
