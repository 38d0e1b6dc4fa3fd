//! Where a form may lead.

/// A path of ours, or nothing: a form must not lead to somebody else's page.
pub fn own_path(text: &str) -> String {
    let is_own = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_own { text.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn a_form_leads_to_our_own_pages_only() {
        for own in ["/", "/seller/new", "/admin/payouts?status=PAID"] {
            assert_eq!(own_path(own), own);
        }
        for foreign in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "seller", "/a\tb", "/ü"]
        {
            assert_eq!(own_path(foreign), "", "{foreign:?}");
        }
    }
}
