//! Drafts: events as people write them, as structs, in YAML or in JSON, without the fields that name the signer.

use headwater_event::codec::CodecError;
use headwater_event::document::Attachment;
use headwater_event::draft::{self, Draft as _, Faults, FaultsSoFar, Scalar};
use headwater_event::event::{Event, EventId, Role, SubjectRef};
use headwater_event::kind::{Kind, KindBody};
use headwater_event::place::{LangText, Place, UtcOffset};
use headwater_event::subject::PartyKey;
use headwater_tlog::hash::Hash;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;
use serde::de::value::{StrDeserializer, UnitDeserializer};
use serde_yaml_ng::Deserializer;

/// Largest length of a draft in bytes: an event has at most 32 KiB, and YAML is several times longer.
pub const DRAFT_BYTES_MAX: usize = 512 * 1024;

/// Reason why a text is not a draft, or a draft is not complete.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// Text that is longer than [`DRAFT_BYTES_MAX`].
    #[error("a draft has at most {DRAFT_BYTES_MAX} bytes, this has {found}")]
    TooLong {
        /// Number of bytes in the text.
        found: usize,
    },
    /// Text that is not YAML, or has another shape than an event.
    #[error(transparent)]
    Yaml(#[from] serde_yaml_ng::Error),
    /// Fields that are missing or wrong.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// Assignment without the sign between path and value.
    #[error("is not a PATH=VALUE")]
    Assignment {
        /// Text of the assignment.
        text: String,
    },
}

/// Time of an event as its author gives it: a moment, and the offset of the local clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OccurredAt {
    /// Time of the moment: milliseconds UTC.
    pub ms: u64,
    /// Minutes that the local clock is ahead of UTC.
    pub offset: UtcOffset,
}

impl Scalar for OccurredAt {
    fn of_text(text: &str) -> Result<Self, CodecError> {
        let wrong = || CodecError::value(text, "is not a moment with an offset, such as 2026-04-17T05:20:00+02:00");
        let at: Timestamp = text.parse().map_err(|_| wrong())?;
        let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text).map_err(|_| wrong())?;
        let seconds = match pieces.offset() {
            Some(jiff::fmt::temporal::PiecesOffset::Numeric(offset)) => offset.offset().seconds(),
            _ => 0,
        };
        let offset = UtcOffset::new(i64::from(seconds) / 60).ok_or_else(wrong)?;
        Ok(Self { ms: u64::try_from(at.as_millisecond()).map_err(|_| wrong())?, offset })
    }
}

impl std::fmt::Display for OccurredAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let offset =
            i32::try_from(self.offset.minutes() * 60).ok().and_then(|seconds| Offset::from_seconds(seconds).ok());
        let at = i64::try_from(self.ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        match at.zip(offset) {
            Some((at, offset)) => write!(f, "{}", at.display_with_offset(offset)),
            None => write!(f, "{} ms", self.ms),
        }
    }
}

impl Serialize for OccurredAt {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A draft that lacks nothing: all that the author of an event states, without the fields that name the signer. Its JSON is a draft.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CompleteDraft {
    /// Moment at which the event happened.
    pub occurred_at: OccurredAt,
    /// Party for which the author acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<PartyKey>,
    /// Subjects of the event, sorted by key.
    pub subjects: Vec<SubjectRef>,
    /// Location of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Files that the event announces.
    pub attachments: Vec<Attachment>,
    /// Notes for readers, sorted by language.
    pub notes: Vec<LangText>,
    /// Body of the event.
    pub body: KindBody,
}

/// Assignment to a field of a draft, as the text PATH=VALUE: `body.production.species=Bos taurus`. A value that is a list, a map or a
/// quoted text is YAML; `~` empties the field; any other text stays as it is, so that `0.50` keeps its digits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assignment {
    path: String,
    value: String,
}

impl Assignment {
    /// Splits the text into path and value. Only a draft shows whether it has such a field.
    pub fn parse(text: &str) -> Result<Self, DraftError> {
        let (path, value) = text.split_once('=').ok_or_else(|| DraftError::Assignment { text: text.to_owned() })?;
        Ok(Self { path: path.to_owned(), value: value.trim().to_owned() })
    }
}

impl std::fmt::Display for Assignment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.path, self.value)
    }
}

headwater_event::draft! {
    /// An event without its signer. Any field may still be absent.
    pub struct Draft, whole CompleteDraft {
        /// Moment at which the event happened, with the offset of the local clock.
        occurred_at: one OccurredAt,
        /// Party for which the author acts, when the goods belong to another party.
        principal: opt PartyKey,
        /// Subjects of the event, in any order.
        subjects: set1 SubjectRef,
        /// Location of the event.
        place: opt Place,
        /// Files that the event announces.
        attachments: many Attachment,
        /// Notes for readers, in any order.
        notes: set LangText,
        /// Body of the event, which decides its kind.
        body: oneof KindBody,
    }
}

