//! The recall that a lift is about, named by its receipt, the id or hash of its event, or its number.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use headwater_event::codec::Message as _;
use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_event::subject::PartyKey;
use headwater_event::text::Code;
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::evidence::Receipt;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::recorded::Recorded;
use tokio::runtime::Runtime;

use crate::NodeArguments;
use crate::values::value;

/// Largest number of recalls that an error names.
const SHOWN_MAX: usize = 8;

/// The entry that the receipt in a file proves.
pub fn of_receipt(path: &Path, policy: &TrustPolicy) -> anyhow::Result<Recorded> {
    let read = || {
        let receipt = Receipt::parse(&std::fs::read(path)?)?;
        let place = LeafIndex::new(receipt.entry.log_index).context("it is of no entry")?;
        Ok::<_, anyhow::Error>((Recorded::parse(place, &receipt.entry.entry)?, receipt))
    };
    let (recorded, receipt) = read().with_context(|| format!("{} is not a receipt", path.display()))?;
    receipt.verify(policy).with_context(|| format!("{} does not hold", path.display()))?;
    Ok(recorded)
}

/// The recall that a lift is about, as its author names the recall.
#[derive(Clone)]
pub enum Wanted {
    /// Receipt of the recall, in a file.
    Receipt(PathBuf),
    /// Number of the recall, or the id or hash of its event.
    Name(Code),
}

impl Wanted {
    /// Reads a path of a file that is there, or a number, id or hash.
    pub fn parse(text: &str) -> Result<Self, String> {
        if Path::new(text).is_file() {
            return Ok(Self::Receipt(text.into()));
        }
        value(text).map(Self::Name).map_err(|rule| format!("is not a file, and {rule}"))
    }
}

/// Finds the recall that a lift is about. A receipt proves the answer of the node before the command uses the answer.
pub fn find(wanted: &Wanted, node: &NodeArguments, party: &PartyKey) -> anyhow::Result<Event> {
    match wanted {
        Wanted::Receipt(path) => proven(path, &node.policy()?),
        Wanted::Name(name) => named(name.as_str(), node, party),
    }
}

/// The recall that a receipt proves.
fn proven(path: &Path, policy: &TrustPolicy) -> anyhow::Result<Event> {
    let (recorded, path) = (of_receipt(path, policy)?, path.display());
    let event = recorded.claims().with_context(|| format!("{path} is of no event that this version reads"))?;
    ensure!(number(event).is_some(), "{path} is of {}, and only a recall is lifted", describe(event));
    Ok(event.clone())
}

/// Finds the recall with a number, or with an event of this id or hash.
fn named(wanted: &str, node: &NodeArguments, party: &PartyKey) -> anyhow::Result<Event> {
    Runtime::new()?.block_on(async {
        let mut client = node.connect().await?;
        let (mut own, mut foreign, mut others, mut more) = (Vec::new(), Vec::new(), Vec::new(), 0);
        client
            .entries(|entry| {
                let Some(event) = entry.claims() else { return true };
                if is(event, wanted) {
                    // Each author gives its recalls its own numbers.
                    let meant = if event.party == *party { &mut own } else { &mut foreign };
                    if meant.len() < SHOWN_MAX {
                        meant.push(event.clone());
                    }
                } else if number(event).is_some() {
                    if others.len() < SHOWN_MAX { others.push(describe(event)) } else { more += 1 }
                }
                true
            })
            .await?;
        let meant = if own.is_empty() { foreign } else { own };
        let event = match meant.as_slice() {
            [event] => event,
            [] if others.is_empty() => bail!("{wanted:?} is not a file, and {} lists no recall", node.url),
            [] => {
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                bail!("{wanted:?} is not a file, and names no recall: {} lists {}{more}", node.url, others.join(", "))
            }
            several => {
                let all: Vec<String> = several.iter().map(describe).collect();
                bail!("{wanted:?} names {}; name one by its id", all.join(", "))
            }
        };
        ensure!(
            number(event).is_some(),
            "{wanted} is {}, as {} lists it, and only a recall is lifted",
            describe(event),
            node.url
        );
        let receipt = client.receipt(&event.party, event.event_id).await?;
        let proven = Event::parse(&receipt.signed().event)?;
        let is_it = is(&proven, wanted) && number(&proven).is_some();
        ensure!(
            is_it,
            "{wanted} is {} as {} lists it, and {} as its receipt proves",
            describe(event),
            node.url,
            describe(&proven)
        );
        Ok(proven)
    })
}

/// Whether an event is the one that a text names.
fn is(event: &Event, wanted: &str) -> bool {
    let by_number = number(event).is_some_and(|number| number == wanted);
    let by_id = event.event_id.to_string() == wanted;
    let by_hash = || wanted.len() == 64 && Hash::plain(&event.encode()).to_string() == wanted;
    by_number || by_id || by_hash()
}

/// Number of a recall; `None` for a lift and for another kind.
fn number(event: &Event) -> Option<&str> {
    match &event.body {
        KindBody::Recall(recall) if !recall.is_lift() => Some(recall.recall_no.as_str()),
        _ => None,
    }
}

fn describe(event: &Event) -> String {
    let what = match number(event) {
        Some(number) => format!("the recall {number}"),
        None => format!("a {}", event.kind()),
    };
    format!("{what} of {} (event {})", event.party, event.event_id)
}
