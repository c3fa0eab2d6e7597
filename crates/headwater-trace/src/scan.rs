//! Scans of a label. A printed code can be photographed, so that the same item can be scanned in two places at once.
//!
//! Scans are counted beside the ledger, never in it. Any caller can make one, and only the operator vouches for the count:
//! so scans never change a verdict. A reader shows them as notes. A brand or an operator may investigate one; events that
//! they sign then count.

use std::collections::{BTreeMap, BTreeSet};

use headwater_event::kind::KindBody;
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::transport::Country;

use crate::story::Story;

/// Largest number of scans of one label that are compared; more are refused.
pub const SCANS_MAX: usize = 100_000;
/// Speed in km/h that no goods in trade exceed.
pub const SPEED_MAX_KMH: f64 = 900.0;
/// Number of devices that may scan one label on one day. More devices suggest that the label is on several objects, or was
/// published.
pub const DEVICES_COMMON: usize = 20;

const DAY_MS: u64 = 86_400_000;
const EARTH_RADIUS_KM: f64 = 6_371.0;

/// One scan of a label: without account or name, and with a place no finer than the log keeps it.
#[derive(Clone, PartialEq, Debug)]
pub struct Scan {
    /// Time of the scan, in milliseconds UTC.
    pub at_ms: u64,
    /// Approximate place of the scan; a scan without a place gives fewer notes.
    pub place: Option<Spot>,
    /// Time zone that the clock of the device was set to, by its name in the IANA database.
    pub zone: Option<String>,
    /// Country in which the label was scanned, if known.
    pub country: Option<Country>,
    /// Tag of the device, which changes every day.
    pub device: String,
}

/// A point on the globe and the radius of its error.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spot {
    lat: f64,
    lon: f64,
    error_km: f64,
}

/// Error for values that are not a spot on the globe.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
#[error("{lat}, {lon} within {error_km} km is not a spot on the globe")]
pub struct NoSpot {
    lat: f64,
    lon: f64,
    error_km: f64,
}

impl Spot {
    /// Builds a spot from degrees north and east and the radius of the error in km.
    pub fn new(lat: f64, lon: f64, error_km: f64) -> Result<Self, NoSpot> {
        let on_globe = lat.abs() <= 90.0 && lon.abs() <= 180.0 && (0.0..=20_100.0).contains(&error_km);
        if on_globe { Ok(Self { lat, lon, error_km }) } else { Err(NoSpot { lat, lon, error_km }) }
    }

    /// Returns the least distance between two spots, in km: the great circle less both errors.
    pub fn least_km(&self, other: &Spot) -> f64 {
        let (lat, other_lat) = (self.lat.to_radians(), other.lat.to_radians());
        let half = |a: f64, b: f64| ((a - b) / 2.0).sin().powi(2);
        let chord =
            half(lat, other_lat) + lat.cos() * other_lat.cos() * half(self.lon.to_radians(), other.lon.to_radians());
        let km = 2.0 * EARTH_RADIUS_KM * chord.sqrt().min(1.0).asin();
        (km - self.error_km - other.error_km).max(0.0)
    }
}

/// Every scan of one label, the present one included.
#[derive(Clone, PartialEq, Debug)]
pub struct Scans(Vec<Scan>);

/// Error for more than [`SCANS_MAX`] scans of one label.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{found} scans of one label; at most {SCANS_MAX} are looked at")]
pub struct TooManyScans {
    found: usize,
}

/// An observation about the scans of a label that one object does not explain. Late or wrong entries cause the same notes.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// Two scans in a row, by two devices, that are further apart than goods can travel in the time between.
    Apart {
        /// Time zones that the devices were set to, or else their countries; empty where neither is known.
        places: [String; 2],
        /// Time between the scans, in started minutes, and at least one.
        minutes: u64,
    },
    /// More than [`DEVICES_COMMON`] devices scanned the label on one day (UTC).
    Crowd {
        /// Largest number of devices on one day.
        devices: usize,
    },
    /// A scan earlier than the first recorded storage, delivery or sale.
    Early,
    /// A scan later than the recorded return or destruction.
    Late,
    /// A scan in another country than that of the last recorded delivery or sale.
    Abroad {
        /// Country of the scan.
        there: String,
        /// Country of the delivery or sale.
        market: String,
    },
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Note::Apart { places, minutes } => {
                let [from, to] =
                    places.each_ref().map(|place| if place.is_empty() { "a place without a name" } else { place });
                let within = if *minutes == 1 { "1 minute".to_owned() } else { format!("{minutes} minutes") };
                write!(f, "devices that give their place as {from} and as {to} looked at it within {within}")
            }
            Note::Crowd { devices } => write!(f, "{devices} devices looked at it on one day"),
            Note::Early => f.write_str("looked at before the records say that it was first stored, delivered or sold"),
            Note::Late => f.write_str("looked at after the records say that it was returned or destroyed"),
            Note::Abroad { there, market } => {
                write!(
                    f,
                    "a device that looked at it has the clock of another country: {there}; the records say that it went to: {market}"
                )
            }
        }
    }
}

