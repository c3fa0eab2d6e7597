//! Drafts: messages that people write. Each field may be absent or wrong, and completing a draft names all such fields at once.
//!
//! [`message!`](crate::message!) makes a draft beside each message of an event. Programs fill a draft as a struct; files and `PATH=VALUE`
//! assignments fill the same draft by the names of its fields.

use std::fmt;

use headwater_tlog::hash::Hash;
use headwater_tlog::key::PublicKey;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::codec::{CodecError, Fault, Keyed, LIST_ITEMS_MAX, Number, Set};
use crate::place::UtcOffset;

/// Largest number of faults that are collected from one draft.
const FAULTS_MAX: usize = 64;

/// Faults of a draft, each with the path of its field: the wrong fields, then those that are missing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Faults {
    all: Vec<CodecError>,
    more: usize,
}

impl Faults {
    /// The faults, at least one and at most 64.
    pub fn all(&self) -> &[CodecError] {
        &self.all
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.all.as_slice() {
            [fault] => write!(f, "{fault}"),
            // Each on a line of its own.
            faults => faults.iter().try_for_each(|fault| write!(f, "\n  {fault}")),
        }?;
        if self.more > 0 { write!(f, "\n  and {} more", self.more) } else { Ok(()) }
    }
}

impl std::error::Error for Faults {}

/// Path of the field that is read or completed, and the faults so far.
#[derive(Default, Debug)]
pub struct Notes {
    path: Vec<String>,
    faults: Vec<CodecError>,
    /// Number of faults beyond [`FAULTS_MAX`].
    more: usize,
}

impl Notes {
    /// Notes a fault of the current field. A field that is wrong is not noted as missing too.
    pub fn fault(&mut self, fault: impl Into<CodecError>) {
        let (path, fault) = (self.path.join("."), fault.into());
        let is_within = |known: &CodecError| {
            known.field.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if fault.fault == Fault::Missing && self.faults.iter().any(is_within) {
            return;
        }
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(if path.is_empty() { fault } else { fault.inside(&path) });
        } else {
            self.more += 1;
        }
    }

    /// Notes a name that is no field of the current message.
    pub fn unknown(&mut self, name: &str, fields: &[&str]) {
        self.fault(CodecError::value(name, format!("is not a field here; the fields are {}", fields.join(", "))));
    }

    /// Runs a step inside the field of this name.
    pub fn inside<T>(&mut self, name: impl ToString, step: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(name.to_string());
        let result = step(self);
        self.path.pop();
        result
    }

    /// Whether no fault was noted.
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    /// The faults that were noted.
    pub fn faults(self) -> Faults {
        Faults { all: self.faults, more: self.more }
    }
}

/// A type that has a draft: a field of a message.
pub trait Drafted: Sized {
    /// Draft of the type; the type itself when it is one text or number.
    type Draft: Draft<Whole = Self>;
}

/// A value that people write as one text: a code, a number, a date, a hash.
pub trait Scalar: Sized {
    /// Reads the value from its text.
    fn of_text(text: &str) -> Result<Self, CodecError>;
}

/// Reads a value from its text. The type follows from the use.
pub fn scalar<T: Scalar>(text: &str) -> Result<T, CodecError> {
    T::of_text(text)
}

/// Reads a field of a draft from its text.
///
/// ```
/// use headwater_event::draft::given;
/// use headwater_event::kind::shipment_leg::ShipmentLegDraft;
///
/// let leg = ShipmentLegDraft { leg_id: given("FLIGHT-1")?, leg_seq: Some(1), ..ShipmentLegDraft::default() };
/// # Ok::<(), headwater_event::codec::CodecError>(())
/// ```
pub fn given<T: Scalar>(text: &str) -> Result<Option<T>, CodecError> {
    scalar(text).map(Some)
}

/// Draft of a value.
pub trait Draft: Sized {
    /// Type that the completed draft has.
    type Whole;

    /// Form that a document gives the value.
    const FORM: DraftForm;

