//! Values of flags: subjects, locations, texts, accreditations and files.

use std::num::ParseIntError;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use headwater_event::document::{AttachmentDraft, AttachmentRole};
use headwater_event::draft::{self, Scalar};
use headwater_event::event::SubjectRefDraft;
use headwater_event::fault::Fault;
use headwater_event::gs1::{Gln, Gtin, LotNumber};
use headwater_event::kind::lab_inspection::AccreditationDraft;
use headwater_event::place::{LangText, LangTextDraft, PlaceDraft};
use headwater_event::subject::Subject;
use headwater_event::text::{Lang, MediaType, Text};
use headwater_event::transport::{Airport, Country, Locode};
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::label::{self, Label};
use headwater_trace::walk::Query;
use jiff::Timestamp;

pub use headwater_event::draft::value;

use crate::units::quantity;

/// Reads one value within a flag. The error gives the value and its rule.
pub fn scalar<T: Scalar>(text: &str) -> Result<T, Fault> {
    draft::scalar(text).map_err(|error| error.fault)
}

/// Reads a log index. A number that no log reaches counts as the last index.
pub fn log_index(text: &str) -> Result<LeafIndex, ParseIntError> {
    text.parse().map(|index| LeafIndex::FIRST.saturating_add(index))
}

/// Reads a moment since 1970, such as `2026-05-08T06:00:00Z`, in milliseconds UTC.
pub fn moment(text: &str) -> Result<u64, String> {
    let at = text.parse::<Timestamp>().ok().and_then(|at| u64::try_from(at.as_millisecond()).ok());
    at.ok_or_else(|| "is not a moment since 1970, such as 2026-05-08T06:00:00Z".to_owned())
}

/// Reads the key of a lot.
pub fn lot(text: &str) -> Result<(Gtin, LotNumber), String> {
    match value(text)? {
        Subject::Lot(gtin, number) => Ok((gtin, number)),
        _ => Err("is not a lot: 01/GTIN/10/LOT".to_owned()),
    }
}

/// Reads the key of a logistic unit.
pub fn unit(text: &str) -> Result<Subject, String> {
    match value(text)? {
        unit @ Subject::LogisticUnit(_) => Ok(unit),
        _ => Err("is not a logistic unit: 00/SSCC".to_owned()),
    }
}

/// Reads a product, by its subject key or the link of its label, with the claims of the label.
pub fn product(text: &str) -> Result<(Query, Label), String> {
    label::query(text).map_err(|error| format!("is neither a subject key nor a Digital Link: {error}"))
}

/// Makes the parser of a flag from a reader, with the causes of an error in its text.
fn flag<T>(read: anyhow::Result<T>) -> Result<T, String> {
    read.map_err(|error| format!("{error:#}"))
}

/// Reads a subject: `KEY`, or `KEY=900 kg` for a part of a lot, or `KEY@LOT` for an item and its lot.
pub fn subject(text: &str) -> Result<SubjectRefDraft, String> {
    let key = |text| scalar::<Subject>(text).map_err(|fault| fault.to_string());
    if let Some((of, amount)) = text.split_once('=') {
        let quantity = Some(flag(quantity(amount))?.into());
        return Ok(SubjectRefDraft { key: Some(key(of)?), quantity, ..SubjectRefDraft::default() });
    }
    Ok(match text.split_once('@') {
        Some((of, within)) => {
            let (gtin, number) = lot(within)?;
            SubjectRefDraft { key: Some(key(of)?), lot: Some(Subject::Lot(gtin, number)), ..SubjectRefDraft::default() }
        }
        None => named(value(text)?),
    })
}

/// Names a subject as a whole.
pub fn named(key: Subject) -> SubjectRefDraft {
    SubjectRefDraft { key: Some(key), ..SubjectRefDraft::default() }
}

/// Reads a location: an airport (`AMS`), a UN/LOCODE (`NLRTM`), a GLN, or `NL, Polderdijk 12`: a country with an optional address.
pub fn place(text: &str) -> Result<PlaceDraft, String> {
    flag(read_place(text))
}

fn read_place(text: &str) -> anyhow::Result<PlaceDraft> {
    let capitals = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let mut place = PlaceDraft::default();
    match (text.len(), text.split_once(',')) {
        (13, None) if digits => place.gln = Some(Gln::parse(text)?),
        (5, None) if capitals => {
            place.unlocode = Some(scalar::<Locode>(text)?);
            place.country = Some(scalar::<Country>(&text[..2])?);
        }
        (3, None) if capitals => place.iata = Some(scalar::<Airport>(text)?),
        (2, None) if capitals => place.country = Some(scalar::<Country>(text)?),
        (_, Some((country, address))) => {
            place.country = Some(scalar::<Country>(country)?);
            place.address = vec![read_text(address.trim())?.into()];
        }
        _ => bail!("{text:?} is not a place: an airport, a UN/LOCODE, a GLN, or a country, a comma and an address"),
    }
    Ok(place)
}

/// Reads a text: `en=milk powder`, or a text alone, which is then English. Text before `=` that reads like a language
/// tag has to be one.
pub fn text(text: &str) -> Result<LangText, String> {
    flag(read_text(text))
}

