//! What can be wrong with bytes or values, and where: the errors of every parser of this crate.

/// Errors repeat at most this much of a value.
const SHOWN_CHARS_MAX: usize = 64;

/// Why bytes are not the one encoding of a message. All are the fault of whoever wrote them.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}: {fault}", if field.is_empty() { "message" } else { field.as_str() })]
pub struct CodecError {
    /// The path of the field, from the outermost message down; empty for the outermost message itself. What a message
    /// cannot even split into fields is reported on the message.
    pub field: String,
    /// What is wrong there.
    pub fault: Fault,
}

/// What can be wrong with a field.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The bytes end inside a field.
    #[error("the bytes end inside a field")]
    Truncated,
    /// A varint over 64 bits, or longer than it needs to be.
    #[error("a varint is not in its shortest form")]
    Varint,
    /// A field behind one with the same or a higher number.
    #[error("field {number} stands behind field {previous}")]
    Order {
        /// The number of the field.
        number: u32,
        /// The number before it.
        previous: u32,
    },
    /// A field that the message does not have.
    #[error("field {number} is not known")]
    Unknown {
        /// The number of the field.
        number: u32,
        /// Whether it is where an arm of a oneof is, and numbered like one: a newer version may have it.
        is_arm: bool,
    },
    /// A wire type that this field does not have.
    #[error("wire type {found} where {expected} is written")]
    WireType {
        /// The type of the schema.
        expected: u8,
        /// The type there was.
        found: u8,
    },
    /// A field that every such message has.
    #[error("is required")]
    Missing,
    /// A field that stands there and holds nothing, or holds its default.
    #[error("is written although it is empty")]
    Empty,
    /// Over [`LIST_ITEMS_MAX`](crate::codec::LIST_ITEMS_MAX).
    #[error("has more than {} items", crate::codec::LIST_ITEMS_MAX)]
    TooManyItems,
    /// A set that is not in strictly increasing order.
    #[error("does not increase: a set is sorted and holds nothing twice")]
    Unsorted,
    /// Bytes of the wrong length.
    #[error("has {found} bytes, {expected} are required")]
    Length {
        /// The length of the schema.
        expected: usize,
        /// The length there was.
        found: usize,
    },
    /// A value that breaks a rule of its type.
    #[error("{value:?}: {rule}")]
    Value {
        /// The value, as far as errors repeat it.
        value: String,
        /// The rule.
        rule: String,
        /// Whether it is the number of an enum: a newer version may have it.
        is_code: bool,
    },
}

impl CodecError {
    pub(crate) fn new(field: &str, fault: Fault) -> Self {
        Self { field: field.to_owned(), fault }
    }

    /// A value that breaks a rule of its type.
    pub fn value(value: &str, rule: impl ToString) -> Self {
        let value = value.chars().take(SHOWN_CHARS_MAX).collect();
        Fault::Value { value, rule: rule.to_string(), is_code: false }.into()
    }

    /// A number that an enum does not have.
    pub(crate) fn code(number: u64, rule: &str) -> Self {
        Fault::Value { value: number.to_string(), rule: rule.to_owned(), is_code: true }.into()
    }

    /// Says that the error lies inside `field`.
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

/// The errors of texts, told as the value and the rule that it breaks.
pub(crate) trait Rule {
    fn found(self, text: &str) -> CodecError;
}

impl Rule for CodecError {
    fn found(self, _: &str) -> CodecError {
        self
    }
}

impl Rule for crate::subject::SubjectError {
    fn found(self, text: &str) -> CodecError {
        CodecError::value(text, self)
    }
}

impl Rule for crate::gs1::Gs1Error {
    fn found(self, text: &str) -> CodecError {
        CodecError::value(text, self)
    }
}

impl CodecError {
    pub(crate) fn from_rule(text: &str, error: impl Rule) -> Self {
        error.found(text)
    }
}
