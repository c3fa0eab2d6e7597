//! Reading of drafts from documents: YAML, of which JSON is a part, and single values.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Draft, DraftForm, Drafted, Faults, FaultsSoFar, one};
use crate::codec::{CodecError, Fault, LIST_ITEMS_MAX};

/// Reads a whole value from a document. The inner error names every field that is wrong or missing.
pub fn whole<'de, T: Drafted, D: Deserializer<'de>>(from: D) -> Result<Result<T, Faults>, D::Error> {
    let mut so_far = FaultsSoFar::default();
    let draft: Option<T::Draft> = read(from, &mut so_far)?;
    let whole = one(draft, &mut so_far);
    Ok(whole.filter(|_| so_far.is_clean()).ok_or_else(|| so_far.faults()))
}

/// Reads a value from a document. Faults of its parts are noted, whether or not the value is returned; `None` when the document has no
/// value.
pub fn read<'de, T: Draft, D: Deserializer<'de>>(from: D, so_far: &mut FaultsSoFar) -> Result<Option<T>, D::Error> {
    Reading::new(so_far).deserialize(from)
}

/// Reading of one value, as serde needs it.
pub struct Reading<'a, T> {
    so_far: &'a mut FaultsSoFar,
    of: PhantomData<T>,
}

impl<'a, T> Reading<'a, T> {
    /// Makes the reading of a value whose faults go to `so_far`.
    pub fn new(so_far: &'a mut FaultsSoFar) -> Self {
        Self { so_far, of: PhantomData }
    }

    fn text(self, text: &str) -> Option<T>
    where
        T: Draft,
    {
        T::from_text(text).map_err(|error| self.so_far.fault(error)).ok()
    }
}

impl<'de, T: Draft> DeserializeSeed<'de> for Reading<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_option(self)
    }
}

impl<'de, T: Draft> Visitor<'de> for Reading<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match T::FORM {
            DraftForm::Text => "one value",
            DraftForm::Map => "fields with their values",
            DraftForm::List => "a list",
        })
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        match T::FORM {
            DraftForm::Text => from.deserialize_str(self),
            DraftForm::Map => from.deserialize_map(self),
            DraftForm::List => from.deserialize_seq(self),
        }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if T::FORM == DraftForm::Text {
            Ok(self.text(text))
        } else {
            Err(E::invalid_type(serde::de::Unexpected::Str(text), &self))
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::from_map(map, self.so_far)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        T::from_list(items, self.so_far).map(Some)
    }
}

pub(super) fn list<'de, T: Draft, A: SeqAccess<'de>>(
    mut items: A,
    so_far: &mut FaultsSoFar,
) -> Result<Vec<T>, A::Error> {
    let (mut list, mut at) = (Vec::new(), 0_usize);
    loop {
        let item = so_far.inside(at, |so_far| {
            let item = items.next_element_seed(Reading::new(so_far))?;
            if let Some(None) = item {
                // An item that is wrong was noted as such.
                so_far.fault(Fault::Missing);
            }
            Ok(item)
        })?;
        let Some(item) = item else { return Ok(list) };
        if at == LIST_ITEMS_MAX {
            return Err(A::Error::custom(Fault::TooManyItems));
        }
        list.extend(item);
        at += 1;
    }
}

/// Reading of the items of a list, as serde needs it.
struct Items<'a, T>(Reading<'a, T>);

impl<'de, T: Draft> Visitor<'de> for Items<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        list(items, self.0.so_far)
    }
}

impl<'de, T: Draft> DeserializeSeed<'de> for Items<'_, T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_option(self)
    }
}

/// Field of a draft: an optional value, a list, or a number that is 0 when it is absent.
pub trait DraftField: Sized {
    /// Reads the field from a document.
    fn read<'de, A: MapAccess<'de>>(map: &mut A, so_far: &mut FaultsSoFar) -> Result<Self, A::Error>;

    /// Sets the field, or the part of it that the path leads to.
    fn set<'de, D: Deserializer<'de>>(
        &mut self,
        path: &[&str],
        from: D,
        so_far: &mut FaultsSoFar,
    ) -> Result<(), D::Error>;
}

impl<T: Draft> DraftField for Option<T> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A, so_far: &mut FaultsSoFar) -> Result<Self, A::Error> {
        map.next_value_seed(Reading::new(so_far))
    }

    fn set<'de, D: Deserializer<'de>>(
        &mut self,
        path: &[&str],
        from: D,
        so_far: &mut FaultsSoFar,
    ) -> Result<(), D::Error> {
        T::set(self, path, from, so_far)
    }
}

impl<T: Draft> DraftField for Vec<T> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A, so_far: &mut FaultsSoFar) -> Result<Self, A::Error> {
        map.next_value_seed(Items(Reading::new(so_far)))
    }

    fn set<'de, D: Deserializer<'de>>(
        &mut self,
        path: &[&str],
        from: D,
        so_far: &mut FaultsSoFar,
    ) -> Result<(), D::Error> {
        let [part, rest @ ..] = path else {
            *self = Items(Reading::new(so_far)).deserialize(from)?;
            return Ok(());
        };
        let place = part.parse().ok().filter(|at| *at < self.len());
        let Some(at) = place else {
            let count = self.len();
            so_far
                .fault(CodecError::value(part, format!("is not the number of an item; the list has {count}, from 0")));
            return Ok(());
        };
        let mut item = Some(self.remove(at));
        so_far.inside(at, |so_far| T::set(&mut item, rest, from, so_far))?;
        if let Some(item) = item {
            self.insert(at, item);
        }
        Ok(())
    }
}

/// Reads the fields of a message by name, and notes names that are unknown or come twice.
pub fn fields<'de, A: MapAccess<'de>>(
    mut map: A,
    known: &[&str],
    so_far: &mut FaultsSoFar,
    mut field: impl FnMut(&str, &mut A, &mut FaultsSoFar) -> Result<(), A::Error>,
) -> Result<(), A::Error> {
    let mut seen: Vec<String> = Vec::new();
    while let Some(name) = map.next_key::<String>()? {
        if !known.contains(&name.as_str()) {
            so_far.unknown(&name, known);
            map.next_value::<IgnoredAny>()?;
        } else if seen.contains(&name) {
            so_far.fault(CodecError::value(&name, "is given twice"));
            map.next_value::<IgnoredAny>()?;
        } else {
            so_far.inside(&name, |so_far| field(&name, &mut map, so_far))?;
            seen.push(name);
        }
    }
    Ok(())
}

/// Keeps the arm of a oneof, and notes a second one by its name.
pub fn one_arm<T>(arm: &mut Option<T>, name: &str, read: Option<T>, so_far: &mut FaultsSoFar) {
    match arm {
        None => *arm = read,
        Some(_) => so_far.fault(CodecError::value(name, "is given beside another one; only one may be given")),
    }
}
