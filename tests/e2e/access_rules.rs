//! Who may see and do what: somebody else's things are not found, never forbidden.

use serde_json::{Value, json};

use crate::support::sandbox::http;
use crate::support::{Engine, Person, Seller, Stack, wait_for};

on_every_database!(
    foreign_things_are_not_found,
    api_tokens_reach_their_seller_only,
    somebody_with_two_shops_chooses,
    guessers_are_slowed_down,
    a_reset_shuts_everybody_else_out,
    forms_need_their_token,
    a_stranger_cannot_wait_for_her_click,
    an_ordinary_account_is_not_made_staff
);

async fn foreign_things_are_not_found(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut hazel = Seller::new(&stack, "Hazel").await;
    let mut june = Seller::new(&stack, "June").await;
    let seller = "query($id: ID!) { seller(id: $id) { name } node(id: $id) { __typename } }";
    let seen = june.person.ask(seller, json!({ "id": hazel.id })).await;
    assert_eq!(seen, json!({ "seller": null, "node": null }));
    assert_eq!(hazel.person.ask(seller, json!({ "id": hazel.id })).await["seller"]["name"], "Hazel Studio");

    june.id = hazel.id.clone();
    let bank = june.create_beneficiary(Seller::bank_values(), "k").await;
    assert_eq!(bank["problems"][0]["code"], "SELLER_NOT_FOUND");
    let payout = june.create_payout("beneficiary_01jd2r8v4k01jd2r8v4k01jd2r", "1.00", "GBP", "k").await;
    assert_eq!(payout["problems"][0]["code"], "SELLER_NOT_FOUND");
    for mutation in ["startConnection", "syncAccount", "startHostedOnboarding", "submitOnboarding"] {
        let sign_up = if mutation == "startConnection" { ", signUp: true" } else { "" };
        let query = format!(
            "mutation {{ {mutation}(input: {{ sellerId: \"{}\"{sign_up} }}) {{ problems {{ code field }} }} }}",
            hazel.id
        );
        let answer = june.person.ask(&query, Value::Null).await;
        assert_eq!(answer[mutation]["problems"][0]["code"], "SELLER_NOT_FOUND", "{mutation}");
    }
    for path in ["", "/payouts", "/payouts/new", "/bank-accounts", "/bank-accounts/new"] {
        let shown = june.person.open(&format!("/seller/{}{path}", hazel.id)).await;
        assert_eq!(shown.status, 404, "{path}");
    }
    for path in ["/admin", "/admin/payouts", "/admin/sellers", "/admin/webhooks", "/admin/connections"] {
        assert_eq!(hazel.person.open(path).await.status, 404, "{path}");
        let shown = Person::new(&stack.url).open(path).await;
        assert!(shown.url.contains("/account/sign-in?next=%2Fadmin"), "{path}: {}", shown.url);
    }
    let anonymous = Person::new(&stack.url)
        .ask_raw("{ viewer { id } sellers { edges { node { id } } } }", Value::Null)
        .await;
    assert_eq!(anonymous["errors"][0]["extensions"]["code"], "SIGN_IN_FIRST");
}

async fn somebody_with_two_shops_chooses(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::new(&stack, "Hazel").await;
    let home = seller.person.open("/").await;
    assert!(home.url.contains(&seller.id), "the only shop: {}", home.url);
    let page = seller.person.open("/seller/new").await;
    let fields = [("name", "Loom Street"), ("country", "DE")];
    seller.person.press(&page, "/seller/new", &fields).await;
    let home = seller.person.open("/").await;
    assert!(home.html.contains("Hazel Studio") && home.html.contains("Loom Street"), "{}", home.html);
    // Where a form is sent to there is no page, and that is said in words.
    let none = seller.person.open(&format!("/seller/{}/connect", seller.id)).await;
    assert_eq!(none.status, 405);
    assert!(none.html.contains("There is no page at this address"), "{}", none.html);
}

async fn guessers_are_slowed_down(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let hazel = Person::sign_up(&stack, "Hazel", "hazel@studio.example").await;
    let mut guesser = Person::new(&stack.url);
    for _ in 0..10 {
        let fields = [("email", hazel.email.as_str()), ("password", "a wrong password")];
        let shown = guesser.submit("/account/sign-in", &fields).await;
        assert_eq!(shown.status, 422);
        assert!(shown.html.contains("is not right"), "{}", shown.html);
    }
    // Even the right one, until the quarter of an hour is over: the answer must not tell.
    let shown = guesser.sign_in(&hazel.email).await;
    assert_eq!(shown.status, 429);
    assert!(shown.html.contains("too many tries"), "{}", shown.html);
    stack.sandbox.advance(15 * 60 + 1).await;
    assert!(guesser.sign_in(&hazel.email).await.url.ends_with("/seller/new"));

    // No more than five mails an hour, whoever asks for them. Another one asked for last shows that the
    // first eight have been worked on.
    let june = Person::sign_up(&stack, "June", "june@studio.example").await;
    for email in [&hazel.email; 8].into_iter().chain([&june.email]) {
        let mut stranger = Person::new(&stack.url);
        stranger.submit("/account/reset", &[("email", email)]).await;
    }
    let resets = |email: &str| {
        stack.mails_to(email).into_iter().filter(|mail| mail.contains("/account/reset/")).count()
    };
    crate::support::wait_for("the last mail", || async { (resets(&june.email) == 1).then_some(()) }).await;
    assert_eq!(resets(&hazel.email), 5);
}

