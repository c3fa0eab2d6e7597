//! Shares of the parties on the disk beside the ledger, and the part of the disk that stays free.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use headwater_event::subject::PartyKey;
use headwater_tlog::hash::Hash;

/// Bytes of a MiB.
pub const MIB: u64 = 1024 * 1024;

/// Short name of a party in the names of files: 16 hex digits of a SHA-256.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Tag(String);

impl Tag {
    /// Computes the tag of a party from its key.
    pub fn of(party: &PartyKey) -> Self {
        Self(Hash::plain(party.to_string().as_bytes()).to_string()[..16].to_owned())
    }

    /// Takes a tag from the name of a file.
    pub fn named(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reason why a file does not fit.
#[derive(Debug, thiserror::Error)]
pub enum NoRoom {
    /// The file would exceed the party's share.
    #[error("{party} keeps {kept} bytes here, {wanted} more are over the {mib} MiB of a party")]
    Share {
        /// Party that brings the file.
        party: PartyKey,
        /// Bytes that the party keeps, with those that it brings right now.
        kept: u64,
        /// Bytes that the party wants to keep beside those.
        wanted: u64,
        /// Share of each party, in MiB.
        mib: u32,
    },
    /// The file would take space that is reserved for the ledger.
    #[error(
        "{free} bytes of the disk are free; {wanted} more would leave less than the {mib} MiB that are kept for the ledger"
    )]
    Disk {
        /// Bytes that are free on the disk, without those that are being brought right now.
        free: u64,
        /// Bytes that the file still needs.
        wanted: u64,
        /// MiB of the disk that stay free for the ledger.
        mib: u32,
    },
    /// The free space of the disk cannot be read.
    #[error("the disk does not say how much is free")]
    Unknown(#[from] std::io::Error),
}

/// Returns the bytes that are free on the disk of a folder.
pub fn free(folder: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Bytes of one party.
#[derive(Default, Debug)]
struct OfParty {
    /// Bytes of whole files.
    kept: u64,
    /// Bytes of files whose upload broke off, by file name.
    partial: HashMap<String, u64>,
    /// Bytes of all files whose upload broke off.
    partial_sum: u64,
    /// Bytes that uploads under way may still bring.
    coming: u64,
}

impl OfParty {
    fn all(&self) -> u64 {
        self.kept.saturating_add(self.partial_sum).saturating_add(self.coming)
    }
}

#[derive(Default, Debug)]
struct Used {
    parties: HashMap<Tag, OfParty>,
    /// Bytes that the uploads of all parties may still bring.
    coming: u64,
}

/// The shares of all parties, and what each party uses.
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
    /// Makes shares of `party_mib` MiB for each party, in an existing folder, on a disk where `free_mib` MiB stay free.
    pub fn new(folder: PathBuf, party_mib: u32, free_mib: u32) -> Self {
        Self { folder, party_mib, free_mib, used: Mutex::default() }
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves room for a file of which `wanted` bytes are still to come.
    pub fn expect(&self, party: &PartyKey, wanted: u64) -> Result<Coming<'_>, NoRoom> {
        let tag = Tag::of(party);
        let on_disk = free(&self.folder)?;
        let mut used = self.used();
        let kept = used.parties.get(&tag).map_or(0, OfParty::all);
        if kept.saturating_add(wanted) > u64::from(self.party_mib) * MIB {
            return Err(NoRoom::Share { party: party.clone(), kept, wanted, mib: self.party_mib });
        }
        let free = on_disk.saturating_sub(used.coming);
        if free < wanted.saturating_add(u64::from(self.free_mib) * MIB) {
            return Err(NoRoom::Disk { free, wanted, mib: self.free_mib });
        }
        used.coming += wanted;
        used.parties.entry(tag.clone()).or_default().coming += wanted;
        Ok(Coming { shares: self, tag, bytes: wanted })
    }

    /// Counts a file that a party keeps from now on.
    pub fn keep(&self, tag: &Tag, bytes: u64) {
        let mut used = self.used();
        let party = used.parties.entry(tag.clone()).or_default();
        party.kept = party.kept.saturating_add(bytes);
    }

    /// Counts the bytes of a file whose upload broke off; 0 when the file is gone.
    pub fn keep_partial(&self, tag: &Tag, name: String, bytes: u64) {
        let mut used = self.used();
        let party = used.parties.entry(tag.clone()).or_default();
        let before = match bytes {
            0 => party.partial.remove(&name),
            bytes => party.partial.insert(name, bytes),
        };
        party.partial_sum = party.partial_sum.saturating_sub(before.unwrap_or(0)).saturating_add(bytes);
    }
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        let mut used = self.shares.used();
        used.coming = used.coming.saturating_sub(self.bytes);
        if let Some(party) = used.parties.get_mut(&self.tag) {
            party.coming = party.coming.saturating_sub(self.bytes);
        }
    }
}
