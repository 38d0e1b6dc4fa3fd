//! Invitation links (D, part 01 §a.9): an existing Airwallex customer joins the platform.

use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::{Access, Client, Error, Link, Rest, Timestamp};

/// How the customer joins.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum NewInvitation<'a> {
    /// By consent to the partner application.
    Oauth2 {
        oauth2: OAuthInvitation<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        identifier: Option<&'a str>,
    },
    /// As a connected account of the platform; the account must be connected by OAuth already.
    ScaleConnect {
        account_id: &'a str,
        scale_connect: ScaleInvitation<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        identifier: Option<&'a str>,
    },
}

#[derive(Debug, Clone, Serialize)]
pub struct OAuthInvitation<'a> {
    pub redirect_uri: &'a str,
    /// Always `code`.
    pub response_type: &'a str,
    pub scope: &'a [&'a str],
    /// At most 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'a str>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ScaleInvitation<'a> {
    pub redirect_uri: &'a str,
}

#[derive(Debug, Clone, Deserialize)]
pub struct InvitationLink {
    pub id: String,
    pub mode: String,
    /// Where to send the customer.
    pub url: Link,
    #[serde(default)]
    pub expire_at: Option<Timestamp>,
    #[serde(flatten)]
    pub rest: Rest,
}

/// A second link does no harm.
pub async fn create(client: &Client, invitation: &NewInvitation<'_>) -> Result<InvitationLink, Error> {
    let call = Call::post("/api/v1/accounts/invitation_links/create", &[], Recovery::Repeat);
    client.send(&Access::Platform, call.json(invitation)?).await
}

pub async fn get(client: &Client, id: &str) -> Result<InvitationLink, Error> {
    client.send(&Access::Platform, Call::get("/api/v1/accounts/invitation_links/{}", &[id])).await
}
