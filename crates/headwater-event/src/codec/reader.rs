//! Reader of the fields of one message, in the one order that a message has.

use super::{ARMS, BODY, CodecError, DELIMITED, Fault, Keyed, LIST_ITEMS_MAX, Oneof, Payload, VARINT, Value};

/// Reads the fields of one message in ascending number.
pub struct FieldReader<'a> {
    rest: &'a [u8],
    previous: u32,
}

impl<'a> FieldReader<'a> {
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

pub(super) fn split_varint(bytes: &[u8]) -> Result<(u64, &[u8]), Fault> {
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
