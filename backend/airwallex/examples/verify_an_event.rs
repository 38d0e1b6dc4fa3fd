//! Reads a delivery from standard input and says whether to believe it.
//!
//! `verify_an_event SECRET X_TIMESTAMP X_SIGNATURE < body.json`

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example lives in the real world and talks to it"
)]

use std::io::Read;

use airwallex::event::{Event, Window, verify};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (secret, timestamp, signature) = (arguments.next(), arguments.next(), arguments.next());
    let mut body = vec![];
    std::io::stdin().read_to_end(&mut body)?;
    // While a secret is being replaced, both are given.
    let secrets = secret.iter().map(String::as_str);
    let now = chrono::Utc::now();
    match verify(secrets, timestamp.as_deref(), signature.as_deref(), &body, now, Window::default()) {
        Ok(()) => {
            let event = Event::parse(&body)?;
            println!(
                "{} of {}",
                event.name,
                event.account_id.unwrap_or_else(|| "the application".to_owned())
            );
            Ok(())
        }
        Err(why) => Err(format!("not to be believed: {why:?}").into()),
    }
}
