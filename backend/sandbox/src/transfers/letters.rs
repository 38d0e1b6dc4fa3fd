//! Confirmation letters (03 §c.1): a small PDF that says it is of the sandbox.

use crate::call::Call;
use crate::wire::{Answer, ApiError, Body, Reply, text_at};

pub fn create(call: &mut Call<'_>) -> Reply {
    let id = call.need("transaction_id")?;
    let format = text_at(&call.body, "format").unwrap_or_else(|| "STANDARD".to_owned());
    if format != "STANDARD" && format != "NO_FEE_DISPLAY" {
        return Err(ApiError::invalid("format", "STANDARD or NO_FEE_DISPLAY"));
    }
    let transfer = call.world.transfers.get(&id).filter(|found| found.account == call.account());
    let transfer = transfer.ok_or_else(|| ApiError::not_found("the transfer"))?;
    let amounts = &transfer.amounts;
    let mut lines = vec![
        "SANDBOX - no real money was moved".to_owned(),
        format!("Transfer {}", transfer.short_reference_id),
        format!("{} {} to the payee", amounts.beneficiary_receives, amounts.transfer_currency),
        format!("Status {}", transfer.status),
    ];
    if format == "STANDARD" {
        lines.push(format!("Fee {} {}", amounts.fee, amounts.source_currency));
    }
    Ok(Answer { status: 200, body: Body::Content("application/pdf", pdf(&lines)) })
}

/// One page of lines, in the least that a PDF may be.
pub fn pdf(lines: &[String]) -> Vec<u8> {
    let plain = |line: &String| {
        line.chars()
            .filter(|letter| letter.is_ascii() && !matches!(letter, '(' | ')' | '\\'))
            .collect::<String>()
    };
    let text: String = lines.iter().map(|line| format!("({}) Tj 0 -20 Td ", plain(line))).collect();
    let content = format!("BT /F1 12 Tf 60 760 Td {text}ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut offsets = vec![];
    for (index, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let start = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        out.push_str(&format!("{offset:010} 00000 n \n"));
    }
    out.push_str(&format!(
        "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    ));
    out.into_bytes()
}