fn read_text(text: &str) -> anyhow::Result<LangText> {
    let tag = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let tagged = text.split_once('=').filter(|(front, _)| (2..=35).contains(&front.len()) && front.bytes().all(tag));
    let (lang, words) = match tagged {
        None => (Lang::parse("en")?, text),
        Some((written, words)) => {
            let lang = language(written).with_context(|| {
                format!("{text:?}: {written:?} is not a language tag of BCP 47, such as en, zh-Hans or nl-NL; of a text that begins so write en={text}")
            })?;
            (lang, words)
        }
    };
    Ok(LangText { lang, text: scalar::<Text>(words)? })
}

/// Returns the texts of a flag as fields hold them: one for each language.
pub fn texts(flag: &str, texts: &[LangText]) -> anyhow::Result<Vec<LangTextDraft>> {
    for (at, text) in texts.iter().enumerate() {
        if let Some(before) = texts[..at].iter().find(|before| before.lang == text.lang) {
            bail!(
                "{flag}: {:?} and {:?} are both in {}: one text for each language",
                before.text.as_str(),
                text.text.as_str(),
                text.lang
            );
        }
    }
    Ok(texts.iter().cloned().map(Into::into).collect())
}

/// The one spelling of a language tag, for any case of the letters after its language. A language in capitals is
/// refused: `Pb=` and `PH=` begin a text about lead or acidity more often.
fn language(written: &str) -> Option<Lang> {
    let mut parts = written.split('-').enumerate();
    let spelled = parts.try_fold(Vec::new(), |mut tag, (at, part)| {
        let first: String = part.chars().take(1).collect();
        tag.push(match part.len() {
            4 if at == 1 => format!("{}{}", first.to_ascii_uppercase(), part.get(1..)?.to_ascii_lowercase()),
            2 if at > 0 => part.to_ascii_uppercase(),
            _ if at == 0 => part.to_owned(),
            _ => part.to_ascii_lowercase(),
        });
        Some(tag)
    })?;
    Lang::parse(&spelled.join("-")).ok()
}

/// Reads an accreditation, `RvA:L042:2025-01-01:2028-12-31`: body, number, first and last day.
pub fn accreditation(text: &str) -> Result<AccreditationDraft, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let [body, number, from, to] = parts[..] else {
        return Err(format!("{text:?} is not an accreditation: BODY:NUMBER:FIRST-DAY:LAST-DAY"));
    };
    let read = || {
        anyhow::Ok(AccreditationDraft {
            body: Some(scalar(body)?),
            number: Some(scalar(number)?),
            valid_from: Some(scalar(from)?),
            valid_to: Some(scalar(to)?),
            mra: None,
        })
    };
    flag(read())
}

/// Describes a file as an event announces it: SHA-256, size, media type by its extension, and role.
pub fn attachment(path: &Path, role: AttachmentRole) -> anyhow::Result<AttachmentDraft> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    ensure!(!bytes.is_empty(), "{}: is empty", path.display());
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let media_type = match extension.to_ascii_lowercase().as_str() {
        "pdf" => "application/pdf",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "csv" => "text/csv",
        "txt" => "text/plain",
        "json" => "application/json",
        _ => "application/octet-stream",
    };
    Ok(AttachmentDraft {
        sha256: Some(Hash::plain(&bytes)),
        size: Some(bytes.len() as u64),
        media_type: Some(scalar::<MediaType>(media_type)?),
        role: Some(role),
        ..AttachmentDraft::default()
    })
}

#[cfg(test)]
mod tests {
    use headwater_event::draft::Draft as _;

    use super::*;

    #[test]
    fn flags_become_values() {
        let lot = subject("01/09526543000013/10/L=9 kg").unwrap().completed().unwrap();
        let amount = lot.quantity.unwrap();
        assert_eq!((amount.value.to_string(), amount.uom.to_string()), ("9".to_owned(), "KGM".to_owned()));
        let item = subject("01/09526543000013/21/S@01/09526543000013/10/L").unwrap().completed().unwrap();
        assert_eq!(item.lot.unwrap().to_string(), "01/09526543000013/10/L");
        assert!(subject("01/1/10/L").is_err());
        assert_eq!(place("AMS").unwrap().iata.unwrap().to_string(), "AMS");
        let port = place("NLRTM").unwrap();
        assert_eq!(
            (port.unlocode.unwrap().to_string(), port.country.unwrap().to_string()),
            ("NLRTM".into(), "NL".into())
        );
        let address = place("NL, Dijk 1").unwrap().completed().unwrap().address.remove(0);
        assert_eq!((address.lang.to_string(), address.text.to_string()), ("en".to_owned(), "Dijk 1".to_owned()));
        assert!(place("Rotterdam").is_err() && accreditation("RvA").is_err());
        let read = |written: &str| text(written).map(|text| (text.lang.to_string(), text.text.to_string()));
        let is = |lang: &str, words: &str| Ok((lang.to_owned(), words.to_owned()));
        assert_eq!(read("zh=奶"), is("zh", "奶"));
        assert_eq!(read("zh-hans-cn=奶"), is("zh-Hans-CN", "奶"));
        assert_eq!(read("a = b"), is("en", "a = b"));
        let wrong = read("en_US=hi").unwrap_err();
        assert!(wrong.contains("\"en_US\" is not a language tag"), "{wrong}");
        let twice = ["zh-CN=a", "zh-cn=b"].map(|written| text(written).unwrap());
        assert!(texts("--name", &twice).is_err());
        for written in ["Pb=0.1 mg/kg", "pH=7", "PH=7"] {
            let wrong = read(written).unwrap_err();
            assert!(wrong.contains(&format!("write en={written}")), "{wrong}");
        }
    }
}
