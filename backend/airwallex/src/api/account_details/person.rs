//! The people of a business (D, part 02 §1.3).

use serde::{Deserialize, Serialize};

use super::{Address, BusinessPersonIdentification, Document, Identifications};
use crate::document::quiet;
use crate::word::words;

words! {
    /// What someone is to a business (D, part 02 §1.3).
    Role {
        AuthorisedPerson = "AUTHORISED_PERSON",
        BeneficialOwner = "BENEFICIAL_OWNER",
        ControllingPerson = "CONTROLLING_PERSON",
        Director = "DIRECTOR",
        LegalRepresentative = "LEGAL_REPRESENTATIVE",
    }
}

/// A director, owner or representative of a business (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BusinessPerson {
    /// All that apply (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// As on the papers (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// As on the papers (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// As on the papers (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// In English (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name_english: Option<String>,
    /// In English (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name_english: Option<String>,
    /// In English (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name_english: Option<String>,
    /// `YYYY-MM-DD` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<String>,
    /// ISO 3166 alpha-2 (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
    /// An e-mail address (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A telephone number (D, the reference alone).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// In free words (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
    /// Where the person lives (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residential_address: Option<Address>,
    /// Given by Airwallex, readable once the checks are passed (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<String>,
    /// The file of a portrait taken live (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_selfie_file_id: Option<String>,
    /// What proves who the person is (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifications: Option<Identifications<BusinessPersonIdentification>>,
    /// The person's papers (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<BusinessPersonAttachments>,
}

/// The papers of a business's person (D, part 02 §1.3).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BusinessPersonAttachments {
    /// Tags: `PERSON_PURPORTING_TO_ACT_AUTHORISATION_LETTER`, `PERSON_NAME_CHANGE_CERTIFICATE`,
    /// `APPLICANT_SIGNATURE`, `PROOF_OF_ADDRESS`, `SUPPORTIVE_OTHER` (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub business_person_documents: Vec<Document>,
}

quiet!(BusinessPerson);