    /// Reads the value from a text.
    fn from_text(_: &str) -> Result<Self, CodecError> {
        Err(CodecError::value("a text", "has fields of its own"))
    }

    /// Reads the value from a map.
    fn from_map<'de, A: MapAccess<'de>>(_: A, _: &mut Notes) -> Result<Option<Self>, A::Error> {
        Err(A::Error::custom("a map, where one value is expected"))
    }

    /// Reads the value from a list.
    fn from_list<'de, A: SeqAccess<'de>>(_: A, _: &mut Notes) -> Result<Self, A::Error> {
        Err(A::Error::custom("a list, where one value is expected"))
    }

    /// Sets the value, or the part of it that the path leads to.
    fn set<'de, D: Deserializer<'de>>(
        slot: &mut Option<Self>,
        path: &[&str],
        from: D,
        notes: &mut Notes,
    ) -> Result<(), D::Error> {
        match path {
            [] => *slot = read(from, notes)?,
            [part, ..] => {
                let rule = if Self::FORM == DraftForm::List {
                    "is set with its whole list, such as [0, 1]"
                } else {
                    "lies within a value"
                };
                notes.fault(CodecError::value(part, rule));
            }
        }
        Ok(())
    }

    /// Completes the value; `None` when a part of it is absent or wrong.
    fn complete(self, notes: &mut Notes) -> Option<Self::Whole>;
}

/// Form of a value in a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DraftForm {
    /// One text or number.
    Text,
    /// Fields, each with its name.
    Map,
    /// Items, one behind the other.
    List,
}

impl Scalar for u64 {
    fn of_text(text: &str) -> Result<Self, CodecError> {
        text.parse().map_err(|_| CodecError::value(text, "is not a whole number of 64 bits"))
    }
}

impl Scalar for bool {
    fn of_text(text: &str) -> Result<Self, CodecError> {
        text.parse().map_err(|_| CodecError::value(text, "is neither true nor false"))
    }
}

impl Scalar for Hash {
    fn of_text(text: &str) -> Result<Self, CodecError> {
        text.parse().map_err(|error| CodecError::value(text, error))
    }
}

impl Scalar for PublicKey {
    fn of_text(text: &str) -> Result<Self, CodecError> {
        let bytes = hex::decode(text).map_err(|error| CodecError::value(text, error))?;
        PublicKey::parse(&bytes).map_err(|error| CodecError::value(text, error))
    }
}

impl Scalar for UtcOffset {
    fn of_text(text: &str) -> Result<Self, CodecError> {
        let minutes: i64 = text.parse().map_err(|_| CodecError::value(text, "is not a number of minutes"))?;
        UtcOffset::try_from(minutes)
    }
}

impl<T: Scalar> Drafted for T {
    type Draft = T;
}

impl<T: Scalar> Draft for T {
    type Whole = T;

    const FORM: DraftForm = DraftForm::Text;

    fn from_text(text: &str) -> Result<Self, CodecError> {
        T::of_text(text)
    }

    fn complete(self, _: &mut Notes) -> Option<T> {
        Some(self)
    }
}

impl<T: Number + Scalar> Drafted for Set<T> {
    type Draft = Set<T>;
}

impl<T: Number + Scalar> Draft for Set<T> {
    type Whole = Self;

    const FORM: DraftForm = DraftForm::List;

    fn from_list<'de, A: SeqAccess<'de>>(items: A, notes: &mut Notes) -> Result<Self, A::Error> {
        list::<T, A>(items, notes).map(Set::new)
    }

    fn complete(self, _: &mut Notes) -> Option<Self> {
        Some(self)
    }
}

/// Reads a whole value from a document. The inner error names every field that is wrong or missing.
pub fn whole<'de, T: Drafted, D: Deserializer<'de>>(from: D) -> Result<Result<T, Faults>, D::Error> {
    let mut notes = Notes::default();
    let draft: Option<T::Draft> = read(from, &mut notes)?;
    let whole = one(draft, &mut notes);
    Ok(whole.filter(|_| notes.is_clean()).ok_or_else(|| notes.faults()))
}

