//! An error and its causes, in one line.

use std::error::Error;

/// The error, then its causes, with colons between them. A cause is left out if the text before it ends with the same words.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}
