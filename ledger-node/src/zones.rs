//! Rough location of a device, by the time zone that its clock is set to. The node asks no other service, and the location is no finer than
//! the zone.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use headwater_event::transport::Country;

/// Distance in km that a zone reaches from its principal place. Two devices in one zone never count as apart.
pub const ZONE_ERROR_KM: u32 = 2_000;

/// Principal place of a time zone.
#[derive(Clone, PartialEq, Debug)]
pub struct Zone {
    /// Country of the principal place.
    pub country: Country,
    /// Latitude of the principal place, in degrees north.
    pub lat: f64,
    /// Longitude of the principal place, in degrees east.
    pub lon: f64,
}

static ZONES: LazyLock<BTreeMap<&'static str, Zone>> = LazyLock::new(|| {
    let lines = include_str!("../data/zones.tsv").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(row).collect()
});

/// Finds a zone by its name in the IANA database; `None` for a zone without a place, such as UTC.
pub fn find(name: &str) -> Option<&'static Zone> {
    ZONES.get(name)
}

fn row(line: &'static str) -> Option<(&'static str, Zone)> {
    let mut columns = line.split('\t');
    let (country, coordinates, name) = (columns.next()?, columns.next()?, columns.next()?);
    let east = coordinates.get(1..)?.find(['+', '-'])? + 1;
    let (lat, lon) = coordinates.split_at_checked(east)?;
    Some((name, Zone { country: Country::parse(country).ok()?, lat: degrees(lat, 2)?, lon: degrees(lon, 3)? }))
}

/// Parses a coordinate of ISO 6709: a sign, `digits` digits of degrees, minutes, and seconds where there are any.
fn degrees(text: &str, digits: usize) -> Option<f64> {
    let (sign, rest) = text.split_at_checked(1)?;
    let (whole, parts) = rest.split_at_checked(digits)?;
    let (minutes, seconds) = parts.split_at_checked(2)?;
    let seconds = if seconds.is_empty() { 0.0 } else { seconds.parse::<f64>().ok()? };
    let value = whole.parse::<f64>().ok()? + minutes.parse::<f64>().ok()? / 60.0 + seconds / 3_600.0;
    Some(if sign == "-" { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        let rows = include_str!("../data/zones.tsv").lines().filter(|line| !line.starts_with('#')).count();
        assert!(rows > 400);
        assert_eq!(ZONES.len(), rows);
        let place = |name: &str| find(name).map(|zone| (zone.country.to_string(), zone.lat.round(), zone.lon.round()));
        assert_eq!(place("Asia/Shanghai"), Some(("CN".to_owned(), 31.0, 121.0)));
        assert_eq!(place("Europe/Amsterdam"), Some(("NL".to_owned(), 52.0, 5.0)));
        assert_eq!(place("America/Argentina/Ushuaia"), Some(("AR".to_owned(), -55.0, -68.0)));
        assert_eq!(find("UTC"), None);
    }
}
