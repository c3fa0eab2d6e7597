//! The scan log: how often a label was looked at, roughly where and when. The scan log is beside the ledger and shows nothing about the
//! records. Only the operator vouches for the scan log, and any person can make a look, so no look changes a verdict.
//!
//! The operator learns of looks that one object does not explain from a metric, a line of the node's log and `/scans`. The brand learns of
//! these looks from its [alerts](crate::alerts).
//!
//! Nothing in the scan log names a person. A scan has a time, a time zone, and a tag of the device. The tag is worthless after a day, since
//! the key that makes the tag is drawn anew each day and is never written to disk. Single scans are kept for [`KEPT_MS`]; the count and the
//! first scan stay.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::hash::Hash;
use headwater_trace::scan::{self, Note, Spot};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::alerts::Alerts;
use crate::shares::{self, MIB};
use crate::zones::{self, ZONE_ERROR_KM};

const DAY_MS: u64 = 86_400_000;
/// Time that single scans are kept: 30 days.
pub const KEPT_MS: u64 = 30 * DAY_MS;
/// Largest number of single scans that are kept for one label.
pub const KEPT_MAX: usize = 1_000;
/// Largest length of the name of a time zone, in bytes.
pub const ZONE_BYTES_MAX: usize = 64;
/// Largest number of bytes that a scan writes: the file of its label twice, with 1,000 scans of some 130 bytes, and an alert.
const SCAN_BYTES_MAX: u64 = 512 << 10;
/// Largest number of labels in each list for the operator.
const TOLD_MAX: usize = 100;

/// Scans of one label, as its file keeps them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    subject: String,
    count: u64,
    first_ms: u64,
    first_zone: Option<String>,
    recent: Vec<Scan>,
}

/// One scan of a label.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scan {
    at_ms: u64,
    zone: Option<String>,
    device: String,
}

/// Caller that scans a label, as far as the scan log uses it.
pub struct Scanner {
    /// Address that the request came from; it goes into the tag and nowhere else.
    pub address: IpAddr,
    /// User agent that the device claims, from the `User-Agent` header.
    pub agent: String,
    /// Time zone that the device's clock is set to, by its IANA name.
    pub zone: Option<String>,
}

/// The scan logs of a node, a file for each label.
#[derive(Debug)]
pub struct Scans {
    folder: PathBuf,
    /// Bytes of the disk that the scan log leaves free for the ledger.
    free: u64,
    alerts: Alerts,
    /// Number of the day, and the key for the tags of that day. A write to the scan log needs this lock.
    day: Mutex<(u64, [u8; 32])>,
}

impl Scans {
    /// Names the folder, which the first scan creates. A scan that would leave less than `free_mib` MiB of the disk free is counted in its
    /// answer, and not kept.
    pub fn at(folder: PathBuf, free_mib: u32) -> Self {
        let free = u64::from(free_mib) * MIB;
        Self { alerts: Alerts::at(folder.join("alerts")), folder, free, day: Mutex::new((0, [0; 32])) }
    }

    /// Whether the disk has room for a scan beside the part of the ledger.
    fn has_room(&self) -> io::Result<bool> {
        match fs::create_dir_all(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(false),
            made => made?,
        }
        Ok(shares::free(&self.folder)? >= self.free.saturating_add(SCAN_BYTES_MAX))
    }

    fn path(&self, subject: &Subject) -> PathBuf {
        let name = hex::encode(subject.index_key().as_bytes());
        self.folder.join(&name[..2]).join(format!("{name}.json"))
    }

