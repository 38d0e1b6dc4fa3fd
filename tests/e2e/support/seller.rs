//! A seller on the way from sign-up to a paid payout, step by step.

use serde_json::{Value, json};

use super::{Person, Stack, wait_for};

/// A seller and her person.
#[derive(Clone)]
pub struct Seller {
    pub person: Person,
    pub id: String,
    /// `acct_…`, once connected.
    pub account: String,
}

impl Seller {
    /// Signed up, with a seller.
    pub async fn new(stack: &Stack, name: &str) -> Self {
        let email = format!("{}@studio.example", name.to_lowercase());
        let mut person = Person::sign_up(stack, name, &email).await;
        let made = person
            .ask(
                "mutation($input: CreateSellerInput!) { createSeller(input: $input) { seller { id } problems { code } } }",
                json!({ "input": { "name": format!("{name} Studio"), "country": "GB" } }),
            )
            .await;
        let id = made["createSeller"]["seller"]["id"].as_str().expect("a seller").to_owned();
        Self { person, id, account: String::new() }
    }

    /// A program of the seller's own, with an API token: served by any replica, whatever its address.
    pub async fn program(&mut self) -> Person {
        let create = "mutation($id: ID) { createApiToken(input: { name: \"x\", sellerId: $id }) { secret } }";
        let made = self.person.ask(create, json!({ "id": self.id })).await;
        let mut program = self.person.clone();
        program.token = made["createApiToken"]["secret"].as_str().map(str::to_owned);
        super::secrets::owned(&self.person.base, program.token.as_deref().expect("a token"));
        program
    }

    /// Begins to connect and answers where the browser is sent.
    pub async fn start_connection(&mut self, sign_up: bool) -> String {
        let begun = self
            .person
            .ask(
                "mutation($input: StartConnectionInput!) { startConnection(input: $input) { url problems { code } } }",
                json!({ "input": { "sellerId": self.id, "signUp": sign_up } }),
            )
            .await;
        begun["startConnection"]["url"].as_str().unwrap_or_else(|| panic!("{begun}")).to_owned()
    }

    /// Goes through the hosted pages up to the outcome page.
    pub async fn walk_consent(&mut self, url: &str, forms: &[&[(&str, &str)]]) -> super::person::Shown {
        let mut page = self.person.open(url).await;
        for form in forms {
            page = self.person.press(&page, &page.url.clone(), form).await;
        }
        page
    }

    /// Signs up at Airwallex and consents, up to the outcome page.
    pub async fn sign_up_and_consent(&mut self, url: &str) -> super::person::Shown {
        let email = self.person.email.clone();
        let person = [
            ("name", "Hazel"),
            ("business_name", "Blue Kiln"),
            ("email", &email),
            ("password", "sandbox-password"),
        ];
        let (code, usage, consent) =
            ([("code", "000000")], [("use", "MAKE_TRANSFERS")], [("authorise", "1")]);
        self.walk_consent(url, &[&person, &code, &usage, &consent]).await
    }

    /// Consents as a customer who has signed up before; answers the outcome page.
    pub async fn consent_again(&mut self, url: &str) -> String {
        let email = self.person.email.clone();
        let person = [("email", email.as_str()), ("password", "sandbox-password")];
        let choice = self.walk_consent(url, &[&person, &[("code", "000000")]]).await;
        let from = choice.html.find("acct_").expect("an account to choose");
        let account: String = choice.html[from..]
            .chars()
            .take_while(|one| one.is_ascii_alphanumeric() || "_-".contains(*one))
            .collect();
        let consent = self.person.press(&choice, &choice.url.clone(), &[("account", &account)]).await;
        self.person.press(&consent, &consent.url.clone(), &[("authorise", "1")]).await.html
    }

    /// Signs up at Airwallex, consents, and waits until the account has been read.
    pub async fn connect(&mut self, stack: &Stack) {
        let url = self.start_connection(true).await;
        let page = self.sign_up_and_consent(&url).await;
        assert!(page.html.contains("Your Airwallex account is connected"), "{}", page.html);
        self.until_account(|account| account["isLinked"] == true).await;
        let totals = stack.sandbox.get("totals").await;
        assert!(totals["refreshes"].get(&self.account).is_some(), "{totals}");
    }

