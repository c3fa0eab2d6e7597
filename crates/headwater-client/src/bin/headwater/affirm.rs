//! Review of the events that a party is about to affirm.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};

use anyhow::{Context as _, ensure};
use headwater_event::codec::Message as _;
use headwater_event::event::Event;
use headwater_event::kind::{Kind, KindBody};
use headwater_event::subject::PartyKey;
use headwater_tlog::hash::Hash;
use indicatif::ProgressBar;
use tokio::runtime::Runtime;

use crate::NodeArguments;

/// The largest number of recalls, lifts and corrections that a review names.
const SHOWN_MAX: usize = 64;

/// The events that a re-affirmation covers, as a node lists them.
pub struct Review {
    kinds: BTreeMap<Kind, u64>,
    /// Recalls, lifts and corrections, up to [`SHOWN_MAX`].
    weighty: Vec<String>,
    weighty_count: usize,
}

impl Review {
    /// Reads the events of a party that a key signed below a log index. Each exception has to be one of them.
    pub fn read(
        node: &NodeArguments,
        party: &PartyKey,
        key_id: Hash,
        below: u64,
        except: &BTreeSet<Hash>,
    ) -> anyhow::Result<Self> {
        let mut review = Self { kinds: BTreeMap::new(), weighty: Vec::new(), weighty_count: 0 };
        let mut excepted = BTreeSet::new();
        let progress = ProgressBar::new(below).with_message("reading the ledger");
        Runtime::new()?.block_on(async {
            let mut client = node.connect().await?;
            let take = |log_index: u64, event: &Event| {
                if log_index >= below {
                    return false;
                }
                progress.set_position(log_index);
                if event.key_id == key_id && event.party == *party {
                    let hash = Hash::plain(&event.encode());
                    if except.contains(&hash) {
                        excepted.insert(hash);
                    } else {
                        review.take(log_index, event, hash);
                    }
                }
                true
            };
            client.events(take).await.context("the review of the events")
        })?;
        progress.finish_and_clear();
        if let Some(unknown) = except.difference(&excepted).next() {
            let url = &node.url;
            anyhow::bail!(
                "--except {unknown}: {url} lists no event of key {key_id} with this hash below entry {below}"
            );
        }
        ensure!(
            !review.kinds.is_empty(),
            "--below {below}: {} lists no event that key {key_id} of {party} signed below that entry{}",
            node.url,
            if except.is_empty() { "" } else { " beside the exceptions" }
        );
        Ok(review)
    }

    fn take(&mut self, log_index: u64, event: &Event, hash: Hash) {
        *self.kinds.entry(event.kind()).or_default() += 1;
        let name = match &event.body {
            KindBody::Recall(recall) if recall.is_lift() => format!("the lift {}", recall.recall_no.as_str()),
            KindBody::Recall(recall) => format!("the recall {}", recall.recall_no.as_str()),
            KindBody::Correction(correction) => format!("a correction ({})", correction.reason),
            _ => return,
        };
        self.weighty_count += 1;
        if self.weighty.len() < SHOWN_MAX {
            let subject = event.keys().next().map(ToString::to_string).unwrap_or_default();
            self.weighty.push(format!("  entry {log_index}: {name}, {subject}, {hash}"));
        }
    }

    /// Writes the review to standard error; `except` is the number of exceptions.
    pub fn show(&self, url: &str, except: usize) {
        let kinds: Vec<String> = self.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let count: u64 = self.kinds.values().sum();
        let mut lines =
            vec![format!("affirms {count} events ({}), as {url} lists them; {except} excepted", kinds.join(", "))];
        if self.weighty_count > 0 {
            lines.push("among them, each with its hash for --except:".to_owned());
            lines.extend(self.weighty.iter().cloned());
        }
        if let Some(more @ 1..) = self.weighty_count.checked_sub(self.weighty.len()) {
            lines.push(format!("  and {more} more recalls, lifts or corrections"));
        }
        let _ = writeln!(io::stderr(), "{}", lines.join("\n"));
    }
}
