//! Errors of the codec and of the fields of a draft: the path of a field, and the fault of its bytes or value.

/// Largest number of characters of a value that an error repeats.
const SHOWN_CHARS_MAX: usize = 64;

/// Error of bytes that are not the one encoding of a message. The writer of the bytes is at fault in every case.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}: {fault}", if field.is_empty() { "message" } else { field.as_str() })]
pub struct CodecError {
    /// The path of the field, from the outermost message down; empty for the outermost message itself. Bytes that cannot be split into
    /// fields are reported on the message that holds them.
    pub field: String,
    /// The fault of that field.
    pub fault: Fault,
}

/// A fault of a field.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The bytes end inside a field.
    #[error("the bytes end inside a field")]
    Truncated,
    /// A varint of more than 64 bits, or longer than its shortest form.
    #[error("a varint is not in its shortest form")]
    Varint,
    /// A field behind a field with the same or a higher number.
    #[error("field {number} comes behind field {previous}")]
    Order {
        /// The number of the field at fault.
        number: u32,
        /// The number of the field before it.
        previous: u32,
    },
    /// A field that the message does not have.
    #[error("field {number} is not known")]
    Unknown {
        /// The number of the unknown field.
        number: u32,
        /// Whether the field has the position and the number of an arm of a oneof: a newer version may have it.
        may_be_newer: bool,
    },
    /// A wire type that the schema does not give this field.
    #[error("wire type {found} where {expected} is written")]
    WireType {
        /// Wire type in the schema.
        expected: u8,
        /// Wire type in the bytes.
        found: u8,
    },
    /// A required field that is absent.
    #[error("is required")]
    Missing,
    /// A field that is written although it is empty or at its default.
    #[error("is written although it is empty")]
    Empty,
    /// A list over [`LIST_ITEMS_MAX`](crate::codec::LIST_ITEMS_MAX).
    #[error("has more than {} items", crate::codec::LIST_ITEMS_MAX)]
    TooManyItems,
    /// A set that is not in strictly increasing order.
    #[error("does not increase: a set is sorted and holds nothing twice")]
    Unsorted,
    /// Bytes of the wrong length.
    #[error("has {found} bytes, {expected} are required")]
    Length {
        /// Number of bytes in the schema.
        expected: usize,
        /// Number of bytes in the field.
        found: usize,
    },
    /// A value that breaks a rule of its type.
    #[error("{value:?}: {rule}")]
    Value {
        /// The value, at most 64 characters.
        value: String,
        /// The rule that the value breaks.
        rule: String,
        /// Whether the value is an unknown number of an enum: a newer version may have it.
        may_be_newer: bool,
    },
}

impl CodecError {
    pub(crate) fn new(field: &str, fault: Fault) -> Self {
        Self { field: field.to_owned(), fault }
    }

    /// Makes the error of a value that breaks a rule of its type.
    pub fn value(value: &str, rule: impl ToString) -> Self {
        let value = value.chars().take(SHOWN_CHARS_MAX).collect();
        Fault::Value { value, rule: rule.to_string(), may_be_newer: false }.into()
    }

    /// Makes the error of a number that an enum does not have. A later version may have it, except for 0.
    pub(crate) fn code(number: u64, rule: &str) -> Self {
        Fault::Value { value: number.to_string(), rule: rule.to_owned(), may_be_newer: number != 0 }.into()
    }

    /// Puts `field` in front of the path of the error.
    pub fn inside(mut self, field: &str) -> Self {
        self.field = if self.field.is_empty() { field.to_owned() } else { format!("{field}.{}", self.field) };
        self
    }
}

impl From<Fault> for CodecError {
    fn from(fault: Fault) -> Self {
        Self::new("", fault)
    }
}

/// An error of a text that becomes a [`CodecError`], with the refused text as its value.
pub(crate) trait IntoCodecError {
    fn into_codec_error(self, text: &str) -> CodecError;
}

impl IntoCodecError for CodecError {
    fn into_codec_error(self, _: &str) -> CodecError {
        self
    }
}

impl CodecError {
    pub(crate) fn from_rule(text: &str, error: impl IntoCodecError) -> Self {
        error.into_codec_error(text)
    }
}
