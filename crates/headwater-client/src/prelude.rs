//! Names that a signer needs for a first event: `use headwater_client::prelude::*`.

pub use headwater_api::refusal::Refusal;
pub use headwater_event::draft::given;
pub use headwater_event::event::{Role, SubjectRefDraft};
pub use headwater_event::subject::PartyKey;
pub use headwater_tlog::key::SecretKey;
pub use headwater_trace::evidence::VerifiedReceipt;
pub use headwater_trace::policy::TrustPolicy;

pub use crate::draft::{Author, Draft};
pub use crate::{Client, ClientError};