async fn a_reset_shuts_everybody_else_out(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut hazel = Seller::new(&stack, "Hazel").await;
    let create = "mutation($id: ID!) { createApiToken(input: { name: \"shop\", sellerId: $id }) { secret } }";
    let made = hazel.person.ask(create, json!({ "id": hazel.id })).await;
    let mut program = Person::new(&stack.url);
    program.token = made["createApiToken"]["secret"].as_str().map(str::to_owned);
    assert!(program.ask_raw("{ viewer { id } }", Value::Null).await["data"]["viewer"]["id"].is_string());

    // Shut out by too many tries: the way that the page names leads back in.
    let mut visitor = Person::new(&stack.url);
    for _ in 0..11 {
        let fields = [("email", hazel.person.email.as_str()), ("password", "a wrong password")];
        visitor.submit("/account/sign-in", &fields).await;
    }
    visitor.submit("/account/reset", &[("email", hazel.person.email.as_str())]).await;
    let mail = crate::support::wait_for("the mail", || async {
        stack.mails_to(&hazel.person.email).into_iter().find(|mail| mail.contains("/account/reset/"))
    })
    .await;
    let link = mail.split_whitespace().find(|word| word.contains("/account/reset/")).expect("a link");
    let link = link.strip_prefix(&stack.url).expect("our own").to_owned();
    let shown = visitor.submit(&link, &[("password", "a  new sentence ")]).await;
    assert!(shown.html.contains("Your new password is saved"), "{}", shown.html);
    // The session, the token and the link are dead; blanks in a password count.
    assert!(hazel.person.open("/seller/new").await.url.contains("/account/sign-in"));
    let refused = crate::support::sandbox::http();
    let refused = refused
        .post(format!("{}/graphql", stack.url))
        .bearer_auth(program.token.expect("a token"))
        .header("content-type", "application/json")
        .body("{}");
    let refused = refused.send().await.expect("an answer");
    assert_eq!(refused.status(), 401);
    assert!(refused.headers().contains_key("www-authenticate"));
    let again = visitor.submit(&link, &[("password", "yet another one")]).await;
    assert!(again.html.contains("has been used"), "{}", again.html);
    let fields = [("email", hazel.person.email.as_str()), ("password", "a  new sentence ")];
    let shown = visitor.submit("/account/sign-in?next=%2Fseller%2Fnew", &fields).await;
    assert!(shown.url.ends_with("/seller/new"), "{}", shown.url);
}

/// Somebody signs up with her address first; her own sign-up and click must not give it to him.
async fn a_stranger_cannot_wait_for_her_click(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let email = "hazel@studio.example";
    let mut stranger = Person::new(&stack.url);
    let fields = [("name", "Stranger"), ("email", email), ("password", "the stranger's password")];
    stranger.submit("/account/sign-up", &fields).await;
    let mut hazel = Person::new(&stack.url);
    let fields = [("name", "Hazel"), ("email", email), ("password", "the password of Hazel")];
    hazel.submit("/account/sign-up", &fields).await;
    let mails =
        wait_for("both mails", || async { Some(stack.mails_to(email)).filter(|mails| mails.len() == 2) })
            .await;
    let link = |mail: &String| {
        let found = mail.split_whitespace().find(|word| word.contains("/account/confirm/"));
        found.expect("a link").to_owned()
    };
    for mail in &mails {
        let shown = hazel.submit(&link(mail), &[("password", "the stranger's password")]).await;
        assert_eq!(shown.status, 422, "{}", shown.html);
        assert!(shown.html.contains("not the password you signed up with last"), "{}", shown.html);
    }
    let shown = hazel.submit(&link(&mails[0]), &[("password", "the password of Hazel")]).await;
    assert!(shown.url.ends_with("/seller/new"), "{} {}", shown.url, shown.html);
    let fields = [("email", email), ("password", "the stranger's password")];
    let refused = stranger.submit("/account/sign-in", &fields).await;
    assert!(refused.html.contains("is not right"), "{}", refused.html);
}

