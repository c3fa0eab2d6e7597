//! The meaning of a leaf of the log.
//!
//! **In scope:** subjects and their GS1 keys, the Digital Link that names them on a label, the canonical encoding of
//! messages, the statements that parties sign, and the entries that the log stores.
//! **Out of scope:** the log that holds the leaves (`headwater-tlog`).
//!
//! The crate does no I/O and reads no clock.
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

mod amount;
mod message;

pub mod ai_date;
pub mod attribute;
pub mod authority;
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
