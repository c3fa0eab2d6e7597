//! Use of the budget of a subject: a fold over the entries of its chain.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use headwater_event::authority::needs_goods;
use headwater_event::event::{Event, Role};
use headwater_event::kind::party::PartyAction;
use headwater_event::kind::{Kind, KindBody};
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::hash::Hash;
use headwater_trace::recorded::{EntryContent, Recorded};

use crate::budget::{
    Budget, CORRECTIONS_MAX, ENDING_BYTES_MAX, ENTRY_WEIGHT, KIB, RECALLS_MAX, ROLES, Share, TRANSFORMATIONS_MAX,
};

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
