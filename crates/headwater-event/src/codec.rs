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

mod set;
mod writer;

pub use set::Set;
use writer::put_varint;
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
    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, CodecError>;
    /// Writes each field in ascending number.
    fn write_fields(&self, writer: &mut Writer);

    /// Reads a whole message from its bytes.
    fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        Reader::whole(bytes, Self::read_fields)
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

/// Reads the fields of one message in ascending number.
pub struct Reader<'a> {
    rest: &'a [u8],
    previous: u32,
}

impl<'a> Reader<'a> {
    /// Reads a whole message, and refuses fields that `read` does not ask for.
    pub(crate) fn whole<T>(
        bytes: &'a [u8],
        read: impl FnOnce(&mut Self) -> Result<T, CodecError>,
    ) -> Result<T, CodecError> {
        let mut reader = Self { rest: bytes, previous: 0 };
        let message = read(&mut reader)?;
        reader.finish()?;
        Ok(message)
    }

    /// Reads a required field.
    pub fn one<T: Value>(&mut self, number: u32, name: &str) -> Result<T, CodecError> {
        self.opt(number, name)?.ok_or_else(|| CodecError::new(name, Fault::Missing))
    }

    /// Reads a field that may be absent.
    pub fn opt<T: Value>(&mut self, number: u32, name: &str) -> Result<Option<T>, CodecError> {
        let payload = self.take(number)?;
        payload.map(|payload| T::read(payload).map_err(|error| error.inside(name))).transpose()
    }

    /// Reads a list, which is empty when the field is absent.
    pub fn many<T: Value>(&mut self, number: u32, name: &str) -> Result<Vec<T>, CodecError> {
        self.each(number, name, T::read)
    }

    /// Reads a list with the function `read` for each item.
    pub(crate) fn each<T>(
        &mut self,
        number: u32,
        name: &str,
        read: impl Fn(Payload<'a>) -> Result<T, CodecError>,
    ) -> Result<Vec<T>, CodecError> {
        let mut items = Vec::new();
        while let Some(payload) = self.take(number)? {
            if items.len() == LIST_ITEMS_MAX {
                return Err(CodecError::new(name, Fault::TooManyItems));
            }
            items.push(read(payload).map_err(|error| error.inside(&format!("{name}.{}", items.len())))?);
            // Only within its own list may a number repeat.
            self.previous = number - 1;
        }
        self.previous = number;
        Ok(items)
    }

    /// Reads a required field with the function `read`.
    pub(crate) fn required<T>(
        &mut self,
        number: u32,
        name: &str,
        read: impl Fn(Payload<'a>) -> Result<T, CodecError>,
    ) -> Result<T, CodecError> {
        let payload = self.take(number)?.ok_or_else(|| CodecError::new(name, Fault::Missing))?;
        read(payload).map_err(|error| error.inside(name))
    }

    /// Splits off a field that may be absent, and leaves it unread.
    pub(crate) fn skip(&mut self, number: u32) -> Result<(), CodecError> {
        Ok(self.take(number).map(|_| ())?)
    }

    /// Reads a list of at least one item.
    pub fn some<T: Value>(&mut self, number: u32, name: &str) -> Result<Vec<T>, CodecError> {
        let items = self.many(number, name)?;
        if items.is_empty() { Err(CodecError::new(name, Fault::Missing)) } else { Ok(items) }
    }

    /// Reads a list in strictly increasing order, so that a set has one encoding only.
    pub fn set<T: Value + Keyed>(&mut self, number: u32, name: &str) -> Result<Vec<T>, CodecError> {
        let items: Vec<T> = self.many(number, name)?;
        rising(name, items, Keyed::sort_key)
    }

    /// Reads a set of at least one item.
    pub fn set1<T: Value + Keyed>(&mut self, number: u32, name: &str) -> Result<Vec<T>, CodecError> {
        let items = self.set(number, name)?;
        if items.is_empty() { Err(CodecError::new(name, Fault::Missing)) } else { Ok(items) }
    }

    /// Reads a value whose absence means its default: 0 or false.
    pub fn num<T: Value + Default>(&mut self, number: u32, name: &str) -> Result<T, CodecError> {
        Ok(self.opt(number, name)?.unwrap_or_default())
    }

    /// Reads the oneof that ends this message. Only the name `body` becomes part of an error's path.
    pub fn oneof<T: Oneof>(&mut self, _first: u32, name: &str) -> Result<T, CodecError> {
        let within = |error: CodecError| if name == BODY { error.inside(name) } else { error };
        if self.rest.is_empty() {
            return Err(within(Fault::Missing.into()));
        }
        let (number, payload, rest) = split_field(self.rest)?;
        self.ascend(number)?;
        (self.rest, self.previous) = (rest, number);
        let arm = T::read_arm(number, payload).map_err(within)?;
        arm.ok_or_else(|| Fault::Unknown { number, may_be_newer: ARMS.contains(&number) }.into())
    }

    /// Splits off the arm that ends a message without reading the arm, and returns its number.
    pub(crate) fn any_arm(&mut self, name: &str) -> Result<u32, CodecError> {
        if self.rest.is_empty() {
            return Err(CodecError::new(name, Fault::Missing));
        }
        let (number, _, rest) = split_field(self.rest)?;
        self.ascend(number)?;
        if !ARMS.contains(&number) {
            return Err(Fault::Unknown { number, may_be_newer: false }.into());
        }
        (self.rest, self.previous) = (rest, number);
        Ok(number)
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
            return Err(Fault::Unknown { number: found, may_be_newer: false });
        }
        (self.rest, self.previous) = (rest, number);
        Ok(Some(payload))
    }

    fn ascend(&self, number: u32) -> Result<(), Fault> {
        if number > self.previous { Ok(()) } else { Err(Fault::Order { number, previous: self.previous }) }
    }

    fn finish(&mut self) -> Result<(), CodecError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        let (number, ..) = split_field(self.rest)?;
        self.ascend(number)?;
        Err(Fault::Unknown { number, may_be_newer: false }.into())
    }
}

/// Returns the number of the last field, or `None` when the message cannot be split into fields.
pub(crate) fn last_field(mut bytes: &[u8]) -> Option<u32> {
    let mut last = None;
    while !bytes.is_empty() {
        let (number, _, rest) = split_field(bytes).ok()?;
        (last, bytes) = (Some(number), rest);
    }
    last
}

/// Checks that the items of a list increase strictly by their sort keys.
pub(crate) fn rising<T>(name: &str, items: Vec<T>, key: impl Fn(&T) -> Vec<u8>) -> Result<Vec<T>, CodecError> {
    match items.windows(2).position(|pair| key(&pair[0]) >= key(&pair[1])) {
        None => Ok(items),
        Some(at) => Err(CodecError::new(&format!("{name}.{}", at + 1), Fault::Unsorted)),
    }
}

/// Splits off the first field: its number, its value, and the rest of the bytes.
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
            // A last group of zeros would be a second encoding of the same number.
            let shortest = at == 0 || *byte != 0;
            return if shortest { Ok((value, &bytes[at + 1..])) } else { Err(Fault::Varint) };
        }
    }
    Err(Fault::Truncated)
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
