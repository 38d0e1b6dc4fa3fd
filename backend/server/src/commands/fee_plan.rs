//! `souk fee-plan`: set the standard fee plan.

use platform::app;
use platform::kernel::{Currency, Money};
use rust_decimal::Decimal;

use crate::config::Config;
use crate::output::say;
use crate::{Stop, boot};

pub async fn run(percentage: Decimal, fixed: &[String], config: Config) -> Result<(), Stop> {
    if percentage.is_sign_negative() || percentage > Decimal::ONE_HUNDRED {
        return Err(Stop::Refused("--percentage must lie between 0 and 100".to_owned()));
    }
    let fixed: Vec<Money> = fixed.iter().map(|text| read(text)).collect::<Result<_, _>>()?;
    let platform = boot::platform(config).await?;
    app::command::set_standard_fee_plan(&platform, percentage, &fixed)
        .await
        .map_err(|failure| Stop::Failed(failure.to_string()))?;
    say("the standard fee plan applies to payouts from now on");
    Ok(())
}

fn read(text: &str) -> Result<Money, Stop> {
    let refuse = |why: String| Stop::Refused(format!("--fixed {text}: {why}; write it like GBP:1.40"));
    let (currency, amount) = text.split_once(':').ok_or_else(|| refuse("a colon is missing".to_owned()))?;
    let currency = Currency::parse(currency).map_err(|error| refuse(error.to_string()))?;
    Money::parse(amount, currency).map_err(|error| refuse(error.to_string()))
}
