//! The writer of the canonical encoding.

use super::{DELIMITED, Oneof, VARINT, Value};

/// Writes the fields of one message.
pub struct Writer(pub(super) Vec<u8>);

impl Writer {
    /// Writes a required field.
    pub fn one<T: Value>(&mut self, number: u32, value: &T) {
        value.write(&mut FieldWriter { out: &mut self.0, number });
    }

    /// Writes a field that may be absent.
    pub fn opt<T: Value>(&mut self, number: u32, value: &Option<T>) {
        value.iter().for_each(|value| self.one(number, value));
    }

    /// Writes a list, with one field for each item.
    pub fn many<T: Value>(&mut self, number: u32, values: &[T]) {
        values.iter().for_each(|value| self.one(number, value));
    }

    /// Writes a list of at least one item.
    pub fn some<T: Value>(&mut self, number: u32, values: &[T]) {
        self.many(number, values);
    }

    /// Writes a set, whose items are already in order.
    pub fn set<T: Value>(&mut self, number: u32, values: &[T]) {
        self.many(number, values);
    }

    /// Writes a set of at least one item, already in order.
    pub fn set1<T: Value>(&mut self, number: u32, values: &[T]) {
        self.many(number, values);
    }

    /// Writes a value, and omits the field when the value is the default.
    pub fn num<T: Value + Default + PartialEq>(&mut self, number: u32, value: &T) {
        if *value != T::default() {
            self.one(number, value);
        }
    }

    /// Writes the oneof that ends this message.
    pub fn oneof<T: Oneof>(&mut self, _first: u32, value: &T) {
        value.write_arm(self);
    }
}

/// The output for one field's value, with the number of the field.
pub struct FieldWriter<'a> {
    out: &'a mut Vec<u8>,
    number: u32,
}

impl FieldWriter<'_> {
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

pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
