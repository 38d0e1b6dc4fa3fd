//! Every refusal of every feature, for the documentation.

use std::collections::BTreeMap;

use crate::accounts::AccountRefusal;
use crate::beneficiaries::BeneficiaryRefusal;
use crate::connections::ConnectionRefusal;
use crate::connections::model::Outcome;
use crate::kernel::Refusal;
use crate::kernel::refusal::UPSTREAM_CODES;
use crate::onboarding::OnboardingRefusal;
use crate::payouts::PayoutRefusal;
use crate::sellers::SellerRefusal;
use crate::users::UserRefusal;

/// Code, message and field, by code.
pub fn problems() -> Vec<(String, String, String)> {
    let mut all: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut add = |refusal: &dyn Refusal| {
        all.entry(refusal.code().to_owned())
            .or_insert_with(|| (refusal.message(), refusal.field().join(".")));
    };
    UserRefusal::ALL.iter().for_each(|one| add(one));
    SellerRefusal::ALL.iter().for_each(|one| add(one));
    ConnectionRefusal::ALL.iter().for_each(|one| add(one));
    AccountRefusal::ALL.iter().for_each(|one| add(one));
    OnboardingRefusal::ALL.iter().for_each(|one| add(one));
    BeneficiaryRefusal::ALL.iter().for_each(|one| add(one));
    PayoutRefusal::all().iter().for_each(|one| add(one));
    for outcome in Outcome::ALL {
        if let Some(code) = outcome.code() {
            let message = format!("{}. {}", outcome.title(), outcome.remedy());
            all.entry(code.to_owned()).or_insert((message, String::new()));
        }
    }
    for (code, message) in UPSTREAM_CODES {
        all.insert(code.to_owned(), (message.to_owned(), String::new()));
    }
    all.into_iter().map(|(code, (message, field))| (code, message, field)).collect()
}
