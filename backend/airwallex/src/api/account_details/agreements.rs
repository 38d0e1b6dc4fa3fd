//! What the customer agreed to (D, part 02 §1.2, §1.7).

use crate::document::quiet;
use serde::{Deserialize, Serialize};

use crate::word::words;

words! {
    /// Whom the seller contracts with (D, part 02 §1.2).
    ServiceAgreementType {
        /// Also when nothing is told.
        Full = "FULL",
        /// With the platform alone: the seller can only receive.
        Recipient = "RECIPIENT",
    }
}

/// What the customer agreed to (D, part 02 §1.2).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerAgreements {
    /// To the use of the data (D); needed at the submit (A).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_to_data_usage: Option<bool>,
    /// To Airwallex's terms. Without it the account will ask for them in `ACTION_REQUIRED` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_to_terms_and_conditions: Option<bool>,
    /// To the use of biometrics (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_to_biometrics_consent: Option<bool>,
    /// To advertising (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opt_in_for_marketing: Option<bool>,
    /// How the terms were agreed to (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms_and_conditions: Option<TermsAgreement>,
}

/// How the terms were agreed to (D, part 02 §1.2, §1.7); also the body of
/// [`agree_to_terms`](super::super::accounts::agree_to_terms).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TermsAgreement {
    /// ISO 8601 with an offset, see [`Timestamp::for_request`](crate::Timestamp::for_request) (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_at: Option<String>,
    /// `FULL` if absent (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_agreement_type: Option<ServiceAgreementType>,
    /// The device that was used (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_data: Option<DeviceData>,
}

/// The device on which the customer agreed (D, part 02 §1.2).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceData {
    /// IPv4 or IPv6 (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// As the browser sent it (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

quiet!(DeviceData);
