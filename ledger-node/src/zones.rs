//! Where a device roughly is, by the time zone that its clock is set to: no finer, and without asking anybody.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use headwater_event::transport::Country;

/// How far from its principal place a zone reaches, in km. Within one zone two devices are never apart.
pub const ZONE_ERROR_KM: u32 = 2_000;

/// The principal place of a zone.
#[derive(Clone, PartialEq, Debug)]
pub struct Zone {
    /// Its country.
    pub country: Country,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

static ZONES: LazyLock<BTreeMap<&'static str, Zone>> = LazyLock::new(|| {
    let lines = include_str!("../data/zones.tsv").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(row).collect()
});

/// A zone by its name in the IANA database; `None` for those that are nowhere, such as UTC.
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

/// A coordinate of ISO 6709: a sign, degrees in as many digits, minutes and perhaps seconds.
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
