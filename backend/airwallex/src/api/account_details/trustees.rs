//! The trustees of a trust (D, part 02 §1.3): one business, or any number of people.

use serde::{Deserialize, Serialize};

use super::{Address, BusinessAttachments, BusinessIdentifier, BusinessPerson, Document, LegalEntityType};
use crate::document::quiet;
use crate::word::words;

words! {
    /// The legal form of a business that is a trustee (D, part 02 §1.3).
    TrusteeBusinessStructure {
        Company = "COMPANY",
        Partnership = "PARTNERSHIP",
        SoleProprietor = "SOLE_PROPRIETOR",
    }
}

/// The trustees of a trust (D, part 02 §1.3).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrusteeDetails {
    /// Which of the two is filled (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_entity_type: Option<LegalEntityType>,
    /// With `BUSINESS` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_details: Option<TrusteeBusiness>,
    /// With `INDIVIDUAL`, a list here (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub individual_details: Vec<TrusteeIndividual>,
}

/// A business that is a trustee (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrusteeBusiness {
    /// The legal name (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_name: Option<String>,
    /// The legal name in English (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_name_english: Option<String>,
    /// The legal form (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_structure: Option<TrusteeBusinessStructure>,
    /// The numbers under which it is known (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub business_identifiers: Vec<BusinessIdentifier>,
    /// Its directors, owners and representatives (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub business_person_details: Vec<BusinessPerson>,
    /// Its papers (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<BusinessAttachments>,
    /// Where it is registered (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_address: Option<Address>,
    /// The same in English (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_address_english: Option<Address>,
    /// A code that begins with `ICCV3_` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry_category_code: Option<String>,
    /// The countries that it works in, each ISO 3166 alpha-2 (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operating_country: Vec<String>,
    /// A telephone number (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_number: Option<String>,
    /// The website (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// In free words (D, the SDK).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_of_goods_or_services: Option<String>,
    /// In free words (D, the SDK).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation_for_high_risk_countries_exposure: Option<String>,
}

/// A person who is a trustee (D, part 02 §1.3). The proof of identity is flat here.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrusteeIndividual {
    /// As on the papers (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// As on the papers (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// In English (D, the SDK).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name_english: Option<String>,
    /// In English (D, the SDK).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name_english: Option<String>,
    /// `YYYY-MM-DD` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<String>,
    /// ISO 3166 alpha-2 (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
    /// Where the person lives (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// No list of words is documented (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identification_type: Option<String>,
    /// The number of the proof (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identification_number: Option<String>,
    /// The version that a driving licence shows (D, the SDK).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identification_drivers_license_version: Option<String>,
    /// The person's papers (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<TrusteeAttachments>,
}

/// The papers of a person who is a trustee (D, part 02 §1.3; the member's name by the SDK).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrusteeAttachments {
    /// Tags: `DRIVERS_LICENSE_FRONT`, `DRIVERS_LICENSE_BACK`, `PERSONAL_ID_FRONT`, `PERSONAL_ID_BACK`,
    /// `PASSPORT` (D, the SDK).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identity_files: Vec<Document>,
}

quiet!(TrusteeBusiness, TrusteeIndividual);