/// Reads a value from a document. Faults of its parts are noted, whether or not the value is returned; `None` when the document has no
/// value.
pub fn read<'de, T: Draft, D: Deserializer<'de>>(from: D, notes: &mut Notes) -> Result<Option<T>, D::Error> {
    from.deserialize_option(Reading { notes, of: std::marker::PhantomData })
}

/// Reading of one value, as serde needs it.
pub struct Reading<'a, T> {
    notes: &'a mut Notes,
    of: std::marker::PhantomData<T>,
}

impl<'a, T> Reading<'a, T> {
    /// Makes the reading of a value whose faults go to these notes.
    pub fn new(notes: &'a mut Notes) -> Self {
        Self { notes, of: std::marker::PhantomData }
    }

    fn text(self, text: &str) -> Option<T>
    where
        T: Draft,
    {
        T::from_text(text).map_err(|error| self.notes.fault(error)).ok()
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
        T::from_map(map, self.notes)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        T::from_list(items, self.notes).map(Some)
    }
}

fn list<'de, T: Draft, A: SeqAccess<'de>>(mut items: A, notes: &mut Notes) -> Result<Vec<T>, A::Error> {
    let (mut list, mut at) = (Vec::new(), 0_usize);
    loop {
        let item = notes.inside(at, |notes| {
            let item = items.next_element_seed(Reading::new(notes))?;
            if let Some(None) = item {
                // An item that is wrong was noted as such.
                notes.fault(Fault::Missing);
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
        list(items, self.0.notes)
    }
}

impl<'de, T: Draft> DeserializeSeed<'de> for Items<'_, T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_option(self)
    }
}

/// Slot of a draft for one field: an optional value, a list, or a number that is 0 when it is absent.
pub trait Slot: Sized {
    /// Reads the field from a document.
    fn read<'de, A: MapAccess<'de>>(map: &mut A, notes: &mut Notes) -> Result<Self, A::Error>;

    /// Sets the field, or the part of it that the path leads to.
    fn set<'de, D: Deserializer<'de>>(&mut self, path: &[&str], from: D, notes: &mut Notes) -> Result<(), D::Error>;
}

impl<T: Draft> Slot for Option<T> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A, notes: &mut Notes) -> Result<Self, A::Error> {
        map.next_value_seed(Reading::new(notes))
    }

    fn set<'de, D: Deserializer<'de>>(&mut self, path: &[&str], from: D, notes: &mut Notes) -> Result<(), D::Error> {
        T::set(self, path, from, notes)
    }
}

impl<T: Draft> Slot for Vec<T> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A, notes: &mut Notes) -> Result<Self, A::Error> {
        map.next_value_seed(Items(Reading::new(notes)))
    }

    fn set<'de, D: Deserializer<'de>>(&mut self, path: &[&str], from: D, notes: &mut Notes) -> Result<(), D::Error> {
        let [part, rest @ ..] = path else {
            *self = Items(Reading::new(notes)).deserialize(from)?;
            return Ok(());
        };
        let place = part.parse().ok().filter(|at| *at < self.len());
        let Some(at) = place else {
            let count = self.len();
            notes.fault(CodecError::value(part, format!("is not the number of an item; the list has {count}, from 0")));
            return Ok(());
        };
        let mut item = Some(self.remove(at));
        notes.inside(at, |notes| T::set(&mut item, rest, from, notes))?;
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
    notes: &mut Notes,
    mut field: impl FnMut(&str, &mut A, &mut Notes) -> Result<(), A::Error>,
) -> Result<(), A::Error> {
    let mut seen: Vec<String> = Vec::new();
    while let Some(name) = map.next_key::<String>()? {
        if !known.contains(&name.as_str()) {
            notes.unknown(&name, known);
            map.next_value::<IgnoredAny>()?;
        } else if seen.contains(&name) {
            notes.fault(CodecError::value(&name, "is given twice"));
            map.next_value::<IgnoredAny>()?;
        } else {
            notes.inside(&name, |notes| field(&name, &mut map, notes))?;
            seen.push(name);
        }
    }
    Ok(())
}

