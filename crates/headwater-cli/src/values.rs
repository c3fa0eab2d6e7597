//! Values of flags: subjects, locations, texts, accreditations, files and assignments.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use headwater_event::text::Lang;
use headwater_tlog::hash::Hash;
use serde_json::{Map, Value, json};

use crate::units::quantity;

/// Reads a subject: `KEY`, or `KEY=900 kg` for a part of a lot, or `KEY@LOT` for an item and its lot.
pub fn subject(text: &str) -> anyhow::Result<Value> {
    if let Some((key, amount)) = text.split_once('=') {
        return Ok(json!({"key": key, "quantity": quantity(amount)?}));
    }
    Ok(match text.split_once('@') {
        Some((key, lot)) => json!({"key": key, "lot": lot}),
        None => json!({"key": text}),
    })
}

/// Reads a location: an airport (`AMS`), a UN/LOCODE (`NLRTM`), a GLN, or `NL, Polderdijk 12`: a country with an optional address.
pub fn place(text: &str) -> anyhow::Result<Value> {
    let capitals = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    Ok(match (text.len(), text.split_once(',')) {
        (13, None) if digits => json!({"gln": text}),
        (5, None) if capitals => json!({"unlocode": text, "country": &text[..2]}),
        (3, None) if capitals => json!({"iata": text}),
        (2, None) if capitals => json!({"country": text}),
        (_, Some((country, address))) => json!({"country": country, "address": texts(&[address.trim().to_owned()])?}),
        _ => bail!("{text:?} is not a place: an airport, a UN/LOCODE, a GLN, or a country, a comma and an address"),
    })
}

/// Reads texts: `en=milk powder`, or a text alone, which is then English. Text before `=` that reads like a language
/// tag has to be one.
pub fn texts(texts: &[String]) -> anyhow::Result<Value> {
    let tag = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let one = |text: &String| {
        let tagged =
            text.split_once('=').filter(|(front, _)| (2..=35).contains(&front.len()) && front.bytes().all(tag));
        let Some((written, words)) = tagged else { return Ok(("en".to_owned(), text.clone())) };
        let lang = language(written).with_context(|| {
            format!("{text:?}: {written:?} is not a language tag of BCP 47, such as en, zh-Hans or nl-NL; of a text that begins so write en={text}")
        })?;
        Ok((lang, words.to_owned()))
    };
    let mut all = texts.iter().map(one).collect::<anyhow::Result<Vec<_>>>()?;
    all.sort();
    if let Some(pair) = all.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        bail!("{:?} and {:?} are both in {}: one text for each language", pair[0].1, pair[1].1, pair[0].0);
    }
    Ok(all.into_iter().map(|(lang, text)| json!({"lang": lang, "text": text})).collect())
}

/// The one spelling of a language tag, for any case of the letters after its language. A language in capitals is
/// refused: `Pb=` and `PH=` begin a text about lead or acidity more often.
fn language(written: &str) -> Option<String> {
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
    Lang::parse(&spelled.join("-")).ok().map(|lang| lang.to_string())
}

/// Reads an accreditation, `RvA:L042:2025-01-01:2028-12-31`: body, number, first and last day.
pub fn accreditation(text: &str) -> anyhow::Result<Value> {
    match text.split(':').collect::<Vec<_>>().as_slice() {
        [body, number, from, to] => Ok(json!({"body": body, "number": number, "valid_from": from, "valid_to": to})),
        _ => bail!("{text:?} is not an accreditation: BODY:NUMBER:FIRST-DAY:LAST-DAY"),
    }
}

/// Describes a file as an event announces it: SHA-256, size, media type by its extension, and role.
pub fn attachment(path: &Path, role: &str) -> anyhow::Result<Value> {
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
    Ok(json!({"sha256": Hash::plain(&bytes), "size": bytes.len(), "media_type": media_type, "role": role}))
}

/// Sets the value at a path of dots, such as `body.production.species=Bos taurus`.
pub fn set(document: &mut Value, assignment: &str) -> anyhow::Result<()> {
    let (path, text) = assignment.split_once('=').with_context(|| format!("{assignment:?} is not a PATH=VALUE"))?;
    let value = scalar(text).with_context(|| format!("{assignment:?}"))?;
    let mut at = document;
    for part in path.split('.') {
        ensure!(!part.is_empty(), "{path:?} is not a path");
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        at = match at {
            Value::Object(fields) => fields.entry(part).or_insert(Value::Null),
            Value::Array(items) => {
                let place: usize =
                    part.parse().with_context(|| format!("{path}: {part:?} is not a place in a list"))?;
                let count = items.len();
                items.get_mut(place).with_context(|| format!("{path}: the list has {count} items"))?
            }
            _ => bail!("{path}: {part:?} lies within a value"),
        };
    }
    *at = value;
    Ok(())
}