    /// The account as Souk knows it, once it satisfies the condition.
    pub async fn until_account(&mut self, condition: impl Fn(&Value) -> bool) -> Value {
        let (id, person) = (self.id.clone(), self.person.clone());
        let account = wait_for("the account", || {
            let (id, mut person) = (id.clone(), person.clone());
            let condition = &condition;
            async move {
                let query = "query($id: ID!) { seller(id: $id) { account { airwallexId status isLinked balances { available { amount currency } } } } }";
                let answer = person.ask(query, json!({ "id": id })).await;
                let account = answer["seller"]["account"].clone();
                (account.is_object() && condition(&account)).then_some(account)
            }
        })
        .await;
        self.account = account["airwallexId"].as_str().expect("an id").to_owned();
        account
    }

    /// Connected, reviewed and ACTIVE, with money in the wallet.
    pub async fn ready(stack: &Stack, name: &str) -> Self {
        let mut seller = Self::new(stack, name).await;
        seller.connect(stack).await;
        stack
            .sandbox
            .post(&format!("accounts/{}/review", seller.account), json!({ "status": "ACTIVE" }))
            .await;
        let wallet = json!({ "account_id": seller.account, "currency": "GBP", "amount": "1000.00" });
        stack.sandbox.post("wallets", wallet).await;
        seller.until_account(|account| account["status"] == "ACTIVE").await;
        seller
    }

    /// The values of a good British bank account.
    pub fn bank_values() -> Value {
        json!([
            { "path": "beneficiary.entity_type", "value": "COMPANY" },
            { "path": "beneficiary.bank_details.bank_country_code", "value": "GB" },
            { "path": "beneficiary.bank_details.account_currency", "value": "GBP" },
            { "path": "transfer_method", "value": "LOCAL" },
            { "path": "beneficiary.bank_details.local_clearing_system", "value": "FASTER_PAYMENTS" },
            { "path": "beneficiary.company_name", "value": "Blue Kiln Ltd" },
            { "path": "beneficiary.bank_details.account_routing_value1", "value": "040004" },
            { "path": "beneficiary.bank_details.account_number", "value": "31921107" },
            { "path": "beneficiary.bank_details.account_name", "value": "Blue Kiln Ltd" },
            { "path": "beneficiary.address.country_code", "value": "GB" },
            { "path": "beneficiary.address.postcode", "value": "LS1 1AA" },
            { "path": "beneficiary.address.street_address", "value": "1 Harbour Street" },
            { "path": "beneficiary.address.city", "value": "Leeds" },
        ])
    }

    pub async fn create_beneficiary(&mut self, values: Value, key: &str) -> Value {
        let condition = json!({ "country": "GB", "currency": "GBP", "entityType": "COMPANY" });
        let input =
            json!({ "sellerId": self.id, "condition": condition, "values": values, "idempotencyKey": key });
        let made = self
            .person
            .ask(
                "mutation($input: CreateBeneficiaryInput!) { createBeneficiary(input: $input) {
                    beneficiary { id status holder numberLast } problems { code message field } } }",
                json!({ "input": input }),
            )
            .await;
        made["createBeneficiary"].clone()
    }

    /// A bank account that is ready to be paid.
    pub async fn beneficiary(&mut self) -> String {
        let made = self.create_beneficiary(Self::bank_values(), "bank-1").await;
        assert_eq!(made["beneficiary"]["status"], "ACTIVE", "{made}");
        made["beneficiary"]["id"].as_str().expect("an id").to_owned()
    }

    pub async fn create_payout(
        &mut self,
        beneficiary: &str,
        amount: &str,
        currency: &str,
        key: &str,
    ) -> Value {
        let input = json!({
            "sellerId": self.id,
            "beneficiaryId": beneficiary,
            "amount": { "amount": amount, "currency": currency },
            "reference": "KL-1",
            "idempotencyKey": key,
        });
        let made = self
            .person
            .ask(
                "mutation($input: CreatePayoutInput!) { createPayout(input: $input) {
                    payout { id status amount { amount currency } fee { amount } } problems { code message field } } }",
                json!({ "input": input }),
            )
            .await;
        made["createPayout"].clone()
    }

    pub async fn payout(&mut self, id: &str) -> Value {
        let query = "query($id: ID!) { payout(id: $id) { status reason airwallexReference history { status cause } } }";
        self.person.ask(query, json!({ "id": id })).await["payout"].clone()
    }

    /// Waits until a payout stands where it should.
    pub async fn until_payout(&mut self, id: &str, status: &str) -> Value {
        let person = self.person.clone();
        let base = Self { person, id: self.id.clone(), account: self.account.clone() };
        wait_for(&format!("payout {status}"), || {
            let mut me =
                Self { person: base.person.clone(), id: base.id.clone(), account: base.account.clone() };
            async move {
                let payout = me.payout(id).await;
                (payout["status"] == status).then_some(payout)
            }
        })
        .await
    }
}