    fn read(&self, subject: &Subject) -> io::Result<Option<Seen>> {
        match fs::read(self.path(subject)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the scans of a label, without counting this look.
    pub fn look(&self, subject: &Subject) -> io::Result<Value> {
        Ok(document_of(self.read(subject)?.as_ref()))
    }

    /// Returns the alerts of a brand, oldest first.
    pub fn alerts(&self, brand: &PartyKey) -> io::Result<Value> {
        Ok(json!({"alerts": self.alerts.of(brand)?}))
    }

    /// Counts a scan, once a day for each device, and returns the scans of the label. The operator and the label's brand are notified of
    /// each kind of note that the label did not have before; `brand` looks up the brand.
    pub fn count(
        &self,
        subject: &Subject,
        by: &Scanner,
        now_ms: u64,
        brand: impl Fn() -> Option<PartyKey>,
    ) -> io::Result<Value> {
        let mut day = self.day.lock().unwrap_or_else(PoisonError::into_inner);
        if day.0 != now_ms / DAY_MS {
            *day = (now_ms / DAY_MS, headwater_key::draw().map_err(io::Error::other)?);
        }
        let zone = by.zone.clone().filter(|zone| zones::find(zone).is_some());
        let tag = Hash::plain(&[&day.1, by.address.to_string().as_bytes(), b" ", by.agent.as_bytes()].concat());
        let device = tag.to_string()[..16].to_owned();
        let mut seen = self.read(subject)?.unwrap_or_else(|| Seen {
            subject: subject.to_string(),
            count: 0,
            first_ms: now_ms,
            first_zone: zone.clone(),
            recent: Vec::new(),
        });
        seen.recent.retain(|scan| scan.at_ms + KEPT_MS > now_ms);
        if !seen.recent.iter().any(|scan| scan.device == device && scan.at_ms + DAY_MS > now_ms) {
            let before = seen.notes();
            seen.count += 1;
            seen.recent.push(Scan { at_ms: now_ms, zone, device });
            let surplus = seen.recent.len().saturating_sub(KEPT_MAX);
            seen.recent.drain(..surplus);
            if !self.has_room()? {
                metrics::counter!("headwater_scans_not_kept_total").increment(1);
                return Ok(document_of(Some(&seen)));
            }
            self.write(subject, &seen)?;
            for note in seen.notes() {
                if !before.iter().any(|other| kind_of(other) == kind_of(&note)) {
                    metrics::counter!("headwater_implausible_looks_total", "note" => kind_of(&note)).increment(1);
                    tracing::warn!("{subject}: {note}");
                    if let Some(brand) = brand() {
                        self.alerts.add(&brand, subject, &note, now_ms)?;
                    }
                }
            }
        }
        Ok(document_of(Some(&seen)))
    }

    fn write(&self, subject: &Subject, seen: &Seen) -> io::Result<()> {
        let path = self.path(subject);
        let unfinished = path.with_extension("unfinished");
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&unfinished, serde_json::to_vec(seen)?)?;
        fs::rename(unfinished, path)
    }

    /// Returns the report for the operator: scans of the labels of each model, countries of recent scans, and the most scanned labels. The
    /// report also lists the labels whose looks one object does not explain.
    pub fn hot_spots(&self, now_ms: u64) -> io::Result<Value> {
        let mut models: BTreeMap<String, (u64, u64, BTreeMap<String, u64>)> = BTreeMap::new();
        let mut labels: Vec<(u64, String)> = Vec::new();
        let mut implausible: Vec<(u64, Value)> = Vec::new();
        let folders = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            read => Some(read?),
        };
        for folder in folders.into_iter().flatten() {
            for file in fs::read_dir(folder?.path())? {
                let path = file?.path();
                if path.extension().is_none_or(|extension| extension != "json") {
                    continue;
                }
                let seen: Seen = serde_json::from_slice(&fs::read(path)?)?;
                let model = Subject::parse(&seen.subject).ok().and_then(|subject| subject.gtin().cloned());
                let model = model.map_or_else(|| seen.subject.clone(), |gtin| format!("01/{gtin}"));
                let (labels_of, scans, countries) = models.entry(model).or_default();
                (*labels_of, *scans) = (*labels_of + 1, *scans + seen.count);
                let recent = seen.recent.iter().filter(|scan| scan.at_ms + KEPT_MS > now_ms);
                for country in recent.filter_map(|scan| country(scan.zone.as_deref())) {
                    *countries.entry(country).or_default() += 1;
                }
                let notes = seen.notes();
                if !notes.is_empty() {
                    let says: Vec<String> = notes.iter().map(ToString::to_string).collect();
                    implausible.push((
                        seen.count,
                        json!({"label": seen.subject, "scans": seen.count, "notes": notes, "says": says}),
                    ));
                }
                labels.push((seen.count, seen.subject));
            }
        }
        labels.sort_unstable_by(|one, other| other.cmp(one));
        let models = models.into_iter().map(|(model, (labels, scans, countries))| {
            json!({"model": model, "labels": labels, "scans": scans, "countries_of_30_days": countries})
        });
        let most = labels.iter().take(TOLD_MAX).map(|(scans, label)| json!({"label": label, "scans": scans}));
        implausible.sort_by_key(|(scans, _)| std::cmp::Reverse(*scans));
        let implausible = implausible.into_iter().take(TOLD_MAX).map(|(_, document)| document);
        Ok(json!({
            "models": models.collect::<Vec<_>>(),
            "most_scanned": most.collect::<Vec<_>>(),
            "implausible": implausible.collect::<Vec<_>>(),
        }))
    }
}

