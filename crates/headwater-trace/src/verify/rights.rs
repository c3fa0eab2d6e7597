//! Rights: the signer of each entry of a trace, and the right to sign the entry.

use std::collections::{BTreeMap, HashMap, HashSet};

use headwater_event::authority::{Authority, Denied};
use headwater_event::entry::Genesis;
use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_event::signed::{AuthorizedEvent, Position, SignedEvent};
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::LeafIndex;

use super::{Proven, TraceError};
use crate::recorded::{EntryContent, Recorded};
use crate::turn::give_way;

/// Replays authority over the entries of the trace, in log order, and authorizes each event (T11).
pub(super) fn authorize(
    genesis: &Genesis,
    ledger_id: Hash,
    recorded: BTreeMap<LeafIndex, Recorded>,
    newer: bool,
) -> Result<(Authority, BTreeMap<LeafIndex, Proven>), TraceError> {
    let mut authority = Authority::founded(ledger_id, genesis);
    let mut originals: HashMap<Original, LeafIndex> = HashMap::new();
    let mut entries: BTreeMap<LeafIndex, Proven> = BTreeMap::new();
    let mut newer_events: HashSet<Original> = HashSet::new();
    let mut passed_over: HashMap<LeafIndex, Event> = HashMap::new();
    for (log_index, entry) in recorded {
        give_way();
        let (leaf, recorded_at_ms, class) = (entry.leaf, entry.recorded_at_ms, entry.newer_class());
        let mut proven = Proven { log_index, leaf, recorded_at_ms, event: None, newer: None };
        let denied = |source| TraceError::Denied { log_index, source: Box::new(source) };
        match entry.content {
            EntryContent::Event(signed) => {
                let named = original_of(signed.claims());
                let place = named.and_then(|named| originals.get(&named));
                let authorized = place.and_then(|place| entries.get(place)).and_then(|proven| proven.event.as_ref());
                let original = authorized.map(AuthorizedEvent::event).or_else(|| passed_over.get(place?));
                // A correction or lift of a newer event is passed over. A later correction may name it all the same.
                let of_newer = named.is_some_and(|named| newer_events.contains(&named));
                let claims = of_newer.then(|| (signed.claims().clone(), signed.hash()));
                match judge(&authority, *signed, Position { log_index, recorded_at_ms }, original) {
                    Ok(event) => {
                        authority.apply(&event);
                        originals.insert(Original::Entry(leaf), log_index);
                        originals.insert(Original::Event(event.hash()), log_index);
                        proven.event = Some(event);
                    }
                    Err(Judged::Denied(Denied::NoOriginal)) if of_newer => {
                        if let Some((claims, hash)) = claims {
                            originals.insert(Original::Entry(leaf), log_index);
                            originals.insert(Original::Event(hash), log_index);
                            passed_over.insert(log_index, claims);
                        }
                    }
                    // The grant may be in a form that this verifier cannot read.
                    Err(Judged::Denied(_)) if newer => {}
                    Err(Judged::Denied(source)) => return Err(denied(source)),
                    Err(Judged::Trace(error)) => return Err(error),
                }
            }
            EntryContent::NewerEvent(event) => {
                let originals = [Original::Entry(leaf), Original::Event(event.hash())];
                match authority.key_of_newer(event.claims()) {
                    Ok(key) => {
                        newer_events.extend(originals);
                        let signed = event.authenticate(key);
                        signed.map_err(|source| TraceError::NotAuthentic { log_index, source })?;
                        proven.newer = class;
                    }
                    Err(_) if newer => {}
                    Err(source) => return Err(denied(source)),
                }
            }
            EntryContent::Newer { .. } => proven.newer = class,
            EntryContent::Genesis(_) | EntryContent::IndexHead(_) => {}
        }
        entries.insert(log_index, proven);
    }
    Ok((authority, entries))
}

/// Reference from an event to the one that it changes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Original {
    /// A correction names an entry, by its leaf hash.
    Entry(Hash),
    /// A lift names an event, by the event's hash.
    Event(Hash),
}

/// Returns the original that a correction or a lift names.
pub fn original_of(event: &Event) -> Option<Original> {
    match &event.body {
        KindBody::Correction(correction) => Some(Original::Entry(correction.original_entry_hash)),
        KindBody::Recall(recall) => recall.lifts.map(Original::Event),
        _ => None,
    }
}

enum Judged {
    Denied(Denied),
    Trace(TraceError),
}

fn judge(
    authority: &Authority,
    signed: SignedEvent,
    position: Position,
    original: Option<&Event>,
) -> Result<AuthorizedEvent, Judged> {
    let log_index = position.log_index;
    let key = authority.key_of(signed.claims()).map_err(Judged::Denied)?;
    let authentic =
        signed.authenticate(key).map_err(|source| Judged::Trace(TraceError::NotAuthentic { log_index, source }))?;
    authority.authorize(authentic, position, original).map_err(Judged::Denied)
}
