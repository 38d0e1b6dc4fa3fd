//! A person with a browser without scripts: cookies, forms with their CSRF token, GraphQL.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Value, json};

use super::sandbox::http;
use super::{Stack, secrets, wait_for};

/// Somebody in front of a browser.
#[derive(Clone)]
pub struct Person {
    pub base: String,
    pub email: String,
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
    /// Instead of cookies.
    pub token: Option<String>,
}

/// What the browser shows.
pub struct Shown {
    pub status: u16,
    pub url: String,
    pub html: String,
}

impl Shown {
    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> Option<String> {
        let pattern = format!(r#"name="{name}" value="([^"]*)""#);
        Regex::new(&pattern).expect("a pattern").captures(&self.html).map(|found| found[1].to_owned())
    }
}

pub const PASSWORD: &str = "a short sentence";

impl Person {
    pub fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            email: String::new(),
            http: http(),
            cookies: BTreeMap::new(),
            token: None,
        }
    }

    /// Signs up, confirms by the mailed link, and is signed in.
    pub async fn sign_up(stack: &Stack, name: &str, email: &str) -> Self {
        let mut person = Self::new(&stack.url);
        person.email = email.to_owned();
        let fields = [("name", name), ("email", email), ("password", PASSWORD)];
        let shown = person.submit("/account/sign-up", &fields).await;
        assert!(shown.url.ends_with("/account/check-mail"), "{}", shown.html);
        let mail = wait_for("the confirmation mail", || async { stack.mails_to(email).pop() }).await;
        let link =
            Regex::new(r"http://\S+/account/confirm/\S+").expect("a pattern").find(&mail).expect("a link");
        let path = link.as_str().strip_prefix(&stack.url).expect("our own address").to_owned();
        let shown = person.submit(&path, &[("password", PASSWORD)]).await;
        assert!(shown.url.ends_with("/seller/new"), "{} {}", shown.url, shown.html);
        person
    }

    /// A member of the staff, signed in.
    pub async fn staff(stack: &Stack) -> Self {
        let arguments = [
            "staff",
            "add",
            "--name",
            "Noor",
            "--email",
            "noor@staff.example",
            "--password-file",
            "password",
        ];
        std::fs::write(stack.folder.join("password"), PASSWORD).expect("a file");
        let (code, _, complaint) = super::processes::run(&stack.folder, &arguments, &stack.environment).await;
        assert_eq!(code, 0, "{complaint}");
        std::fs::remove_file(stack.folder.join("password")).expect("a file");
        let mut person = Self::new(&stack.url);
        person.sign_in("noor@staff.example").await;
        person
    }

    /// Signs in with the password.
    pub async fn sign_in(&mut self, email: &str) -> Shown {
        self.submit("/account/sign-in", &[("email", email), ("password", PASSWORD)]).await
    }

    /// Opens a page and follows redirects.
    pub async fn open(&mut self, path: &str) -> Shown {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        self.go(reqwest::Method::GET, url, None).await
    }

    /// Opens a form's page, fills it in, presses its button.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let page = self.open(path).await;
        self.press(&page, &page.url.clone(), fields).await
    }

    /// Presses a button of the page that is open, whose form leads to `to`.
    pub async fn press(&mut self, page: &Shown, to: &str, fields: &[(&str, &str)]) -> Shown {
        let mut all: Vec<(String, String)> = vec![];
        for hidden in ["csrf", "idempotency_key", "next", "seen"] {
            if let Some(value) = page.hidden(hidden) {
                all.push((hidden.to_owned(), value));
            }
        }
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let url = if to.starts_with("http") { to.to_owned() } else { format!("{}{to}", self.base) };
        self.go(reqwest::Method::POST, url, Some(all)).await
    }

    /// Presses a button and answers where it leads, without going there.
    pub async fn led_to(&mut self, page: &Shown, to: &str) -> String {
        let form = [("csrf", page.hidden("csrf").unwrap_or_default())];
        let request = self.http.post(format!("{}{to}", self.base)).header("cookie", self.cookie_line());
        let response = request.form(&form).send().await.expect("an answer");
        self.take_cookies(&response);
        let location = response.headers().get("location").and_then(|value| value.to_str().ok());
        location.expect("a redirect").to_owned()
    }

    async fn go(
        &mut self,
        method: reqwest::Method,
        mut url: String,
        mut form: Option<Vec<(String, String)>>,
    ) -> Shown {
        let mut method = method;
        for _ in 0..12 {
            let mut request = self.http.request(method.clone(), &url);
            if url.starts_with(&self.base) {
                request = request.header("cookie", self.cookie_line());
            }
            if let Some(form) = &form {
                request = request.form(form);
            }
            let response = request.send().await.expect("an answer");
            if url.starts_with(&self.base) {
                self.take_cookies(&response);
            }
            let location =
                response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
            match location {
                Some(to) => {
                    url = reqwest::Url::parse(&url).expect("a URL").join(&to).expect("a URL").to_string();
                    method = reqwest::Method::GET;
                    form = None;
                }
                None => {
                    let status = response.status().as_u16();
                    let html = response.text().await.expect("a body");
                    if url.starts_with(&self.base) {
                        secrets::heard(&self.base, &html);
                    }
                    return Shown { status, url, html };
                }
            }
        }
        panic!("too many redirects at {url}");
    }

    fn cookie_line(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn take_cookies(&mut self, response: &reqwest::Response) {
        for line in response.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()) {
            let pair = line.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                secrets::owned(&self.base, value);
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Asks over GraphQL, with the session or the token; fails on top-level errors.
    pub async fn ask(&mut self, query: &str, variables: Value) -> Value {
        let answer = self.ask_raw(query, variables).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].clone()
    }

    /// The same, errors included.
    pub async fn ask_raw(&mut self, query: &str, variables: Value) -> Value {
        self.try_ask(query, variables).await.expect("an answer")
    }

    /// The same of a process that may die of it.
    pub async fn try_ask(&mut self, query: &str, variables: Value) -> Option<Value> {
        let mut request = self
            .http
            .post(format!("{}/graphql", self.base))
            .header("content-type", "application/json")
            .body(json!({ "query": query, "variables": variables }).to_string());
        request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request.header("cookie", self.cookie_line()).header("origin", &self.base),
        };
        let response = request.send().await.ok()?;
        self.take_cookies(&response);
        let answer = response.text().await.ok()?;
        secrets::heard(&self.base, &answer);
        Some(serde_json::from_str(&answer).expect("JSON"))
    }

    /// The same person at another replica.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    pub fn cookies(&self) -> String {
        self.cookie_line()
    }
}
