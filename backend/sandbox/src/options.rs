//! What whoever starts the sandbox may choose; shared by both binaries and the tests.

use std::path::PathBuf;

/// Options of the sandbox.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8090")]
    pub listen: String,
    /// How browsers and clients see it, when behind something.
    #[arg(long)]
    pub public_url: Option<String>,
    /// Keeps the state in this file, across restarts and kill -9; options that are left out stay as they were kept.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Writes its clock into this file, so that other processes live in the same time.
    #[arg(long)]
    pub virtual_clock: Option<PathBuf>,
    /// Where to deliver the events of the platform's own subscription and of its application's.
    #[arg(long)]
    pub webhook_url: Option<String>,
    /// Makes ids and tokens repeatable.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Reviews after 5 s, transfer steps every 2 s, and funds accounts that become ACTIVE.
    #[arg(long)]
    pub auto: bool,
    /// Refuses unknown fields of every body, and simulated moves that the real one answers with a breakdown.
    #[arg(long)]
    pub strict: bool,
    /// For load tests: keeps no journal, so that nothing grows but what is made.
    #[arg(long)]
    pub load_mode: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8090".to_owned(),
            public_url: None,
            data: None,
            virtual_clock: None,
            webhook_url: None,
            seed: None,
            auto: false,
            strict: false,
            load_mode: false,
        }
    }
}
