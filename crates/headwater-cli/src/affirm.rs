//! Review of the events that a party is about to affirm.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, Write as _};

use anyhow::{Context as _, ensure};
use headwater_event::base_url::BaseUrl;
use headwater_event::event::Event;
use headwater_event::kind::{Kind, KindBody};
use headwater_event::subject::PartyKey;
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::recorded::{EntryContent, Recorded};
use indicatif::ProgressBar;
use tokio::runtime::Runtime;

use crate::NodeArguments;

/// The largest number of recalls, lifts and corrections that a review names: the newest ones, since a thief comes last.
const SHOWN_MAX: usize = 64;

/// The events that a re-affirmation covers, as a node lists them.
pub struct Review {
    kinds: BTreeMap<Kind, u64>,
    /// Events of a newer format, which this version cannot read.
    newer: u64,
    /// Recalls, lifts and corrections: the newest [`SHOWN_MAX`] of them.
    weighty: VecDeque<String>,
    weighty_count: usize,
}

impl Review {
    /// Reads the events of a party that a key signed below a log index. `below` is the number that the re-affirmation states. Each exception
    /// has to be one of the events.
    pub fn read(
        node: &NodeArguments,
        party: &PartyKey,
        key_id: Hash,
        below: u64,
        except: &BTreeSet<Hash>,
    ) -> anyhow::Result<Self> {
        let mut review = Self { kinds: BTreeMap::new(), newer: 0, weighty: VecDeque::new(), weighty_count: 0 };
        let mut excepted = BTreeSet::new();
        let progress = ProgressBar::new(below).with_message("reading the ledger");
        Runtime::new()?.block_on(async {
            let mut client = node.connect().await?;
            let take = |entry: &Recorded| {
                if entry.log_index.get() >= below {
                    return false;
                }
                progress.set_position(entry.log_index.get());
                let (signer, hash) = match &entry.content {
                    EntryContent::Event(event) => ((&event.claims().party, event.claims().key_id), event.hash()),
                    EntryContent::NewerEvent(event) => ((&event.claims().party, event.claims().key_id), event.hash()),
                    EntryContent::Genesis(_) | EntryContent::IndexHead(_) | EntryContent::Newer { .. } => return true,
                };
                if signer == (party, key_id) && !except.contains(&hash) {
                    review.take(entry.log_index, entry.claims(), hash);
                } else if signer == (party, key_id) {
                    excepted.insert(hash);
                }
                true
            };
            client.entries(take).await.context("the review of the events")
        })?;
        progress.finish_and_clear();
        if let Some(unknown) = except.difference(&excepted).next() {
            let url = &node.url;
            anyhow::bail!(
                "--except {unknown}: {url} lists no event of key {key_id} with this hash below entry {below}"
            );
        }
        ensure!(
            review.count() > 0,
            "--below {below}: {} lists no event that key {key_id} of {party} signed below that entry{}",
            node.url,
            if except.is_empty() { "" } else { " beside the exceptions" }
        );
        Ok(review)
    }

    fn count(&self) -> u64 {
        self.newer + self.kinds.values().sum::<u64>()
    }

    fn take(&mut self, log_index: LeafIndex, event: Option<&Event>, hash: Hash) {
        let Some(event) = event else {
            self.newer += 1;
            return self
                .name(format!("  entry {log_index}: of a newer format, which this version cannot read, {hash}"));
        };
        *self.kinds.entry(event.kind()).or_default() += 1;
        let name = match &event.body {
            KindBody::Recall(recall) if recall.is_lift() => format!("the lift {}", recall.recall_no.as_str()),
            KindBody::Recall(recall) => format!("the recall {}", recall.recall_no.as_str()),
            KindBody::Correction(correction) => format!("a correction ({})", correction.reason),
            _ => return,
        };
        let subject = event.keys().next().map(ToString::to_string).unwrap_or_default();
        self.name(format!("  entry {log_index}: {name}, {subject}, {hash}"));
    }

    fn name(&mut self, line: String) {
        self.weighty_count += 1;
        if self.weighty.len() >= SHOWN_MAX {
            self.weighty.pop_front();
        }
        self.weighty.push_back(line);
    }

    /// Writes the review to standard error; `except` is the number of exceptions.
    pub fn show(&self, url: &BaseUrl, except: usize) {
        let mut kinds: Vec<String> = self.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        if self.newer > 0 {
            kinds.push(format!("{} of a newer format", self.newer));
        }
        let count = self.count();
        let mut lines =
            vec![format!("affirms {count} events ({}), as {url} lists them; {except} excepted", kinds.join(", "))];
        if self.weighty_count > 0 {
            lines.push("among them, each with its hash for --except:".to_owned());
            if let Some(more @ 1..) = self.weighty_count.checked_sub(self.weighty.len()) {
                lines.push(format!("  {more} older recalls, lifts or corrections, not shown here"));
            }
            lines.extend(self.weighty.iter().cloned());
        }
        let _ = writeln!(io::stderr(), "{}", lines.join("\n"));
    }
}
