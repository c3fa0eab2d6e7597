//! Reasons why a node does not take a file.

use headwater_event::fault::CodecError;
use headwater_event::gs1::Gtin;
use headwater_tlog::hash::Hash;
use headwater_trace::set::MANIFEST_BYTES_MAX;

use super::FILE_BYTES_MAX;
use crate::shares::NoRoom;

/// Reason why a file was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// The file is longer than announced, or than any file may be.
    #[error(
        "the file is longer than the {announced} bytes that its event announces, or than the {FILE_BYTES_MAX} that a node takes"
    )]
    TooLong {
        /// Size that the event announces, in bytes.
        announced: u64,
    },
    /// The bytes differ from the announced ones.
    #[error("{found_bytes} bytes with SHA-256 {found}; {expected_bytes} with {expected} were announced")]
    Other {
        /// SHA-256 of the bytes that came.
        found: Hash,
        /// Number of bytes that came.
        found_bytes: u64,
        /// SHA-256 that the event announces.
        expected: Hash,
        /// Size that the event announces, in bytes.
        expected_bytes: u64,
    },
    /// The upload broke off, or paused too long.
    #[error("the upload broke off")]
    Broken,
    /// The bytes do not follow the bytes that the node has.
    #[error("{here} bytes are here, these begin at {from}")]
    Offset {
        /// Number of bytes of the file that the node has.
        here: u64,
        /// Offset in the file at which the bytes begin.
        from: u64,
    },
    /// No room for the file in its party's share or on the disk.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// The list behind a commitment is not a manifest.
    #[error("the list is not a manifest of its event")]
    Manifest(#[from] CodecError),
    /// The list behind a commitment is longer than a manifest may be.
    #[error(
        "the list is not a manifest of its event: a manifest has at most {MANIFEST_BYTES_MAX} bytes, this has {found}"
    )]
    LongManifest {
        /// Number of bytes of the list.
        found: u64,
    },
    /// The list behind a commitment is of another model.
    #[error("the list is not a manifest of its event: gtin: {found} is another model than {expected}")]
    OtherModel {
        /// Model of the list.
        found: Gtin,
        /// Model of the goods of the event.
        expected: Gtin,
    },
    /// The list behind a commitment does not lead to the committed root.
    #[error(
        "the list is not a manifest of its event: items_root: the list leads to {found}, the event says {expected}"
    )]
    OtherRoot {
        /// Root that the list leads to.
        found: Hash,
        /// Root that the event commits to.
        expected: Hash,
    },
    /// The disk failed to read or write the file.
    #[error("the file cannot be kept")]
    Disk(#[from] std::io::Error),
}
