//! A log of opaque leaves and an index of opaque keys: every claim about them is proven against one signed checkpoint.
//!
//! **In scope:** the Merkle tree of RFC 6962 and its proofs; the C2SP formats of a log (signed note, checkpoint, cosignature, policy, tile,
//! proof file); the subject index and the subject chain.
//! **Out of scope:** the meaning of a leaf (`headwater-event`), the trust decisions of a reader (`headwater-trace`), the growth and storage
//! of a log (`headwater-ledger`).
//!
//! The crate does no I/O and reads no clock. Time, keys and trust are arguments.
//!
//! ```text
//! entry -- Hash::leaf --> Tree -- root --> Checkpoint -- sign --> Note           the log signs
//!                           |                                      |
//!           Tree::inclusion, Tree::consistency                Policy::open       a reader checks
//!                           v                                      v
//!                 Inclusion, Consistency -- verify --> root of a TrustedCheckpoint
//!
//! key, leaf hash -- Chain::extend --> Chain -- leaf --> Index -- prove --> IndexProof -- verify --> Lookup
//! ```
//!
//! An entry of a tree, proven by the root alone:
//!
//! ```
//! use headwater_tlog::hash::Hash;
//! use headwater_tlog::tree::Tree;
//!
//! let mut tree = Tree::new();
//! let index = tree.push(Hash::leaf(b"an entry")).ok_or("full")?;
//! tree.push(Hash::leaf(b"another"));
//! let (size, root) = (tree.size(), tree.root(tree.size()).ok_or("no root")?);
//! let proof = tree.inclusion(index, size).ok_or("no proof")?;
//! proof.verify(index, size, Hash::leaf(b"an entry"), root)?;
//! assert!(proof.verify(index, size, Hash::leaf(b"an invented entry"), root).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod chain;
pub mod checkpoint;
pub mod hash;
pub mod index;
pub mod key;
pub mod note;
pub mod partial_index;
pub mod policy;
pub mod proof;
pub mod proof_file;
mod text;
pub mod tile;
pub mod tree;
