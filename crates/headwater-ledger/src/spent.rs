//! Use of the budget of a subject: a fold over the entries of its chain.

use std::collections::hash_map::Entry as MapEntry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};

use headwater_event::authority::{Denied, needs_goods};
use headwater_event::event::{Event, Role};
use headwater_event::kind::party::PartyAction;
use headwater_event::kind::{Kind, KindBody};
use headwater_event::signed::{AuthenticEvent, AuthorizedEvent, Position};
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::chain::Chain;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Key;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::recorded::{EntryContent, Recorded};
use headwater_trace::turn::give_way;

use crate::admission::AppendError;
use crate::budget::{
    Budget, CORRECTIONS_MAX, ENDING_BYTES_MAX, ENTRY_WEIGHT, KIB, RECALLS_MAX, ROLES, Share, TRANSFORMATIONS_MAX,
};
use crate::clock::recorded_at;
use crate::ledger::Ledger;
use crate::reader::{ReadError, parse};
use crate::staged::Staged;
use crate::store::{Store, read};

/// Maximum number of subjects whose use stays in memory, in each of two generations: some 100 to 400 bytes each.
const KEPT_MAX: usize = 32_768;

/// Maximum number of bytes of the entries that are kept parsed while the budgets of one event, or of a group, are read. The subjects of
/// one event share many entries.
const PARSED_BYTES_MAX: usize = 2 << 20;
/// Maximum number of entries that the sequencer reads for the budgets of one batch: those of subjects whose chain grew, or whose author
/// got a right, after the events came.
const SEQUENCED_READS_MAX: u64 = 512;
/// Number of entries of a chain that are read before other tasks have their turn.
const READ_AT_ONCE: usize = 64;

/// Bytes by which a lift may be longer than its recall: the hash of the recall, and some words.
const LIFT_BYTES: u32 = 512;

/// Prefix of a hash. Sixteen bytes keep the entries of one chain apart.
type Short = [u8; 16];

fn short(hash: &Hash) -> Short {
    beginning(hash.as_bytes())
}

fn short_party(party: &PartyKey) -> Short {
    beginning(Subject::Party(party.clone()).index_key().as_bytes())
}

fn beginning(bytes: &[u8; Hash::BYTES]) -> Short {
    bytes.first_chunk().copied().unwrap_or_default()
}

/// Refusal for good: a budget for life is used up.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{subject}: {what} is used up for good ({limit}); {way}")]
pub struct UsedUp {
    /// Subject whose budget is used up.
    pub subject: Subject,
    /// Share or count that is used up, in words.
    pub what: &'static str,
    /// Limit with its unit, in words.
    pub limit: String,
    /// Advice to the author on another way.
    pub way: &'static str,
}

/// Entry that a correction names, as far as budgets need it.
#[derive(Clone, Copy, Debug)]
struct Origin {
    leaf: Short,
    share: Share,
    is_own: bool,
}

/// The charge of an event to the budget of one of its subjects.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    budget: Budget,
    share: Share,
    weight: u32,
    author: Short,
    /// Parties whose chains a trace shows beside the entry, each with the share that counts the party.
    parties: Vec<(Share, Short)>,
    root: Option<Short>,
    makes: bool,
    recall: Option<Recalled>,
    /// Number of rights and keys that the event gives. `ends` is the share in which the event ends some.
    adds: u32,
    ends: Option<Share>,
}

#[derive(Clone, Copy, Debug)]
enum Recalled {
    Made,
    Lifted(Short),
}

/// Use of the budget of one subject.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Spent {
    /// Number of entries of the chain that this use covers.
    pub count: u64,
    weights: BTreeMap<Share, u32>,
    parties: BTreeSet<(Share, Short)>,
    /// Recalls that no lift has ended, each with its author and the weight that was taken for it.
    recalls: BTreeMap<Short, (Short, u32)>,
    /// Number of corrections, by entry and party.
    corrections: BTreeMap<(Short, Short), u32>,
    /// Entry that each correction leads back to, with the share that counted the correction.
    roots: BTreeMap<Short, (Short, Share)>,
    transformations: u32,
    /// Number of rights and keys that were given. `ends` is the number of those that were ended, by share.
    adds: u32,
    ends: BTreeMap<Share, u32>,
}

