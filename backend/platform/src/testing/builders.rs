//! Sellers on their way, made through the use cases that the product has.

use std::collections::{BTreeMap, HashMap};

use airwallex::api::schemas::Condition;
use serde_json::json;

use super::TestPlatform;
use crate::app::{Customer, Walker};
use crate::beneficiaries::service::NewBeneficiary;
use crate::connections::model::Attempt;
use crate::connections::service::Return;
use crate::kernel::id::{BeneficiaryId, SellerId};
use crate::kernel::{Actor, Currency, Error, Money, Refusal, Secret, Staff, StaffRole, System};
use crate::payouts::Payout;
use crate::payouts::service::NewPayout;
use crate::users::service::SignUp;
use crate::web::Cookies;
use crate::{accounts, beneficiaries, connections, payouts, sellers, users};

/// A seller, the person behind her, and her account once she has one.
#[derive(Clone)]
pub struct SellerAtWork {
    pub id: SellerId,
    pub actor: Actor,
    pub account: String,
    name: String,
}

impl TestPlatform {
    pub fn system(&self) -> System {
        System::new("test")
    }

    /// A member of the operator's staff.
    pub async fn staff(&self) -> Staff {
        match self.person("Staff", Some(StaffRole::Admin)).await {
            Actor::Staff(staff) => staff,
            other => panic!("{other:?} is no staff"),
        }
    }

    async fn person(&self, name: &str, role: Option<StaffRole>) -> Actor {
        let input = SignUp {
            name: name.to_owned(),
            email: format!("{}@studio.example", name.to_lowercase()),
            password: Secret::new("a short sentence".to_owned()),
        };
        let person = users::service::provision(&self.platform, &self.system(), input, role).await;
        let person = person.expect("a person");
        users::service::actor_of(&self.platform, &self.system(), &person).await.expect("an actor")
    }

    /// A seller who has not connected.
    pub async fn seller(&self, name: &str) -> SellerAtWork {
        let actor = self.person(name, None).await;
        let wanted = sellers::service::NewSeller { name: format!("{name} Studio"), country: "GB".to_owned() };
        let made = sellers::service::create(&self.platform, &actor, wanted).await.expect("a seller");
        let actor = self.person(name, None).await;
        SellerAtWork { id: made.id, actor, account: String::new(), name: name.to_owned() }
    }

    /// Sets out, consents at the sandbox, and comes back with the code.
    pub async fn consent(&self, seller: &SellerAtWork) -> Attempt {
        let platform = &self.platform;
        let begin = async |sign_up| {
            let begun = connections::service::begin(platform, &seller.actor, &seller.id, sign_up).await;
            begun.expect("an attempt")
        };
        let email = format!("{}@airwallex.example", seller.name.to_lowercase());
        let who = Customer { name: &seller.name, business: "Blue Kiln", email: &email };
        let walker = Walker::new().expect("a walker");
        let mut begun = begin(true).await;
        let at = match walker.sign_up(&begun.url, &who).await.expect("signs up") {
            Some(at) => at,
            None => {
                begun = begin(false).await;
                walker.log_in(&begun.url, &who).await.expect("logs in")
            }
        };
        let query: HashMap<String, String> = at.query_pairs().into_owned().collect();
        let (name, value) = begun.cookie.expect("a cookie");
        let mut headers = http::HeaderMap::new();
        headers.insert("cookie", format!("{name}={}", value.expose()).parse().expect("a header"));
        let back = Return {
            state: &query["state"],
            code: query.get("code").map(|code| airwallex::Token::new(code.clone())),
            error: query.get("error").map(String::as_str),
        };
        let cookies = Cookies::read(&headers);
        connections::service::complete(platform, &seller.actor, &cookies, back).await.expect("comes back")
    }

    /// A seller whose account is connected and read.
    pub async fn connected(&self, name: &str) -> SellerAtWork {
        let mut seller = self.seller(name).await;
        self.consent(&seller).await;
        self.settle().await;
        let account = connections::service::account(&self.platform, &self.system(), &seller.id).await;
        seller.account = account.expect("the database answers").expect("an account");
        seller
    }