impl Scans {
    /// Sorts scans by time, and refuses more than [`SCANS_MAX`] of them.
    pub fn new(mut scans: Vec<Scan>) -> Result<Self, TooManyScans> {
        if scans.len() > SCANS_MAX {
            return Err(TooManyScans { found: scans.len() });
        }
        scans.sort_by_key(|scan| scan.at_ms);
        Ok(Self(scans))
    }

    /// Number of scans of the label.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The earliest scan of the label.
    pub fn first(&self) -> Option<&Scan> {
        self.0.first()
    }

    /// Returns the notes that follow from the scans alone.
    pub fn notes(&self) -> Vec<Note> {
        [self.apart(), self.crowd()].into_iter().flatten().collect()
    }

    /// Returns the notes that follow from the scans, alone and beside a story.
    pub fn notes_beside(&self, story: &Story<'_>) -> Vec<Note> {
        let [early, late] = self.outside(story);
        [self.apart(), self.crowd(), early, late, self.abroad(story)].into_iter().flatten().collect()
    }

    fn apart(&self) -> Option<Note> {
        let placed: Vec<(&Scan, Spot)> = self.0.iter().filter_map(|scan| Some((scan, scan.place?))).collect();
        placed.windows(2).find_map(|pair| {
            let [(from, here), (to, there)] = pair else {
                return None;
            };
            let ms = to.at_ms.saturating_sub(from.at_ms);
            let is_apart = here.least_km(there) > SPEED_MAX_KMH * (ms as f64 / 3_600_000.0);
            let minutes = ms.div_ceil(60_000).max(1);
            (is_apart && from.device != to.device)
                .then(|| Note::Apart { places: [from.place_name(), to.place_name()], minutes })
        })
    }

    fn crowd(&self) -> Option<Note> {
        let mut days: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
        for scan in &self.0 {
            days.entry(scan.at_ms / DAY_MS).or_default().insert(&scan.device);
        }
        let devices = days.values().map(BTreeSet::len).max().unwrap_or_default();
        (devices > DEVICES_COMMON).then_some(Note::Crowd { devices })
    }

    /// Finds scans before the item came into trade, and scans after a return or destruction that no new storage, delivery
    /// or sale follows.
    fn outside(&self, story: &Story<'_>) -> [Option<Note>; 2] {
        let (mut from_ms, mut until_ms) = (None, None);
        for shown in story.facts() {
            if let KindBody::Distribution(done) = &shown.event.body {
                match done.action {
                    DistributionAction::Store | DistributionAction::Deliver | DistributionAction::Sell => {
                        from_ms.get_or_insert(shown.event.occurred_at_ms);
                        until_ms = None;
                    }
                    DistributionAction::Return | DistributionAction::Destroy => {
                        until_ms = Some(shown.event.occurred_at_ms);
                    }
                    _ => {}
                }
            }
        }
        let early = from_ms.is_some_and(|from| self.0.iter().any(|scan| scan.at_ms < from));
        let late = until_ms.is_some_and(|until| self.0.iter().any(|scan| scan.at_ms > until));
        [early.then_some(Note::Early), late.then_some(Note::Late)]
    }

    fn abroad(&self, story: &Story<'_>) -> Option<Note> {
        let market = story.facts().rev().find_map(|shown| match &shown.event.body {
            KindBody::Distribution(done)
                if matches!(done.action, DistributionAction::Deliver | DistributionAction::Sell) =>
            {
                shown.event.place.as_ref()?.country.as_ref()
            }
            _ => None,
        })?;
        let there = self.0.iter().filter_map(|scan| scan.country.as_ref()).find(|country| *country != market)?;
        Some(Note::Abroad { there: there.to_string(), market: market.to_string() })
    }
}

impl Scan {
    /// Returns the time zone, or else the country, or else an empty text.
    fn place_name(&self) -> String {
        let country = || self.country.as_ref().map(ToString::to_string);
        self.zone.clone().or_else(country).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_leave_out_what_is_not_known() {
        let spot = |lat, lon, error_km| Spot::new(lat, lon, error_km).unwrap();
        let (shanghai, berlin) = (spot(31.23, 121.47, 10.0), spot(52.52, 13.40, 50.0));
        let km = shanghai.least_km(&berlin);
        assert!((8_280.0..8_380.0).contains(&km), "{km}");
        assert_eq!(shanghai.least_km(&spot(31.3, 121.5, 10.0)), 0.0);
        assert!(Spot::new(91.0, 0.0, 1.0).is_err() && Spot::new(f64::NAN, 0.0, 1.0).is_err());
        assert!(Spot::new(0.0, 0.0, -1.0).is_err() && Spot::new(0.0, 0.0, f64::INFINITY).is_err());
    }
}
