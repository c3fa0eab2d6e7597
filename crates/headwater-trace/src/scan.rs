//! Looks at a label: a printed code can be photographed, so the same item can be looked at in two places at once.
//!
//! Looks are counted beside the ledger, never in it. Anybody can make one, and only the operator vouches for the count: so they
//! never change a verdict. A reader shows them as notes; a brand or an operator may follow one up, and what they sign then counts.

use std::collections::{BTreeMap, BTreeSet};

use headwater_event::kind::KindBody;
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::transport::Country;

use crate::story::Story;

/// Scans of one label that are looked at; more are refused.
pub const SCANS_MAX: usize = 100_000;
/// Nothing in trade travels faster, in km/h.
pub const SPEED_MAX_KMH: f64 = 900.0;
/// More devices than these look at one label on one day only when it is not on one object, or made public.
pub const DEVICES_COMMON: usize = 20;

const DAY_MS: u64 = 86_400_000;
const EARTH_RADIUS_KM: f64 = 6_371.0;

/// One look at a label: no account, no name, and a place no finer than the log keeps it.
#[derive(Clone, PartialEq, Debug)]
pub struct Scan {
    /// When, in milliseconds UTC.
    pub at_ms: u64,
    /// Roughly where; scans without a place tell less.
    pub place: Option<Spot>,
    /// The time zone that the clock of the device was set to, by its name in the IANA database.
    pub zone: Option<String>,
    /// In which country.
    pub country: Option<Country>,
    /// A tag of the device that changes every day.
    pub device: String,
}

/// A spot on the globe and how far off it may be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spot {
    lat: f64,
    lon: f64,
    error_km: f64,
}

/// No spot on the globe.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
#[error("{lat}, {lon} within {error_km} km is no spot on the globe")]
pub struct NoSpot {
    lat: f64,
    lon: f64,
    error_km: f64,
}

impl Spot {
    /// Degrees north and east, and the radius of what is known of it in km.
    pub fn new(lat: f64, lon: f64, error_km: f64) -> Result<Self, NoSpot> {
        let on_globe = lat.abs() <= 90.0 && lon.abs() <= 180.0 && (0.0..=20_100.0).contains(&error_km);
        if on_globe { Ok(Self { lat, lon, error_km }) } else { Err(NoSpot { lat, lon, error_km }) }
    }

    /// The least distance that lies between two spots, in km: the great circle less both errors.
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

/// More scans than are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{found} scans of one label; at most {SCANS_MAX} are looked at")]
pub struct TooManyScans {
    found: usize,
}

/// Something about the looks at a label that is not to be expected of one object. Late or wrong records look the same.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// Two looks in a row, by two devices, that lie further apart than anything travels in the time between.
    Apart {
        /// The time zones that the devices were set to, or else their countries; empty where neither is known.
        places: [String; 2],
        /// The time between, in minutes that have begun, and at least one.
        minutes: u64,
    },
    /// More than [`DEVICES_COMMON`] devices looked at it on one day (UTC).
    Crowd {
        /// The most on one day.
        devices: usize,
    },
    /// A look before the records say that it was first stored, delivered or sold.
    Early,
    /// A look after the records say that it was returned or destroyed.
    Late,
    /// A look in another country than the one that the records say it was last delivered or sold in.
    Abroad {
        /// The country of the look.
        there: String,
        /// The country of the delivery or sale.
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
                write!(f, "a device set to a time of {there} looked at it; the records say that it went to {market}")
            }
        }
    }
}

impl Scans {
    /// Puts scans in the order of time.
    pub fn new(mut scans: Vec<Scan>) -> Result<Self, TooManyScans> {
        if scans.len() > SCANS_MAX {
            return Err(TooManyScans { found: scans.len() });
        }
        scans.sort_by_key(|scan| scan.at_ms);
        Ok(Self(scans))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The first of them.
    pub fn first(&self) -> Option<&Scan> {
        self.0.first()
    }

    /// Notes that follow from the looks alone.
    pub fn notes(&self) -> Vec<Note> {
        [self.apart(), self.crowd()].into_iter().flatten().collect()
    }

    /// The same, and what they show beside a story.
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

    /// Looks before it came into trade, and after it was taken back without coming into trade again.
    fn outside(&self, story: &Story<'_>) -> [Option<Note>; 2] {
        let (mut from_ms, mut until_ms) = (None, None);
        for told in story.facts() {
            if let KindBody::Distribution(done) = &told.event.body {
                match done.action {
                    DistributionAction::Store | DistributionAction::Deliver | DistributionAction::Sell => {
                        from_ms.get_or_insert(told.event.occurred_at_ms);
                        until_ms = None;
                    }
                    DistributionAction::Return | DistributionAction::Destroy => {
                        until_ms = Some(told.event.occurred_at_ms);
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
        let market = story.facts().rev().find_map(|told| match &told.event.body {
            KindBody::Distribution(done)
                if matches!(done.action, DistributionAction::Deliver | DistributionAction::Sell) =>
            {
                told.event.place.as_ref()?.country.as_ref()
            }
            _ => None,
        })?;
        let there = self.0.iter().filter_map(|scan| scan.country.as_ref()).find(|country| *country != market)?;
        Some(Note::Abroad { there: there.to_string(), market: market.to_string() })
    }
}

impl Scan {
    /// The zone, or else the country.
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
