//! Commands and their arguments.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// The open-source backend for marketplaces that pay their sellers through Airwallex.
#[derive(Parser)]
#[command(name = "souk", version)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Subcommand)]
pub enum Command {
    /// The whole product on the embedded default: SQLite, mail files, the sandbox, demo data.
    #[cfg(feature = "demo")]
    Demo(DemoOptions),
    /// The production process: web and worker.
    Serve {
        /// Run the worker only.
        #[arg(long)]
        no_web: bool,
        /// Run the web only.
        #[arg(long)]
        no_worker: bool,
    },
    /// The Airwallex simulator alone.
    #[cfg(feature = "demo")]
    Sandbox(airwallex_sandbox::Options),
    /// Bring the database up to this version.
    Migrate,
    /// Load demo data. Never in production.
    Seed,
    /// Print the GraphQL schema.
    Schema,
    /// Print a page of the reference: `configuration` or `problems`.
    #[command(hide = true)]
    Reference { page: String },
    /// Staff accounts.
    Staff {
        #[command(subcommand)]
        command: StaffCommand,
    },
    /// Set the standard fee plan: what payouts are charged from now on.
    FeePlan {
        /// In percent of the payout's amount: 1.5 is 1.5 %.
        #[arg(long)]
        percentage: rust_decimal::Decimal,
        /// Added once per payout, such as `GBP:1.40`; may be given once per currency.
        #[arg(long)]
        fixed: Vec<String>,
    },
    /// Sealing keys.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Webhook subscriptions at Airwallex.
    Webhooks {
        #[command(subcommand)]
        command: WebhooksCommand,
    },
    /// After a restore or failover that may have lost commits: hold what may be stale.
    Restored {
        /// The instant from which commits may be lost, RFC 3339.
        #[arg(long)]
        since: String,
    },
    /// Check configuration and reachability, in plain words.
    Doctor,
}

/// Options of the demo.
#[cfg(feature = "demo")]
#[derive(clap::Args, Clone)]
pub struct DemoOptions {
    /// Where Souk listens; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// Where the sandbox listens; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8090")]
    pub sandbox_listen: String,
    /// Where databases, keys and mail are kept.
    #[arg(long, default_value = "var")]
    pub data_dir: PathBuf,
    /// Throw away what is kept and begin anew.
    #[arg(long)]
    pub fresh: bool,
}

#[cfg(feature = "demo")]
impl Default for DemoOptions {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            sandbox_listen: "127.0.0.1:8090".to_owned(),
            data_dir: PathBuf::from("var"),
            fresh: false,
        }
    }
}

#[derive(Subcommand)]
pub enum StaffCommand {
    /// Create a staff account; the password is read from standard input or a file.
    Add {
        #[arg(long)]
        name: String,
        #[arg(long)]
        email: String,
        /// Holds the password; standard input when absent.
        #[arg(long)]
        password_file: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub enum KeysCommand {
    /// Print a new sealing key in the form that SOUK_SEALING_KEYS takes.
    Generate {
        /// Names the key.
        #[arg(long)]
        id: String,
    },
    /// Seal everything anew under the first key of SOUK_SEALING_KEYS. May run while replicas serve, and
    /// may be stopped and begun again.
    Reseal,
}

#[derive(Subcommand)]
pub enum WebhooksCommand {
    /// Subscribe at the partner application and print the secret once.
    Register,
}