/// Share of an event on a subject, for events that are not corrections.
fn share_of(event: &Event, subject: &Subject, operator: &PartyKey) -> Share {
    if let KindBody::Party(body) = &event.body {
        return match (&body.action, subject) {
            (PartyAction::EndDelegation(_), _) => Share::Ends,
            (_, Subject::Delegation { .. }) => Share::Grants,
            (PartyAction::Points(_), _) if event.party != *operator => Share::Points,
            (
                PartyAction::RevokeKey(_) | PartyAction::EndRole(_) | PartyAction::EndPrefix(_),
                Subject::Party(concerned),
            ) if *concerned == event.party => Share::GivenUp,
            (_, Subject::Party(concerned)) if *concerned == event.party => Share::Itself,
            _ => Share::Operator,
        };
    }
    match (event.kind(), event.role) {
        (Kind::Recall, Role::Regulator) => Share::OrderedRecalls,
        (Kind::Recall, _) => Share::Recalls,
        (_, Role::Customs) => Share::Customs,
        (_, Role::Lab) => Share::Labs,
        (_, Role::Certifier) => Share::Certifiers,
        (_, Role::Regulator) => Share::Regulators,
        (_, Role::Platform) => Share::Platforms,
        _ if event.principal.is_none() => Share::Owner,
        _ if matches!(subject, Subject::Lot(..)) && event.takes_part_of(subject) && !event.makes(subject) => {
            Share::Parts
        }
        _ => Share::Delegates,
    }
}

/// Number of rights and keys that an event gives, and that a later event may end.
fn adds(event: &Event) -> u32 {
    match &event.body {
        KindBody::Party(body) => match &body.action {
            PartyAction::Register(act) => {
                let roles = act.roles.as_ref().map_or(0, |roles| roles.as_slice().len());
                u32::try_from(roles).unwrap_or(u32::MAX)
            }
            PartyAction::AddKey(_)
            | PartyAction::GrantRole(_)
            | PartyAction::GrantPrefix(_)
            | PartyAction::Delegate(_) => 1,
            _ => 0,
        },
        _ => 0,
    }
}

