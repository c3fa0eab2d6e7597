//! The gRPC service of a ledger: a message becomes a call of the ledger, and a refusal becomes a gRPC status.
//!
//! **In scope:** the conversion of messages, the gRPC status of each refusal, and the limits of an address that hands in events.
//! **Out of scope:** every decision (`headwater-ledger`), the messages (`headwater-api`), and the server around the service
//! (`ledger-node`).
//!
//! ```text
//! AppendRequest -- Caller: rate, turn--> SignedEventBytes -- Ledger::admit, try_submit --> Receipt --> AppendResponse
//!                           |                                    |
//!                    status::too_fast                       AppendError
//!                           v                                    v
//!                         Status <------------- status::of_append
//!
//! GetTraceRequest, GetReceiptRequest -- Caller: reads at once--> Ledger::trace, receipt --> their responses
//!                                                                          |
//!                                                                      ReadError -- status::of_read --> Status
//! ```
//!
//! The service on a ledger in memory, called without a network:
//!
//! ```
//! use headwater_api::ledger_service_server::{LedgerService, LedgerServiceServer};
//! use headwater_api::{AppendRequest, GetCheckpointRequest};
//! use headwater_service::service::Service;
//! use headwater_trace::policy::TrustPolicy;
//! use tonic::{Code, Request};
//!
//! # use std::sync::Arc;
//! # use std::time::Duration;
//! # use headwater_event::entry::{Entry, EntryBody};
//! # use headwater_ledger::admission::Limits;
//! # use headwater_ledger::founding::found;
//! # use headwater_ledger::ledger::Quorum;
//! # use headwater_ledger::memory::MemoryStore;
//! # use headwater_ledger::open::{Options, open};
//! # use headwater_tlog::key::SecretKey;
//! # use headwater_tlog::note::{KeyKind, NoteSigner};
//! #
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let vector = std::fs::read_to_string("../../tests/vectors/entry/genesis.json")?;
//! # let vector: serde_json::Value = serde_json::from_str(&vector)?;
//! # let genesis = Entry::parse(&hex::decode(vector["input"]["entry"].as_str().unwrap_or_default())?)?;
//! # let EntryBody::Genesis(genesis) = genesis.body else { return Err("no genesis".into()) };
//! # let signer = NoteSigner::new(genesis.origin.as_str(), KeyKind::Log, SecretKey::from_seed(&[1; 32]))?;
//! # let (store, now_ms, log_key) = (MemoryStore::new(), 1_777_593_600_000, signer.key().to_string());
//! # let ledger_id = found(&store, *genesis, &signer, now_ms).await?;
//! # let policy = TrustPolicy::parse(&format!("log {log_key}\nquorum none\n#headwater ledger {ledger_id}\n"))?;
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
//! tokio::spawn(sequencer.run());
//! let service = Service::new(ledger);
//!
//! let answer = service.get_checkpoint(Request::new(GetCheckpointRequest { audited: false })).await?;
//! policy.open(&answer.into_inner().note)?;
//!
//! let append = AppendRequest { event: b"not an event".to_vec(), signature: vec![0; 64] };
//! let refused = service.append(Request::new(append)).await.err().ok_or("no refusal")?;
//! assert_eq!(refused.code(), Code::InvalidArgument);
//!
//! // A server adds the service to its routes.
//! let mounted = LedgerServiceServer::new(service);
//! # let _: LedgerServiceServer<Service<MemoryStore>> = mounted;
//! # Ok(())
//! # }
//! ```

pub mod caller;
mod encoder;
pub mod service;
pub mod status;
