//! Drafts: messages that people write. Each field may be absent or wrong, and completing a draft names all such fields at once.
//!
//! [`message!`](crate::message!) makes a draft beside each message of an event. Programs fill a draft as a struct; files and `PATH=VALUE`
//! assignments fill the same draft by the names of its fields.

use std::fmt;

use headwater_tlog::hash::Hash;
use headwater_tlog::key::PublicKey;
use headwater_tlog::note::{KeyName, NAME_BYTES_MAX, NoteError, NoteKey};
use serde::Deserializer;
use serde::de::{Error as _, MapAccess, SeqAccess};

use crate::codec::{CodecError, Fault, Keyed, Number, Set};
use crate::place::UtcOffset;

mod declare;
mod read;

use read::list;
pub use read::{DraftField, Reading, fields, one_arm, read, whole};

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
pub struct FaultsSoFar {
    path: Vec<String>,
    faults: Vec<CodecError>,
    /// Number of faults beyond [`FAULTS_MAX`].
    more: usize,
}

impl FaultsSoFar {
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

/// Reads the value of a flag from its text. The error is the rule alone, since a command line names the flag and the value.
pub fn value<T: Scalar>(text: &str) -> Result<T, String> {
    scalar(text).map_err(|error| match error.fault {
        Fault::Value { rule, .. } => rule,
        fault => fault.to_string(),
    })
}

/// A draft of a value, which may lack parts until it is completed.
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
    fn from_map<'de, A: MapAccess<'de>>(_: A, _: &mut FaultsSoFar) -> Result<Option<Self>, A::Error> {
        Err(A::Error::custom("a map, where one value is expected"))
    }

    /// Reads the value from a list.
    fn from_list<'de, A: SeqAccess<'de>>(_: A, _: &mut FaultsSoFar) -> Result<Self, A::Error> {
        Err(A::Error::custom("a list, where one value is expected"))
    }

    /// Sets the value, or the part of it that the path leads to.
    fn set<'de, D: Deserializer<'de>>(
        slot: &mut Option<Self>,
        path: &[&str],
        from: D,
        so_far: &mut FaultsSoFar,
    ) -> Result<(), D::Error> {
        match path {
            [] => {
                *slot = read(from, so_far)?;
                Ok(())
            }
            [name, rest @ ..] => Self::set_part(slot, name, rest, from, so_far),
        }
    }

    /// Sets the part of the value with this name, or the part of that part which the rest of the path leads to.
    fn set_part<'de, D: Deserializer<'de>>(
        _: &mut Option<Self>,
        name: &str,
        _: &[&str],
        _: D,
        so_far: &mut FaultsSoFar,
    ) -> Result<(), D::Error> {
        let rule = match Self::FORM {
            DraftForm::List => "is set with its whole list, such as [0, 1]",
            _ => "lies within a value",
        };
        so_far.fault(CodecError::value(name, rule));
        Ok(())
    }

    /// Completes the value; `None` when a part of it is absent or wrong.
    fn complete(self, so_far: &mut FaultsSoFar) -> Option<Self::Whole>;

    /// Completes a value that is part of no other one. The error names every field that is absent or wrong.
    fn completed(self) -> Result<Self::Whole, Faults> {
        let mut so_far = FaultsSoFar::default();
        self.complete(&mut so_far).ok_or_else(|| so_far.faults())
    }
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

impl Scalar for KeyName {
    fn of_text(text: &str) -> Result<Self, CodecError> {
        KeyName::parse(text).map_err(|_| {
            let rule =
                format!("is not a key name: 1 to {NAME_BYTES_MAX} bytes without space, plus or control character");
            CodecError::value(text, rule)
        })
    }
}

impl Scalar for NoteKey {
    fn of_text(text: &str) -> Result<Self, CodecError> {
        let rule = |error: NoteError| match error {
            NoteError::Vkey { .. } | NoteError::Name { .. } => {
                "is not a verification key of the form name+id+base64".to_owned()
            }
            NoteError::Key(source) => format!("contains no admissible public key: {source}"),
            other => other.to_string(),
        };
        NoteKey::parse(text).map_err(|error| CodecError::value(text, rule(error)))
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

    fn complete(self, _: &mut FaultsSoFar) -> Option<T> {
        Some(self)
    }
}

impl<T: Number + Scalar> Drafted for Set<T> {
    type Draft = Set<T>;
}

impl<T: Number + Scalar> Draft for Set<T> {
    type Whole = Self;

    const FORM: DraftForm = DraftForm::List;

    fn from_list<'de, A: SeqAccess<'de>>(items: A, so_far: &mut FaultsSoFar) -> Result<Self, A::Error> {
        list::<T, A>(items, so_far).map(Set::new)
    }

    fn complete(self, _: &mut FaultsSoFar) -> Option<Self> {
        Some(self)
    }
}

/// Completes a field that is required.
pub fn one<T: Draft>(value: Option<T>, so_far: &mut FaultsSoFar) -> Option<T::Whole> {
    match value {
        Some(value) => value.complete(so_far),
        None => {
            so_far.fault(Fault::Missing);
            None
        }
    }
}

/// Completes a field that may be absent. `None` when the field is there, and wrong.
pub fn opt<T: Draft>(value: Option<T>, so_far: &mut FaultsSoFar) -> Option<Option<T::Whole>> {
    value.map_or(Some(None), |value| value.complete(so_far).map(Some))
}

/// Completes the items of a list.
pub fn many<T: Draft>(items: Vec<T>, so_far: &mut FaultsSoFar) -> Option<Vec<T::Whole>> {
    let complete = |(at, item): (usize, T)| so_far.inside(at, |so_far| item.complete(so_far));
    let whole: Vec<Option<T::Whole>> = items.into_iter().enumerate().map(complete).collect();
    whole.into_iter().collect()
}

/// Completes the items of a list of at least one.
pub fn some<T: Draft>(items: Vec<T>, so_far: &mut FaultsSoFar) -> Option<Vec<T::Whole>> {
    if items.is_empty() {
        so_far.fault(Fault::Missing);
        return None;
    }
    many(items, so_far)
}

/// Completes a set: sorts its items.
pub fn set<T: Draft<Whole: Keyed>>(items: Vec<T>, so_far: &mut FaultsSoFar) -> Option<Vec<T::Whole>> {
    let mut whole = many(items, so_far)?;
    whole.sort_by_cached_key(Keyed::sort_key);
    Some(whole)
}

/// Completes a set of at least one item: sorts its items.
pub fn set1<T: Draft<Whole: Keyed>>(items: Vec<T>, so_far: &mut FaultsSoFar) -> Option<Vec<T::Whole>> {
    let mut whole = some(items, so_far)?;
    whole.sort_by_cached_key(Keyed::sort_key);
    Some(whole)
}
