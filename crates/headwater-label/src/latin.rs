//! The letters of ISO 8859-1: what PDF shows without a font of its own, and what letters of pixels are drawn for.

use crate::LabelError;

/// A text in ISO 8859-1, a byte a letter.
pub(crate) fn bytes(text: &str) -> Result<Vec<u8>, LabelError> {
    let byte = |letter: char| match u32::from(letter) {
        code @ (0x20..=0x7e | 0xa0..=0xff) => Ok(code as u8),
        _ => Err(LabelError::Letter { text: text.to_owned(), letter }),
    };
    text.chars().map(byte).collect()
}
