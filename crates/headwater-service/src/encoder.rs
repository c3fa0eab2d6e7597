//! Answers of the ledger as messages.

use std::sync::Arc;

use headwater_api::append_outcome::Outcome;
use headwater_api::{AppendOutcome, EventRefusal};
use headwater_event::codec::Message as _;
use headwater_ledger::ledger::Answer;
use headwater_trace::evidence::Receipt;

use crate::status::{refusal_of_append, words_of_append};

/// Encoder of a group's answers. Repeats in a row that share a receipt share its encoding.
#[derive(Default)]
pub(crate) struct Encoder {
    last: Option<(Arc<Receipt>, Vec<u8>)>,
}

impl Encoder {
    /// Encodes the answer to one event.
    pub fn outcome(&mut self, answer: Answer) -> AppendOutcome {
        let outcome = match answer.reply {
            Ok(receipt) if answer.is_repeat => Outcome::Receipt(self.repeated(receipt)),
            Ok(receipt) => Outcome::Receipt(receipt.encode()),
            Err(error) => {
                let refusal = refusal_of_append(&error);
                Outcome::Refusal(EventRefusal {
                    code: refusal.code() as u32,
                    reason: refusal.name().to_owned(),
                    message: words_of_append(&error),
                })
            }
        };
        AppendOutcome { outcome: Some(outcome) }
    }

    fn repeated(&mut self, receipt: Arc<Receipt>) -> Vec<u8> {
        if let Some((_, bytes)) = self.last.as_ref().filter(|(last, _)| Arc::ptr_eq(last, &receipt)) {
            return bytes.clone();
        }
        let bytes = receipt.encode();
        self.last = Some((receipt, bytes.clone()));
        bytes
    }
}
