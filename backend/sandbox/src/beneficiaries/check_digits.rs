//! Check digits of account numbers and ids (A: those of the nations stand behind a switch).

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|letter| letter.to_digit(10)).collect()
}

fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// ISO 13616: mod-97 over the rearranged text.
pub fn iban(text: &str) -> bool {
    if !text.is_ascii() || text.len() < 5 {
        return false;
    }
    let (head, tail) = text.split_at(4);
    let remainder = tail.chars().chain(head.chars()).try_fold(0u32, |rest, letter| {
        let value = letter.to_digit(36)?;
        Some(if value > 9 { (rest * 100 + value) % 97 } else { (rest * 10 + value) % 97 })
    });
    remainder == Some(1)
}

/// ABA routing numbers: 3-7-1 weights.
pub fn aba(text: &str) -> bool {
    let weights = [3, 7, 1, 3, 7, 1, 3, 7, 1];
    digits(text).is_some_and(|digits| digits.len() == 9 && weighted(&digits, &weights).is_multiple_of(10))
}

/// Mexican CLABE: 3-7-1 weights, each product's last digit.
pub fn clabe(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| digits.len() == 18) else { return false };
    let sum: u32 =
        digits[..17].iter().zip([3, 7, 1].iter().cycle()).map(|(digit, weight)| digit * weight % 10).sum();
    (10 - sum % 10) % 10 == digits[17]
}

fn brazilian(digits: &[u32], weights: &[u32]) -> u32 {
    match weighted(digits, weights) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

/// Brazilian CPF: two digits mod 11.
pub fn cpf(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| digits.len() == 11) else { return false };
    let weights = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2];
    brazilian(&digits[..9], &weights[1..]) == digits[9] && brazilian(&digits[..10], &weights) == digits[10]
}

/// Brazilian CNPJ: two digits mod 11.
pub fn cnpj(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| digits.len() == 14) else { return false };
    let weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    brazilian(&digits[..12], &weights[1..]) == digits[12] && brazilian(&digits[..13], &weights) == digits[13]
}

/// Chinese resident ids: mod 11-2.
pub fn resident(text: &str) -> bool {
    if text.len() != 18 || !text.is_ascii() {
        return false;
    }
    let Some(digits) = digits(&text[..17]) else { return false };
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let last =
        ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][weighted(&digits, &weights) as usize % 11];
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genuine_numbers_pass_and_a_changed_digit_does_not() {
        type Check = fn(&str) -> bool;
        let cases: [(Check, &str, &str); 6] = [
            (iban, "DE89370400440532013000", "DE89370400440532013001"),
            (aba, "110000000", "110000001"),
            (clabe, "032180000118359719", "032180000118359718"),
            (cpf, "11144477735", "11144477734"),
            (cnpj, "11222333000181", "11222333000180"),
            (resident, "11010519491231002X", "110105194912310021"),
        ];
        for (check, good, bad) in cases {
            assert!(check(good), "{good}");
            assert!(!check(bad), "{bad}");
            assert!(!check("") && !check("ÄÖÜß"));
        }
    }
}