impl Spent {
    /// Computes the use by the entries of a whole chain.
    pub fn of_chain<'a>(subject: &Subject, chain: impl Iterator<Item = &'a Recorded>, operator: &PartyKey) -> Self {
        let mut spent = Self::default();
        let mut seen: HashMap<Short, (Share, &PartyKey)> = HashMap::new();
        for recorded in chain {
            // The charge is computed as it was when the entry was staged. Every entry counts, also one without a charge.
            spent.count += 1;
            let EntryContent::Event(signed) = &recorded.content else { continue };
            let event = signed.claims();
            let origin = match &event.body {
                KindBody::Correction(correction) => {
                    let leaf = short(&correction.original_entry_hash);
                    seen.get(&leaf).map(|(share, author)| Origin {
                        leaf,
                        share: *share,
                        is_own: **author == event.party,
                    })
                }
                _ => None,
            };
            seen.insert(short(&recorded.leaf), (share_of(event, subject, operator), &event.party));
            if let Some(budget) = Budget::at(subject, spent.count - 1) {
                let charge = spent.charge(budget, event, subject, signed.signed().event.len(), origin, operator);
                spent.add(&charge, &recorded.leaf, &signed.hash());
            }
        }
        spent
    }

    /// Computes the charge of a new event; `original` is the event that a correction names.
    pub fn charge_for(
        &self,
        budget: Budget,
        event: &Event,
        subject: &Subject,
        bytes: usize,
        original: Option<&Event>,
        operator: &PartyKey,
    ) -> Charge {
        let origin = match (&event.body, original) {
            (KindBody::Correction(correction), Some(original)) => Some(Origin {
                leaf: short(&correction.original_entry_hash),
                share: share_of(original, subject, operator),
                is_own: original.party == event.party,
            }),
            _ => None,
        };
        self.charge(budget, event, subject, bytes, origin, operator)
    }

    fn charge(
        &self,
        budget: Budget,
        event: &Event,
        subject: &Subject,
        bytes: usize,
        origin: Option<Origin>,
        operator: &PartyKey,
    ) -> Charge {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let mut weight = bytes.saturating_add(ENTRY_WEIGHT);
        let root = origin.map(|origin| self.roots.get(&origin.leaf).copied().unwrap_or((origin.leaf, origin.share)));
        let share = match (root, origin) {
            // A correction by the author counts in the share of the original, a correction by another party in that of regulators.
            (Some((_, share)), Some(origin)) => {
                let share = if origin.is_own { share } else { Share::Regulators };
                let has_reserve = !share.is_of_a_role() || share == Share::Regulators;
                let is_full = !self.has_room(budget, share, weight);
                if is_full && has_reserve { Share::Corrections } else { share }
            }
            _ => share_of(event, subject, operator),
        };
        let author = short_party(&event.party);
        let recall = match &event.body {
            KindBody::Recall(recall) => {
                Some(recall.lifts.as_ref().map_or(Recalled::Made, |of| Recalled::Lifted(short(of))))
            }
            _ => None,
        };
        match &recall {
            // A recall takes the room of its lift too, so that a lift that is hardly longer is never refused.
            Some(Recalled::Made) => weight = weight.saturating_mul(2).saturating_add(LIFT_BYTES),
            Some(Recalled::Lifted(of)) => {
                let has_room = |(_, taken): &(Short, u32)| weight.saturating_mul(2) <= taken.saturating_add(LIFT_BYTES);
                weight = if self.recalls.get(of).is_some_and(has_room) { 0 } else { weight };
            }
            None => {}
        }
        // A right or key that is given takes the room of its end too.
        let adds = adds(event);
        weight = weight.saturating_add(adds.saturating_mul(ENDING_BYTES_MAX + ENTRY_WEIGHT));
        let ends = matches!(share, Share::GivenUp | Share::Ends).then_some(share);
        if ends.is_some_and(|by| bytes <= ENDING_BYTES_MAX && self.ends.get(&by).copied().unwrap_or(0) < self.adds) {
            weight = 0;
        }
        if share == Share::Operator {
            weight = 0;
        }
        let is_own = origin.is_some_and(|origin| origin.is_own);
        let principal = event.principal.as_ref().filter(|_| needs_goods(event)).map(short_party);
        // An author that corrects its own entry brings no new chain; a delegate of two holders brings two delegations.
        let parties = match (is_own, principal) {
            (true, _) => Vec::new(),
            (false, None) => vec![(share.of_parties(), author)],
            (false, Some(principal)) => {
                let pair = [principal, author].concat();
                vec![(share.of_parties(), short(&Hash::plain(&pair))), (Share::Principals, principal)]
            }
        };
        let (root, makes) = (root.map(|(root, _)| root), event.makes(subject));
        Charge { budget, share, weight, author, parties, root, makes, recall, adds, ends }
    }

    fn used(&self, share: Share) -> u32 {
        self.weights.get(&share).copied().unwrap_or(0)
    }

    fn has_room(&self, budget: Budget, share: Share, weight: u32) -> bool {
        let used = self.used(share).saturating_add(weight);
        let own = budget.kib(share) * KIB;
        if weight == 0 || used <= own {
            return true;
        }
        // Roles share a pool beyond their minima.
        let beyond = |of: Share| {
            let used = if of == share { used } else { self.used(of) };
            used.saturating_sub(budget.kib(of) * KIB)
        };
        share.is_of_a_role() && ROLES.into_iter().map(beyond).sum::<u32>() <= budget.pool() * KIB
    }

    /// Checks that a charge fits in the budget.
    pub fn allows(&self, charge: &Charge, subject: &Subject) -> Result<(), UsedUp> {
        let budget = charge.budget;
        let used_up = |what, limit: String, way| Err(UsedUp { subject: subject.clone(), what, limit, way });
        if let Some(root) = charge.root
            && self.corrections.get(&(root, charge.author)).is_some_and(|so_far| *so_far as usize >= CORRECTIONS_MAX)
        {
            let way = "another party that may correct it may do so; or say anew what is right";
            return used_up("how often one party may correct one entry", CORRECTIONS_MAX.to_string(), way);
        }
        let recalled = || self.recalls.values().filter(|(author, _)| *author == charge.author).count();
        if matches!(charge.recall, Some(Recalled::Made)) && recalled() >= RECALLS_MAX {
            let way = "lift what no longer holds";
            return used_up("how many recalls of one party may hold", RECALLS_MAX.to_string(), way);
        }
        if charge.makes && self.transformations >= TRANSFORMATIONS_MAX {
            let way = "make another lot, and join both";
            return used_up("how often it may be made", TRANSFORMATIONS_MAX.to_string(), way);
        }
        if !self.has_room(budget, charge.share, charge.weight) {
            let kib = budget.kib(charge.share);
            let limit = match charge.share.is_of_a_role() {
                true => format!("{kib} KiB, and {} KiB with other roles", budget.pool()),
                false => format!("{kib} KiB"),
            };
            return used_up(charge.share.as_str(), limit, charge.share.way_out(subject));
        }
        for of in charge.parties.iter().filter(|of| !self.parties.contains(of)) {
            let max = budget.parties(of.0);
            if self.parties.iter().filter(|(share, _)| *share == of.0).count() >= max {
                return used_up("how many parties may speak of it", max.to_string(), of.0.way_out(subject));
            }
        }
        Ok(())
    }

    /// Adds the charge of an entry with this leaf, which records the event with this hash.
    pub fn take(&mut self, charge: &Charge, leaf: &Hash, event: &Hash) {
        self.count += 1;
        self.add(charge, leaf, event);
    }

    fn add(&mut self, charge: &Charge, leaf: &Hash, event: &Hash) {
        let used = self.weights.entry(charge.share).or_default();
        *used = used.saturating_add(charge.weight);
        self.parties.extend(charge.parties.iter().copied());
        if let Some(root) = charge.root {
            *self.corrections.entry((root, charge.author)).or_default() += 1;
            self.roots.insert(short(leaf), (root, charge.share));
        }
        self.transformations += u32::from(charge.makes);
        match charge.recall {
            Some(Recalled::Made) => drop(self.recalls.insert(short(event), (charge.author, charge.weight))),
            Some(Recalled::Lifted(of)) => drop(self.recalls.remove(&of)),
            None => {}
        }
        self.adds = self.adds.saturating_add(charge.adds);
        if let Some(by) = charge.ends {
            *self.ends.entry(by).or_default() += 1;
        }
    }
}