    /// Many connected sellers of one person, each with an account of her own.
    pub async fn many_connected(&self, count: usize) -> Vec<SellerAtWork> {
        let keeper = self.person("Keeper", None).await;
        let mut ids = vec![];
        for index in 0..count {
            let name = format!("Keeper{index} Studio");
            let wanted = sellers::service::NewSeller { name, country: "GB".to_owned() };
            ids.push(sellers::service::create(&self.platform, &keeper, wanted).await.expect("a seller").id);
        }
        let actor = self.person("Keeper", None).await;
        let mut made = vec![];
        for (index, id) in ids.into_iter().enumerate() {
            let name = format!("Keeper{index}");
            let mut seller = SellerAtWork { id, actor: actor.clone(), account: String::new(), name };
            self.consent(&seller).await;
            let account = connections::service::account(&self.platform, &self.system(), &seller.id).await;
            seller.account = account.expect("the database answers").expect("an account");
            made.push(seller);
        }
        self.settle().await;
        made
    }

    /// A seller who may pay out, with 1,000 GBP in her wallet.
    pub async fn active(&self, name: &str) -> SellerAtWork {
        let seller = self.connected(name).await;
        self.sandbox
            .order(&format!("accounts/{}/review", seller.account), json!({ "status": "ACTIVE" }))
            .await;
        let money = json!({ "account_id": seller.account, "currency": "GBP", "amount": "1000.00" });
        self.sandbox.order("wallets", money).await;
        self.settle().await;
        let account = accounts::service::of_seller(&self.platform, &seller.actor, &seller.id).await;
        let account = account.expect("the database answers").expect("an account");
        assert_eq!(account.status, accounts::AccountStatus::Active);
        seller
    }

    /// A British bank account that is ready to be paid.
    pub async fn beneficiary(&self, seller: &SellerAtWork) -> BeneficiaryId {
        let values: BTreeMap<String, String> = [
            ("beneficiary.entity_type", "COMPANY"),
            ("beneficiary.bank_details.bank_country_code", "GB"),
            ("beneficiary.bank_details.account_currency", "GBP"),
            ("transfer_method", "LOCAL"),
            ("beneficiary.bank_details.local_clearing_system", "FASTER_PAYMENTS"),
            ("beneficiary.company_name", "Blue Kiln Ltd"),
            ("beneficiary.bank_details.account_routing_value1", "040004"),
            ("beneficiary.bank_details.account_number", "31921107"),
            ("beneficiary.bank_details.account_name", "Blue Kiln Ltd"),
            ("beneficiary.address.country_code", "GB"),
            ("beneficiary.address.postcode", "LS1 1AA"),
            ("beneficiary.address.street_address", "1 Harbour Street"),
            ("beneficiary.address.city", "Leeds"),
        ]
        .map(|(path, value)| (path.to_owned(), value.to_owned()))
        .into();
        let condition = Condition {
            bank_country_code: "GB".to_owned(),
            account_currency: "GBP".to_owned(),
            transfer_method: "LOCAL".to_owned(),
            local_clearing_system: None,
            entity_type: "COMPANY".to_owned(),
            account_routing_type1: None,
            ..Condition::default()
        };
        let input = NewBeneficiary { condition, values, idempotency_key: "bank".to_owned() };
        let made = beneficiaries::service::create(&self.platform, &seller.actor, &seller.id, input).await;
        made.expect("a bank account").id
    }

    /// A payout that is written down and not sent yet.
    pub async fn payout(&self, seller: &SellerAtWork, to: &BeneficiaryId, amount: &str, key: &str) -> Payout {
        let input = NewPayout {
            seller: seller.id.clone(),
            beneficiary: to.clone(),
            amount: Money::parse(amount, Currency::parse("GBP").expect("GBP")).expect("an amount"),
            reference: "KL-1".to_owned(),
            idempotency_key: key.to_owned(),
        };
        payouts::service::create(&self.platform, &seller.actor, input).await.expect("a payout")
    }

    /// A payout, or the code of the refusal.
    pub async fn try_payout(
        &self,
        seller: &SellerAtWork,
        to: &BeneficiaryId,
        amount: &str,
    ) -> Result<Payout, String> {
        let input = NewPayout {
            seller: seller.id.clone(),
            beneficiary: to.clone(),
            amount: Money::parse(amount, Currency::parse("GBP").expect("GBP")).expect("an amount"),
            reference: "KL-1".to_owned(),
            idempotency_key: "tried".to_owned(),
        };
        match payouts::service::create(&self.platform, &seller.actor, input).await {
            Ok(payout) => Ok(payout),
            Err(Error::Refused(refusal)) => Err(refusal.code().to_owned()),
            Err(error) => panic!("{error:?}"),
        }
    }

    /// The payout as it stands now.
    pub async fn payout_now(&self, seller: &SellerAtWork, payout: &Payout) -> Payout {
        payouts::service::get(&self.platform, &seller.actor, &payout.id).await.expect("the payout")
    }
}
