//! What scans say of a label: a printed code can be photographed, so the same item can be looked at in two places at once.
//!
//! Scans are counted beside the ledger, never in it: they say nothing about the record, and only the operator vouches for them.
//! A high risk means that this object cannot be confirmed. It never means more than that: late or wrong records look the same,
//! so every risk comes with its reasons.

use std::collections::BTreeSet;

use headwater_event::kind::KindBody;
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::sticker::StickerAction;
use headwater_event::transport::Country;

use crate::story::Story;

/// Scans of one label that are looked at; more are refused.
pub const SCANS_MAX: usize = 100_000;
/// Nothing in trade travels faster, in km/h.
pub const SPEED_MAX_KMH: f64 = 900.0;
/// From here on an object cannot be confirmed. Risks run from 0 to 100.
pub const RISK_THRESHOLD: u8 = 60;

const SCANS_COMMON: usize = 100;
const DEVICES_COMMON: usize = 20;
const EARTH_RADIUS_KM: f64 = 6_371.0;

/// One look at a label: no account, no name, and a place no finer than the log keeps it.
#[derive(Clone, PartialEq, Debug)]
pub struct Scan {
    /// When, in milliseconds UTC.
    pub at_ms: u64,
    /// Roughly where; scans without a place tell less.
    pub place: Option<Spot>,
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

/// How likely a label was copied, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Risk {
    /// From 0 to 100.
    pub value: u8,
    /// Each signal in one clause.
    pub reasons: Vec<String>,
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

    /// The risk that more than one object carries the label of this story.
    pub fn risk(&self, story: &Story<'_>) -> Risk {
        let signals = [self.travel(), claimed_again(story), self.outside(story), self.abroad(story), self.crowd()];
        let mut risk = Risk { value: 0, reasons: Vec::new() };
        for (weight, reason) in signals.into_iter().flatten() {
            risk.value = risk.value.saturating_add(weight).min(100);
            risk.reasons.push(reason);
        }
        risk
    }

    /// Two scans in a row that lie too far apart for the time between.
    fn travel(&self) -> Option<(u8, String)> {
        let placed: Vec<(&Scan, Spot)> = self.0.iter().filter_map(|scan| Some((scan, scan.place?))).collect();
        placed.windows(2).find_map(|pair| {
            let [(from, here), (to, there)] = pair else {
                return None;
            };
            let (km, minutes) = (here.least_km(there), to.at_ms.saturating_sub(from.at_ms) / 60_000);
            let hours = to.at_ms.saturating_sub(from.at_ms) as f64 / 3_600_000.0;
            (km > SPEED_MAX_KMH * hours).then(|| {
                (70, format!("it was scanned {km:.0} km apart within {minutes} minutes, faster than anything travels"))
            })
        })
    }

    /// Scans before it came into trade, or after it was taken back.
    fn outside(&self, story: &Story<'_>) -> Option<(u8, String)> {
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
        match (early, late) {
            (true, _) => Some((40, "it was scanned before it came into trade".to_owned())),
            (_, true) => Some((40, "it was scanned after it was returned or destroyed".to_owned())),
            _ => None,
        }
    }

    /// Scans in another country than the one that it was last delivered or sold in.
    fn abroad(&self, story: &Story<'_>) -> Option<(u8, String)> {
        let market = story.facts().rev().find_map(|told| match &told.event.body {
            KindBody::Distribution(done)
                if matches!(done.action, DistributionAction::Deliver | DistributionAction::Sell) =>
            {
                told.event.place.as_ref()?.country.as_ref()
            }
            _ => None,
        })?;
        let elsewhere = self.0.iter().filter_map(|scan| scan.country.as_ref()).find(|country| *country != market)?;
        Some((25, format!("it was scanned in {elsewhere}, and went to {market}")))
    }

    fn crowd(&self) -> Option<(u8, String)> {
        let devices = self.0.iter().map(|scan| scan.device.as_str()).collect::<BTreeSet<&str>>().len();
        let many = self.0.len() > SCANS_COMMON || devices > DEVICES_COMMON;
        many.then(|| (25, format!("it was scanned {} times with {devices} devices", self.0.len())))
    }
}

/// A second factor that was claimed more than once.
fn claimed_again(story: &Story<'_>) -> Option<(u8, String)> {
    let claims = story.told().iter().filter(|told| {
        !told.is_struck
            && matches!(&told.event.body, KindBody::Sticker(sticker) if sticker.action == StickerAction::Claimed)
    });
    let count = claims.count();
    (count > 1).then(|| (60, format!("the code under its scratch layer was claimed {count} times")))
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