impl Seen {
    /// Returns the notes that the kept scans give rise to. The kept scans are never too many to compare.
    fn notes(&self) -> Vec<Note> {
        let look = |scan: &Scan| {
            let zone = scan.zone.as_deref().and_then(zones::find);
            let place = zone.and_then(|zone| Spot::new(zone.lat, zone.lon, f64::from(ZONE_ERROR_KM)).ok());
            let country = zone.map(|zone| zone.country.clone());
            scan::Scan { at_ms: scan.at_ms, place, zone: scan.zone.clone(), country, device: scan.device.clone() }
        };
        scan::Scans::new(self.recent.iter().map(look).collect()).map(|scans| scans.notes()).unwrap_or_default()
    }
}

/// Returns the kind of a note, by its name in metrics.
fn kind_of(note: &Note) -> &'static str {
    match note {
        Note::Apart { .. } => "apart",
        Note::Crowd { .. } => "crowd",
        Note::Early => "early",
        Note::Late => "late",
        Note::Abroad { .. } => "abroad",
    }
}

fn country(zone: Option<&str>) -> Option<String> {
    zone.and_then(zones::find).map(|zone| zone.country.to_string())
}

/// Writes the scans of a label for readers. Coordinates come from the zones, with their error in km.
fn document_of(seen: Option<&Seen>) -> Value {
    let Some(seen) = seen else {
        return json!({"count": 0, "first": null, "scans": []});
    };
    let scans = seen.recent.iter().map(|scan| {
        let zone = scan.zone.as_deref().and_then(zones::find);
        let mut document = json!({"at": scan.at_ms, "device": scan.device});
        if let Some(zone) = zone {
            document["zone"] = scan.zone.clone().into();
            document["country"] = zone.country.to_string().into();
            document["lat"] = zone.lat.into();
            document["lon"] = zone.lon.into();
            document["error_km"] = ZONE_ERROR_KM.into();
        }
        document
    });
    let first = json!({
        "at": seen.first_ms,
        "zone": seen.first_zone,
        "country": country(seen.first_zone.as_deref()),
    });
    json!({"count": seen.count, "first": first, "scans": scans.collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use headwater_trace::scan::DEVICES_COMMON;

    use super::*;

    fn by(last: u8, zone: &str) -> Scanner {
        Scanner {
            address: Ipv4Addr::new(192, 0, 2, last).into(),
            agent: "phone".to_owned(),
            zone: Some(zone.to_owned()),
        }
    }

    #[test]
    fn a_device_counts_once_a_day_and_is_another_one_tomorrow() {
        let folder = tempfile::tempdir().unwrap();
        let scans = Scans::at(folder.path().join("scans"), 0);
        let tin = Subject::parse("01/09526543000013/21/7KQ2M9XW4T").unwrap();
        assert_eq!(scans.look(&tin).unwrap()["count"], 0);
        let noon = 20_000 * DAY_MS + DAY_MS / 2;
        let first = scans.count(&tin, &by(1, "Asia/Shanghai"), noon, || None).unwrap();
        assert_eq!((&first["count"], &first["first"]["country"]), (&1.into(), &"CN".into()));
        assert_eq!(scans.count(&tin, &by(1, "Asia/Shanghai"), noon + 60_000, || None).unwrap()["count"], 1);
        let second = scans.count(&tin, &by(2, "Nowhere/Atall"), noon + 60_000, || None).unwrap();
        assert_eq!((&second["count"], second["scans"][1].get("country")), (&2.into(), None));
        let tomorrow = scans.count(&tin, &by(1, "Asia/Shanghai"), noon + DAY_MS, || None).unwrap();
        assert_eq!(tomorrow["count"], 3);
        assert_ne!(tomorrow["scans"][0]["device"], tomorrow["scans"][2]["device"]);
        assert_eq!(scans.look(&tin).unwrap(), tomorrow);
        let written = fs::read_to_string(scans.path(&tin)).unwrap();
        assert!(!written.contains("192.0.2") && !written.contains("phone"), "{written}");

        let later = scans.count(&tin, &by(3, "Europe/Berlin"), noon + KEPT_MS + DAY_MS, || None).unwrap();
        assert_eq!((&later["count"], later["scans"].as_array().unwrap().len()), (&4.into(), 1));
        assert_eq!(later["first"], first["first"]);
        let document = scans.hot_spots(noon + KEPT_MS + DAY_MS).unwrap();
        assert_eq!(document["models"][0]["countries_of_30_days"], json!({"DE": 1}));
        let after = scans.hot_spots(noon + 3 * KEPT_MS).unwrap();
        assert_eq!(after["models"][0]["countries_of_30_days"], json!({}), "nobody looked of late");
        assert_eq!(document["models"][0]["scans"], 4);
        assert_eq!(document["most_scanned"][0]["label"], "01/09526543000013/21/7KQ2M9XW4T");
    }

    #[test]
    fn the_operator_hears_of_looks_that_one_object_cannot_explain() {
        let folder = tempfile::tempdir().unwrap();
        let scans = Scans::at(folder.path().join("scans"), 0);
        let [tin, other] = ["7KQ2M9XW4T", "7KQ2M9XW5U"]
            .map(|serial| Subject::parse(&format!("01/09526543000013/21/{serial}")).unwrap());
        let noon = 20_000 * DAY_MS + DAY_MS / 2;
        scans.count(&other, &by(1, "Asia/Shanghai"), noon, || None).unwrap();
        scans.count(&tin, &by(1, "Asia/Shanghai"), noon, || None).unwrap();
        assert_eq!(scans.hot_spots(noon).unwrap()["implausible"], json!([]));
        let document = scans.count(&tin, &by(2, "Europe/Amsterdam"), noon + 60_000, || None).unwrap();
        assert_eq!(document["scans"][1]["zone"], "Europe/Amsterdam");
        assert_eq!(document["first"]["zone"], "Asia/Shanghai");
        let document = scans.hot_spots(noon).unwrap();
        assert_eq!(document["implausible"][0]["label"], "01/09526543000013/21/7KQ2M9XW4T");
        let note = json!({"note": "apart", "places": ["Asia/Shanghai", "Europe/Amsterdam"], "minutes": 1});
        assert_eq!(document["implausible"][0]["notes"], json!([note]));
        assert_eq!(document["implausible"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn the_operator_hears_of_a_crowd_around_one_label() {
        let folder = tempfile::tempdir().unwrap();
        let scans = Scans::at(folder.path().join("scans"), 0);
        let tin = Subject::parse("01/09526543000013/21/7KQ2M9XW4T").unwrap();
        let implausible = |devices: std::ops::Range<usize>| {
            for at in devices {
                let by = Scanner { address: Ipv4Addr::LOCALHOST.into(), agent: at.to_string(), zone: None };
                scans.count(&tin, &by, DAY_MS, || None).unwrap();
            }
            scans.hot_spots(DAY_MS).unwrap()["implausible"].clone()
        };
        assert_eq!(implausible(0..DEVICES_COMMON), json!([]));
        let document = implausible(DEVICES_COMMON..DEVICES_COMMON + 1);
        assert_eq!(document[0]["notes"], json!([{"note": "crowd", "devices": DEVICES_COMMON + 1}]));
    }

    #[test]
    fn single_scans_of_a_label_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let scans = Scans::at(folder.path().to_owned(), 0);
        let tin = Subject::parse("01/09526543000013/21/7KQ2M9XW4T").unwrap();
        for at in 0..=KEPT_MAX {
            let by = Scanner { address: Ipv4Addr::LOCALHOST.into(), agent: at.to_string(), zone: None };
            scans.count(&tin, &by, DAY_MS, || None).unwrap();
        }
        let document = scans.look(&tin).unwrap();
        assert_eq!((document["count"].as_u64(), document["scans"].as_array().unwrap().len()), (Some(1_001), KEPT_MAX));
    }
}