/// Party, role and key that sign an event.
#[derive(Clone, Debug)]
pub struct Author {
    /// Party that signs the event.
    pub party: PartyKey,
    /// Role that the party signs in.
    pub role: Role,
    /// Id of the key that signs.
    pub key_id: Hash,
}

impl CompleteDraft {
    /// Makes the event of this author for this ledger. The event id is new with each call, because `random` is fresh.
    pub fn event(self, ledger_id: Hash, author: Author, random: [u8; 10]) -> Event {
        let mut event = Event {
            ledger_id,
            event_id: EventId::at(self.occurred_at.ms, random),
            party: author.party,
            key_id: author.key_id,
            role: author.role,
            occurred_at_ms: self.occurred_at.ms,
            utc_offset_minutes: self.occurred_at.offset,
            principal: self.principal,
            subjects: self.subjects,
            place: self.place,
            after: Vec::new(),
            attachments: self.attachments,
            notes: self.notes,
            body: self.body,
        };
        event.name_register();
        event
    }
}

impl Draft {
    /// Reads a draft in YAML, of which JSON is a part. An error names every field that is missing or wrong.
    pub fn parse(text: &str) -> Result<Self, DraftError> {
        if text.len() > DRAFT_BYTES_MAX {
            return Err(DraftError::TooLong { found: text.len() });
        }
        // Some editors put a byte order mark at the start.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut so_far = FaultsSoFar::default();
        let draft: Self = draft::read(Deserializer::from_str(text), &mut so_far)?.unwrap_or_default();
        if so_far.is_clean() {
            return Ok(draft);
        }
        // The fields that are missing are named with those that are wrong.
        draft.complete(&mut so_far);
        Err(so_far.faults().into())
    }

    /// Sets the field that an assignment names. An error changes nothing.
    pub fn assign(&mut self, assignment: &Assignment) -> Result<(), DraftError> {
        let path: Vec<&str> = assignment.path.split('.').collect();
        let (mut slot, mut so_far) = (Some(self.clone()), FaultsSoFar::default());
        let set = match assignment.value.as_str() {
            "" | "~" | "null" => Self::set(&mut slot, &path, UnitDeserializer::new(), &mut so_far),
            text if text.starts_with(['[', '{', '"', '\'']) => {
                Self::set(&mut slot, &path, Deserializer::from_str(text), &mut so_far)
            }
            text => Self::set(&mut slot, &path, StrDeserializer::new(text), &mut so_far),
        };
        set?;
        if !so_far.is_clean() {
            return Err(so_far.faults().into());
        }
        *self = slot.unwrap_or_default();
        Ok(())
    }

    /// Kind of the event, from its body; `None` as long as the draft has no body.
    pub fn kind(&self) -> Option<Kind> {
        self.body.as_ref().and_then(|body| body.name().parse().ok())
    }

    /// The complete draft. An error names every field that is missing.
    pub fn completed(self) -> Result<CompleteDraft, DraftError> {
        Ok(draft::Draft::completed(self)?)
    }

    /// Makes the event of this author for this ledger. The event id is new with each call, because `random` is fresh.
    pub fn event(self, ledger_id: Hash, author: Author, random: [u8; 10]) -> Result<Event, DraftError> {
        Ok(self.completed()?.event(ledger_id, author, random))
    }

    /// Example of a draft of this kind, to start from.
    pub const fn template(kind: Kind) -> &'static str {
        match kind {
            Kind::Production => include_str!("../templates/production.yaml"),
            Kind::Commissioning => include_str!("../templates/commissioning.yaml"),
            Kind::Sticker => include_str!("../templates/sticker.yaml"),
            Kind::ShipmentLeg => include_str!("../templates/shipment_leg.yaml"),
            Kind::Distribution => include_str!("../templates/distribution.yaml"),
            Kind::CustomsClearance => include_str!("../templates/customs_clearance.yaml"),
            Kind::LabInspection => include_str!("../templates/lab_inspection.yaml"),
            Kind::Certification => include_str!("../templates/certification.yaml"),
            Kind::Aggregation => include_str!("../templates/aggregation.yaml"),
            Kind::Transformation => include_str!("../templates/transformation.yaml"),
            Kind::Recall => include_str!("../templates/recall.yaml"),
            Kind::Correction => include_str!("../templates/correction.yaml"),
            Kind::OriginContent => include_str!("../templates/origin_content.yaml"),
            Kind::Party => include_str!("../templates/party_event.yaml"),
        }
    }
}

#[cfg(test)]
mod tests {
    use headwater_event::codec::Message as _;
    use headwater_event::rules::{Rules, Severity};

    use super::*;

    #[test]
    fn marks_of_editors_change_no_draft() {
        let template = Draft::template(Kind::Production);
        let plain = Draft::parse(template).unwrap();
        assert_eq!(Draft::parse(&format!("\u{feff}{template}")).unwrap(), plain);
        assert_eq!(Draft::parse(&format!("\u{feff}{}", template.replace('\n', "\r\n"))).unwrap(), plain);
        let bare: String =
            template.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        assert_eq!(Draft::parse(&format!("\u{feff}{bare}")).unwrap(), plain);
        let json =
            r#"\u{feff}{"occurred_at": "2026-04-17T05:20:00+02:00", "body": {"sticker": {"action": "applied"}}}"#;
        let json = json.replace("\\u{feff}", "\u{feff}");
        assert_eq!(Draft::parse(&json).unwrap().kind(), Some(Kind::Sticker));
    }

