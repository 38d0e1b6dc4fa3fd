//! A business (D, part 02 §1.3).

use serde::{Deserialize, Serialize};

use super::{Address, AmountOf, BusinessIdentifier, Document};
use crate::document::quiet;
use crate::word::words;

words! {
    /// The legal form of a business (D, part 02 §1.3).
    BusinessStructure {
        Company = "COMPANY",
        Corporation = "CORPORATION",
        GeneralPartnership = "GENERAL_PARTNERSHIP",
        LimitedLiabilityCompany = "LIMITED_LIABILITY_COMPANY",
        LimitedLiabilityPartnership = "LIMITED_LIABILITY_PARTNERSHIP",
        LimitedPartnership = "LIMITED_PARTNERSHIP",
        Partnership = "PARTNERSHIP",
        SelfManagedSuperFund = "SELF_MANAGED_SUPER_FUND",
        SoleProprietor = "SOLE_PROPRIETOR",
        NonRegisteredSoleProprietor = "NON_REGISTERED_SOLE_PROPRIETOR",
        /// Only in the reference's model of the simulation.
        Trust = "TRUST",
        /// None of these: Airwallex's own word `OTHER`.
        AnyOther = "OTHER",
    }
}

words! {
    /// What a business wants of Airwallex (D, part 02 §1.3).
    ProductReference {
        AcceptOnlinePayments = "ACCEPT_ONLINE_PAYMENTS",
        CollectMarketplaceProceeds = "COLLECT_MARKETPLACE_PROCEEDS",
        ReceiveTransfers = "RECEIVE_TRANSFERS",
        GetPaid = "GET_PAID",
        ConvertFunds = "CONVERT_FUNDS",
        MakeTransfers = "MAKE_TRANSFERS",
        CreateCards = "CREATE_CARDS",
        ManageExpenses = "MANAGE_EXPENSES",
        UseAwxApi = "USE_AWX_API",
        TransferCnyInbound = "TRANSFER_CNY_INBOUND",
    }
}

/// A business (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BusinessDetails {
    /// The legal name (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_name: Option<String>,
    /// The legal name in English (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_name_english: Option<String>,
    /// The name that customers know (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_name_trading: Option<String>,
    /// The legal form (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_structure: Option<BusinessStructure>,
    /// The numbers under which it is known (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub business_identifiers: Vec<BusinessIdentifier>,
    /// `YYYY-MM-DD` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_start_date: Option<String>,
    /// Where it works. With its country if it is not registered (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_address: Option<Address>,
    /// Where it is registered, with its country (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_address: Option<Address>,
    /// The same in English (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_address_english: Option<Address>,
    /// The state under whose law it was founded (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_of_incorporation: Option<String>,
    /// The countries that it works in, each ISO 3166 alpha-2 (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operating_country: Vec<String>,
    /// A code that begins with `ICCV3_` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry_category_code: Option<String>,
    /// At most 500 characters (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_of_goods_or_services: Option<String>,
    /// At most 500 characters (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation_for_high_risk_countries_exposure: Option<String>,
    /// A telephone number (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_number: Option<String>,
    /// The website (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whether it acts as a trustee (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_trustee: Option<bool>,
    /// Whether some hold shares for others (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_nominee_shareholders: Option<bool>,
    /// Whether nobody holds more than a quarter (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_shareholders_with_over_25percent: Option<bool>,
    /// Whether it sells abroad (D, the reference alone).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exports_goods_or_services: Option<bool>,
    /// Whether it has borrowed Malaysian ringgit (D, the reference alone).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_ringgit_borrowing: Option<bool>,
    /// What it wants of Airwallex (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_usage: Option<BusinessUsage>,
    /// Its papers (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<BusinessAttachments>,
}

/// What a business wants of Airwallex (D, part 02 §1.3).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BusinessUsage {
    /// What it expects to earn in a month (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_monthly_revenue: Option<AmountOf>,
    /// What it wants to use (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub product_reference: Vec<ProductReference>,
}

/// A business's papers (D, part 02 §1.3).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BusinessAttachments {
    /// Tags: the business document tags of part 02 §1.3, such as `CERTIFICATE_OF_INCORPORATION` (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub business_documents: Vec<Document>,
}

quiet!(BusinessDetails);
