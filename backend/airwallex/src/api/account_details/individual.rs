//! A person as a customer (D, part 02 §1.3).

use serde::{Deserialize, Serialize};

use super::{Address, AmountOf, BusinessIdentifier, Document, Identifications, IndividualIdentification};
use crate::document::quiet;
use crate::word::words;

words! {
    /// What a person wants of Airwallex (D, part 02 §1.3).
    IndividualProductReference {
        CreateCards = "CREATE_CARDS",
        MakeTransfers = "MAKE_TRANSFERS",
        MarketplaceWallet = "MARKETPLACE_WALLET",
        MobilityWallet = "MOBILITY_WALLET",
        Others = "OTHERS",
        PayrollWallet = "PAYROLL_WALLET",
        ReceiveTransfers = "RECEIVE_TRANSFERS",
        TradeSecurities = "TRADE_SECURITIES",
        TuitionPayments = "TUITION_PAYMENTS",
    }
}

words! {
    /// Where a person's money comes from (D, part 02 §1.3).
    CollectionSource {
        AllowanceFromFamily = "ALLOWANCE_FROM_FAMILY",
        BenefitsFromState = "BENEFITS_FROM_STATE",
        EmploymentIncome = "EMPLOYMENT_INCOME",
        InvestmentIncomeNonproperty = "INVESTMENT_INCOME_NONPROPERTY",
        IncomeFromProperty = "INCOME_FROM_PROPERTY",
        /// The contract spells it so, with L twice.
        IncomeFromMarketplaces = "INCOME_FROM_MARKETPLLACES",
        Insurance = "INSURANCE",
        Loans = "LOANS",
        Savings = "SAVINGS",
        OtherThirdParties = "OTHER_THIRD_PARTIES",
        PaymentRefunds = "PAYMENT_REFUNDS",
    }
}

words! {
    /// Whom a person pays (D, part 02 §1.3).
    PayoutTarget {
        ConnectedAwxAccount = "CONNECTED_AWX_ACCOUNT",
        EducationalInstitutions = "EDUCATIONAL_INSTITUTIONS",
        FriendsOrRelatives = "FRIENDS_OR_RELATIVES",
        MarketplacePlatform = "MARKETPLACE_PLATFORM",
        MarketplaceSellers = "MARKETPLACE_SELLERS",
        MobilityPlatform = "MOBILITY_PLATFORM",
        OtherThirdPartyIndividuals = "OTHER_THIRD_PARTY_INDIVIDUALS",
        OwnBankAccount = "OWN_BANK_ACCOUNT",
    }
}

words! {
    /// What a person pays by card (D, part 02 §1.3).
    CardUsage {
        GeneralExpenses = "GENERAL_EXPENSES",
        BusinessExpenses = "BUSINESS_EXPENSES",
        Education = "EDUCATION",
        TravelTransport = "TRAVEL_TRANSPORT",
        Insurance = "INSURANCE",
        Services = "SERVICES",
        BillsUtilities = "BILLS_UTILITIES",
        Investment = "INVESTMENT",
        FeesCharges = "FEES_CHARGES",
        Healthcare = "HEALTHCARE",
        Housing = "HOUSING",
        NoCardUsage = "NO_CARD_USAGE",
    }
}

/// A person as a customer (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndividualDetails {
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
    /// Names that the person has besides (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<OtherName>,
    /// `YYYY-MM-DD` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<String>,
    /// ISO 3166 alpha-2 (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
    /// A telephone number (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Where the person lives (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residential_address: Option<Address>,
    /// The same in English (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residential_address_english: Option<Address>,
    /// One of 38 words, such as `ACCOUNTANT`, `SELF_EMPLOYMENT`, `STUDENT`, `OTHERS` (D, part 02 §1.3). All
    /// of them are in the SDK's `individualDetailsApiDto`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occupation: Option<String>,
    /// Whom the person works for (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employer: Option<Employer>,
    /// What the person earns in a month (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_monthly_income: Option<AmountOf>,
    /// What proves who the person is (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifications: Option<Identifications<IndividualIdentification>>,
    /// The file of a portrait taken live (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_selfie_file_id: Option<String>,
    /// The file of a picture of the person with the proof in hand (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo_holding_identification_file_id: Option<String>,
    /// Given by Airwallex (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<String>,
    /// The person's papers (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<IndividualAttachments>,
    /// Whether the person or a relative holds a public office (C; whose it is A).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_member_holding_public_office: Option<bool>,
    /// Whether a bank or the like has refused the person before (C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_prior_financial_institution_refusal: Option<bool>,
    /// What the person wants of Airwallex (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_usage: Option<IndividualUsage>,
}

/// A name that a person has besides (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherName {
    /// The first name (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The middle name (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// The last name (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
}

/// Whom a person works for (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Employer {
    /// The legal name (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_name: Option<String>,
    /// A code that begins with `ICCV3_` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry_category_code: Option<String>,
    /// The numbers under which it is known (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub business_identifiers: Vec<BusinessIdentifier>,
}

/// An individual's papers (D, part 02 §1.3).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndividualAttachments {
    /// Tags: `PERSON_NAME_CHANGE_CERTIFICATE`, `SUPPORTIVE_OTHER`, and `PROOF_OF_ADDRESS` (D, the
    /// reference alone).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub individual_documents: Vec<Document>,
}

/// What a person wants of Airwallex (D, part 02 §1.3).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndividualUsage {
    /// What the person wants to use (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub product_reference: Vec<IndividualProductReference>,
    /// How much is expected to move in a month (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_monthly_transaction_volume: Option<AmountOf>,
    /// Where money comes from, each ISO 3166 alpha-2 (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub collection_country_codes: Vec<String>,
    /// Where money goes, each ISO 3166 alpha-2 (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payout_country_codes: Vec<String>,
    /// What money comes from (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub collection_from: Vec<CollectionSource>,
    /// Whom money goes to (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payout_to: Vec<PayoutTarget>,
    /// What is paid by card (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub card_usage: Vec<CardUsage>,
}

quiet!(IndividualDetails, OtherName, Employer);
