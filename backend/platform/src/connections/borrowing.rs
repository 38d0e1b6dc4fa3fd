//! Lending a seller's access token to whoever calls Airwallex with it.

use airwallex::Access;

use super::model::ConnectionStatus;
use super::{ConnectionRefusal, Permission, ending, refresh, store};
use crate::kernel::id::{ChainId, ConnectionId, SellerId};
use crate::kernel::{Error, Failure, Instant, System};
use crate::platform::Platform;

type Result<T> = std::result::Result<T, Error<ConnectionRefusal>>;

/// A seller's token, lent for a few calls.
pub struct Loan<'a> {
    /// Airwallex's id of the account behind it.
    pub account: String,
    platform: &'a Platform,
    system: &'a System,
    seller: &'a SellerId,
    connection: ConnectionId,
    chain: ChainId,
    token: airwallex::Token,
    granted: Vec<String>,
    denied: String,
    /// Tells this consent from the next one.
    connected_at: Option<Instant>,
}

/// Borrows a seller's token, good for at least a while: refreshed first when less than 90 seconds are left.
pub async fn borrow<'a>(
    platform: &'a Platform,
    system: &'a System,
    seller: &'a SellerId,
) -> Result<Loan<'a>> {
    let row = store::of_seller(platform.db.read(), seller).await?;
    // While only the outcome of a refresh is unknown, the last access token is good to its end.
    let row = row.filter(ending::is_in_use).ok_or(ConnectionRefusal::NotConnected)?;
    let chain = store::chain_of(platform.db.read(), &row.id).await?.ok_or(ConnectionRefusal::NotConnected)?;
    let token = refresh::token(platform, system, &chain.id).await?;
    let granted = row.scopes.split_whitespace().map(str::to_owned).collect();
    Ok(Loan {
        account: chain.account,
        platform,
        system,
        seller,
        connection: row.id,
        chain: chain.id,
        token,
        granted,
        denied: row.denied_scopes,
        connected_at: row.connected_at,
    })
}

impl Loan<'_> {
    /// Calls Airwallex with the token. A 401 renews it once; the second one counts as a missing permission, like a 403
    /// that says so. It never ends the connection, and is taken back when the call succeeds again or consent is given
    /// anew. What the consent does not cover is not asked for.
    pub async fn call<T, Fut>(
        &mut self,
        needs: Permission,
        call: impl Fn(Access) -> Fut + Send + Sync,
    ) -> Result<T>
    where
        Fut: Future<Output = std::result::Result<T, airwallex::Error>> + Send,
        T: Send,
    {
        if !needs.is_granted(&self.granted) {
            return Err(ConnectionRefusal::PermissionMissing.into());
        }
        let is_denied = self.denied.split_whitespace().any(|scope| scope == needs.scope());
        let mut answer = call(Access::Seller(self.token.clone())).await;
        // What was refused with a new token before is not worth a new token each time.
        if !is_denied && matches!(&answer, Err(airwallex::Error::Unauthorized(_))) {
            let renewed = refresh::another_token(self.platform, self.system, &self.chain, &self.token);
            self.token = match renewed.await? {
                Some(token) => token,
                // Then nothing is known about permissions.
                None => return Err(cannot_renew(self.platform, self.seller).await?.into()),
            };
            answer = call(Access::Seller(self.token.clone())).await;
        }
        match answer {
            Err(error) if is_about_permission(&error) => {
                let (seller, scope) = (self.seller, needs.scope());
                tracing::warn!(seller.id = %seller, scope, %error, "a seller's permission is missing");
                self.note(needs, true).await?;
                Err(ConnectionRefusal::PermissionMissing.into())
            }
            Err(error) => Err(Error::Upstream(error)),
            Ok(told) => {
                if is_denied {
                    self.note(needs, false).await?;
                }
                Ok(told)
            }
        }
    }

    async fn note(&self, needs: Permission, is_denied: bool) -> std::result::Result<(), Failure> {
        let (platform, system) = (self.platform, self.system);
        let about = (&self.connection, self.connected_at);
        let write = platform.db.write(|tx| async move {
            store::deny(platform, &tx, system, about, needs.scope(), is_denied).await
        });
        write.await
    }
}

async fn cannot_renew(
    platform: &Platform,
    seller: &SellerId,
) -> std::result::Result<ConnectionRefusal, Failure> {
    let row = store::of_seller(platform.db.read(), seller).await?;
    let stands = row.is_some_and(|row| row.status == ConnectionStatus::Connected.as_str());
    Ok(if stands { ConnectionRefusal::RefreshUnderWay } else { ConnectionRefusal::NotConnected })
}

/// Both spellings: a 403 by the documents, a 401 as the live sandbox says it (01 §d.3).
fn is_about_permission(error: &airwallex::Error) -> bool {
    let is_about_account = error.refusal().is_some_and(|refusal| refusal.is_account_not_authorized());
    let is_permission = matches!(error, airwallex::Error::Unauthorized(_))
        || error.refusal().is_some_and(|refusal| refusal.is_permission_missing());
    is_permission && !is_about_account
}