/// Recent uses of budgets, in two generations. The older generation is dropped when the younger is full.
#[derive(Default)]
pub(crate) struct Kept {
    young: HashMap<Key, Arc<Spent>>,
    old: HashMap<Key, Arc<Spent>>,
}

impl Kept {
    /// Returns the use of a budget, if it covers exactly `count` entries of the chain.
    pub fn find(&mut self, key: &Key, count: u64) -> Option<Arc<Spent>> {
        let found = self.young.get(key).or_else(|| self.old.get(key)).filter(|spent| spent.count == count)?.clone();
        self.keep(*key, found.clone());
        Some(found)
    }

    /// Keeps the use of a budget, unless the use that is kept covers more of the chain.
    pub fn keep(&mut self, key: Key, spent: Arc<Spent>) {
        if self.young.get(&key).or_else(|| self.old.get(&key)).is_some_and(|kept| kept.count > spent.count) {
            return;
        }
        if self.young.len() >= KEPT_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, spent);
    }
}

/// The budget of a subject whose chain has so many entries. The operator's own chain is the operator's to fill.
fn budget_of(subject: &Subject, count: u64, operator: &PartyKey) -> Option<Budget> {
    let is_apart = matches!(subject, Subject::Party(party) if party == operator);
    Budget::at(subject, count).filter(|_| !is_apart)
}

/// Entries of chains on their way into budgets.
#[derive(Default)]
pub(crate) struct Parsed {
    entries: HashMap<LeafIndex, Arc<Recorded>>,
    bytes: usize,
    /// The number of entries that were read from the store.
    read: usize,
}

/// Use of the budgets of the subjects that some events name, as far as it could be read before sequencing.
#[derive(Default)]
pub(crate) struct Budgets {
    spent: HashMap<Key, Arc<Spent>>,
    /// Number of entries that were read for these budgets.
    pub read: usize,
}

impl<S: Store> Ledger<S> {
    /// Reads ahead, in the caller's time, what the sequencer will need about the budgets of subjects.
    pub(crate) async fn look_up_budgets(&self, events: &[AuthenticEvent]) -> Budgets {
        let mut budgets = Budgets::default();
        if !self.inner.for_life {
            return budgets;
        }
        let state = self.newest();
        // The entry will be recorded now: after an idle hour, the last entry's time lies far behind.
        let last_ms = state.recorded_at_ms;
        let recorded_at_ms = recorded_at(&*self.inner.clock, last_ms, self.inner.holds_time).unwrap_or(last_ms);
        let position = Position { log_index: LeafIndex::MAX, recorded_at_ms };
        let mut parsed = Parsed::default();
        for event in events.iter().map(AuthenticEvent::event) {
            give_way();
            // For what its party may not sign nothing is read. The original of a correction is looked for later.
            if !matches!(state.authority.judge(event, position, None), Ok(()) | Err(Denied::NoOriginal)) {
                continue;
            }
            for subject in event.keys() {
                tokio::task::yield_now().await;
                let (key, count) = (subject.index_key(), state.count(subject));
                let is_read = count > 0 && budget_of(subject, count, state.authority.operator()).is_some();
                if is_read && !budgets.spent.contains_key(&key) {
                    // An error shows again where it counts.
                    if let Ok(spent) = self.spent(subject, count, &mut parsed).await {
                        budgets.spent.insert(key, spent);
                    }
                }
            }
        }
        Budgets { read: parsed.read, ..budgets }
    }

