//! Check characters of the identifiers that the ledger reads. Each function returns whether the last character (for an air
//! waybill, the last digit) follows from the characters before it. The caller checks the syntax.

/// GS1 modulo 10: weights 3, 1, 3, 1… from the right of the body (GS1 General Specifications). Not Luhn.
pub fn gs1(digits: &str) -> bool {
    let Some((check, body)) = digits.as_bytes().split_last() else {
        return false;
    };
    let sum: u32 = body.iter().rev().zip([3, 1].iter().cycle()).map(|(digit, weight)| number(*digit) * weight).sum();
    number(*check) == (10 - sum % 10) % 10
}

/// Air waybill: the seven-digit serial modulo 7 is the eighth digit. The airline prefix takes no part.
pub fn air_waybill(serial: &str) -> bool {
    serial.len() == 8 && serial[..7].parse::<u32>().is_ok_and(|body| serial[7..].parse() == Ok(body % 7))
}

/// IMO ship number: weights 7 down to 2 over six digits. The sum modulo 10 is the seventh digit.
pub fn imo_ship(digits: &str) -> bool {
    let Some((check, body)) = digits.as_bytes().split_last() else {
        return false;
    };
    let sum: u32 = body.iter().zip((2..=7).rev()).map(|(digit, weight)| number(*digit) * weight).sum();
    number(*check) == sum % 10
}

/// Freight container (ISO 6346): letters count from 10 and skip the multiples of 11; weights are powers of two.
pub fn container(code: &str) -> bool {
    let Some((check, body)) = code.as_bytes().split_last() else {
        return false;
    };
    let value = |byte: u8| match byte {
        b'A' => 10,
        b'B'..=b'K' => u32::from(byte - b'B') + 12,
        b'L'..=b'U' => u32::from(byte - b'L') + 23,
        b'V'..=b'Z' => u32::from(byte - b'V') + 34,
        digit => number(digit),
    };
    let sum: u32 = body.iter().zip(0..u32::BITS).map(|(byte, place)| value(*byte) << place).sum();
    number(*check) == sum % 11 % 10
}

/// The 31 characters of a unified social credit code, in the order of their values.
pub const USCC_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Unified social credit code of a Chinese organisation (GB 32100): powers of three, modulo 31.
pub fn uscc(code: &str) -> bool {
    let mut sum = 0;
    let mut weight = 1;
    for character in code.chars() {
        let Some(value) = USCC_ALPHABET.find(character) else {
            return false;
        };
        // The check character has weight 1 instead of 3^17, so that the whole sum is a multiple of 31.
        sum += value * if weight == 3_usize.pow(17) { 1 } else { weight % 31 };
        weight *= 3;
    }
    code.len() == 18 && sum.is_multiple_of(31)
}

/// Legal entity identifier (ISO 17442): letters count from 10; the whole, as a decimal number, is 1 modulo 97.
pub fn lei(code: &str) -> bool {
    let remainder = code.chars().try_fold(0, |rest, character| {
        let value = character.to_digit(36)?;
        Some(if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 })
    });
    remainder == Some(1)
}

fn number(digit: u8) -> u32 {
    u32::from(digit.wrapping_sub(b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples() {
        for (check, valid, invalid) in [
            (gs1 as fn(&str) -> bool, "09526543000013", "09526543000017"),
            (gs1, "195265430000000010", "195265430000000011"),
            (gs1, "9526543000105", "9526543000101"),
            (air_waybill, "12345675", "12345674"),
            (imo_ship, "9074729", "9074728"),
            (container, "CSQU3054383", "CSQU3054384"),
            (uscc, "91310000MADEMX001T", "91310000MADEMX0015"),
            (lei, "9999000HEADWATERX122", "9999000HEADWATERX123"),
        ] {
            assert!(check(valid), "{valid}");
            assert!(!check(invalid), "{invalid}");
        }
    }

    #[test]
    fn any_other_check_digit_is_refused() {
        for last in ('0'..='9').filter(|digit| *digit != '3') {
            assert!(!gs1(&format!("0952654300001{last}")));
            assert!(!container(&format!("CSQU305438{last}")));
        }
        for last in USCC_ALPHABET.chars().filter(|character| *character != 'T') {
            assert!(!uscc(&format!("91310000MADEMX001{last}")));
        }
    }
}
