//! Events and stories in words for people: one set of words for every command.
//!
//! **In scope:** a line for an event, a timeline for a story, a document for machines, a text inside a page, an error
//! with its causes. **Out of scope:** the verdict on evidence (`headwater-trace`), and the display of the words.

pub mod error;
pub mod event;
pub mod html;
pub mod label;
pub mod timeline;
