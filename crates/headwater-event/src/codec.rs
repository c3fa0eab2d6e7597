//! Canonical protobuf, defined by bytes: every message has exactly one encoding, and nothing else is read.
//!
//! Fields stand in strictly ascending number (repeated ones adjacent), every number and wire type is known at every
//! depth, varints are shortest, no field stands at its default, no sub-message is empty. Since fields ascend, a
//! message is read in one straight pass: each field is asked for in turn, and what nobody asked for is an error.
//!
//! [`message!`](crate::message) declares a message once, number beside name beside type, and both directions follow.

use headwater_tlog::hash::Hash;

/// No list has more items: the longest is the re-affirmation of 512 events.
pub const LIST_ITEMS_MAX: usize = 512;
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
    /// Over [`LIST_ITEMS_MAX`].
    #[error("has more than {LIST_ITEMS_MAX} items")]
    TooManyItems,
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
    },
}

impl CodecError {
    pub(crate) fn new(field: &str, fault: Fault) -> Self {
        Self { field: field.to_owned(), fault }
    }

    /// A value that breaks a rule of its type.
    pub(crate) fn value(value: &str, rule: impl ToString) -> Self {
        Fault::Value { value: value.chars().take(SHOWN_CHARS_MAX).collect(), rule: rule.to_string() }.into()
    }

    /// Says that the error lies inside `field`.
    pub(crate) fn inside(mut self, field: &str) -> Self {
        self.field = if self.field.is_empty() { field.to_owned() } else { format!("{field}.{}", self.field) };
        self
    }
}

impl From<Fault> for CodecError {
    fn from(fault: Fault) -> Self {
        Self::new("", fault)
    }
}

const VARINT: u8 = 0;
const DELIMITED: u8 = 2;

/// What stands behind a tag.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// Wire type 0.
    Number(u64),
    /// Wire type 2.
    Bytes(&'a [u8]),
}

impl<'a> Payload<'a> {
    /// A number that is not 0.
    pub fn number(self) -> Result<u64, Fault> {
        match self {
            Payload::Number(0) => Err(Fault::Empty),
            Payload::Number(number) => Ok(number),
            Payload::Bytes(_) => Err(Fault::WireType { expected: VARINT, found: DELIMITED }),
        }
    }

    /// Bytes that are not none.
    pub fn bytes(self) -> Result<&'a [u8], Fault> {
        match self {
            Payload::Bytes([]) => Err(Fault::Empty),
            Payload::Bytes(bytes) => Ok(bytes),
            Payload::Number(_) => Err(Fault::WireType { expected: DELIMITED, found: VARINT }),
        }
    }

    /// UTF-8 that is not empty.
    pub fn text(self) -> Result<&'a str, CodecError> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|_| CodecError::value(&hex::encode(bytes), "is not UTF-8"))
    }
}

/// A type that can stand in a field. Its encoding is never empty and never 0.
pub trait Value: Sized {
    /// Reads the one encoding of a value.
    fn read(payload: Payload<'_>) -> Result<Self, CodecError>;
    /// Writes it.
    fn write(&self, out: &mut Slot<'_>);
}

/// A type made of fields.
pub trait Message: Sized {
    /// Asks for each field in ascending number.
    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, CodecError>;
    /// Writes each field in ascending number.
    fn write_fields(&self, writer: &mut Writer);

    /// Reads a whole message.
    fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader { rest: bytes, previous: 0 };
        let message = Self::read_fields(&mut reader)?;
        reader.finish()?;
        Ok(message)
    }

    /// Writes a whole message.
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer(Vec::new());
        self.write_fields(&mut writer);
        writer.0
    }
}

impl<M: Message> Value for M {
    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        Self::decode(payload.bytes()?)
    }

    fn write(&self, out: &mut Slot<'_>) {
        out.bytes(&self.encode());
    }
}

/// Hands out the fields of one message in ascending number.
pub struct Reader<'a> {
    rest: &'a [u8],
    previous: u32,
}

impl<'a> Reader<'a> {
    /// A required field.
    pub fn one<T: Value>(&mut self, number: u32, name: &str) -> Result<T, CodecError> {
        self.opt(number, name)?.ok_or_else(|| CodecError::new(name, Fault::Missing))
    }

    /// A field that may be absent.
    pub fn opt<T: Value>(&mut self, number: u32, name: &str) -> Result<Option<T>, CodecError> {
        let payload = self.take(number)?;
        payload.map(|payload| T::read(payload).map_err(|error| error.inside(name))).transpose()
    }

    /// A list, empty when absent.
    pub fn many<T: Value>(&mut self, number: u32, name: &str) -> Result<Vec<T>, CodecError> {
        let mut items = Vec::new();
        while let Some(payload) = self.take(number)? {
            if items.len() == LIST_ITEMS_MAX {
                return Err(CodecError::new(name, Fault::TooManyItems));
            }
            items.push(T::read(payload).map_err(|error| error.inside(&format!("{name}.{}", items.len())))?);
            // Only within its own list may a number come again.
            self.previous = number - 1;
        }
        self.previous = number;
        Ok(items)
    }

