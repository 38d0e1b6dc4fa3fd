//! A browser without a face: walks the sandbox's hosted pages for the demo's data and for scenarios.

use std::time::Duration;

use crate::kernel::Failure;

/// Follows redirects and submits forms on the hosted pages; stops where the address leaves them.
pub(crate) struct Walker {
    http: reqwest::Client,
}

/// Where the browser is, and what it shows if it is still on the hosted pages.
pub(crate) struct Shown {
    pub url: url::Url,
    text: String,
}

/// The person who walks.
pub(crate) struct Customer<'a> {
    pub name: &'a str,
    pub business: &'a str,
    pub email: &'a str,
}

const PASSWORD: &str = "sandbox-password";

impl Walker {
    pub fn new() -> Result<Self, Failure> {
        let policy = reqwest::redirect::Policy::custom(|attempt| {
            if attempt.url().path().starts_with("/hosted/") && attempt.previous().len() < 10 {
                attempt.follow()
            } else {
                attempt.stop()
            }
        });
        let http =
            reqwest::Client::builder().no_proxy().redirect(policy).timeout(Duration::from_secs(10)).build();
        Ok(Self { http: http.map_err(Failure::new)? })
    }

    /// Signs up, enters the phone code, says what for, and gives permission; answers where the browser is
    /// sent with the code. `None` when there is a customer with this address already.
    pub async fn sign_up(&self, url: &str, who: &Customer<'_>) -> Result<Option<url::Url>, Failure> {
        let at = self.follow(url).await?;
        let details = [
            ("name", who.name),
            ("business_name", who.business),
            ("email", who.email),
            ("password", PASSWORD),
        ];
        let at = self.submit(&at, &details).await?;
        if at.text.contains("There is an account with this") {
            return Ok(None);
        }
        let at = self.submit(&at, &[("code", "000000")]).await?;
        let at = self.submit(&at, &[("use", "COLLECT_MARKETPLACE_PROCEEDS")]).await?;
        Ok(Some(self.submit(&at, &[("authorise", "1")]).await?.url))
    }

    /// Logs in as a customer who has signed up before, chooses the first account, and gives permission.
    pub async fn log_in(&self, url: &str, who: &Customer<'_>) -> Result<url::Url, Failure> {
        let at = self.follow(url).await?;
        let at = self.submit(&at, &[("email", who.email), ("password", PASSWORD)]).await?;
        let at = self.submit(&at, &[("code", "000000")]).await?;
        let account = at.text.split("value=\"").find(|rest| rest.starts_with("acct_"));
        let account = account.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned();
        let at = self.submit(&at, &[("account", &account)]).await?;
        Ok(self.submit(&at, &[("authorise", "1")]).await?.url)
    }

    pub async fn follow(&self, url: &str) -> Result<Shown, Failure> {
        Self::end(self.http.get(url).send().await.map_err(Failure::new)?).await
    }

    pub async fn submit(&self, at: &Shown, form: &[(&str, &str)]) -> Result<Shown, Failure> {
        Self::end(self.http.post(at.url.clone()).form(form).send().await.map_err(Failure::new)?).await
    }

    /// Orders what somebody else does at Airwallex: a reviewer, or the customer in Airwallex's own pages.
    pub async fn order(
        &self,
        sandbox: &url::Url,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<(), Failure> {
        let url = sandbox.join(path).map_err(Failure::new)?;
        let answer = self.http.post(url).body(body.to_string()).send().await.map_err(Failure::new)?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(Failure::new(format!("{path} answered {}", answer.status())))
        }
    }

    /// Where the browser would be now.
    async fn end(response: reqwest::Response) -> Result<Shown, Failure> {
        let at = response.url().clone();
        let to = response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
        match to {
            Some(to) => Ok(Shown { url: at.join(&to).map_err(Failure::new)?, text: String::new() }),
            None if response.status().is_success() => {
                Ok(Shown { url: at, text: response.text().await.map_err(Failure::new)? })
            }
            None => Err(Failure::new(format!("a hosted page answered {}", response.status()))),
        }
    }
}
