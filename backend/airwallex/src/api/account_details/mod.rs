//! What is told of an account when it is opened or changed (D, part 02 §1.2, §1.3).
//!
//! Nothing is required but what the types ask for: Airwallex judges completeness at the submit (D). What is
//! `None` or an empty list is not sent, so a change leaves it alone; a list that is sent replaces the whole
//! one (A). What is about people does not show in `Debug`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::quiet;
use crate::word::words;

mod agreements;
mod business;
mod identifications;
mod individual;
mod parts;
mod person;
mod store;
mod trustees;

#[cfg(test)]
mod tests;

pub use agreements::{CustomerAgreements, DeviceData, ServiceAgreementType, TermsAgreement};
pub use business::{
    BusinessAttachments, BusinessDetails, BusinessStructure, BusinessUsage, ProductReference,
};
pub use identifications::{
    BusinessPersonIdentification, BusinessPersonIdentificationType, DriversLicense, Identifications,
    IndividualIdentification, IndividualIdentificationType, MedicareCard, MedicareColour, Passport,
    PersonalId, TaxId, TaxIdType,
};
pub use individual::{
    CardUsage, CollectionSource, Employer, IndividualAttachments, IndividualDetails,
    IndividualProductReference, IndividualUsage, OtherName, PayoutTarget,
};
pub use parts::{Address, AmountOf, BusinessIdentifier, Document, IdentifierType};
pub use person::{BusinessPerson, BusinessPersonAttachments, Role};
pub use store::{
    EstimatedTransactionVolume, OperatingModel, PaymentDistribution, PaymentType, StoreDetails, StoreFile,
    StoreWebsite,
};
pub use trustees::{
    TrusteeAttachments, TrusteeBusiness, TrusteeBusinessStructure, TrusteeDetails, TrusteeIndividual,
};

words! {
    /// What kind of customer an account is for (D, part 02 §1.2).
    LegalEntityType {
        /// Also when nothing is told.
        Business = "BUSINESS",
        Individual = "INDIVIDUAL",
    }
}

/// The body that opens an account (D, part 02 §1.2), for [`create`](super::accounts::create).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewAccount {
    /// The platform's own key, by which the account is found after a lost answer: always to be set. It need
    /// not be unique (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// A label to show (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// At most 5 keys of 20 characters, values of 150 (D).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Whom Airwallex writes to (D).
    pub primary_contact: PrimaryContact,
    /// Who the customer is (D).
    pub account_details: AccountDetails,
    /// What the customer agreed to (D).
    pub customer_agreements: CustomerAgreements,
}

impl NewAccount {
    /// The smallest public body for a business (D). The customer must have agreed to the use of the data.
    pub fn business(
        identifier: impl Into<String>,
        email: impl Into<String>,
        business_name: impl Into<String>,
    ) -> Self {
        let mut account = Self::smallest(LegalEntityType::Business, identifier.into(), email.into());
        account.account_details.business_details =
            Some(BusinessDetails { business_name: Some(business_name.into()), ..BusinessDetails::default() });
        account
    }

    /// The smallest public body for a person (C). The customer must have agreed to the use of the data.
    pub fn individual(identifier: impl Into<String>, email: impl Into<String>) -> Self {
        Self::smallest(LegalEntityType::Individual, identifier.into(), email.into())
    }

    fn smallest(kind: LegalEntityType, identifier: String, email: String) -> Self {
        Self {
            identifier: Some(identifier),
            primary_contact: PrimaryContact { email, mobile: None },
            account_details: AccountDetails { legal_entity_type: Some(kind), ..AccountDetails::default() },
            customer_agreements: CustomerAgreements {
                agreed_to_data_usage: Some(true),
                ..CustomerAgreements::default()
            },
            ..Self::default()
        }
    }
}

/// The body that changes an account before its submit, or corrects it in `ACTION_REQUIRED` (D, part 02 §1.6),
/// for [`update`](super::accounts::update). An active account takes `nickname` and `metadata` alone (A).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountChange {
    /// A label to show (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// At most 5 keys of 20 characters, values of 150 (D).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Whom Airwallex writes to; of a person it needs a new submit (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_contact: Option<PrimaryContact>,
    /// Who the customer is. Kind, entity and additional files are none of what can be changed (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_details: Option<AccountDetails>,
}

/// Whom Airwallex writes to (D, part 02 §1.2).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PrimaryContact {
    /// An e-mail address, the one member that every sample carries (D). Not sent when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// A telephone number, such as `61-400111222` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
}

/// Who the customer is (D, part 02 §1.3): a business with its people, or a person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountDetails {
    /// `BUSINESS` if absent (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_entity_type: Option<LegalEntityType>,
    /// Of an entity that is verified already: opens another wallet for it, active without new checks (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_entity_id: Option<String>,
    /// Of a business (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_details: Option<BusinessDetails>,
    /// Its directors, owners and representatives, told apart by their roles (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub business_person_details: Vec<BusinessPerson>,
    /// Of a person (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual_details: Option<IndividualDetails>,
    /// The trustees of a trust (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trustee_details: Option<TrusteeDetails>,
    /// The shop, needed to accept payments (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_details: Option<StoreDetails>,
    /// Files that belong nowhere else (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Attachments>,
}

/// Files that belong nowhere else (D, part 02 §1.3).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attachments {
    /// Tags: `DRIVERS_LICENSE_FRONT`, `DRIVERS_LICENSE_BACK`, `PERSONAL_ID_FRONT`, `PERSONAL_ID_BACK`,
    /// `PASSPORT`, `MEDICARE_CARD`, `OTHER` (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_files: Vec<Document>,
}

quiet!(NewAccount, AccountChange, PrimaryContact);