async fn an_ordinary_account_is_not_made_staff(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut hazel = Person::sign_up(&stack, "Hazel", "hazel@studio.example").await;
    std::fs::write(stack.folder.join("password"), "another long password").expect("a file");
    let arguments =
        ["staff", "add", "--name", "H", "--email", "hazel@studio.example", "--password-file", "password"];
    let (code, _, complaint) =
        crate::support::processes::run(&stack.folder, &arguments, &stack.environment).await;
    assert_eq!(code, 2, "{complaint}");
    assert!(complaint.contains("use another address"), "{complaint}");
    assert_eq!(hazel.open("/admin").await.status, 404);
}

async fn api_tokens_reach_their_seller_only(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut hazel = Seller::new(&stack, "Hazel").await;
    let june = Seller::new(&stack, "June").await;
    let create = "mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { apiToken { id hint } secret problems { code } } }";
    let made = hazel.person.ask(create, json!({ "input": { "name": "shop", "sellerId": hazel.id } })).await;
    let secret = made["createApiToken"]["secret"].as_str().expect("shown once").to_owned();
    let listed = hazel
        .person
        .ask(
            "query($id: ID) { apiTokens(sellerId: $id) { edges { node { id hint } } } }",
            json!({ "id": hazel.id }),
        )
        .await;
    assert!(!listed.to_string().contains(&secret));
    assert_eq!(listed["apiTokens"]["edges"].as_array().map(Vec::len), Some(1));
    let wide = hazel.person.ask(create, json!({ "input": { "name": "all" } })).await;
    assert_eq!(wide["createApiToken"]["problems"][0]["code"], "NOT_ALLOWED");

    let mut program = Person::new(&stack.url);
    program.token = Some(secret.clone());
    let query = "query($a: ID!, $b: ID!) { a: seller(id: $a) { name } b: seller(id: $b) { name } }";
    let seen = program.ask(query, json!({ "a": hazel.id, "b": june.id })).await;
    assert_eq!(seen, json!({ "a": { "name": "Hazel Studio" }, "b": null }));

    // A program gets a start link; the signed-in member who opens it is bound and sent on.
    let begun = program
        .ask(
            "mutation($id: ID!) { startConnection(input: { sellerId: $id, signUp: false }) { url } }",
            json!({ "id": hazel.id }),
        )
        .await;
    let link = begun["startConnection"]["url"].as_str().expect("a link").to_owned();
    assert!(link.starts_with(&format!("{}/connect/airwallex/start/", stack.url)), "{link}");
    let mut stranger = june.person.clone();
    assert_eq!(stranger.open(&link).await.status, 400);
    let shown = hazel.person.open(&link).await;
    assert!(shown.url.contains("/hosted/consent/"), "{}", shown.url);
    assert_eq!(hazel.person.open(&link).await.status, 400, "a link binds one browser, once");

    // Cookie and token at once are refused; a revoked token is nothing.
    let both = http()
        .post(format!("{}/graphql", stack.url))
        .bearer_auth(&secret)
        .header("cookie", hazel.person.cookies());
    assert_eq!(both.send().await.expect("an answer").status(), 400);
    let id = made["createApiToken"]["apiToken"]["id"].clone();
    let revoke = "mutation($id: ID!) { revokeApiToken(input: { id: $id }) { apiToken { revokedAt } problems { code } } }";
    hazel.person.ask(revoke, json!({ "id": id })).await;
    let dead = http().post(format!("{}/graphql", stack.url)).bearer_auth(&secret).body("{}");
    assert_eq!(dead.send().await.expect("an answer").status(), 401);
}

async fn forms_need_their_token(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let hazel = Seller::new(&stack, "Hazel").await;
    let post = |path: String, origin: Option<&str>, form: Vec<(&'static str, &'static str)>| {
        let mut request = http().post(path).header("cookie", hazel.person.cookies()).form(&form);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        request.send()
    };
    let connect = format!("{}/seller/{}/connect", stack.url, hazel.id);
    let without = post(connect.clone(), None, vec![("sign_up", "true")]).await.expect("an answer");
    assert_eq!(without.status(), 403);
    let foreign =
        post(connect, Some("https://evil.example"), vec![("sign_up", "true")]).await.expect("an answer");
    assert_eq!(foreign.status(), 403);
    // GraphQL with cookies wants an allowed origin.
    let graphql = http()
        .post(format!("{}/graphql", stack.url))
        .header("cookie", hazel.person.cookies())
        .header("content-type", "application/json")
        .body(r#"{"query":"{ viewer { id } }"}"#);
    assert_eq!(graphql.send().await.expect("an answer").status(), 403);
    // A wrong password says nothing about which part was wrong.
    let mut person = Person::new(&stack.url);
    let wrong = person
        .submit("/account/sign-in", &[("email", "hazel@studio.example"), ("password", "nope nope nope")])
        .await;
    let nobody = person
        .submit("/account/sign-in", &[("email", "nobody@studio.example"), ("password", "nope nope nope")])
        .await;
    assert_eq!((wrong.status, nobody.status), (422, 422));
    let words = "The email address or the password is not right.";
    assert!(wrong.html.contains(words) && nobody.html.contains(words));
}
