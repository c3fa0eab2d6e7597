//! Locations, addresses and the offsets of local clocks.

use crate::fault::CodecError;
use crate::gs1::{Extension, Gln};
use crate::message;
use crate::rules::Rules;
use crate::text::{Decimal, Lang, Text, text_keyed};
use crate::transport::{Airport, Country, Locode, Subdivision};

message! {
    /// A text in one language. Lists are sorted by language, and hold each language once.
    pub struct LangText, draft LangTextDraft {
        /// Language tag of the text (BCP 47).
        1 lang: one Lang,
        /// Text in that language.
        2 text: one Text,
    }
}

impl LangText {
    /// The text in English, or else the first one of a list; `None` of an empty list.
    pub fn in_english(texts: &[LangText]) -> Option<&Text> {
        let english = texts.iter().find(|text| text.lang.as_str() == "en");
        english.or(texts.first()).map(|text| &text.text)
    }
}

impl crate::codec::Keyed for LangText {
    fn sort_key(&self) -> Vec<u8> {
        crate::codec::Keyed::sort_key(&self.lang)
    }
}

text_keyed!(Lang);

message! {
    /// A location, by any of its identifiers, all of which agree.
    pub struct Place, draft PlaceDraft {
        /// Global Location Number, AI (414).
        1 gln: opt Gln,
        /// GLN extension, AI (254), only with a GLN.
        2 gln_extension: opt Extension,
        /// Code of the location in UN/LOCODE.
        3 unlocode: opt Locode,
        /// Code of the airport (IATA).
        4 iata: opt Airport,
        /// Country code (ISO 3166-1 alpha-2).
        5 country: opt Country,
        /// Code of the part of the country (ISO 3166-2).
        6 subdivision: opt Subdivision,
        /// Latitude in degrees, north positive.
        7 lat: opt Decimal,
        /// Longitude in degrees, east positive.
        8 lon: opt Decimal,
        /// Address as people write it, by language.
        9 address: set LangText,
    }
}

const DEGREE: i128 = 1_000_000_000_000;

impl Place {
    /// Whether every identifier that both locations have (IATA, UN/LOCODE, GLN) is equal. Without a common identifier, all fields have to
    /// be equal (C21).
    pub fn same_as(&self, other: &Place) -> bool {
        let iata = self.iata.as_ref().zip(other.iata.as_ref()).map(|(a, b)| a == b);
        let locode = self.unlocode.as_ref().zip(other.unlocode.as_ref()).map(|(a, b)| a == b);
        let gln = self.gln.as_ref().zip(other.gln.as_ref()).map(|(a, b)| a == b);
        let shared: Vec<bool> = [iata, locode, gln].into_iter().flatten().collect();
        if shared.is_empty() { self == other } else { shared.into_iter().all(|same| same) }
    }

    pub(crate) fn rules(&self, field: &str, rules: &mut Rules) {
        let at = |name: &str| format!("{field}.{name}");
        if let (Some(extension), None) = (&self.gln_extension, &self.gln) {
            rules.reject(at("gln_extension"), extension, "an extension comes behind a GLN only");
        }
        if let Some(locode) = &self.unlocode {
            locode.rules(&at("unlocode"), rules);
        }
        if let Some(country) = &self.country {
            rules.country(&at("country"), country);
            if let Some(locode) = self.unlocode.as_ref().filter(|locode| locode.country() != country.as_str()) {
                rules.reject(at("unlocode"), locode, "lies in another country than the place");
            }
            if let Some(part) = self.subdivision.as_ref().filter(|part| part.country() != country.as_str()) {
                rules.reject(at("subdivision"), part, "is part of another country than the place");
            }
        }
        if self.lat.is_some() != self.lon.is_some() {
            rules.reject(at("lat"), "one of two", "latitude and longitude stand together");
        }
        for (name, angle, max) in [("lat", &self.lat, 90), ("lon", &self.lon, 180)] {
            if let Some(angle) = angle.as_ref().filter(|angle| angle.pico().abs() > max * DEGREE) {
                rules.reject(at(name), angle, "is not an angle on the globe");
            }
        }
    }
}

impl Corner {
    pub(crate) fn rules(&self, field: &str, rules: &mut Rules) {
        for (name, angle, max) in [("lat", &self.lat, 90), ("lon", &self.lon, 180)] {
            if angle.pico().abs() > max * DEGREE {
                rules.reject(format!("{field}.{name}"), angle, "is not an angle on the globe");
            }
        }
    }
}

message! {
    /// A corner of an area on the globe.
    pub struct Corner, draft CornerDraft {
        /// Latitude in degrees, north positive.
        1 lat: one Decimal,
        /// Longitude in degrees, east positive.
        2 lon: one Decimal,
    }
}

/// Largest number of minutes that a local clock is ahead of UTC or behind UTC.
pub(crate) const OFFSET_MINUTES_MAX: i64 = 14 * 60;

/// Minutes that a local clock is ahead of UTC: -840 to 840. Zigzag on the wire; absent when 0.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize)]
#[serde(into = "i64")]
pub struct UtcOffset(i16);

impl UtcOffset {
    /// Checks that an offset is at most 840 minutes either way.
    pub fn new(minutes: i64) -> Option<Self> {
        i16::try_from(minutes).ok().filter(|minutes| i64::from(*minutes).abs() <= OFFSET_MINUTES_MAX).map(Self)
    }

    /// The minutes ahead of UTC; negative behind UTC.
    pub const fn minutes(self) -> i64 {
        self.0 as i64
    }
}

impl TryFrom<i64> for UtcOffset {
    type Error = CodecError;

    fn try_from(minutes: i64) -> Result<Self, CodecError> {
        Self::new(minutes)
            .ok_or_else(|| CodecError::value(&minutes.to_string(), "is not a UTC offset: -840 to 840 minutes"))
    }
}

impl From<UtcOffset> for i64 {
    fn from(offset: UtcOffset) -> i64 {
        offset.minutes()
    }
}

impl crate::codec::Value for UtcOffset {
    fn read(payload: crate::codec::Payload<'_>) -> Result<Self, CodecError> {
        let zigzag = payload.number()?;
        let half = i64::try_from(zigzag >> 1).unwrap_or(i64::MAX);
        UtcOffset::try_from(if zigzag & 1 == 0 { half } else { -half - 1 })
    }

    fn write(&self, out: &mut crate::codec::FieldWriter<'_>) {
        let minutes = i64::from(self.0);
        out.number((minutes << 1 ^ minutes >> 63) as u64);
    }

    fn proto(_: &mut crate::schema::Schema) -> &'static str {
        "sint32"
    }
}
