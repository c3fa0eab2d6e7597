//! Canonical protobuf, defined by bytes: every message has exactly one encoding, and the reader refuses any other.
//!
//! Field numbers ascend strictly (items of a repeated field are adjacent), and every number and wire type is known at every depth.
//! Varints are shortest, no field is written at its default, and no sub-message is empty. Since fields ascend, the reader passes over
//! a message once: it asks for each field in turn, and a field that it does not ask for is an error.
//!
//! [`message!`](crate::message!) declares a message once, with number, name and type, and both directions follow.

use headwater_tlog::hash::Hash;

pub use crate::fault::{CodecError, Fault};
use crate::schema::{Arm, Schema};

mod reader;
mod set;
mod writer;

pub use reader::FieldReader;
pub(crate) use reader::{last_field, rising};
pub use set::Set;
pub use writer::{FieldWriter, Writer};

/// Largest number of items of a list. The holder of a list is bounded in bytes as well: an event by 32 KiB, a trace by 64 MiB.
pub const LIST_ITEMS_MAX: usize = 1 << 18;

const VARINT: u8 = 0;
const DELIMITED: u8 = 2;

/// The value behind a field's tag.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// A varint, wire type 0.
    Number(u64),
    /// Length-delimited bytes, wire type 2.
    Bytes(&'a [u8]),
}

impl<'a> Payload<'a> {
    /// Returns a number that is not 0, or an error.
    pub fn number(self) -> Result<u64, Fault> {
        match self {
            Payload::Number(0) => Err(Fault::Empty),
            Payload::Number(number) => Ok(number),
            Payload::Bytes(_) => Err(Fault::WireType { expected: VARINT, found: DELIMITED }),
        }
    }

    /// Returns at least one byte, or an error.
    pub fn bytes(self) -> Result<&'a [u8], Fault> {
        match self {
            Payload::Bytes([]) => Err(Fault::Empty),
            Payload::Bytes(bytes) => Ok(bytes),
            Payload::Number(_) => Err(Fault::WireType { expected: DELIMITED, found: VARINT }),
        }
    }

    /// Returns UTF-8 text of at least one byte, or an error.
    pub fn text(self) -> Result<&'a str, CodecError> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|_| CodecError::value(&hex::encode(bytes), "is not UTF-8"))
    }
}

/// A type that a field can hold. Its encoding is never empty and never 0.
pub trait Value: Sized {
    /// Reads the one encoding of a value.
    fn read(payload: Payload<'_>) -> Result<Self, CodecError>;
    /// Writes the one encoding of the value.
    fn write(&self, out: &mut FieldWriter<'_>);
    /// Name of the type in the `.proto` language. Adds the parts of the type to the schema.
    fn proto(schema: &mut Schema) -> &'static str;

    /// Name of the form of a text or of bytes, which the `.proto` type does not express; empty when there is no such form.
    fn form() -> &'static str {
        ""
    }
}

/// A type with a sort key. The items of a set increase strictly by the bytes of this key.
pub trait Keyed {
    /// The bytes of the sort key.
    fn sort_key(&self) -> Vec<u8>;
}

/// A type that is one number on the wire, so that lists of it can be packed.
pub trait Number: Copy + Ord {
    /// The number of this value on the wire.
    fn number(self) -> u64;
    /// Returns the value of a number; an unknown number is an error.
    fn of(number: u64) -> Result<Self, CodecError>;
    /// The type of a list of such values in the `.proto` language.
    fn packed(schema: &mut Schema) -> &'static str;
}

/// The numbers that arms of a oneof can have.
pub const ARMS: std::ops::RangeInclusive<u32> = 16..=47;

/// The only oneof whose name is part of the path of a field: the body of an entry or an event.
const BODY: &str = "body";

/// The oneof that ends a message: arms 16 to 47.
pub trait Oneof: Sized {
    /// Reads an arm; `None` when the oneof does not have an arm of this number.
    fn read_arm(number: u32, payload: Payload<'_>) -> Result<Option<Self>, CodecError>;
    /// Writes the arm as a field.
    fn write_arm(&self, writer: &mut Writer);
    /// The arms in the `.proto` language, in order of number. Adds the types of the arms to the schema.
    fn arms(schema: &mut Schema) -> Vec<Arm>;
}

/// A type that consists of fields.
pub trait Message: Sized {
    /// Adds the message to the schema and returns its name.
    fn describe(schema: &mut Schema) -> &'static str;

