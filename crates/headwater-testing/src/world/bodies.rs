//! The contents of events that tests sign: subjects, quantities, and one body of each common kind.

use headwater_event::codec::{Keyed, Set};
use headwater_event::document::{Attachment, AttachmentRole};
use headwater_event::gs1::Serial;
use headwater_event::kind::KindBody;
use headwater_event::kind::commissioning::{Commissioning, Form, Listed};
use headwater_event::kind::distribution::{Distribution, DistributionAction};
use headwater_event::kind::lab_inspection::Accreditation;
use headwater_event::kind::production::Production;
use headwater_event::kind::recall::{Recall, RecallReason, RecallSeverity, RecallType, Scope};
use headwater_event::kind::sticker::ItemCode;
use headwater_event::measure::Quantity;
use headwater_event::place::{LangText, Place};
use headwater_event::subject::{PartyKey, Subject};
use headwater_event::text::{Code, Date, Decimal, Lang, MediaType, Text};
use headwater_event::transport::{Country, Unit};
use headwater_tlog::hash::Hash;
use headwater_trace::set::{SetItem, SetManifest};
use headwater_trace::walk::Query;

use super::Actor;

/// Adds the GS1 check digit to digits.
pub fn with_check(body: &str) -> String {
    let digit = (0..10).find(|digit| headwater_event::check_digit::gs1(&format!("{body}{digit}")));
    format!("{body}{}", digit.expect("one of ten digits checks"))
}

/// The subject with a key in its one spelling.
pub fn subject(key: &str) -> Subject {
    Subject::parse(key).expect("a subject")
}

/// A text in English, as a list of one.
pub fn english(text: &str) -> Vec<LangText> {
    vec![LangText { lang: Lang::parse("en").expect("a tag"), text: Text::parse(text).expect("a text") }]
}

/// Notes in 14 languages that nearly fill an event.
pub fn long_notes() -> Vec<LangText> {
    let long = |lang: &str| LangText {
        lang: Lang::parse(lang).expect("a note"),
        text: Text::parse(&"x".repeat(2_000)).expect("a note"),
    };
    ["de", "en", "es", "fi", "fr", "it", "ja", "ko", "nl", "no", "pl", "pt", "sv", "zh"].map(long).to_vec()
}

/// A code, which must be well formed.
pub fn code(text: &str) -> Code {
    Code::parse(text).expect("a code")
}

/// A date from its ISO 8601 text.
pub fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

/// A decimal value with a unit code.
pub fn quantity(value: &str, uom: &str) -> Quantity {
    Quantity { value: Decimal::parse(value).expect("a decimal"), uom: Unit::parse(uom).expect("a unit") }
}

/// A set of items of a model, some with the code under the item's scratch layer.
pub fn set_of(model: &str, items: &[(&str, Option<&str>)]) -> SetManifest {
    let gtin = subject(model).gtin().expect("a model").clone();
    let item = |(serial, item_code): &(&str, Option<&str>)| {
        let serial = Serial::parse(serial).expect("a serial");
        let item = Subject::Item(gtin.clone(), serial.clone());
        let code = item_code.map(|code| ItemCode::parse(code).expect("a code").committed(&item));
        SetItem { serial, code }
    };
    let mut items: Vec<SetItem> = items.iter().map(item).collect();
    items.sort_by_key(Keyed::sort_key);
    SetManifest { gtin, items }
}

/// The subject of a delegation between two parties.
pub fn delegation(grantor: &PartyKey, grantee: &PartyKey) -> Subject {
    let key = |party: &PartyKey| Subject::Party(party.clone()).index_key();
    Subject::Delegation { grantor: key(grantor), grantee: key(grantee) }
}

/// The question of a reader about a subject, without a lot.
pub fn query(key: &str) -> Query {
    Query { subject: subject(key), lot: None }
}

/// The description of a file, as an event announces the file.
pub fn attachment(bytes: &[u8], media_type: &str, role: AttachmentRole) -> Attachment {
    Attachment {
        sha256: Hash::plain(bytes),
        size: bytes.len() as u64,
        media_type: MediaType::parse(media_type).expect("a media type"),
        role,
        uri: None,
        lang: None,
        title: Vec::new(),
        access: None,
        chunk_root: None,
    }
}

/// A location in a country.
pub fn place(country: &str) -> Place {
    Place {
        gln: None,
        gln_extension: None,
        unlocode: None,
        iata: None,
        country: Some(Country::parse(country).expect("a country")),
        subdivision: None,
        lat: None,
        lon: None,
        address: english("Dijkweg 1"),
    }
}

/// The body of a production of milk powder.
pub fn production() -> Production {
    Production {
        refs: Vec::new(),
        commitments: Vec::new(),
        production_date: date("2026-04-17"),
        country_of_origin: Country::parse("NL").expect("a country"),
        expiry_date: Some(date("2027-12-31")),
        best_before: None,
        harvest_from: None,
        harvest_to: None,
        origin_subdivision: None,
        area: Vec::new(),
        species: None,
        producer_licence: None,
        process: Vec::new(),
    }
}

/// The body of a step of distribution.
pub fn distribution(action: DistributionAction, by: &Actor) -> KindBody {
    KindBody::Distribution(Distribution {
        refs: Vec::new(),
        commitments: Vec::new(),
        action,
        from_party: Some(by.party.clone()),
        to_party: None,
        bonded_zone: None,
        temperature: None,
        parcel_no: None,
    })
}

/// The body of a recall of the first subjects of its event.
pub fn recall(subjects: usize) -> Recall {
    Recall {
        refs: Vec::new(),
        commitments: Vec::new(),
        recall_no: code("R-1"),
        action: RecallType::Recall,
        severity: Some(RecallSeverity::High),
        class: None,
        reason_code: Some(RecallReason::Biological),
        reason: english("found what should not be there"),
        authority: None,
        scope: vec![Scope { subjects: Set::new(0..subjects as u64), ranges: Vec::new() }],
        consumer_action: english("do not eat it"),
        start: date("2026-05-02"),
        contact: None,
        uri: None,
        remedy: Vec::new(),
        lifts: None,
    }
}

/// The body of a listed commissioning of items of a lot.
pub fn commissioning(lot: &str) -> Commissioning {
    Commissioning {
        refs: Vec::new(),
        commitments: Vec::new(),
        sticker_batch: code("B1"),
        form: Form::Listed(Listed { lot: subject(lot) }),
    }
}

/// The laboratory's accreditation, valid from 2025 to 2028.
pub fn accreditation() -> Accreditation {
    Accreditation {
        body: code("RvA"),
        number: code("L1234"),
        valid_from: date("2025-01-01"),
        valid_to: date("2028-12-31"),
        mra: None,
    }
}
