//! The file form of a scan log, which an operator or a brand exports to examine a label.

use headwater_event::fault::Fault;
use headwater_event::transport::Country;
use headwater_trace::scan::{NoSpot, Scan, Scans, Spot};
use jiff::Timestamp;
use serde::Deserialize;

/// Largest scan log that is read, in bytes: 32 MiB.
pub const SCANS_BYTES_MAX: usize = 32 << 20;
/// Byte order mark that some editors write at the start, in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Error for a file that is not a scan log.
#[derive(Debug, thiserror::Error)]
pub enum ScanLogError {
    /// File longer than [`SCANS_BYTES_MAX`].
    #[error("a scan log has at most {SCANS_BYTES_MAX} bytes, this has {found}")]
    TooLong {
        /// Number of bytes in the file.
        found: usize,
    },
    /// File that is not the JSON of a scan log.
    #[error(
        "a scan log is a JSON list of {{at, device}} with lat, lon and error_km, zone, and country where they are known"
    )]
    Json(#[from] serde_json::Error),
    /// Time of a scan in another form.
    #[error("scan {at}: at: {found:?} is not a moment of RFC 3339")]
    Moment {
        /// Number of the scan in the file, counted from 0.
        at: usize,
        /// Time as the file has it.
        found: String,
    },
    /// Country of a scan that is not a country.
    #[error("scan {at}: country cannot be read")]
    Country {
        /// Number of the scan in the file, counted from 0.
        at: usize,
        /// Value, and the rule that the value breaks.
        source: Fault,
    },
    /// Latitude, longitude or error outside its range.
    #[error("scan {at}: lat, lon and error_km are out of range")]
    Spot {
        /// Number of the scan in the file, counted from 0.
        at: usize,
        /// Value that is out of its range.
        source: NoSpot,
    },
    /// Latitude without longitude, or an error without both.
    #[error("scan {at}: lat and lon come together, and error_km with both of them")]
    Alone {
        /// Number of the scan in the file, counted from 0.
        at: usize,
    },
    /// More scans than the reader examines.
    #[error(transparent)]
    TooMany(#[from] headwater_trace::scan::TooManyScans),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: String,
    device: String,
    zone: Option<String>,
    country: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    error_km: Option<f64>,
}

/// Reads the JSON of a scan log.
pub fn parse(bytes: &[u8]) -> Result<Scans, ScanLogError> {
    if bytes.len() > SCANS_BYTES_MAX {
        return Err(ScanLogError::TooLong { found: bytes.len() });
    }
    let lines: Vec<Line> = serde_json::from_slice(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes))?;
    let scans = lines.into_iter().enumerate().map(|(at, line)| line.read(at)).collect::<Result<Vec<Scan>, _>>()?;
    Ok(Scans::new(scans)?)
}

impl Line {
    fn read(self, at: usize) -> Result<Scan, ScanLogError> {
        let moment: Option<Timestamp> = self.at.parse().ok();
        let at_ms = moment.and_then(|moment| u64::try_from(moment.as_millisecond()).ok());
        let at_ms = at_ms.ok_or(ScanLogError::Moment { at, found: self.at })?;
        let country = self.country.as_deref().map(Country::parse).transpose();
        let country = country.map_err(|error| ScanLogError::Country { at, source: error.fault })?;
        let place = match (self.lat, self.lon, self.error_km) {
            (None, None, None) => None,
            (Some(lat), Some(lon), error_km) => {
                let spot = Spot::new(lat, lon, error_km.unwrap_or(0.0));
                Some(spot.map_err(|source| ScanLogError::Spot { at, source })?)
            }
            _ => return Err(ScanLogError::Alone { at }),
        };
        Ok(Scan { at_ms, place, zone: self.zone, country, device: self.device })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read_and_a_wrong_one_named() {
        let log = r#"[{"at": "2026-06-01T08:00:00+08:00", "device": "a", "lat": 31.23, "lon": 121.47, "error_km": 10, "country": "CN", "zone": "Asia/Shanghai"},
                      {"at": "2026-05-31T00:00:00Z", "device": "b"}]"#;
        let scans = parse(log.as_bytes()).unwrap();
        assert_eq!(scans.count(), 2);
        assert_eq!(parse(format!("\u{feff}{log}").as_bytes()).unwrap().count(), 2);
        assert_eq!(scans.first().unwrap().device, "b");
        for (bad, named) in [
            (r#"[{"at": "yesterday", "device": "a"}]"#, "scan 0: at"),
            (r#"[{"at": "2026-05-31T00:00:00Z", "device": "a", "lat": 91, "lon": 0}]"#, "scan 0: lat"),
            (r#"[{"at": "2026-05-31T00:00:00Z", "device": "a", "lat": 1}]"#, "scan 0: lat"),
            (r#"[{"at": "2026-05-31T00:00:00Z", "device": "a", "country": "cn"}]"#, "scan 0: country"),
            (r#"[{"at": "2026-05-31T00:00:00Z", "device": "a", "name": "x"}]"#, "a scan log is"),
        ] {
            let error = parse(bad.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(named), "{error}");
        }
    }
}