/// Keeps the arm of a oneof, and notes a second one by its name.
pub fn one_arm<T>(arm: &mut Option<T>, name: &str, read: Option<T>, notes: &mut Notes) {
    match arm {
        None => *arm = read,
        Some(_) => notes.fault(CodecError::value(name, "is given beside another one; only one may be given")),
    }
}

/// Completes a field that is required.
pub fn one<T: Draft>(value: Option<T>, notes: &mut Notes) -> Option<T::Whole> {
    match value {
        Some(value) => value.complete(notes),
        None => {
            notes.fault(Fault::Missing);
            None
        }
    }
}

/// Completes a field that may be absent. `None` when the field is there, and wrong.
pub fn opt<T: Draft>(value: Option<T>, notes: &mut Notes) -> Option<Option<T::Whole>> {
    value.map_or(Some(None), |value| value.complete(notes).map(Some))
}

/// Completes the items of a list.
pub fn many<T: Draft>(items: Vec<T>, notes: &mut Notes) -> Option<Vec<T::Whole>> {
    let complete = |(at, item): (usize, T)| notes.inside(at, |notes| item.complete(notes));
    let whole: Vec<Option<T::Whole>> = items.into_iter().enumerate().map(complete).collect();
    whole.into_iter().collect()
}

/// Completes the items of a list of at least one.
pub fn some<T: Draft>(items: Vec<T>, notes: &mut Notes) -> Option<Vec<T::Whole>> {
    if items.is_empty() {
        notes.fault(Fault::Missing);
        return None;
    }
    many(items, notes)
}

/// Completes a set: sorts its items.
pub fn set<T: Draft<Whole: Keyed>>(items: Vec<T>, notes: &mut Notes) -> Option<Vec<T::Whole>> {
    let mut whole = many(items, notes)?;
    whole.sort_by_cached_key(Keyed::sort_key);
    Some(whole)
}

/// Completes a set of at least one item: sorts its items.
pub fn set1<T: Draft<Whole: Keyed>>(items: Vec<T>, notes: &mut Notes) -> Option<Vec<T::Whole>> {
    let mut whole = some(items, notes)?;
    whole.sort_by_cached_key(Keyed::sort_key);
    Some(whole)
}

