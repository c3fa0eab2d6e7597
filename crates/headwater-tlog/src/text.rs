//! The two encodings that all C2SP texts share, each in one canonical form: decimals and base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;

/// Number of digits of the largest decimal, 2^63 - 1. A decimal has no sign and no leading zero.
pub(crate) const DECIMAL_DIGITS_MAX: usize = 19;

pub(crate) fn decimal(text: &str) -> Option<u64> {
    let digits = text.len() <= DECIMAL_DIGITS_MAX && text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    let number: u64 = (digits && canonical).then(|| text.parse().ok())??;
    i64::try_from(number).is_ok().then_some(number)
}

pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Decodes base64 that is padded, without white space and with unused bits zero: the bytes are encoded again and compared.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(text).ok()?;
    (encode_base64(&bytes) == text).then_some(bytes)
}

pub(crate) fn encode_hash(hash: &Hash) -> String {
    encode_base64(hash.as_bytes())
}

pub(crate) fn decode_hash(text: &str) -> Option<Hash> {
    Hash::try_from(decode_base64(text)?.as_slice()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("9223372036854775807"), Some(i64::MAX as u64));
        for second in
            ["", "00", "01", "+1", "-1", " 1", "1 ", "0x1", "١", "9223372036854775808", "10000000000000000000"]
        {
            assert_eq!(decimal(second), None, "{second:?}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        let root = "NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=";
        assert_eq!(decode_hash(root).map(|hash| encode_hash(&hash)).as_deref(), Some(root));
        let stray_bits = root.replace("sE=", "sF=");
        let unpadded = root.trim_end_matches('=').to_owned();
        let url_safe = root.replace('/', "_");
        for second in [stray_bits, unpadded, url_safe, format!("{root}\n"), format!(" {root}")] {
            assert_eq!(decode_hash(&second), None, "{second:?}");
        }
    }
}
