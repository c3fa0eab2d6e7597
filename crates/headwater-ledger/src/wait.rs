//! Reasons for which a ledger takes no events for a while. Reads go on.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Doubt;

/// Time after which the log gives a reason again whose text has changed meanwhile, such as the answers of anchors.
const AGAIN: Duration = Duration::from_secs(60);

/// A reason for which writes wait.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Wait {
    /// The disk is nearly full.
    #[error("the disk of the ledger is nearly full")]
    NoSpace,
    /// The time is in doubt.
    #[error(transparent)]
    Clock(#[from] Doubt),
    /// The node holds the ledger back.
    #[error(transparent)]
    Held(#[from] Held),
}

/// Reason of a hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hold {
    /// The anchors of the node do not follow it yet.
    Unanchored,
    /// The task that asks the anchors ended.
    AnchorsLost,
    /// An anchor holds a longer log.
    RolledBack,
    /// An anchor holds another log.
    Forked,
    /// The home of the node was copied or moved.
    Copied,
}

impl Hold {
    /// Name of the reason, in metrics and in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Hold::Unanchored => "UNANCHORED",
            Hold::AnchorsLost => "ANCHORS_LOST",
            Hold::RolledBack => "ROLLED_BACK",
            Hold::Forked => "FORKED",
            Hold::Copied => "COPIED",
        }
    }

    /// Whether the hold can end without an act of a person.
    pub const fn passes(self) -> bool {
        matches!(self, Hold::Unanchored)
    }
}

/// A hold: an order of the node that keeps a ledger from signing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{words}")]
pub struct Held {
    /// Reason of the hold.
    pub reason: Hold,
    /// Text of the reason for authors and readers.
    pub words: &'static str,
    /// Text of the reason for the operator, with addresses and with the way out.
    pub why: String,
    /// Whether an index head alone may be written. Others then see that this node goes on, and not a copy of it.
    pub lets_heads: bool,
}

impl Wait {
    /// Name of the reason, in metrics and in the log.
    pub fn reason(&self) -> &'static str {
        match self {
            Wait::NoSpace => "NO_SPACE",
            Wait::Clock(_) => "CLOCK",
            Wait::Held(held) => held.reason.name(),
        }
    }

    /// Whether the ledger may take the same bytes later.
    pub fn passes(&self) -> bool {
        !matches!(self, Wait::Held(held) if !held.reason.passes())
    }

    /// Text of the reason for the operator.
    pub fn why(&self) -> String {
        match self {
            Wait::Held(held) => held.why.clone(),
            wait => wait.to_string(),
        }
    }
}

/// The log of the reasons for which writes wait: each change of the reason, and a change of its text at most once in [`AGAIN`].
#[derive(Default)]
pub(crate) struct WaitLog(Option<(Wait, Instant)>);

impl WaitLog {
    /// Takes the reason of this moment, and logs it if the log does not have it yet.
    pub fn take(&mut self, now: Option<&Wait>) {
        let is_other = self.0.as_ref().map(|(wait, _)| wait.reason()) != now.map(Wait::reason);
        if let Some((over, _)) = self.0.as_ref().filter(|_| is_other) {
            tracing::info!("{} is over", over.reason());
            metrics::gauge!("headwater_writes_wait", "reason" => over.reason()).set(0.0);
        }
        let Some(wait) = now else {
            if self.0.take().is_some() {
                tracing::info!("writes go on");
            }
            return;
        };
        let is_known = |(said, at): &(Wait, Instant)| wait.why() == said.why() || at.elapsed() < AGAIN;
        if is_other || !self.0.as_ref().is_some_and(is_known) {
            tracing::error!("{}: {}; writes wait, reads go on", wait.reason(), wait.why());
            metrics::gauge!("headwater_writes_wait", "reason" => wait.reason()).set(1.0);
            self.0 = Some((wait.clone(), Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_text_that_changes_is_logged_again_after_a_minute_and_another_reason_at_once() {
        let held =
            |reason, why: &str| Wait::Held(Held { reason, words: "it waits", why: why.to_owned(), lets_heads: false });
        let mut log = WaitLog::default();
        let mut logged = |wait: &Wait| {
            log.take(Some(wait));
            log.0.as_ref().map(|(said, _)| said.why())
        };
        let (none, one, other) =
            (held(Hold::Unanchored, "0 of 2"), held(Hold::Unanchored, "1 of 2"), held(Hold::Copied, "moved"));
        assert_eq!(logged(&none).as_deref(), Some("0 of 2"));
        assert_eq!(logged(&one).as_deref(), Some("0 of 2"), "not yet");
        tokio::time::advance(AGAIN).await;
        assert_eq!(logged(&one).as_deref(), Some("1 of 2"));
        assert_eq!(logged(&other).as_deref(), Some("moved"));
        log.take(None);
        assert!(log.0.is_none());
    }
}
