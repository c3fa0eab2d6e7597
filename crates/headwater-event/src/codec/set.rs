//! Sets of numbers: packed, strictly increasing, never empty.

use super::reader::split_varint;
use super::writer::put_varint;
use super::{CodecError, Fault, FieldWriter, LIST_ITEMS_MAX, Number, Payload, Value};
use crate::schema::Schema;

/// A set of numbers as a packed list, strictly increasing and never empty.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(transparent)]
pub struct Set<T>(Vec<T>);

impl<T: Number> Set<T> {
    /// Makes a set from numbers in any order.
    pub fn new(numbers: impl IntoIterator<Item = T>) -> Self {
        Self(std::collections::BTreeSet::from_iter(numbers).into_iter().collect())
    }

    /// The numbers in increasing order.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<T: Number> Value for Set<T> {
    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        let mut rest = payload.bytes()?;
        let mut numbers: Vec<T> = Vec::new();
        while !rest.is_empty() {
            let (number, behind) = split_varint(rest)?;
            rest = behind;
            let next = T::of(number)?;
            if numbers.last().is_some_and(|last| *last >= next) {
                return Err(Fault::Unsorted.into());
            }
            if numbers.len() == LIST_ITEMS_MAX {
                return Err(Fault::TooManyItems.into());
            }
            numbers.push(next);
        }
        Ok(Self(numbers))
    }

    fn write(&self, out: &mut FieldWriter<'_>) {
        let mut packed = Vec::new();
        self.0.iter().for_each(|item| put_varint(&mut packed, item.number()));
        out.bytes(&packed);
    }

    fn proto(schema: &mut Schema) -> &'static str {
        T::packed(schema)
    }
}