    /// A number whose absence means 0.
    pub fn num(&mut self, number: u32, name: &str) -> Result<u64, CodecError> {
        Ok(self.opt::<u64>(number, name)?.unwrap_or(0))
    }

    /// The arm of the oneof that ends this message: its number and what it holds.
    pub fn arm(&mut self) -> Result<Option<(u32, Payload<'a>)>, CodecError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (number, payload, rest) = split_field(self.rest)?;
        self.ascend(number)?;
        (self.rest, self.previous) = (rest, number);
        Ok(Some((number, payload)))
    }

    fn take(&mut self, number: u32) -> Result<Option<Payload<'a>>, Fault> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (found, payload, rest) = split_field(self.rest)?;
        if found > number {
            return Ok(None);
        }
        self.ascend(found)?;
        if found < number {
            return Err(Fault::Unknown { number: found });
        }
        (self.rest, self.previous) = (rest, number);
        Ok(Some(payload))
    }

    fn ascend(&self, number: u32) -> Result<(), Fault> {
        if number > self.previous { Ok(()) } else { Err(Fault::Order { number, previous: self.previous }) }
    }

    fn finish(&mut self) -> Result<(), CodecError> {
        match self.arm()? {
            None => Ok(()),
            Some((number, _)) => Err(Fault::Unknown { number }.into()),
        }
    }
}

/// Takes one field off the front: its number, what it holds, and the rest.
fn split_field(bytes: &[u8]) -> Result<(u32, Payload<'_>, &[u8]), Fault> {
    let (tag, rest) = split_varint(bytes)?;
    let number = u32::try_from(tag >> 3).ok().filter(|number| *number > 0).ok_or(Fault::Varint)?;
    match (tag & 7) as u8 {
        VARINT => {
            let (value, rest) = split_varint(rest)?;
            Ok((number, Payload::Number(value), rest))
        }
        DELIMITED => {
            let (length, rest) = split_varint(rest)?;
            let length = usize::try_from(length).map_err(|_| Fault::Truncated)?;
            let (bytes, rest) = rest.split_at_checked(length).ok_or(Fault::Truncated)?;
            Ok((number, Payload::Bytes(bytes), rest))
        }
        found => Err(Fault::WireType { expected: DELIMITED, found }),
    }
}

fn split_varint(bytes: &[u8]) -> Result<(u64, &[u8]), Fault> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().enumerate() {
        let bits = u64::from(byte & 0x7f);
        if at == 9 && *byte > 1 {
            return Err(Fault::Varint);
        }
        value |= bits << (7 * at);
        if byte & 0x80 == 0 {
            // A last group of zeros would be a second spelling.
            let shortest = at == 0 || *byte != 0;
            return if shortest { Ok((value, &bytes[at + 1..])) } else { Err(Fault::Varint) };
        }
    }
    Err(Fault::Truncated)
}

/// Writes the fields of one message.
pub struct Writer(Vec<u8>);

impl Writer {
    /// A required field.
    pub fn one<T: Value>(&mut self, number: u32, value: &T) {
        value.write(&mut Slot { out: &mut self.0, number });
    }

    /// A field that may be absent.
    pub fn opt<T: Value>(&mut self, number: u32, value: &Option<T>) {
        value.iter().for_each(|value| self.one(number, value));
    }

    /// A list.
    pub fn many<T: Value>(&mut self, number: u32, values: &[T]) {
        values.iter().for_each(|value| self.one(number, value));
    }

    /// A number whose absence means 0.
    pub fn num(&mut self, number: u32, value: &u64) {
        if *value > 0 {
            self.one(number, value);
        }
    }
}

/// The place of one field's value.
pub struct Slot<'a> {
    out: &'a mut Vec<u8>,
    number: u32,
}

impl Slot<'_> {
    /// Writes a number as wire type 0.
    pub fn number(&mut self, value: u64) {
        put_varint(self.out, u64::from(self.number) << 3 | u64::from(VARINT));
        put_varint(self.out, value);
    }

    /// Writes bytes as wire type 2.
    pub fn bytes(&mut self, value: &[u8]) {
        put_varint(self.out, u64::from(self.number) << 3 | u64::from(DELIMITED));
        put_varint(self.out, value.len() as u64);
        self.out.extend_from_slice(value);
    }
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

impl Value for u64 {
    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        Ok(payload.number()?)
    }

    fn write(&self, out: &mut Slot<'_>) {
        out.number(*self);
    }
}

impl Value for Vec<u8> {
    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        Ok(payload.bytes()?.to_vec())
    }

    fn write(&self, out: &mut Slot<'_>) {
        out.bytes(self);
    }
}

impl<const N: usize> Value for [u8; N] {
    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        let bytes = payload.bytes()?;
        bytes.try_into().map_err(|_| Fault::Length { expected: N, found: bytes.len() }.into())
    }

    fn write(&self, out: &mut Slot<'_>) {
        out.bytes(self);
    }
}

