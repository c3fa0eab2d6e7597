//! What stands behind a flag: amounts, places, texts, files, pairs.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use headwater_tlog::hash::Hash;
use serde_json::{Map, Value, json};

/// `900 KGM`.
pub fn quantity(text: &str) -> anyhow::Result<Value> {
    let (value, uom) =
        text.split_once(' ').with_context(|| format!("{text:?} is no amount: a number, a space, a unit"))?;
    Ok(json!({"value": value, "uom": uom.trim()}))
}

/// `KEY`, or `KEY=900 KGM` for a part of a lot, or `KEY@LOT` for an item and its lot.
pub fn subject(text: &str) -> anyhow::Result<Value> {
    if let Some((key, amount)) = text.split_once('=') {
        return Ok(json!({"key": key, "quantity": quantity(amount)?}));
    }
    Ok(match text.split_once('@') {
        Some((key, lot)) => json!({"key": key, "lot": lot}),
        None => json!({"key": text}),
    })
}

/// An airport (`AMS`), a UN/LOCODE (`NLRTM`), a GLN, or `NL, Polderdijk 12`: a country and perhaps an address.
pub fn place(text: &str) -> anyhow::Result<Value> {
    let capitals = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    Ok(match (text.len(), text.split_once(',')) {
        (13, None) if digits => json!({"gln": text}),
        (5, None) if capitals => json!({"unlocode": text, "country": &text[..2]}),
        (3, None) if capitals => json!({"iata": text}),
        (2, None) if capitals => json!({"country": text}),
        (_, Some((country, address))) => json!({"country": country, "address": texts(&[address.trim().to_owned()])?}),
        _ => bail!("{text:?} is no place: an airport, a UN/LOCODE, a GLN, or a country, a comma and an address"),
    })
}

/// `en=milk powder`, or just a text, which is then English.
pub fn texts(texts: &[String]) -> anyhow::Result<Value> {
    let one = |text: &String| {
        let tagged = text.split_once('=').filter(|(tag, _)| {
            (2..=12).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
        let (lang, text) = tagged.unwrap_or(("en", text));
        (lang.to_owned(), text.to_owned())
    };
    let mut all: Vec<(String, String)> = texts.iter().map(one).collect();
    all.sort();
    Ok(all.into_iter().map(|(lang, text)| json!({"lang": lang, "text": text})).collect())
}

/// `RvA:L042:2025-01-01:2028-12-31`: body, number, first and last day.
pub fn accreditation(text: &str) -> anyhow::Result<Value> {
    match text.split(':').collect::<Vec<_>>().as_slice() {
        [body, number, from, to] => Ok(json!({"body": body, "number": number, "valid_from": from, "valid_to": to})),
        _ => bail!("{text:?} is no accreditation: BODY:NUMBER:FIRST-DAY:LAST-DAY"),
    }
}

/// A file as an event announces it: `report.pdf`, or `report.pdf:test_report`.
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

/// Puts a value where a path of dots leads, such as `body.production.species=Bos taurus`. The value is YAML.
pub fn set(document: &mut Value, assignment: &str) -> anyhow::Result<()> {
    let (path, text) = assignment.split_once('=').with_context(|| format!("{assignment:?} is no PATH=VALUE"))?;
    let value: Value = serde_yaml_ng::from_str(text).with_context(|| format!("{assignment:?}"))?;
    let mut at = document;
    for part in path.split('.') {
        ensure!(!part.is_empty(), "{path:?} is no path");
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        at = match at {
            Value::Object(fields) => fields.entry(part).or_insert(Value::Null),
            Value::Array(items) => {
                let place: usize = part.parse().with_context(|| format!("{path}: {part:?} is no place in a list"))?;
                let count = items.len();
                items.get_mut(place).with_context(|| format!("{path}: the list has {count} items"))?
            }
            _ => bail!("{path}: {part:?} lies within a value"),
        };
    }
    *at = value;
    Ok(())
}

/// Leaves out what was not given.
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
            subject("01/1/10/L=9 KGM").unwrap(),
            json!({"key": "01/1/10/L", "quantity": {"value": "9", "uom": "KGM"}})
        );
        assert_eq!(subject("01/1/21/S@01/1/10/L").unwrap(), json!({"key": "01/1/21/S", "lot": "01/1/10/L"}));
        assert_eq!(place("AMS").unwrap(), json!({"iata": "AMS"}));
        assert_eq!(place("NLRTM").unwrap(), json!({"unlocode": "NLRTM", "country": "NL"}));
        let address = json!({"country": "NL", "address": [{"lang": "en", "text": "Dijk 1"}]});
        assert_eq!(place("NL, Dijk 1").unwrap(), address);
        assert!(place("Rotterdam").is_err() && quantity("900KGM").is_err() && accreditation("RvA").is_err());
        let both = json!([{"lang": "en", "text": "milk"}, {"lang": "zh", "text": "奶"}]);
        assert_eq!(texts(&["zh=奶".to_owned(), "milk".to_owned()]).unwrap(), both);
    }

    #[test]
    fn a_path_leads_to_its_place() {
        let mut document = json!({"subjects": [{"key": "a"}]});
        set(&mut document, "body.production.species=Bos taurus").unwrap();
        set(&mut document, "subjects.0.key=b").unwrap();
        assert_eq!(document, json!({"subjects": [{"key": "b"}], "body": {"production": {"species": "Bos taurus"}}}));
        assert!(set(&mut document, "subjects.3.key=b").is_err() && set(&mut document, "subjects").is_err());
        assert_eq!(given(json!({"a": null, "b": {"c": null, "d": 1}})), json!({"b": {"d": 1}}));
    }
}
