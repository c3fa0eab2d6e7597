//! Growth of a ledger: one sequencer gives each admitted event its log index, and answers once the commit is on stable storage.
//!
//! **In scope:** admission, the sequencer and its commit of many events at once, and the reads that gather traces and receipts. The
//! [`Store`](store::Store) below them is in scope too, with the suite that every store passes.
//! **Out of scope:** the wire protocols (`headwater-api`, `ledger-node`); the verification by a reader (`headwater-trace`).
//!
//! ```text
//! SignedEventBytes -- Ledger::admit --> Admitted -- Ledger::submit --> Pending -- answers --> Receipt, or AppendError
//!                form, rules, key,                |                              ^
//!                signature                   bounded queue                       |
//!                                                 v                              |
//!       Sequencer::run: right, pins, quotas, budgets; index, tree, check, sign   |
//!                                                 |                              |
//!                                     Store::commit, a batch at once             |
//!                                                 v                              |
//!       Ledger::trace, receipt, entries <-- Snapshot, published -----------------+
//! ```
//!
//! A ledger in memory (feature `testing`), whose operator registers a dairy:
//!
//! ```
//! use headwater_ledger::admission::AppendError;
//! use headwater_ledger::founding::found;
//! use headwater_ledger::memory::MemoryStore;
//! use headwater_ledger::open::{Options, open};
//! use headwater_trace::policy::TrustPolicy;
//!
//! # use std::sync::Arc;
//! # use std::time::Duration;
//! # use headwater_event::codec::Set;
//! # use headwater_event::entry::{Entry, EntryBody};
//! # use headwater_event::event::{Event, EventId, Role, SubjectRef};
//! # use headwater_event::kind::KindBody;
//! # use headwater_event::kind::party::{PartyAction, PartyEvent, Register};
//! # use headwater_event::place::{LangText, UtcOffset};
//! # use headwater_event::subject::Subject;
//! # use headwater_event::text::{Lang, Text};
//! # use headwater_event::transport::Country;
//! # use headwater_ledger::admission::Limits;
//! # use headwater_ledger::ledger::Quorum;
//! # use headwater_tlog::key::SecretKey;
//! # use headwater_tlog::note::{KeyKind, NoteSigner};
//! #
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let vector = std::fs::read_to_string("../../tests/vectors/entry/genesis.json")?;
//! # let vector: serde_json::Value = serde_json::from_str(&vector)?;
//! # let genesis = Entry::parse(&hex::decode(vector["input"]["entry"].as_str().unwrap_or_default())?)?;
//! # let EntryBody::Genesis(genesis) = genesis.body else { return Err("no genesis".into()) };
//! # let (operator, now_ms) = (genesis.operator.clone(), 1_777_593_600_000);
//! # let (signer, secret) = (SecretKey::from_seed(&[1; 32]), SecretKey::from_seed(&[110; 32]));
//! # let signer = NoteSigner::new(genesis.origin.as_str(), KeyKind::Log, signer)?;
//! # let log_key = signer.key().to_string();
//! // The genesis names the log, its key, and the operator. The signer signs checkpoints with that key.
//! let store = MemoryStore::new();
//! let ledger_id = found(&store, *genesis, &signer, now_ms).await?;
//! # let options = Options {
//! #     signer,
//! #     cosigners: Vec::new(),
//! #     quorum: Quorum::default(),
//! #     limits: Limits::default(),
//! #     idle_max: Duration::from_secs(600),
//! #     clock: Arc::new(move || now_ms),
//! #     holds_time: false,
//! # };
//! let (ledger, sequencer) = open(store, options).await?;
//! let running = tokio::spawn(sequencer.run());
//!
//! // The operator signs the event, and a reader who pins the ledger checks the receipt.
//! # let names = vec![LangText { lang: Lang::parse("en")?, text: Text::parse("Polderlicht Dairy")? }];
//! # let (country, roles) = (Country::parse("NL")?, Some(Set::new([Role::Brand])));
//! # let action = PartyAction::Register(Register { names, country, aliases: Vec::new(), roles });
//! # let dairy = SubjectRef { key: Subject::parse("417/9521111100010")?, quantity: None, lot: None };
//! # let event = Event {
//! #     ledger_id,
//! #     event_id: EventId::at(now_ms, [7; 10]),
//! #     party: operator,
//! #     key_id: secret.public().id(),
//! #     role: Role::Platform,
//! #     occurred_at_ms: now_ms,
//! #     utc_offset_minutes: UtcOffset::new(0).ok_or("no offset")?,
//! #     principal: None,
//! #     subjects: vec![dairy],
//! #     place: None,
//! #     after: Vec::new(),
//! #     attachments: Vec::new(),
//! #     notes: Vec::new(),
//! #     body: KindBody::Party(PartyEvent { refs: Vec::new(), commitments: Vec::new(), action }),
//! # };
//! let receipt = ledger.append(event.sign(&secret)?).await?;
//! let policy = TrustPolicy::parse(&format!("log {log_key}\nquorum none\n#headwater ledger {ledger_id}\n"))?;
//! assert_eq!(receipt.verify(&policy)?.log_index().get(), 2);
//!
//! // The same event again gets a receipt of the same entry. Another event under the same id is refused.
//! assert_eq!(ledger.append(event.sign(&secret)?).await?.verify(&policy)?.log_index().get(), 2);
//! let other = Event { occurred_at_ms: now_ms - 1, ..event };
//! let refused = ledger.append(other.sign(&secret)?).await;
//! assert!(matches!(refused, Err(AppendError::DuplicateId { .. })));
//!
//! ledger.close();
//! running.await??;
//! # Ok(())
//! # }
//! ```

pub use sets::HeldTwice;
pub use spent::UsedUp;

pub mod admission;
pub mod aside;
pub mod budget;
pub mod clock;
pub mod cosigning;
pub mod crowd;
pub mod damage;
#[cfg(feature = "testing")]
pub mod faulty;
pub mod founding;
pub mod ledger;
#[cfg(feature = "testing")]
pub mod memory;
pub mod open;
mod outcome;
mod quota;
pub mod reader;
mod rebuild;
mod receipts;
pub mod sequencer;
mod sets;
pub mod snapshot;
mod spending;
mod spent;
mod staged;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod traces;
pub mod wait;
