//! The place of a home: this machine, this file system, this file. A copy of a home lies in another place.
//!
//! The place is a hint. A clone of a whole machine keeps all of it; only anchors notice that one.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use anyhow::Context as _;
use headwater_key::whole_file::replace;
use headwater_ledger::wait::Held;
use headwater_tlog::hash::Hash;

use crate::home::Home;

const MACHINE: &str = "/etc/machine-id";

/// The file in which a home keeps the place that it signs at.
#[derive(Debug)]
pub struct Place {
    file: PathBuf,
    here: String,
}

impl Place {
    /// Looks where a home lies.
    pub fn of(home: &Home) -> anyhow::Result<Self> {
        // sled makes this file once, and writes into it for as long as the ledger lives.
        let lasting = home.ledger().join("db");
        let named = || lasting.display().to_string();
        let inode = fs::metadata(&lasting).with_context(named)?.ino();
        let system = rustix::fs::statvfs(&lasting).map_err(std::io::Error::from).with_context(named)?.f_fsid;
        // A container has none, and the next one of its kind has none either.
        let machine = fs::read_to_string(MACHINE).unwrap_or_default();
        let here = format!("machine {}\nfile-system {system:x}\ninode {inode}\n", machine.trim());
        Ok(Self { file: home.place(), here })
    }

    /// Keeps this place as the one that the home signs at.
    pub fn keep(&self) -> anyhow::Result<()> {
        replace(&self.file, self.here.as_bytes()).with_context(|| self.file.display().to_string())
    }

    /// Whether the home may sign: it lies where it signed before, or the operator names its head. A home that never kept a place
    /// keeps this one.
    pub fn may_sign(&self, head: &Hash, take_over: &str) -> anyhow::Result<Option<Held>> {
        let kept = match fs::read_to_string(&self.file) {
            Ok(kept) => kept,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.keep()?;
                return Ok(None);
            }
            Err(error) => return Err(error).with_context(|| self.file.display().to_string()),
        };
        if kept == self.here {
            if !take_over.is_empty() {
                tracing::warn!("take-over: this home lies where it signed before, and takes nothing over");
            }
            return Ok(None);
        }
        if take_over == head.to_string() {
            self.keep()?;
            tracing::warn!("this home signs from here on, and another copy of it must not");
            return Ok(None);
        }
        let other = match take_over {
            "" => String::new(),
            other => format!("; take-over names the head {other}, which it has not"),
        };
        let why = format!(
            "this home was copied, moved or restored since it signed last{other}. When no other copy of it is served: serve \
             --take-over {head}"
        );
        Ok(Some(Held { reason: "COPIED", why }))
    }
}
