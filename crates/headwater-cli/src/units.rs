//! Units as people write them, and the codes of UNECE Recommendation 20 that are signed in their place.

use std::io::{self, Write as _};

use anyhow::{Context as _, bail, ensure};
use headwater_event::code_list::CodeList;
use headwater_event::measure::Quantity;
use headwater_event::text::Decimal;
use headwater_event::transport::Unit;
use headwater_words::unit;

/// Names that people use beside the signs of `headwater_words::unit`, each with the code that is signed in its place.
const NAMES: &[(&str, &str)] = &[
    ("µg", "MC"),
    ("ug", "MC"),
    ("lb", "LBR"),
    ("oz", "ONZ"),
    ("L", "LTR"),
    ("mL", "MLT"),
    ("cl", "CLT"),
    ("dl", "DLT"),
    ("hl", "HLT"),
    ("µl", "4G"),
    ("m3", "MTQ"),
    ("m³", "MTQ"),
    ("cm3", "CMQ"),
    ("cm³", "CMQ"),
    ("m", "MTR"),
    ("cm", "CMT"),
    ("mm", "MMT"),
    ("km", "KMT"),
    ("m2", "MTK"),
    ("m²", "MTK"),
    ("cm2", "CMK"),
    ("cm²", "CMK"),
    ("CFU", "C62"),
    ("cfu", "C62"),
    ("MPN", "C62"),
    ("PFU", "C62"),
    ("copies", "C62"),
    ("cells", "C62"),
    ("one", "C62"),
    ("pc", "H87"),
    ("pcs", "H87"),
    ("piece", "H87"),
    ("pieces", "H87"),
    ("dozen", "DZN"),
    ("‰", "NX"),
    ("µg/g", "NA"),
    ("ug/g", "NA"),
    ("ug/kg", "J33"),
    ("ng/g", "J33"),
    ("g/l", "GL"),
    ("mg/ml", "GL"),
    ("µg/ml", "M1"),
    ("ug/l", "H29"),
    ("ng/ml", "H29"),
    ("mol", "C34"),
    ("mmol", "C18"),
    ("J", "JOU"),
    ("kJ", "KJO"),
    ("MJ", "3B"),
    ("kWh", "KWH"),
    ("kcal", "E14"),
    ("Bq", "BQL"),
];

/// Codes that people write by mistake: the code, its meaning, and the code that they may mean.
const MISTAKEN: &[(&str, &str, &str)] = &[
    ("IU", "inch pound", "NIU"),
    ("GM", "gram per square metre", "GRM"),
    ("KT", "kit", "KTN"),
    ("KJ", "kilosegment", "KJO"),
    ("KL", "kilogram per metre", "K6"),
];

/// Code of a unit, from a name that people use or from the code itself.
fn code(name: &str) -> anyhow::Result<&str> {
    if let Some((_, meaning, instead)) = MISTAKEN.iter().find(|(known, ..)| *known == name) {
        bail!("unit {name:?}: is the code of {meaning}; for the unit that people call so write {instead}");
    }
    // The micro sign and the Greek letter look the same, and a litre has two signs.
    let spelled = name.replace('μ', "µ").replace("/L", "/l").replace("/mL", "/ml");
    let named = NAMES.iter().find(|(known, _)| *known == spelled).map(|(_, code)| *code);
    named.or_else(|| unit::code(&spelled)).or_else(|| CodeList::Unit.contains(name).then_some(name)).with_context(|| {
        format!(
            "unit {name:?}: is neither a name that is known here, such as kg or mg/kg, nor a code of UNECE Recommendation 20"
        )
    })
}

/// Code of a unit that goods are measured or counted in. A note shows the code if it differs from the name. The rules
/// of the event check whether the code is one of goods: they name the field.
pub fn goods_unit(name: &str) -> anyhow::Result<&str> {
    let is_mistaken = MISTAKEN.iter().any(|(known, ..)| *known == name);
    let code = match code(name) {
        Err(_) if !is_mistaken && Unit::parse(name).is_ok() => name,
        found => found?,
    };
    tell(name, code);
    Ok(code)
}

/// Unit of a measured value, and its portion where the unit has no code of its own: `CFU/25 g` has a portion, `mg/kg` has a code.
pub fn measured_unit(text: &str) -> anyhow::Result<(Unit, Option<Quantity>)> {
    match (code(text), text.split_once('/')) {
        (Err(_), Some((name, of))) => {
            let counted = code(name.trim())?;
            tell(name, counted);
            Ok((Unit::parse(counted)?, Some(portion(of.trim())?)))
        }
        (found, _) => {
            let code = found?;
            tell(text, code);
            Ok((Unit::parse(code)?, None))
        }
    }
}

/// Reads a portion: `25 g`, or `g` for one gram.
pub fn portion(text: &str) -> anyhow::Result<Quantity> {
    let (value, name) = text.split_once(' ').unwrap_or(("1", text));
    let value = Decimal::parse(value.trim()).with_context(|| format!("portion {text:?}"))?;
    let uom = goods_unit(name.trim())?;
    ensure!(CodeList::GoodsUnit.contains(uom), "portion {text:?}: {uom} is not a {}", CodeList::GoodsUnit.name());
    Ok(Quantity { value, uom: Unit::parse(uom)? })
}

/// Reads an amount of goods: `900 kg`.
pub fn quantity(text: &str) -> anyhow::Result<Quantity> {
    let (value, name) =
        text.split_once(' ').with_context(|| format!("{text:?} is not an amount: a number, a space, a unit"))?;
    amount(value, name)
}

/// Makes an amount of goods from its number and its unit, as people write them.
pub fn amount(value: &str, name: &str) -> anyhow::Result<Quantity> {
    Ok(Quantity { value: Decimal::parse(value)?, uom: Unit::parse(goods_unit(name.trim())?)? })
}

fn tell(name: &str, code: &str) {
    if name != code {
        let _ = writeln!(io::stderr(), "note: {name} is written as {code}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes() {
        for (name, expected) in NAMES {
            assert!(CodeList::Unit.contains(expected), "{name}");
        }
        let is =
            |value: &str, uom: &str| Quantity { value: Decimal::parse(value).unwrap(), uom: Unit::parse(uom).unwrap() };
        assert_eq!(quantity("900 kg").unwrap(), is("900", "KGM"));
        assert_eq!(quantity("900 KGM").unwrap(), is("900", "KGM"));
        for bad in ["900", "900 kgs", "900 mg per kg", "900 kg net", "900 IU", "900 KJ", "900 KL"] {
            assert!(quantity(bad).is_err(), "{bad}");
        }
        let measured = |text: &str| {
            let (uom, per) = measured_unit(text).unwrap();
            (uom.to_string(), per)
        };
        assert_eq!(measured("mg/kg"), ("NA".to_owned(), None));
        assert_eq!(measured("μg/L"), ("H29".to_owned(), None));
        assert_eq!(measured("CFU/g"), ("C62".to_owned(), Some(is("1", "GRM"))));
        assert_eq!(measured("C62/25 GRM"), ("C62".to_owned(), Some(is("25", "GRM"))));
        assert_eq!(measured("g/100 g"), ("GRM".to_owned(), Some(is("100", "GRM"))));
        for bad in ["", "ISO", "CFU/", "CFU/25", "mg/kg/d", "CFU/x g"] {
            assert!(measured_unit(bad).is_err(), "{bad}");
        }
    }
}
