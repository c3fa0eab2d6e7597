//! The verifier of shoppers and auditors: it fetches evidence, has the evidence verified, and reports what the evidence proves.
//!
//! **In scope:** fetching evidence by plain blocking HTTP or from files, checking the evidence against a policy, copies of a log, and
//! reports for people. **Out of scope:** deciding what the evidence proves (`headwater-trace`). The crate shares none of the node's
//! machinery: no runtime, no gRPC, no store.
//!
//! ```text
//! URL, file -- fetch --> trace -- headwater-trace --> Story, Judgement --> verdict, reasons, timeline
//!                |                                      |
//!                |                    attachments: files of a folder; scans: notes on a scan log
//!                |
//!                +--> tiles, entries, checkpoint -- mirror --> a copy of the log in files
//!                                |                                   |
//!                                +----------> audit <----------------+
//!                                               | every entry again (headwater-audit)
//!                                               v
//!              AuditFailure, perhaps with a proof of the lie, or Report -- vouched --> note with a cosignature -- fetch --> node
//! ```
//!
//! - **Evidence:** [`fetch`] reads a file or a URL, and trusts neither.
//! - **A product:** [`attachments`] compares files with the hashes in a story. [`scans`] reads a scan log, which changes no verdict.
//! - **A log:** [`mirror`] keeps a copy in files. [`audit`] replays the log or a mirror, and the result is a [`report`].
//! - **A cosignature:** [`vouched`] keeps the newest checkpoint that a key cosigned, so that the key never cosigns two histories.
//!
//! The commands are modules of `main.rs`: `judge` with `question` for `verify`, `inspect`, `qr`, and `arguments` and `output` for
//! all.
//!
//! An auditor replays a log, cosigns its checkpoint, and brings the cosignature to the node:
//!
//! ```
//! use headwater_tlog::checkpoint::CosignTime;
//! use headwater_trace::policy::TrustPolicy;
//! use verifier_cli::audit::AuditSettings;
//! use verifier_cli::fetch::Remote;
//! use verifier_cli::vouched::Vouched;
//!
//! # use std::time::UNIX_EPOCH;
//! # use headwater_testing::node::RealNode;
//! # use headwater_testing::world::{World, auditor};
//! # use ledger_node::settings::{List, Settings};
//! # let (world, folder, auditor) = (World::new(), tempfile::tempdir()?, auditor());
//! # let settings = Settings { auditors: List(vec![auditor.key().clone()]), ..Settings::default() };
//! # let node = RealNode::start(&world, folder.path(), &settings);
//! # let (url, pinned) = (node.url(), world.pinned());
//! # let now = CosignTime::new(UNIX_EPOCH.elapsed()?.as_secs()).ok_or("a time")?;
//! let policy = TrustPolicy::parse(&pinned)?;
//! let mut vouched = Vouched::open(&folder.path().join("auditor.cosigned"), &policy)?;
//! let audit = AuditSettings { policy: &policy, vouched: Some(&vouched) };
//! let report = audit.audit_url(&url, |_, _| {})?;
//!
//! // The auditor's key signs after the checkpoint is kept in the file.
//! let note = vouched.cosign(&report, &auditor, now)?;
//! let remote = Remote::new(&url);
//! remote.add_cosignatures(&note)?;
//! let served = String::from_utf8(remote.checkpoint()?)?;
//! assert!(served.contains("auditor.example"));
//! # node.stop();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod attachments;
pub mod audit;
pub mod fetch;
pub mod mirror;
pub mod report;
pub mod scans;
pub mod vouched;
