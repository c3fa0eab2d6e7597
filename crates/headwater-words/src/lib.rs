//! What events and stories say, in words for people: one set of words for every command.
//!
//! **In scope:** a line for an event, a timeline for a story, a document for machines, a text inside a page, an error with its causes. **Out of scope:** what is to be believed
//! (`headwater-trace`), and where words are shown.

pub mod error;
pub mod event;
pub mod html;
pub mod label;
pub mod timeline;