    /// Reads each field in ascending number.
    fn read_fields(reader: &mut FieldReader<'_>) -> Result<Self, CodecError>;
    /// Writes each field in ascending number.
    fn write_fields(&self, writer: &mut Writer);

    /// Reads a whole message from its bytes.
    fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        FieldReader::whole(bytes, Self::read_fields)
    }

    /// Writes a whole message as bytes.
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

    fn write(&self, out: &mut FieldWriter<'_>) {
        out.bytes(&self.encode());
    }

    fn proto(schema: &mut Schema) -> &'static str {
        M::describe(schema)
    }
}

impl Value for u64 {
    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        Ok(payload.number()?)
    }

    fn write(&self, out: &mut FieldWriter<'_>) {
        out.number(*self);
    }

    fn proto(_: &mut Schema) -> &'static str {
        "uint64"
    }
}

impl Value for Vec<u8> {
    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        Ok(payload.bytes()?.to_vec())
    }

    fn write(&self, out: &mut FieldWriter<'_>) {
        out.bytes(self);
    }

    fn proto(_: &mut Schema) -> &'static str {
        "bytes"
    }
}

impl<const N: usize> Value for [u8; N] {
    fn form() -> &'static str {
        if N == 16 { "16 bytes" } else { "" }
    }

    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        let bytes = payload.bytes()?;
        bytes.try_into().map_err(|_| Fault::Length { expected: N, found: bytes.len() }.into())
    }

    fn write(&self, out: &mut FieldWriter<'_>) {
        out.bytes(self);
    }

    fn proto(_: &mut Schema) -> &'static str {
        "bytes"
    }
}

impl Value for Hash {
    fn form() -> &'static str {
        "32 bytes"
    }

    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        <[u8; Hash::BYTES]>::read(payload).map(Hash::new)
    }

    fn write(&self, out: &mut FieldWriter<'_>) {
        out.bytes(self.as_bytes());
    }

    fn proto(_: &mut Schema) -> &'static str {
        "bytes"
    }
}

impl Keyed for Hash {
    fn sort_key(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}

impl Number for u64 {
    fn number(self) -> u64 {
        self
    }

    fn of(number: u64) -> Result<Self, CodecError> {
        Ok(number)
    }

    fn packed(_: &mut Schema) -> &'static str {
        "repeated uint64"
    }
}

impl Value for bool {
    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        match payload.number()? {
            1 => Ok(true),
            other => Err(CodecError::value(&other.to_string(), "is neither 0 nor 1")),
        }
    }

    fn write(&self, out: &mut FieldWriter<'_>) {
        out.number(u64::from(*self));
    }

    fn proto(_: &mut Schema) -> &'static str {
        "bool"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message;

    message! {
        /// A sample with several cardinalities.
        pub struct Sample {
            /// A required field of two bytes.
            1 hash: one [u8; 2],
            /// A field that may be absent.
            2 note: opt Vec<u8>,
            /// A list of messages, each in its own field.
            4 parts: many Part,
            /// A number that is 0 when absent.
            5 offset: num u64,
        }
    }

    message! {
        /// A message within the sample.
        pub struct Part {
            /// A required number of the part.
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
        assert_eq!(fault("0a0201021a0101"), field("", Fault::Unknown { number: 3, may_be_newer: false }));
        assert_eq!(fault("0a0201023001"), field("", Fault::Unknown { number: 6, may_be_newer: false }));
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
