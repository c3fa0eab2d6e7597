//! The server of a ledger: one program founds the ledger in a directory, serves it to signers and readers, and checks it.
//!
//! **In scope:** founding a ledger in a directory, serving the ledger over gRPC and HTTP on one port within named limits, resolving
//! labels to the product page, keeping attached files, and deriving the ledger again from its entries.
//!
//! **Out of scope:** everything that decides (`headwater-ledger`) and everything that a reader may believe (`headwater-trace`).
//!
//! ```text
//! Home::init --> home: keys, policy, ledger/ ------- fsck --> Checked, when all is as the entries lead to
//!                  | Node::start, with Settings
//!                  v
//!                Node    published: no older ledger; place, anchors, clock: writes wait while one of them is in doubt
//!                  |
//! caller --> gate, proxies --+--> gRPC (headwater-service) ------------------------> Ledger on SledStore
//!    ^      limits of the    |                                                            ^
//!    |      address          +--> http --+--> tiles, traces, cosignatures ----------------+
//!    |                                   +--> resolver --> page: the page behind a label -+
//!    +-- sending: room for answers       +--> attachments, scans, scratch_claims, alerts: files beside the ledger
//! ```
//!
//! - **A home:** [`home`] has the paths, keys and policy. [`settings`] has every setting and its source.
//! - **Before a signature:** [`published`] refuses a ledger that was rolled back. [`place`] notices a copied home, and
//!   [`anchors`] notice a cloned machine. [`clock`] carries the time on.
//! - **Limits:** [`gate`] counts connections, and [`proxies`] finds the caller behind a proxy. [`sending`] bounds the answers that
//!   callers have not read.
//! - **Answers:** [`server`] joins gRPC and the routes of [`http`] on one port. [`resolver`] answers a label, with [`page`] for a
//!   browser.
//! - **Beside the ledger:** [`attachments`] within the [`shares`] of the parties, [`scans`] of labels, [`alerts`] of brands, and
//!   the events that [`scratch_claims`] signs for shoppers.
//!
//! `main.rs` has the commands `init`, `serve` and `fsck`. `RUNBOOK.md` has a section for each state in which writes wait.
//!
//! A ledger that is founded, served to a reader, and checked:
//!
//! ```
//! use headwater_event::entry::Origin;
//! use headwater_event::subject::PartyKey;
//! use headwater_trace::policy::TrustPolicy;
//! use ledger_node::fsck::fsck;
//! use ledger_node::home::Home;
//! use ledger_node::server::Node;
//! use ledger_node::settings::Settings;
//! use verifier_cli::fetch::Remote;
//!
//! # use std::net::TcpListener;
//! # use indicatif::ProgressBar;
//! # use tokio::runtime::Runtime;
//! # let folder = tempfile::tempdir()?;
//! # let runtime = Runtime::new()?;
//! let home = Home::at(&folder.path().join("node"));
//! let operator = PartyKey::parse("417/9520000000103")?;
//! let founded = runtime.block_on(home.init(&Origin::parse("log.example/h1")?, &operator, &[], None))?;
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let node = runtime.block_on(Node::start(&home, &Settings::default(), listener))?;
//! let note = Remote::new(&format!("http://{}", node.address)).checkpoint()?;
//! runtime.block_on(node.stop())?;
//!
//! // The policy pins the log and the ledger, so a reader knows the checkpoint for one of this log.
//! let policy = TrustPolicy::parse(&founded.policy)?;
//! let trusted = policy.tlog().open_before_quorum(&note)?;
//! let checked = fsck(&home, runtime.handle(), &ProgressBar::hidden())?;
//! assert_eq!((checked.entries(), checked.root()), (trusted.checkpoint().size(), trusted.checkpoint().root()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accept;
mod addresses;
pub mod alerts;
pub mod anchors;
pub mod attachments;
pub mod clock;
pub mod fsck;
pub mod gate;
pub mod home;
pub mod http;
mod joined;
mod leaving;
pub mod page;
pub mod place;
pub mod proxies;
pub mod published;
pub mod resolver;
pub mod scans;
pub mod scratch_claims;
pub mod sending;
pub mod server;
pub mod settings;
pub mod shares;
mod zones;