    #[test]
    fn every_template_is_an_event_that_keeps_the_rules() {
        for kind in Kind::ALL {
            let draft = Draft::parse(Draft::template(*kind)).unwrap_or_else(|error| panic!("{kind}: {error}"));
            assert_eq!(draft.kind(), Some(*kind));
            let author =
                Author { party: PartyKey::parse("417/9526543000105").unwrap(), role: Role::Brand, key_id: Hash::ZERO };
            let event = draft.event(Hash::ZERO, author, [7; 10]).unwrap();
            let event = Event::parse(&event.encode()).unwrap_or_else(|error| panic!("{kind}: {error}"));
            let broken: Vec<_> =
                Rules::check(&event).into_iter().filter(|finding| finding.severity == Severity::Reject).collect();
            assert_eq!(broken, [], "{kind}");
        }
    }

    #[test]
    fn every_field_that_is_missing_or_wrong_is_named_at_once() {
        let shipment: String = Draft::template(Kind::ShipmentLeg)
            .lines()
            .filter(|line| !["leg_id", "movement"].iter().any(|field| line.contains(field)))
            .map(|line| format!("{}\n", line.replace("leg_seq: 1", "leg_seq: first\n    expires: 1")))
            .collect();
        let error = Draft::parse(&shipment).unwrap_err();
        let DraftError::Faults(faults) = &error else { panic!("{error}") };
        let fields: Vec<&str> = faults.all().iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "body.shipment_leg.leg_seq",
                "body.shipment_leg",
                "body.shipment_leg.leg_id",
                "body.shipment_leg.movement"
            ],
            "{error}"
        );
        assert!(error.to_string().contains("\"expires\": is not a field here"), "{error}");
        assert!(std::error::Error::source(&error).is_none(), "it is told once: {error}");
        let hole = Draft::template(Kind::Production).replace("subjects:\n", "subjects:\n  - ~\n");
        let error = Draft::parse(&hole).unwrap_err().to_string();
        assert!(error.starts_with("subjects.0: is required"), "{error}");
        let check = Draft::template(Kind::Production).replace("09526543000013", "09526543000017");
        let error = Draft::parse(&check).unwrap_err().to_string();
        assert!(error.starts_with("subjects.0.key: \"01/09526543000017/10/L26-0417\": "), "{error}");
        assert!(error.contains("its check digit is wrong"), "{error}");
        assert!(OccurredAt::of_text("2026-04-17").is_err());
        let summer = OccurredAt { ms: 1_776_396_000_000, offset: UtcOffset::new(120).unwrap() };
        assert_eq!(OccurredAt::of_text("2026-04-17T05:20:00+02:00").unwrap(), summer);
    }

    #[test]
    fn an_assignment_leads_to_its_field() {
        let mut draft = Draft::parse(Draft::template(Kind::Production)).unwrap();
        let assign = |draft: &mut Draft, text: &str| draft.assign(&Assignment::parse(text)?);
        assign(&mut draft, "body.production.species=Bos taurus").unwrap();
        assign(&mut draft, "subjects.0.quantity.value=0.50").unwrap();
        assign(&mut draft, "subjects.0.key='01/09526543000013/10/007'").unwrap();
        assign(&mut draft, "notes=[{lang: en, text: 42}]").unwrap();
        assign(&mut draft, "body.production.origin_subdivision=~").unwrap();
        let content = draft.clone().completed().unwrap();
        let named = &content.subjects[0];
        assert_eq!(named.quantity.as_ref().unwrap().value.to_string(), "0.50");
        assert_eq!(named.key.to_string(), "01/09526543000013/10/007");
        assert_eq!(content.notes[0].text.to_string(), "42");
        let KindBody::Production(production) = &content.body else { panic!("a production") };
        assert_eq!(production.species.as_ref().unwrap().to_string(), "Bos taurus");
        assert!(production.origin_subdivision.is_none());
        for (wrong, error) in [
            ("subjects.3.key=b", "subjects: \"3\": is not the number of an item"),
            ("body.production.colour=red", "body.production: \"colour\": is not a field here"),
            ("subjects.0.key.more=b", "subjects.0.key: \"more\": lies within a value"),
            ("body.production.production_date=yesterday", "body.production.production_date: \"yesterday\": "),
            ("notes=many", "invalid type"),
            ("place", "is not a PATH=VALUE"),
        ] {
            let before = draft.clone();
            let found = assign(&mut draft, wrong).unwrap_err().to_string();
            assert!(found.contains(error), "{wrong}: {found}");
            assert_eq!(draft, before, "{wrong}");
        }
        assign(&mut draft, "body.sticker.action=applied").unwrap();
        assert_eq!(draft.kind(), Some(Kind::Sticker));
    }
}
