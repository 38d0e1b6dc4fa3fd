//! Invitation links (D, part 01 §a.9): an existing Airwallex customer joins the platform.

use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::{Access, Client, Error, Link, Rest, Timestamp, Token};

/// How the customer joins.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum NewInvitation<'a> {
    /// By consent to the partner application.
    Oauth2 {
        /// What consent is asked for (D).
        oauth2: OAuthInvitation<'a>,
        /// The platform's own key, at most 1000 characters; the redirect's query repeats it (D).
        #[serde(skip_serializing_if = "Option::is_none")]
        identifier: Option<&'a str>,
        /// What is known of the customer already (D).
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        prefilled_formdata: &'a [Prefilled<'a>],
    },
    /// As a connected account of the platform; the account must be connected by OAuth already.
    ScaleConnect {
        /// `acct_…` (D).
        account_id: &'a str,
        /// Where to return to (D).
        scale_connect: ScaleInvitation<'a>,
        /// The platform's own key for the account, at most 1000 characters (D).
        #[serde(skip_serializing_if = "Option::is_none")]
        identifier: Option<&'a str>,
    },
}

/// What consent is asked for (D, part 01 §a.2).
#[derive(Debug, Clone, Serialize)]
pub struct OAuthInvitation<'a> {
    /// Exactly as registered with Airwallex (D).
    pub redirect_uri: &'a str,
    /// Always `code`.
    pub response_type: &'a str,
    /// Such as `r:awx_action:balances_view` (D).
    pub scope: &'a [&'a str],
    /// At most 100 characters (D); binds the browser, so it does not print.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shown")]
    pub state: Option<&'a Token>,
}

/// A field of the sign-up form that is filled in beforehand (D, part 01 §a.9). What it holds does not print.
#[derive(Clone, Serialize)]
pub struct Prefilled<'a> {
    /// The field's name.
    pub field: &'a str,
    /// What it holds.
    pub value: &'a str,
    /// Whether it needs no check any more.
    pub verified: bool,
    /// Whether the customer may change it.
    pub editable: bool,
}

impl std::fmt::Debug for Prefilled<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prefilled({})", self.field)
    }
}

fn shown<S: serde::Serializer>(state: &Option<&Token>, serializer: S) -> Result<S::Ok, S::Error> {
    state.map(Token::expose).serialize(serializer)
}

/// Where to return to (D).
#[derive(Debug, Clone, Serialize)]
pub struct ScaleInvitation<'a> {
    /// Where the browser goes afterwards (D).
    pub redirect_uri: &'a str,
}

/// A link, as read (D).
#[derive(Debug, Clone, Deserialize)]
pub struct InvitationLink {
    /// `link_…` (D).
    pub id: String,
    /// `oauth2` or `scale_connect` (D).
    pub mode: String,
    /// Where to send the customer.
    pub url: Link,
    /// About thirty days after it was made (D, in a sample).
    #[serde(default)]
    pub expire_at: Option<Timestamp>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A second link does no harm. The event `account.connected` tells that the customer joined (D).
pub async fn create(client: &Client, invitation: &NewInvitation<'_>) -> Result<InvitationLink, Error> {
    let call = Call::post("/api/v1/accounts/invitation_links/create", &[], Recovery::Repeat);
    client.send(&Access::Platform, call.json(invitation)?).await
}

/// One link; an unknown id is a 404 `not_found` (A).
pub async fn get(client: &Client, id: &str) -> Result<InvitationLink, Error> {
    client.send(&Access::Platform, Call::get("/api/v1/accounts/invitation_links/{}", &[id])).await
}