impl Value for Hash {
    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        <[u8; Hash::BYTES]>::read(payload).map(Hash::new)
    }

    fn write(&self, out: &mut Slot<'_>) {
        out.bytes(self.as_bytes());
    }
}

/// Declares a message: each field as `number name: cardinality type`, in ascending number. The cardinality is `one`
/// (required), `opt` (may be absent), `many` (a list) or `num` (a number whose absence means 0).
#[macro_export]
macro_rules! message {
    ($(#[$doc:meta])* pub struct $name:ident {
        $($(#[$field_doc:meta])* $number:literal $field:ident: $card:ident $type:ty,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $crate::message!(@ $card $type),)+
        }

        impl $crate::codec::Message for $name {
            fn read_fields(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::CodecError> {
                Ok(Self { $($field: reader.$card($number, stringify!($field))?,)+ })
            }

            fn write_fields(&self, writer: &mut $crate::codec::Writer) {
                $(writer.$card($number, &self.$field);)+
            }
        }
    };
    (@ one $type:ty) => { $type };
    (@ num $type:ty) => { $type };
    (@ opt $type:ty) => { Option<$type> };
    (@ many $type:ty) => { Vec<$type> };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    message! {
        /// Every cardinality once.
        pub struct Sample {
            /// Required.
            1 hash: one [u8; 2],
            /// May be absent.
            2 note: opt Vec<u8>,
            /// A list of messages.
            4 parts: many Part,
            /// Zero when absent.
            5 offset: num u64,
        }
    }

    message! {
        /// A message within.
        pub struct Part {
            /// Required.
            1 size: one u64,
        }
    }

    fn fault(hex: &str) -> (String, Fault) {
        let error = Sample::decode(&hex::decode(hex).unwrap()).unwrap_err();
        (error.field, error.fault)
    }

    #[test]
    fn the_one_encoding() {
        let sample = Sample {
            hash: [1, 2],
            note: Some(vec![7]),
            parts: vec![Part { size: 1 }, Part { size: 300 }],
            offset: u64::MAX,
        };
        let bytes = sample.encode();
        assert_eq!(hex::encode(&bytes), "0a020102120107220208012203 08ac0228ffffffffffffffffff01".replace(' ', ""));
        assert_eq!(Sample::decode(&bytes), Ok(sample));
    }

    #[test]
    fn second_spellings_are_refused() {
        let field = |name: &str, fault| (name.to_owned(), fault);
        assert_eq!(fault(""), field("hash", Fault::Missing));
        assert_eq!(fault("0a0101"), field("hash", Fault::Length { expected: 2, found: 1 }));
        assert_eq!(fault("0a00"), field("hash", Fault::Empty));
        assert_eq!(fault("0a0201021200"), field("note", Fault::Empty));
        assert_eq!(fault("0a0201022800"), field("offset", Fault::Empty));
        assert_eq!(fault("0a0201022200"), field("parts.0", Fault::Empty));
        assert_eq!(fault("0a020102220208002202"), field("parts.0.size", Fault::Empty));
        assert_eq!(fault("0a02010228818000"), field("", Fault::Varint));
        assert_eq!(fault("0a020102288100"), field("", Fault::Varint));
        assert_eq!(fault("8a00020102"), field("", Fault::Varint));
        assert_eq!(fault("0a02010228ffffffffffffffffff02"), field("", Fault::Varint));
        assert_eq!(fault("0a0201020a020102"), field("", Fault::Order { number: 1, previous: 1 }));
        assert_eq!(fault("0a020102280132"), field("", Fault::Truncated));
        assert_eq!(fault("0a020102280122020801"), field("", Fault::Order { number: 4, previous: 5 }));
        assert_eq!(fault("0a0201021a0101"), field("", Fault::Unknown { number: 3 }));
        assert_eq!(fault("0a0201023001"), field("", Fault::Unknown { number: 6 }));
        assert_eq!(fault("0801"), field("hash", Fault::WireType { expected: 2, found: 0 }));
        assert_eq!(fault("0d01020304"), field("", Fault::WireType { expected: 2, found: 5 }));
        assert_eq!(fault("0aff"), field("", Fault::Truncated));
        let list = format!("0a020102{}", "22020801".repeat(LIST_ITEMS_MAX + 1));
        assert_eq!(fault(&list), field("parts", Fault::TooManyItems));
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_to_the_same_bytes(bytes in prop::collection::vec(any::<u8>(), 0..40),
                                                  tail in prop::collection::vec(prop::sample::select(vec![0x08, 0x22, 0x02, 0x28, 1, 0]), 0..12)) {
            for candidate in [bytes, [hex::decode("0a020102").unwrap(), tail].concat()] {
                if let Ok(sample) = Sample::decode(&candidate) {
                    prop_assert_eq!(sample.encode(), candidate);
                }
            }
        }
    }
}
