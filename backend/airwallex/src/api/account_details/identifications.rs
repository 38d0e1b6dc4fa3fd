//! What proves who a person is (D, part 02 §1.3).
//!
//! The word for a driving licence is spelt differently in each place: `DRIVERS_LICENCE` for a business's
//! people, `DRIVERS_LICENSE` for individuals, `DRIVING_LICENSE` in answers to [`rfis`](crate::api::rfis). The
//! block that holds it is `drivers_license` for both of the first (D).

use crate::document::quiet;
use serde::{Deserialize, Serialize};

use crate::word::words;

words! {
    /// What identifies a person of a business (D, part 02 §1.3).
    BusinessPersonIdentificationType {
        /// With a C, unlike an individual's.
        DriversLicence = "DRIVERS_LICENCE",
        Passport = "PASSPORT",
        PersonalId = "PERSONAL_ID",
        TaxId = "TAX_ID",
    }
}

words! {
    /// What identifies an individual (D, part 02 §1.3).
    IndividualIdentificationType {
        /// With an S, unlike that of a person of a business.
        DriversLicense = "DRIVERS_LICENSE",
        MedicareCard = "MEDICARE_CARD",
        Passport = "PASSPORT",
        PersonalId = "PERSONAL_ID",
        TaxId = "TAX_ID",
    }
}

words! {
    /// What a person's tax number is (D, part 02 §1.3).
    TaxIdType {
        Ssn = "SSN",
        Itin = "ITIN",
        /// Only of a person of a business.
        Vat = "VAT",
        /// Only of a person of a business.
        Others = "OTHERS",
    }
}

words! {
    /// Of an Australian Medicare card (D, part 02 §1.3).
    MedicareColour { Blue = "BLUE", Green = "GREEN", Yellow = "YELLOW", }
}

/// One proof or two (D, part 02 §1.3): each a [`BusinessPersonIdentification`] or an
/// [`IndividualIdentification`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Identifications<T> {
    /// The first, or only, one (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<T>,
    /// Another one (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary: Option<T>,
}

/// What proves who a person of a business is (D, part 02 §1.3): the kind, and the one block of that kind.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BusinessPersonIdentification {
    /// Which of the blocks is filled (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identification_type: Option<BusinessPersonIdentificationType>,
    /// ISO 3166 alpha-2 (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuing_country_code: Option<String>,
    /// With `DRIVERS_LICENCE` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drivers_license: Option<DriversLicense>,
    /// With `PASSPORT` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passport: Option<Passport>,
    /// With `PERSONAL_ID` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal_id: Option<PersonalId>,
    /// With `TAX_ID` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<TaxId>,
}

/// What proves who an individual is (D, part 02 §1.3): the kind, and the one block of that kind.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndividualIdentification {
    /// Which of the blocks is filled (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identification_type: Option<IndividualIdentificationType>,
    /// ISO 3166 alpha-2 (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuing_country_code: Option<String>,
    /// With `DRIVERS_LICENSE` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drivers_license: Option<DriversLicense>,
    /// With `PASSPORT` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passport: Option<Passport>,
    /// With `PERSONAL_ID` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal_id: Option<PersonalId>,
    /// With `TAX_ID`: `SSN` or `ITIN` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<TaxId>,
    /// With `MEDICARE_CARD` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medicare_card: Option<MedicareCard>,
}

/// A driving licence (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DriversLicense {
    /// The licence's number (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The version that the licence shows (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The state or province that gave it out (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuing_state: Option<String>,
    /// As on the licence; no list of words is documented (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// `YYYY-MM-DD` (D; shape C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<String>,
    /// `YYYY-MM-DD` (D; shape C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_at: Option<String>,
    /// The file of the front (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub front_file_id: Option<String>,
    /// The file of the back (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back_file_id: Option<String>,
}

/// A passport (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Passport {
    /// The passport's number (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The upper line for machines (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mrz_line1: Option<String>,
    /// The lower line for machines (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mrz_line2: Option<String>,
    /// `YYYY-MM-DD` (D; shape C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<String>,
    /// `YYYY-MM-DD` (D; shape C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_at: Option<String>,
    /// The file of the page that shows the person (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub front_file_id: Option<String>,
}

/// An identity card (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonalId {
    /// The card's number (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// `YYYY-MM-DD` (D; shape C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<String>,
    /// `YYYY-MM-DD` (D; shape C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_at: Option<String>,
    /// The file of the front (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub front_file_id: Option<String>,
    /// The file of the back (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back_file_id: Option<String>,
}

/// A person's tax number (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaxId {
    /// The number itself (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Sent as `type` (D).
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<TaxIdType>,
}

/// An Australian Medicare card, of an individual alone (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MedicareCard {
    /// The card's number (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_number: Option<String>,
    /// The person's place among those on the card (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_number: Option<String>,
    /// The card's colour (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<MedicareColour>,
    /// `YYYY-MM-DD` (D; shape C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<String>,
    /// `YYYY-MM-DD` (D; shape C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_at: Option<String>,
    /// The file of the front (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub front_file_id: Option<String>,
    /// The file of the back (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back_file_id: Option<String>,
}

quiet!(
    BusinessPersonIdentification,
    IndividualIdentification,
    DriversLicense,
    Passport,
    PersonalId,
    TaxId,
    MedicareCard,
);
