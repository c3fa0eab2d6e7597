//! Drafts: events as people write them, in YAML or JSON, without the fields that name the signer.

use headwater_event::document::Attachment;
use headwater_event::event::{Event, EventId, Role, SubjectRef};
use headwater_event::kind::{Kind, KindBody};
use headwater_event::place::{LangText, Place, UtcOffset};
use headwater_event::subject::PartyKey;
use headwater_tlog::hash::Hash;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_yaml_ng::Deserializer;
use serde_yaml_ng::with::singleton_map_recursive;

/// Largest length of a draft in bytes: an event has at most 32 KiB, and YAML is several times longer.
pub const DRAFT_BYTES_MAX: usize = 512 * 1024;

/// Reason why a text is not a draft.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// Text that is longer than [`DRAFT_BYTES_MAX`].
    #[error("a draft has at most {DRAFT_BYTES_MAX} bytes, this has {found}")]
    TooLong {
        /// Number of bytes in the text.
        found: usize,
    },
    /// Text that is not YAML, or does not have the fields of an event.
    #[error(transparent)]
    Yaml(#[from] serde_yaml_ng::Error),
    /// Document that does not have the fields of an event.
    #[error(transparent)]
    Document(#[from] serde_json::Error),
    /// Time that is not a moment with an offset.
    #[error("occurred_at: {text:?} is not a moment with an offset, such as 2026-04-17T05:20:00+02:00")]
    Moment {
        /// Text of the field `occurred_at`.
        text: String,
    },
}

/// An event without its signer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    occurred_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    principal: Option<PartyKey>,
    subjects: Vec<SubjectRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    #[serde(default)]
    attachments: Vec<Attachment>,
    #[serde(default)]
    notes: Vec<LangText>,
    body: KindBody,
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

impl Draft {
    /// Reads a draft in YAML, of which JSON is a part.
    pub fn parse(text: &str) -> Result<Self, DraftError> {
        if text.len() > DRAFT_BYTES_MAX {
            return Err(DraftError::TooLong { found: text.len() });
        }
        // Some editors put a byte order mark at the start.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Ok(singleton_map_recursive::deserialize(Deserializer::from_str(text))?)
    }

    /// Reads a draft from a document. A whole number counts as a text in a field that is a text.
    pub fn from_document(document: &Value) -> Result<Self, DraftError> {
        Self::parse(&serde_yaml_ng::to_string(document)?)
    }

    /// Writes the draft as a document.
    pub fn document(&self) -> Result<Value, DraftError> {
        Ok(serde_json::to_value(self)?)
    }

    /// Kind of the event, from its body.
    pub fn kind(&self) -> Kind {
        self.body.kind()
    }

    /// Completes the draft as an event of this author for this ledger. The event id is new with each call, because
    /// `random` is fresh.
    pub fn complete(self, ledger_id: Hash, author: Author, random: [u8; 10]) -> Result<Event, DraftError> {
        let (occurred_at_ms, utc_offset_minutes) = moment(&self.occurred_at)?;
        let mut event = Event {
            ledger_id,
            event_id: EventId::at(occurred_at_ms, random),
            party: author.party,
            key_id: author.key_id,
            role: author.role,
            occurred_at_ms,
            utc_offset_minutes,
            principal: self.principal,
            subjects: self.subjects,
            place: self.place,
            after: Vec::new(),
            attachments: self.attachments,
            notes: self.notes,
            body: self.body,
        };
        event.subjects.sort_by_key(|named| named.key.to_string());
        event.name_register();
        event.notes.sort_by_key(|text| text.lang.to_string());
        Ok(event)
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

fn moment(text: &str) -> Result<(u64, UtcOffset), DraftError> {
    let wrong = || DraftError::Moment { text: text.to_owned() };
    let at: Timestamp = text.parse().map_err(|_| wrong())?;
    let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text).map_err(|_| wrong())?;
    let seconds = match pieces.offset() {
        Some(jiff::fmt::temporal::PiecesOffset::Numeric(offset)) => offset.offset().seconds(),
        _ => 0,
    };
    let offset = UtcOffset::new(i64::from(seconds) / 60).ok_or_else(wrong)?;
    Ok((u64::try_from(at.as_millisecond()).map_err(|_| wrong())?, offset))
}

#[cfg(test)]
mod tests {
    use headwater_event::codec::Message as _;
    use headwater_event::rules::{Rules, Severity};

    use super::*;

    #[test]
    fn marks_of_editors_change_no_draft() {
        let template = Draft::template(Kind::Production);
        let document = |text: &str| Draft::parse(text).unwrap().document().unwrap();
        let plain = document(template);
        assert_eq!(document(&format!("\u{feff}{template}")), plain);
        assert_eq!(document(&format!("\u{feff}{}", template.replace('\n', "\r\n"))), plain);
        let bare: String =
            template.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        assert_eq!(document(&format!("\u{feff}{bare}")), plain);
        let json = plain.to_string();
        assert_eq!(document(&format!("\u{feff}{json}")), plain);
    }

    #[test]
    fn every_template_is_an_event_that_keeps_the_rules() {
        for kind in Kind::ALL {
            let draft = Draft::parse(Draft::template(*kind)).unwrap_or_else(|error| panic!("{kind}: {error}"));
            assert_eq!(draft.kind(), *kind);
            let author =
                Author { party: PartyKey::parse("417/9526543000105").unwrap(), role: Role::Brand, key_id: Hash::ZERO };
            let event = draft.complete(Hash::ZERO, author, [7; 10]).unwrap();
            let event = Event::parse(&event.encode()).unwrap_or_else(|error| panic!("{kind}: {error}"));
            let broken: Vec<_> =
                Rules::check(&event).into_iter().filter(|finding| finding.severity == Severity::Reject).collect();
            assert_eq!(broken, [], "{kind}");
        }
    }

    #[test]
    fn a_wrong_field_is_named() {
        let wrong = Draft::template(Kind::Production).replace("expiry_date", "expires");
        assert!(Draft::parse(&wrong).unwrap_err().to_string().contains("unknown field `expires`"));
        let shipment = Draft::template(Kind::ShipmentLeg);
        for field in ["leg_id", "leg_seq", "movement"] {
            let without: String =
                shipment.lines().filter(|line| !line.contains(field)).map(|line| format!("{line}\n")).collect();
            let error = Draft::parse(&without).unwrap_err();
            assert!(error.to_string().contains(&format!("body.shipment_leg: missing field `{field}`")), "{error}");
            assert!(std::error::Error::source(&error).is_none(), "it is told once: {error}");
        }
        let check = Draft::template(Kind::Production).replace("09526543000013", "09526543000017");
        assert!(Draft::parse(&check).unwrap_err().to_string().contains("its check digit is wrong"));
        assert!(matches!(moment("2026-04-17"), Err(DraftError::Moment { .. })));
        assert_eq!(moment("2026-04-17T05:20:00+02:00").unwrap(), (1_776_396_000_000, UtcOffset::new(120).unwrap()));
    }
}
