//! Shares of the parties on the disk beside the ledger, and the part of the disk that stays free.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use headwater_event::subject::PartyKey;
use headwater_tlog::hash::Hash;

const MIB: u64 = 1024 * 1024;

/// A party, as the names of files have it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Tag(String);

impl Tag {
    /// The tag of a party.
    pub fn of(party: &PartyKey) -> Self {
        Self(Hash::plain(party.to_string().as_bytes()).to_string()[..16].to_owned())
    }

    /// A tag as a name has it.
    pub fn named(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why there is no room for a file.
#[derive(Debug, thiserror::Error)]
pub enum NoRoom {
    /// The party's share is used up.
    #[error("{party} keeps {kept} bytes here, {wanted} more are over the {mib} MiB of a party")]
    Share {
        /// The party.
        party: PartyKey,
        /// Bytes that it keeps, with those that it brings right now.
        kept: u64,
        /// Bytes that it wants to keep beside those.
        wanted: u64,
        /// The share.
        mib: u32,
    },
    /// The rest of the disk is the ledger's.
    #[error(
        "{free} bytes of the disk are free; {wanted} more would leave less than the {mib} MiB that are kept for the ledger"
    )]
    Disk {
        /// Bytes that are free, without those that are being brought right now.
        free: u64,
        /// Bytes that are wanted.
        wanted: u64,
        /// MiB that are kept free.
        mib: u32,
    },
    /// The disk does not say how much is free.
    #[error("the disk does not say how much is free")]
    Unknown(#[from] std::io::Error),
}

#[derive(Default, Debug)]
struct Used {
    kept: HashMap<Tag, u64>,
    /// Files that were broken off, by their names.
    partial: HashMap<(Tag, String), u64>,
    /// Bytes that uploads under way may still bring.
    coming: HashMap<Tag, u64>,
}

/// The shares of all parties.
#[derive(Debug)]
pub struct Shares {
    folder: PathBuf,
    party_mib: u32,
    free_mib: u32,
    used: Mutex<Used>,
}

/// Room for an upload that is under way, given back when dropped.
#[derive(Debug)]
pub struct Coming<'a> {
    shares: &'a Shares,
    tag: Tag,
    bytes: u64,
}

impl Shares {
    /// Shares of so many MiB each, in a folder that is there, where so many MiB stay free.
    pub fn new(folder: PathBuf, party_mib: u32, free_mib: u32) -> Self {
        Self { folder, party_mib, free_mib, used: Mutex::default() }
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Room for a file of which so many bytes will come.
    pub fn expect(&self, party: &PartyKey, wanted: u64) -> Result<Coming<'_>, NoRoom> {
        let tag = Tag::of(party);
        let disk = rustix::fs::statvfs(&self.folder).map_err(std::io::Error::from)?;
        let mut used = self.used();
        let of = |all: &HashMap<Tag, u64>| all.get(&tag).copied().unwrap_or(0);
        let partial: u64 = used.partial.iter().filter(|((of, _), _)| *of == tag).map(|(_, bytes)| bytes).sum();
        let kept = of(&used.kept).saturating_add(of(&used.coming)).saturating_add(partial);
        if kept.saturating_add(wanted) > u64::from(self.party_mib) * MIB {
            return Err(NoRoom::Share { party: party.clone(), kept, wanted, mib: self.party_mib });
        }
        let coming: u64 = used.coming.values().sum();
        let free = disk.f_bavail.saturating_mul(disk.f_frsize).saturating_sub(coming);
        if free < wanted.saturating_add(u64::from(self.free_mib) * MIB) {
            return Err(NoRoom::Disk { free, wanted, mib: self.free_mib });
        }
        *used.coming.entry(tag.clone()).or_default() += wanted;
        Ok(Coming { shares: self, tag, bytes: wanted })
    }

    /// Counts a file that a party keeps from now on.
    pub fn keep(&self, tag: &Tag, bytes: u64) {
        let mut used = self.used();
        let kept = used.kept.entry(tag.clone()).or_default();
        *kept = kept.saturating_add(bytes);
    }

    /// Counts the bytes of a file that was broken off; 0 when the file is gone.
    pub fn keep_partial(&self, tag: &Tag, name: String, bytes: u64) {
        let mut used = self.used();
        match bytes {
            0 => drop(used.partial.remove(&(tag.clone(), name))),
            bytes => drop(used.partial.insert((tag.clone(), name), bytes)),
        }
    }
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        let mut used = self.shares.used();
        if let Some(coming) = used.coming.get_mut(&self.tag) {
            *coming = coming.saturating_sub(self.bytes);
        }
        used.coming.retain(|_, coming| *coming > 0);
    }
}