    /// Returns the use of a subject's budget by the first `count` entries of its chain.
    async fn spent(&self, subject: &Subject, count: u64, parsed: &mut Parsed) -> Result<Arc<Spent>, ReadError> {
        let key = subject.index_key();
        if let Some(spent) = self.kept(&key, count) {
            return Ok(spent);
        }
        let max = usize::try_from(count).unwrap_or(usize::MAX);
        let mut chain = Vec::new();
        for place in read(self.inner.store.chain(&key, 1, max).await)? {
            if chain.len() % READ_AT_ONCE == READ_AT_ONCE - 1 {
                tokio::task::yield_now().await;
            }
            chain.push(self.parsed(place.link.log_index, parsed).await?);
        }
        let spent = Spent::of_chain(subject, chain.iter().map(Arc::as_ref), self.newest().authority.operator());
        let spent = Arc::new(spent);
        self.inner.spent.lock().unwrap_or_else(PoisonError::into_inner).keep(key, spent.clone());
        Ok(spent)
    }

    /// The use by so many entries, where it is at hand.
    fn kept(&self, key: &Key, count: u64) -> Option<Arc<Spent>> {
        match count {
            0 => Some(Arc::default()),
            count => self.inner.spent.lock().unwrap_or_else(PoisonError::into_inner).find(key, count),
        }
    }

    async fn parsed(&self, log_index: LeafIndex, parsed: &mut Parsed) -> Result<Arc<Recorded>, ReadError> {
        if let Some(entry) = parsed.entries.get(&log_index) {
            return Ok(entry.clone());
        }
        let entry = Arc::new(parse(log_index, &self.entry(log_index).await?)?);
        if parsed.bytes + entry.bytes_len > PARSED_BYTES_MAX {
            parsed.entries.clear();
            parsed.bytes = 0;
        }
        parsed.read += 1;
        parsed.bytes += entry.bytes_len;
        parsed.entries.insert(log_index, entry.clone());
        Ok(entry)
    }

    /// Whether the kept use of a subject's budget equals the fold over its chain.
    #[cfg(feature = "testing")]
    pub async fn is_kept_as_folded(&self, subject: &Subject) -> Result<bool, ReadError> {
        let count = self.newest().count(subject);
        let kept = self.spent(subject, count, &mut Parsed::default()).await?;
        *self.inner.spent.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
        Ok(kept == self.spent(subject, count, &mut Parsed::default()).await?)
    }

    /// Computes the charges of an event to the budgets of its subjects, all of which have to allow it. `budgets` holds what was read ahead.
    pub(crate) async fn charges(
        &self,
        staged: &mut Staged,
        event: &AuthorizedEvent,
        chains: &[Chain],
        original: Option<&Event>,
        budgets: &Budgets,
    ) -> Result<Result<Vec<(Key, Charge)>, AppendError>, ReadError> {
        let (claims, bytes) = (event.event(), event.signed().event.len());
        let mut charges = Vec::with_capacity(chains.len());
        let (operator, mut parsed) = (staged.authority.operator().clone(), Parsed::default());
        for (subject, chain) in claims.keys().zip(chains) {
            let key = chain.leaf().key;
            let budget = budget_of(subject, chain.count(), &operator).filter(|_| self.inner.for_life);
            let Some(budget) = budget else { continue };
            let spent = match staged.spent.entry(key) {
                MapEntry::Occupied(spent) => spent.into_mut(),
                MapEntry::Vacant(place) => {
                    let ahead = budgets.spent.get(&key).filter(|spent| spent.count == chain.count()).cloned();
                    let spent = match ahead.or_else(|| self.kept(&key, chain.count())) {
                        Some(spent) => spent,
                        // The caller sends the event again, and the chain is read ahead then.
                        None if staged.read + chain.count() > SEQUENCED_READS_MAX => {
                            return Ok(Err(AppendError::Overloaded));
                        }
                        None => {
                            staged.read += chain.count();
                            self.spent(subject, chain.count(), &mut parsed).await?
                        }
                    };
                    place.insert(Spent::clone(&spent))
                }
            };
            let charge = spent.charge_for(budget, claims, subject, bytes, original, &operator);
            if let Err(used_up) = spent.allows(&charge, subject) {
                return Ok(Err(used_up.into()));
            }
            charges.push((key, charge));
        }
        Ok(Ok(charges))
    }
}
