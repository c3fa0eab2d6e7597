//! Events and stories in words for people: one set of words for every command.
//!
//! **In scope:** a line for an event, a timeline for a story, a document for machines, a text inside a
//! page. **Out of scope:** the verdict on evidence (`headwater-trace`), and the display of the words.
//!
//! ```text
//! Event -- event::line -----------------------> one line
//! number, Unit -- unit::amount ----------------> the number with the sign of its unit
//! Story -- timeline::lines -------------------> a timeline: time, kind, line and party of each story entry
//! Story, Judgement -- timeline::document -----> the whole answer as JSON
//! Label, Story, Date -- label::remarks -------> clauses about parts of a label that were not read or not compared
//! text -- html::escape -----------------------> the text inside a page
//! ```
//!
//! The event that made a lot of milk powder:
//!
//! ```
//! use headwater_event::event::Event;
//! use headwater_words::event::line;
//! use headwater_words::timeline::local;
//!
//! # let vector = std::fs::read_to_string("../../tests/vectors/event/kind-production.json")?;
//! # let vector: serde_json::Value = serde_json::from_str(&vector)?;
//! # let bytes = hex::decode(vector["input"]["event"].as_str().unwrap_or_default())?;
//! let event = Event::parse(&bytes)?;
//! let time = local(event.occurred_at_ms, event.utc_offset_minutes.minutes());
//! assert_eq!(time, "2026-04-17T05:20:00+02:00");
//! assert_eq!(line(&event), "10.8 kg, origin NL, use by 2027-12-31");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod event;
pub mod html;
pub mod label;
pub mod timeline;
pub mod unit;
