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
    use std::fmt;

    use headwater_trace::evidence::{EvidenceError, Receipt};

    use super::*;

    /// Error that prints its cause itself, as errors of other crates do.
    #[derive(Debug)]
    struct Outer(EvidenceError);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "no answer: {}", self.0)
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn each_cause_is_told_once() {
        let wrong = EvidenceError::from(Receipt::parse(b"").unwrap_err());
        assert_eq!(chain(&wrong), "the file is not canonical: checkpoint: is required");
        assert_eq!(chain(&Outer(wrong)), "no answer: the file is not canonical: checkpoint: is required");
    }
}
