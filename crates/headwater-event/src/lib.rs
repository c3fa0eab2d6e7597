//! The meaning of a leaf of the log: a party signs an event about subjects, with a right that follows from earlier entries.
//!
//! **In scope:** subjects and their GS1 keys, the Digital Link that names them on a label, the canonical encoding of
//! messages, the statements that parties sign, and the entries that the log stores.
//! **Out of scope:** the log that holds the leaves (`headwater-tlog`).
//!
//! The crate does no I/O and reads no clock.
//!
//! ```text
//! label -- DigitalLink::parse --> DigitalLink -- subject --> Subject
//!
//! Event -- sign --> SignedEventBytes -- Entry::encode --> the bytes of a leaf
//!                        |
//!                SignedEvent::parse
//!                        v
//!                   SignedEvent -- authenticate --> AuthenticEvent -- Authority::authorize --> AuthorizedEvent
//!                   claims alone                    signed by its key                          allowed, then
//! ```
//!
//! A label leads to the subjects that have chains:
//!
//! ```
//! use headwater_event::digital_link::DigitalLink;
//!
//! let label = "https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T?17=271231";
//! let link = DigitalLink::parse(label)?;
//! assert_eq!(link.subject().map(|item| item.to_string()).as_deref(), Some("01/09526543000013/21/7KQ2M9XW4T"));
//! assert_eq!(link.lot().map(|lot| lot.to_string()).as_deref(), Some("01/09526543000013/10/L26-0417"));
//! # Ok::<(), headwater_event::digital_link::DigitalLinkError>(())
//! ```
//!
//! A party signs an event, and a reader checks the bytes:
//!
//! ```
//! use headwater_event::event::Event;
//! use headwater_event::kind::Kind;
//! use headwater_event::signed::SignedEvent;
//! use headwater_tlog::key::SecretKey;
//!
//! # let vector = std::fs::read_to_string("../../tests/vectors/event/kind-production.json")?;
//! # let vector: serde_json::Value = serde_json::from_str(&vector)?;
//! # let bytes = hex::decode(vector["input"]["event"].as_str().unwrap_or_default())?;
//! let secret = SecretKey::from_seed(&[7; 32]);
//! let event = Event { key_id: secret.public().id(), ..Event::parse(&bytes)? };
//! let mut signed = event.sign(&secret)?;
//!
//! let authentic = SignedEvent::parse(signed.clone())?.authenticate(&secret.public())?;
//! assert_eq!(authentic.event().kind(), Kind::Production);
//!
//! // Another date of expiry is another event, which the party did not sign.
//! let year = signed.event.windows(4).position(|year| year == b"2027").ok_or("no date")?;
//! signed.event[year + 3] = b'9';
//! let changed = SignedEvent::parse(signed)?;
//! assert!(changed.authenticate(&secret.public()).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod amount;
mod message;

pub mod ai_date;
pub mod attribute;
pub mod authority;
pub mod base_url;
pub mod causes;
pub mod check_digit;
pub mod code_list;
pub mod codec;
pub mod digital_link;
pub mod document;
pub mod draft;
pub mod entry;
pub mod event;
pub mod fault;
pub mod gs1;
pub mod kind;
pub mod measure;
pub mod newer;
pub mod place;
pub mod rules;
pub mod schema;
pub mod signature;
pub mod signed;
pub mod subject;
pub mod text;
pub mod transport;