/// Declares the draft of a struct, with fields of the same names: `pub struct NAME, whole STRUCT { field: cardinality type, … }`. The
/// cardinalities are those of [`message!`](crate::message!).
#[macro_export]
macro_rules! draft {
    ($(#[$doc:meta])* pub struct $draft:ident, whole $name:ident { $($(#[$field_doc:meta])* $field:ident: $card:ident $type:ty,)+ }) => {
        $crate::draft!(@struct [$(#[$doc])*] $draft {} $($(#[$field_doc])* $field: $card $type,)+);

        impl $crate::draft::Drafted for $name {
            type Draft = $draft;
        }

        impl From<$name> for $draft {
            fn from(whole: $name) -> Self {
                Self { $($field: $crate::draft!(@from whole.$field, $card),)+ }
            }
        }

        impl $draft {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];
        }

        impl $crate::draft::Draft for $draft {
            type Whole = $name;

            const FORM: $crate::draft::DraftForm = $crate::draft::DraftForm::Map;

            fn from_map<'de, A: serde::de::MapAccess<'de>>(map: A, notes: &mut $crate::draft::Notes) -> Result<Option<Self>, A::Error> {
                let mut draft = Self::default();
                $crate::draft::fields(map, Self::FIELDS, notes, |name, map, notes| {
                    match name {
                        $(stringify!($field) => draft.$field = $crate::draft::Slot::read(map, notes)?,)+
                        _ => {}
                    }
                    Ok(())
                })?;
                Ok(Some(draft))
            }

            fn set<'de, D: serde::Deserializer<'de>>(
                slot: &mut Option<Self>,
                path: &[&str],
                from: D,
                notes: &mut $crate::draft::Notes,
            ) -> Result<(), D::Error> {
                let [name, rest @ ..] = path else {
                    *slot = $crate::draft::read(from, notes)?;
                    return Ok(());
                };
                let draft = slot.get_or_insert_default();
                match *name {
                    $(stringify!($field) => notes.inside(name, |notes| $crate::draft::Slot::set(&mut draft.$field, rest, from, notes)),)+
                    _ => {
                        notes.unknown(name, Self::FIELDS);
                        Ok(())
                    }
                }
            }

            fn complete(self, notes: &mut $crate::draft::Notes) -> Option<$name> {
                $(let $field = notes.inside(stringify!($field), |notes| $crate::draft!(@complete self.$field, notes, $card));)+
                Some($name { $($field: $field?,)+ })
            }
        }
    };
    (@from $value:expr, opt) => { $value.map(Into::into) };
    (@from $value:expr, many) => { $value.into_iter().map(Into::into).collect() };
    (@from $value:expr, some) => { $value.into_iter().map(Into::into).collect() };
    (@from $value:expr, set) => { $value.into_iter().map(Into::into).collect() };
    (@from $value:expr, set1) => { $value.into_iter().map(Into::into).collect() };
    (@from $value:expr, $card:ident) => { Some($value.into()) };
    (@complete $value:expr, $notes:ident, num) => { $crate::draft::opt($value, $notes).map(Option::unwrap_or_default) };
    (@complete $value:expr, $notes:ident, oneof) => { $crate::draft::one($value, $notes) };
    (@complete $value:expr, $notes:ident, $card:ident) => { $crate::draft::$card($value, $notes) };
    (@struct [$($doc:tt)*] $draft:ident {$($done:tt)*}) => {
        $($doc)*
        #[derive(Clone, PartialEq, Eq, Debug, Default)]
        pub struct $draft { $($done)* }
    };
    (@struct $docs:tt $draft:ident {$($done:tt)*} $(#[$doc:meta])* $field:ident: many $type:ty, $($rest:tt)*) => {
        $crate::draft!(@list $docs $draft {$($done)*} [$(#[$doc])*] $field $type; $($rest)*);
    };
    (@struct $docs:tt $draft:ident {$($done:tt)*} $(#[$doc:meta])* $field:ident: some $type:ty, $($rest:tt)*) => {
        $crate::draft!(@list $docs $draft {$($done)*} [$(#[$doc])*] $field $type; $($rest)*);
    };
    (@struct $docs:tt $draft:ident {$($done:tt)*} $(#[$doc:meta])* $field:ident: set $type:ty, $($rest:tt)*) => {
        $crate::draft!(@list $docs $draft {$($done)*} [$(#[$doc])*] $field $type; $($rest)*);
    };
    (@struct $docs:tt $draft:ident {$($done:tt)*} $(#[$doc:meta])* $field:ident: set1 $type:ty, $($rest:tt)*) => {
        $crate::draft!(@list $docs $draft {$($done)*} [$(#[$doc])*] $field $type; $($rest)*);
    };
    (@struct $docs:tt $draft:ident {$($done:tt)*} $(#[$doc:meta])* $field:ident: $card:ident $type:ty, $($rest:tt)*) => {
        $crate::draft!(@struct $docs $draft {
            $($done)* $(#[$doc])* pub $field: Option<<$type as $crate::draft::Drafted>::Draft>,
        } $($rest)*);
    };
    (@list $docs:tt $draft:ident {$($done:tt)*} [$($doc:tt)*] $field:ident $type:ty; $($rest:tt)*) => {
        $crate::draft!(@struct $docs $draft {
            $($done)* $($doc)* pub $field: Vec<<$type as $crate::draft::Drafted>::Draft>,
        } $($rest)*);
    };
}
