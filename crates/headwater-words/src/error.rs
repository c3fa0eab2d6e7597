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

#[cfg(test)]
mod tests {
    use headwater_event::subject::Subject;

    use super::*;

    #[test]
    fn each_cause_is_told_once() {
        let wrong = Subject::parse("01/09526543000017").unwrap_err();
        assert!(wrong.source().is_some());
        assert_eq!(chain(&wrong), "\"09526543000017\" is not a valid GTIN (01): its check digit is wrong");
        let outer = std::io::Error::other(wrong);
        assert_eq!(chain(&outer), "\"09526543000017\" is not a valid GTIN (01): its check digit is wrong");
    }
}
