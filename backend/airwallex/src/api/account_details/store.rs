//! The shop of a customer who accepts payments (D, part 02 §1.3). Once the account is active, only an
//! amendment changes it (D, §1.8).

use serde::{Deserialize, Serialize};

use super::Address;
use crate::Amount;
use crate::document::quiet;
use crate::word::words;

words! {
    /// How a shop sells (D, part 02 §1.3).
    OperatingModel {
        OnlineCheckout = "ONLINE_CHECKOUT",
        InvoicesOrCustomOrderLinks = "INVOICES_OR_CUSTOM_ORDER_LINKS",
        InPerson = "IN_PERSON",
    }
}

words! {
    /// How a shop is paid (D, part 02 §1.3).
    PaymentType {
        Cards = "CARDS",
        BankDirectDebit = "BANK_DIRECT_DEBIT",
        /// Neither: Airwallex's own word `OTHER`.
        AnyOther = "OTHER",
    }
}

/// The shop (D, part 02 §1.3). Whoever sends it sends all of its first seven members (D).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoreDetails {
    /// The shop's name (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_name: Option<String>,
    /// What the shop sells, in free words (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_description: Option<String>,
    /// A code that begins with `ICCV3_` (D; shape C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry_code: Option<String>,
    /// How the shop sells (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operating_models: Vec<OperatingModel>,
    /// Days until what was ordered is delivered (D; unit by the name, A).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fulfillment_days: Option<u32>,
    /// In per cent, sent as a text (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_border_transaction_percent: Option<Amount>,
    /// What the shop expects to sell (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_transaction_volume: Option<EstimatedTransactionVolume>,
    /// The merchant category code, four digits (D; shape C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mcc: Option<String>,
    /// In per cent, sent as a text (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispute_percent: Option<Amount>,
    /// In per cent, sent as a text (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_percent: Option<Amount>,
    /// How many people work there (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_size: Option<u32>,
    /// Which part of the sales is paid how (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payment_distribution: Vec<PaymentDistribution>,
    /// The countries that it sells to, each ISO 3166 alpha-2 (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub selling_to_country_codes: Vec<String>,
    /// The countries that it ships from, each ISO 3166 alpha-2 (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shipping_from_country_codes: Vec<String>,
    /// Where the shop is (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_address: Option<Address>,
    /// Its websites (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub store_websites: Vec<StoreWebsite>,
    /// Pictures of it (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub store_photos: Vec<StoreFile>,
    /// Its accounts (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub financial_statements: Vec<StoreFile>,
}

/// What a shop expects to sell (D, part 02 §1.3). All four members are needed, amounts are sent as texts (D).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EstimatedTransactionVolume {
    /// ISO 4217 (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Of one sale, on average, in major units (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_amount_per_transaction: Option<Amount>,
    /// Of one sale, at most, in major units (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_amount_per_transaction: Option<Amount>,
    /// Of a month, in major units (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_transaction_amount: Option<Amount>,
}

/// Which part of a shop's sales is paid in one way (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaymentDistribution {
    /// The way (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_type: Option<PaymentType>,
    /// In per cent, sent as a text (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Amount>,
}

/// A website of a shop (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoreWebsite {
    /// Its address (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A picture or statement that was uploaded before, see [`files`](crate::api::files) (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoreFile {
    /// As the upload answered it (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_id: Option<String>,
}

quiet!(StoreDetails, EstimatedTransactionVolume, PaymentDistribution, StoreWebsite, StoreFile);
