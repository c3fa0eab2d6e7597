//! Identifiers of transport and customs. Each stored value has one spelling and, where its standard has one, a correct check digit.

use crate::check_digit;
use crate::code_list::CodeList;
use crate::rules::Rules;
use crate::text::texts;

fn upper(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

texts! {
    /// Air waybill: airline prefix, hyphen, serial of seven digits and its remainder modulo 7 (IATA Resolution 600a).
    AirWaybill(text) = text.split_once('-').is_some_and(|(airline, serial)| {
            airline.len() == 3 && digits(airline) && serial.len() == 8 && digits(serial) && check_digit::air_waybill(serial)
        }), "is not an air waybill: 3 digits, a hyphen, 8 digits of which the last is the rest modulo 7";
    /// Airport code of three letters (IATA).
    Airport(text) = text.len() == 3 && upper(text), "is not an airport: 3 capital letters";
    /// Code of a location of trade and transport (UN/LOCODE).
    Locode(text) = text.len() == 5 && text.is_ascii() && upper(&text[..2]) && text[2..].bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'9').contains(&b)),
        "is not a UN/LOCODE: 2 capital letters of the country and 3 letters or digits 2 to 9";
    /// IMO number of a ship, with its check digit.
    Ship(text) = text.len() == 7 && digits(text) && check_digit::imo_ship(text), "is not an IMO ship number: 7 digits, the last a check digit";
    /// Freight container number (ISO 6346), with its check digit.
    Container(text) = text.len() == 11 && text.is_ascii() && upper(&text[..3]) && matches!(text.as_bytes()[3], b'U' | b'J' | b'Z') && digits(&text[4..]) && check_digit::container(text),
        "is not a container number: 3 letters, U, J or Z, and 7 digits, the last a check digit";
    /// Country (ISO 3166-1 alpha-2), by its form; the list of countries changes, and is a matter of admission.
    Country(text) = text.len() == 2 && upper(text), "is not a country: 2 capital letters";
    /// Part of a country (ISO 3166-2), by its form.
    Subdivision(text) = text.split_once('-').is_some_and(|(country, part)| {
            country.len() == 2 && upper(country) && (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        }), "is not a subdivision: a country, a hyphen and 1 to 3 letters or digits";
    /// Unit of measure (UNECE Recommendation 20), by its form.
    Unit(text) = (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()),
        "is not a unit: 2 or 3 capital letters or digits";
    /// Commodity code of the Harmonized System, with national digits behind the first six digits.
    HsCode(text) = matches!(text.len(), 6 | 8 | 10 | 13) && digits(text), "is not an HS code: 6, 8, 10 or 13 digits";
}

impl Locode {
    /// The country that the location lies in.
    pub fn country(&self) -> &str {
        &self.as_str()[..2]
    }

    /// Rejects a country that is neither listed nor one of XK and XZ, which UN/LOCODE adds, and a code that does not name one location.
    pub(crate) fn rules(&self, field: &str, rules: &mut Rules) {
        let beside = ["XK", "XZ"];
        if !beside.contains(&self.country()) && !CodeList::Country.contains(self.country()) {
            rules.reject(field, self, "begins with no country of ISO 3166-1, XK or XZ");
        }
        if ["XXX", "ZZZ"].contains(&&self.as_str()[2..]) {
            rules.reject(field, self, "names no place: XXX and ZZZ mean a place without a code");
        }
    }
}

impl Subdivision {
    /// The country that the subdivision is part of.
    pub fn country(&self) -> &str {
        &self.as_str()[..2]
    }
}

impl HsCode {
    /// Whether the code's chapter exists: 01 to 97, of which 77 is kept free.
    pub fn chapter_exists(&self) -> bool {
        matches!(self.as_str()[..2].parse::<u8>(), Ok(chapter) if (1..=97).contains(&chapter) && chapter != 77)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples_and_their_neighbours() {
        assert!(AirWaybill::parse("176-12345675").is_ok());
        assert!(Ship::parse("9074729").is_ok() && Container::parse("CSQU3054383").is_ok());
        assert!(Locode::parse("NLRTM").is_ok() && Airport::parse("AMS").is_ok() && Unit::parse("C62").is_ok());
        assert!(HsCode::parse("0402210000").is_ok_and(|code| code.chapter_exists()));
        assert!(HsCode::parse("770000").is_ok_and(|code| !code.chapter_exists()));
        assert_eq!(Subdivision::parse("NL-FR").map(|part| part.country().to_owned()), Ok("NL".to_owned()));
        for bad in ["176-12345674", "17612345675", "176-1234567", "1é6-12345675"] {
            assert!(AirWaybill::parse(bad).is_err(), "{bad}");
        }
        assert!(Ship::parse("9074728").is_err() && Container::parse("CSQU3054384").is_err());
        assert!(Locode::parse("CN01A").is_err() && Airport::parse("AM1").is_err());
        assert!(HsCode::parse("7700.00").is_err() && HsCode::parse("0402210").is_err());
        assert!(Subdivision::parse("NL-FRIS").is_err() && Country::parse("nl").is_err());
    }
}