/// Reads the value after a path: a list, a map or a quoted text as in YAML, a whole number, true, false, or ~ for
/// nothing. Any other text stays as it is, so that 0.50 keeps its digits.
fn scalar(text: &str) -> anyhow::Result<Value> {
    let text = text.trim();
    if text.starts_with(['[', '{', '"', '\'']) {
        let value: Value = serde_yaml_ng::from_str(text)?;
        ensure!(!has_fraction(&value), "put a number with a fraction in quotes, so that it keeps its digits");
        return Ok(value);
    }
    let number = text.parse::<u64>().ok().filter(|number| number.to_string() == text);
    Ok(match text {
        "" | "~" | "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        text => number.map_or_else(|| Value::from(text), Value::from),
    })
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(fields) => fields.values().any(has_fraction),
        _ => false,
    }
}

/// Removes the fields that were not given, which are null.
pub fn given(mut document: Value) -> Value {
    if let Value::Object(fields) = &mut document {
        fields.retain(|_, value| !value.is_null());
        fields.values_mut().for_each(|value| *value = given(value.take()));
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_become_values() {
        assert_eq!(
            subject("01/1/10/L=9 kg").unwrap(),
            json!({"key": "01/1/10/L", "quantity": {"value": "9", "uom": "KGM"}})
        );
        assert_eq!(subject("01/1/21/S@01/1/10/L").unwrap(), json!({"key": "01/1/21/S", "lot": "01/1/10/L"}));
        assert_eq!(place("AMS").unwrap(), json!({"iata": "AMS"}));
        assert_eq!(place("NLRTM").unwrap(), json!({"unlocode": "NLRTM", "country": "NL"}));
        let address = json!({"country": "NL", "address": [{"lang": "en", "text": "Dijk 1"}]});
        assert_eq!(place("NL, Dijk 1").unwrap(), address);
        assert!(place("Rotterdam").is_err() && accreditation("RvA").is_err());
        let both = json!([{"lang": "en", "text": "milk"}, {"lang": "zh", "text": "奶"}]);
        assert_eq!(texts(&["zh=奶".to_owned(), "milk".to_owned()]).unwrap(), both);
        assert_eq!(texts(&["zh-hans-cn=奶".to_owned()]).unwrap(), json!([{"lang": "zh-Hans-CN", "text": "奶"}]));
        assert_eq!(texts(&["a = b".to_owned()]).unwrap(), json!([{"lang": "en", "text": "a = b"}]));
        let wrong = texts(&["en_US=hi".to_owned()]).unwrap_err().to_string();
        assert!(wrong.contains("\"en_US\" is not a language tag"), "{wrong}");
        assert!(texts(&["zh-CN=a".to_owned(), "zh-cn=b".to_owned()]).is_err());
        for text in ["Pb=0.1 mg/kg", "pH=7", "PH=7"] {
            let wrong = texts(&[text.to_owned()]).unwrap_err().to_string();
            assert!(wrong.contains(&format!("write en={text}")), "{wrong}");
        }
    }

    #[test]
    fn a_path_leads_to_its_place() {
        let mut document = json!({"subjects": [{"key": "a"}]});
        set(&mut document, "body.production.species=Bos taurus").unwrap();
        set(&mut document, "subjects.0.key=b").unwrap();
        assert_eq!(document, json!({"subjects": [{"key": "b"}], "body": {"production": {"species": "Bos taurus"}}}));
        for (text, expected) in [
            ("42", json!(42)),
            ("0.50", json!("0.50")),
            ("007", json!("007")),
            ("~", json!(null)),
            ("'42'", json!("42")),
            ("[1, a]", json!([1, "a"])),
        ] {
            assert_eq!(scalar(text).unwrap(), expected, "{text}");
        }
        assert!(scalar("[0.50]").is_err());
        assert!(set(&mut document, "subjects.3.key=b").is_err() && set(&mut document, "subjects").is_err());
        assert_eq!(given(json!({"a": null, "b": {"c": null, "d": 1}})), json!({"b": {"d": 1}}));
    }
}
