//! How long to wait before a job runs again.

use chrono::Duration;

/// 1 s, 2 s, 4 s … up to 10 minutes, by the number of runs so far.
pub fn after(attempts: i32) -> Duration {
    let exponent = attempts.clamp(1, 11) - 1;
    Duration::seconds((1i64 << exponent).min(600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_stop_growing() {
        assert_eq!(after(0), Duration::seconds(1));
        assert_eq!(after(1), Duration::seconds(1));
        assert_eq!(after(3), Duration::seconds(4));
        assert_eq!(after(50), Duration::seconds(600));
    }
}
