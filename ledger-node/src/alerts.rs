//! Alerts of brands: notes of the scan log about looks at a brand's labels that one object does not explain. A party reads its own alerts
//! over HTTP, by a signed request. Any person can make a look, so an alert is a reason to look closer and changes no verdict.
//!
//! Each party has a file of JSON lines, and the file before that one. Both files are bounded, so the newest alerts stay however many there
//! were.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use headwater_event::subject::{PartyKey, Subject};
use headwater_trace::scan::Note;
use serde_json::{Value, json};

/// Length in bytes from which a file takes no more alerts, and a new file takes its place. Two such files hold some 1,000 alerts.
pub const ALERTS_BYTES_MAX: u64 = 128 * 1024;

/// The alerts of all parties. Only the holder of the scan log's lock may add an alert.
#[derive(Debug)]
pub struct Alerts {
    folder: PathBuf,
}

impl Alerts {
    /// Names the folder; the first alert creates the folder.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns the paths of the file that takes alerts, and of the file before it.
    fn paths(&self, party: &PartyKey) -> [PathBuf; 2] {
        let name = hex::encode(Subject::Party(party.clone()).index_key().as_bytes());
        ["jsonl", "before.jsonl"].map(|extension| self.folder.join(format!("{name}.{extension}")))
    }

    /// Adds an alert: a label of a party got a note.
    pub fn add(&self, party: &PartyKey, label: &Subject, note: &Note, now_ms: u64) -> io::Result<()> {
        let [newest, before] = self.paths(party);
        fs::create_dir_all(&self.folder)?;
        if fs::metadata(&newest).is_ok_and(|file| file.len() >= ALERTS_BYTES_MAX) {
            fs::rename(&newest, before)?;
        }
        let alert = json!({"at": now_ms, "label": label.to_string(), "note": note, "says": note.to_string()});
        // Each alert begins with a line break, so that an alert which a full disk cut short damages no other alert.
        OpenOptions::new().create(true).append(true).open(newest)?.write_all(format!("\n{alert}\n").as_bytes())
    }

    /// Returns the alerts of a party, oldest first.
    pub fn of(&self, party: &PartyKey) -> io::Result<Vec<Value>> {
        let [newest, before] = self.paths(party);
        let mut lines = read(&before)?;
        lines.push_str(&read(&newest)?);
        Ok(lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }
}

fn read(path: &Path) -> io::Result<String> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_alerts_of_each_party_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let alerts = Alerts::at(folder.path().join("alerts"));
        let [dairy, other] = ["417/9526543000105", "417/9522222200019"].map(|party| PartyKey::parse(party).unwrap());
        assert_eq!(alerts.of(&dairy).unwrap(), Vec::<Value>::new());
        let label = |serial: u64| Subject::parse(&format!("01/09526543000013/21/{serial:0>20}")).unwrap();
        let note = Note::Crowd { devices: 12 };
        alerts.add(&other, &label(0), &note, 7).unwrap();
        let mut added = 0;
        while added < 3_000 {
            alerts.add(&dairy, &label(added), &note, added).unwrap();
            added += 1;
        }
        let kept = alerts.of(&dairy).unwrap();
        let times: Vec<u64> = kept.iter().map(|alert| alert["at"].as_u64().unwrap()).collect();
        assert!(times.len() > 500 && times.last() == Some(&2_999), "{}", times.len());
        assert!(times.is_sorted());
        let [newest, before] = alerts.paths(&dairy).map(|path| fs::metadata(path).unwrap().len());
        assert!(newest.max(before) < ALERTS_BYTES_MAX + 1_024, "{newest} {before}");
        let told =
            json!({"at": 7, "label": label(0).to_string(), "note": note, "says": "12 devices looked at it on one day"});
        assert_eq!(alerts.of(&other).unwrap(), [told]);
    }

    #[test]
    fn a_line_that_was_cut_short_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let (alerts, dairy) = (Alerts::at(folder.path().to_owned()), PartyKey::parse("417/9526543000105").unwrap());
        let label = Subject::parse("01/09526543000013/21/1").unwrap();
        alerts.add(&dairy, &label, &Note::Early, 1).unwrap();
        let [newest, _] = alerts.paths(&dairy);
        OpenOptions::new().append(true).open(newest).unwrap().write_all(b"\n{\"at\":2,\"lab").unwrap();
        alerts.add(&dairy, &label, &Note::Late, 3).unwrap();
        let times: Vec<_> = alerts.of(&dairy).unwrap().iter().map(|alert| alert["at"].clone()).collect();
        assert_eq!(times, [1, 3]);
    }
}
