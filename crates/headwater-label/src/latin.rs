//! The letters of ISO 8859-1: those that PDF shows without a font of its own, and those that pixel letters are drawn for.

use crate::LabelError;

/// Encodes a text in ISO 8859-1, one byte per letter.
pub(crate) fn bytes(text: &str) -> Result<Vec<u8>, LabelError> {
    let byte = |letter: char| match u32::from(letter) {
        code @ (0x20..=0x7e | 0xa0..=0xff) => Ok(code as u8),
        _ => Err(LabelError::Letter { text: text.to_owned(), letter }),
    };
    text.chars().map(byte).collect()
}
