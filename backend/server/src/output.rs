//! The few lines that the process writes for people and for whoever started it.

use std::io::Write;

/// One line on standard output.
pub fn say(line: &str) {
    // Whoever reads may have gone, as `head` does.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// One line on standard error.
#[expect(clippy::print_stderr, reason = "the sentence with which the process ends")]
pub fn complain(line: &str) {
    eprintln!("souk: {line}");
}
