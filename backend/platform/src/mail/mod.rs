//! Mail: SMTP in production, files in the demo, memory in tests.

mod message;

use std::path::PathBuf;
use std::sync::Mutex;

use chrono::Duration;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport, Tokio1Executor};

use crate::jobs::Outcome;
use crate::kernel::{Failure, Instant};

pub use message::Message;

/// Where mail goes.
pub enum Mailer {
    Smtp {
        transport: AsyncSmtpTransport<Tokio1Executor>,
        from: Mailbox,
    },
    /// One `.eml` (as sent) and one `.txt` (for eyes) per mail.
    Files {
        folder: PathBuf,
        from: Mailbox,
    },
    Memory {
        sent: Mutex<Vec<Message>>,
    },
}

/// Why a mail setting cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailSettingError {
    #[error("the mail address to send from cannot be read: {0}")]
    From(String),
    #[error("the mail URL must read smtp://…, smtps://… or file:FOLDER")]
    Url,
    #[error("the mail URL cannot be used: {0}")]
    Smtp(lettre::transport::smtp::Error),
}

/// Whether a text is a mail address that can be written into a header (RFC 5321).
pub fn is_address(text: &str) -> bool {
    text.parse::<lettre::Address>().is_ok()
}

impl Mailer {
    /// Reads `smtp(s)://…` or `file:FOLDER`.
    pub fn from_url(url: &str, from: &str) -> Result<Self, MailSettingError> {
        let from = from.parse().map_err(|_| MailSettingError::From(from.to_owned()))?;
        if let Some(folder) = url.strip_prefix("file:") {
            return Ok(Self::Files { folder: PathBuf::from(folder), from });
        }
        if !url.starts_with("smtp://") && !url.starts_with("smtps://") {
            return Err(MailSettingError::Url);
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(MailSettingError::Smtp)?;
        let transport: AsyncSmtpTransport<Tokio1Executor> =
            builder.timeout(Some(std::time::Duration::from_secs(20))).build();
        Ok(Self::Smtp { transport, from })
    }

    /// What was sent so far, by a mailer that keeps it in memory.
    #[cfg(test)]
    pub fn sent(&self) -> Vec<Message> {
        match self {
            Self::Memory { sent } => sent.lock().expect("no holder of this lock panics").clone(),
            Self::Smtp { .. } | Self::Files { .. } => vec![],
        }
    }

    pub fn in_memory() -> Self {
        Self::Memory { sent: Mutex::new(Vec::new()) }
    }

    /// Hands the mail over. `id` makes the Message-ID, so that a mail sent twice is recognised.
    pub async fn send(&self, id: &str, now: Instant, message: &Message) -> Result<Handed, Failure> {
        match self {
            Self::Smtp { transport, from } => {
                return Ok(match transport.send(compose(id, from, message)?).await {
                    Ok(_) => Handed::Over,
                    Err(error) => told(&error),
                });
            }
            Self::Files { folder, from } => {
                let name = format!("{}-{id}", now.format("%Y%m%dT%H%M%S"));
                tokio::fs::create_dir_all(folder).await.map_err(Failure::new)?;
                let mail = compose(id, from, message)?.formatted();
                write_whole(folder, &format!("{name}.eml"), &mail).await?;
                let text = format!("To: {}\nSubject: {}\n\n{}", message.to, message.subject, message.text);
                write_whole(folder, &format!("{name}.txt"), text.as_bytes()).await?;
            }
            Self::Memory { sent } => {
                sent.lock().expect("no holder of this lock panics").push(message.clone());
            }
        }
        Ok(Handed::Over)
    }
}

/// What became of a mail that was to be handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    Over,
    /// The host is away or asks to wait: later it may take the mail. Says why, without addresses.
    NotNow(String),
    /// The host will never take it.
    Never(String),
}

impl Handed {
    /// How the job ends that was to send it, where it was not taken.
    pub fn refused(self) -> Option<Outcome> {
        match self {
            Self::Over => None,
            Self::NotNow(why) => Some(Outcome::Later(Duration::zero(), why)),
            Self::Never(why) => Some(Outcome::GiveUp(why)),
        }
    }
}

fn told(error: &lettre::transport::smtp::Error) -> Handed {
    match error.status() {
        Some(code) if error.is_permanent() => Handed::Never(format!("the mail host answers {code}")),
        Some(code) => Handed::NotNow(format!("the mail host answers {code}")),
        None => Handed::NotNow("the mail host cannot be reached".to_owned()),
    }
}

/// Readers of the folder never see half a mail.
async fn write_whole(folder: &std::path::Path, name: &str, content: &[u8]) -> Result<(), Failure> {
    let partial = folder.join(format!(".{name}.partial"));
    tokio::fs::write(&partial, content).await.map_err(Failure::new)?;
    tokio::fs::rename(&partial, folder.join(name)).await.map_err(Failure::new)
}

fn compose(id: &str, from: &Mailbox, message: &Message) -> Result<lettre::Message, Failure> {
    let to: Mailbox = message.to.parse().map_err(|_| Failure::new("a recipient's address cannot be read"))?;
    lettre::Message::builder()
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .from(from.clone())
        .to(to)
        .subject(message.subject.clone())
        .multipart(MultiPart::alternative_plain_html(message.text.clone(), message.html.clone()))
        .map_err(Failure::new)
}
