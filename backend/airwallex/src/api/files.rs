//! Files (D, part 02 §1.10): uploaded to their own host, then named by id.

use serde::{Deserialize, Serialize};

use crate::call::{Call, Host, Recovery};
use crate::{Access, Client, Error, Link, Rest, Timestamp};

/// What was uploaded.
#[derive(Debug, Clone, Deserialize)]
pub struct UploadedFile {
    /// Long and opaque; what other bodies name the file by (D).
    pub file_id: String,
    /// The name that it was uploaded under, at most 50 characters (D).
    #[serde(default)]
    pub filename: Option<String>,
    /// In bytes (A).
    #[serde(default)]
    pub size: Option<u64>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Where files can be fetched for a day, and which are not there.
#[derive(Debug, Clone, Deserialize)]
pub struct DownloadLinks {
    /// Those that are there, each with its link (D).
    #[serde(default)]
    pub files: Vec<DownloadLink>,
    /// Ids that lead to no file (D).
    #[serde(default)]
    pub absent_files: Vec<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Where one file can be fetched (D).
#[derive(Debug, Clone, Deserialize)]
pub struct DownloadLink {
    /// The id that was asked for (D).
    pub file_id: String,
    /// Where it is, for a day (D).
    pub url: Link,
    /// The media type, such as `image/png` (D).
    #[serde(default)]
    pub content_type: Option<String>,
    /// When the link ends (D).
    #[serde(default)]
    pub download_link_valid_until: Option<Timestamp>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Uploads at most 20 MB under a name of at most 50 characters. A second copy does no harm.
pub async fn upload(
    client: &Client,
    access: &Access,
    filename: &str,
    content_type: &str,
    content: &[u8],
) -> Result<UploadedFile, Error> {
    let boundary = boundary(content);
    let name: String =
        filename.chars().filter(|letter| !letter.is_control() && !matches!(letter, '"' | '\\')).collect();
    let kind: String = content_type.chars().filter(|letter| !letter.is_control()).collect();
    let mut body = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: {kind}\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let call = Call::post("/api/v1/files/upload", &[], Recovery::Repeat).at(Host::Files);
    client.send(access, call.content(&format!("multipart/form-data; boundary={boundary}"), body)).await
}

/// A line that does not stand in the content (RFC 2046 §5.1.1).
fn boundary(content: &[u8]) -> String {
    let is_in = |text: &str| content.windows(text.len()).any(|window| window == text.as_bytes());
    (0u32..).map(|number| format!("souk-boundary-{number}")).find(|text| !is_in(text)).unwrap_or_default()
}

/// Links that live a day. Ids that lead to no file are listed apart, not refused (D).
pub async fn download_links(
    client: &Client,
    access: &Access,
    file_ids: &[&str],
) -> Result<DownloadLinks, Error> {
    #[derive(Serialize)]
    struct Wanted<'a> {
        file_ids: &'a [&'a str],
    }
    let call = Call::post("/api/v1/files/download_links", &[], Recovery::Repeat).at(Host::Files);
    client.send(access, call.json(&Wanted { file_ids })?).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_is_never_part_of_the_content() {
        assert_eq!(boundary(b"plain"), "souk-boundary-0");
        assert_eq!(boundary(b"has souk-boundary-0 in it"), "souk-boundary-1");
    }
}
