//! The few lines that the process writes for people and for whoever started it.

/// One line on standard output.
#[expect(clippy::print_stdout, reason = "the lines that whoever started the process waits for")]
pub fn say(line: &str) {
    println!("{line}");
}

/// One line on standard error.
#[expect(clippy::print_stderr, reason = "the sentence with which the process ends")]
pub fn complain(line: &str) {
    eprintln!("souk: {line}");
}
