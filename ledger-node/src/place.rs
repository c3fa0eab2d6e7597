//! The place of a home: this machine, this file system, this file. A copy of a home is in another place.
//!
//! The place is a hint. A clone of a whole machine keeps all of the place, and so does a backup that is written over the files of a home.
//! Only anchors notice these.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use anyhow::Context as _;
use headwater_key::whole_file::replace;
use headwater_ledger::ledger::Ledger;
use headwater_ledger::store::Store;
use headwater_ledger::wait::{Held, Hold};
use headwater_tlog::hash::Hash;

use crate::home::Home;

const MACHINE: &str = "/etc/machine-id";

/// The place where a home is now, and the file that keeps the place where the home signs.
#[derive(Debug)]
pub struct HomePlace {
    file: PathBuf,
    here: String,
}

/// The decision whether a home signs in its present place.
enum Signs {
    Here,
    TakenOver,
    Not(Held),
}

impl HomePlace {
    /// Reads the place of a home from its file system.
    pub fn of(home: &Home) -> anyhow::Result<Self> {
        // sled creates this file once, and writes into the file for as long as the ledger lives.
        let lasting = home.ledger().join("db");
        let named = || lasting.display().to_string();
        let about = fs::metadata(&lasting).with_context(named)?;
        let inode = about.ino();
        // A file system gives a freed inode number to another file, so the time of creation counts too.
        let born = about.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let system = rustix::fs::statvfs(&lasting).map_err(std::io::Error::from).with_context(named)?.f_fsid;
        // A container has no machine id, and neither has the next container of its kind.
        let machine = fs::read_to_string(MACHINE).unwrap_or_default();
        let (machine, born) = (machine.trim(), born.as_nanos());
        let here = format!("machine {machine}\nfile-system {system:x}\ninode {inode}\nborn {born}\n");
        Ok(Self { file: home.place(), here })
    }

    /// Keeps this place as the place where the home signs.
    pub fn keep(&self) -> anyhow::Result<()> {
        replace(&self.file, self.here.as_bytes()).with_context(|| self.file.display().to_string())
    }

    /// Makes the ledger's writes wait, unless the home is where it signed before, or the operator names the root of its newest checkpoint.
    pub fn guard<S: Store>(&self, ledger: &Ledger<S>, take_over: Option<Hash>) -> anyhow::Result<()> {
        let head = ledger.newest().checkpoint().root();
        match self.may_sign(&head, take_over)? {
            Signs::Here => {}
            // The ledger then writes an index head, so that this root works only once.
            Signs::TakenOver => ledger.ask_for_head(),
            Signs::Not(held) => ledger.hold("place", Some(held)),
        }
        Ok(())
    }

    fn may_sign(&self, head: &Hash, take_over: Option<Hash>) -> anyhow::Result<Signs> {
        let kept = match fs::read_to_string(&self.file) {
            Ok(kept) => kept,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| self.file.display().to_string()),
        };
        if kept == self.here {
            if take_over.is_some() {
                tracing::warn!("take-over: this home lies where it signed before, and takes nothing over");
            }
            return Ok(Signs::Here);
        }
        if take_over.as_ref() == Some(head) {
            self.keep()?;
            tracing::warn!("this home signs from here on, and another copy of it must not");
            return Ok(Signs::TakenOver);
        }
        let other = match take_over {
            None => String::new(),
            Some(other) => format!("; take-over names the head {other}, which it has not"),
        };
        let lies = if kept.is_empty() {
            "has no file that says where it signed last"
        } else {
            "was copied, moved or restored since it signed last"
        };
        let why = format!(
            "this home {lies}{other}. When no other copy of it is served: serve \
             --take-over {head}"
        );
        let words = "the home of this node was copied or moved, and its operator has not said that it goes on here";
        Ok(Signs::Not(Held { reason: Hold::Copied, words, why, lets_heads: false }))
    }
}
