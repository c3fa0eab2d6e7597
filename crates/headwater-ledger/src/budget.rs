//! Budgets for life: bounds on the bytes of all entries about one subject, and on the parties that may ever sign about that subject.
//!
//! The part of a trace that is never cut holds whole chains. Each chain is therefore bounded for life, not only for a day. A subject's
//! budget has shares, so that no party uses up another party's share. The shares are for the holder of the goods, its delegates together,
//! the signers about parts of a lot, recalls, and corrections. Each role that needs no authority over the goods has a share too, with a
//! minimum of its own. The use of a budget follows from the entries of the chain alone. The ledger keeps the use in memory and computes it
//! again from the entries when needed.
//!
//! [`never_cut`] is the largest part that these constants allow of a trace without inputs and units. [`first_level`] is the largest trace
//! with one level of inputs and units.

use headwater_event::entry::EVENT_BYTES_MAX;
use headwater_event::subject::Subject;
use headwater_trace::trace::ANCHORS_MAX;
use headwater_trace::verify::sets::REGISTER_ENTRIES_MAX;
use headwater_trace::walk::Caps;

/// Bytes that an entry weighs beside its event: those of its proof, as walks count them.
pub const ENTRY_WEIGHT: u32 = Caps::ENTRY_WEIGHT as u32;
/// Maximum bytes of an event that ends a right or a key and weighs nothing. The subject must still have a given right or key to end: the
/// event that gave it took the room for its end.
pub const ENDING_BYTES_MAX: u32 = 512;
/// Maximum number of corrections of one entry by one party. Corrections of those corrections count as well.
pub const CORRECTIONS_MAX: usize = 8;
/// Maximum number of recalls by one party on one subject that no lift has ended.
pub const RECALLS_MAX: usize = 64;
/// Maximum number of transformations into one lot or item.
pub const TRANSFORMATIONS_MAX: u32 = 16;

pub(crate) const KIB: u32 = 1_024;

/// A part of a subject's budget.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Share {
    /// Share of the party that holds the goods or the logistic unit.
    Owner,
    /// Share of all delegates of that party together.
    Delegates,
    /// Share of all signers of events about a part of a lot.
    Parts,
    /// Share of the customs role.
    Customs,
    /// Share of the laboratory role.
    Labs,
    /// Share of the certifier role.
    Certifiers,
    /// Share of the regulator role, without its recalls and lifts.
    Regulators,
    /// Share of the platform role.
    Platforms,
    /// Recalls and lifts by a brand.
    Recalls,
    /// Recalls and lifts by regulators.
    OrderedRecalls,
    /// Reserve for corrections by regulators, and by all parties whose right over the goods counts.
    Corrections,
    /// Principals of signers. This share counts parties only, not bytes.
    Principals,
    /// Events of a party about itself.
    Itself,
    /// Events of the operator about a party: counted, and without a limit.
    Operator,
    /// Points that platforms dock.
    Points,
    /// Rights and keys that a party gives up.
    GivenUp,
    /// Rights that a party gives to another party.
    Grants,
    /// Rights that a party takes back from another party.
    Ends,
}

impl Share {
    /// Description of the share in words, for an error text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Share::Owner => "what the holder of the goods may say",
            Share::Delegates => "what delegates may say",
            Share::Parts => "what may be said of parts of it",
            Share::Customs => "what customs may say",
            Share::Labs => "what laboratories may say",
            Share::Certifiers => "what certifiers may say",
            Share::Regulators => "what regulators may say",
            Share::Platforms => "what platforms may say",
            Share::Recalls => "what brands may recall and lift",
            Share::OrderedRecalls => "what regulators may recall and lift",
            Share::Corrections => "what may be corrected",
            Share::Principals => "the parties for which others may act",
            Share::Itself => "what a party may say of itself",
            Share::Operator => "what the operator may say of a party",
            Share::Points => "points",
            Share::GivenUp => "what a party may give up",
            Share::Grants => "what one party may let another do",
            Share::Ends => "what one party may take back from another",
        }
    }

    /// Advice to an author that finds the share of a subject used up.
    pub(crate) const fn way_out(self, subject: &Subject) -> &'static str {
        match (self, subject) {
            (Share::Corrections, _) => "say anew what is right",
            (Share::Itself, _) => "the operator may add a key for the party",
            (Share::Points, _) => "the operator may dock points",
            (Share::GivenUp, _) => "the operator may take it away",
            (Share::Grants | Share::Ends, _) => "delegate a prefix once, instead of each subject",
            (_, Subject::Lot(..)) => "name the unit or the items",
            (Share::Recalls | Share::OrderedRecalls, Subject::Item(..) | Subject::LogisticUnit(_)) => "recall the lot",
            (_, Subject::Model(_)) => "name the lot",
            (_, Subject::Item(..)) => "name the unit in which it lies",
            _ => "pack the goods into another unit",
        }
    }

    /// Share whose parties are counted together with the parties of this share.
    pub(crate) const fn of_parties(self) -> Self {
        match self {
            Share::Recalls => Share::Owner,
            Share::Corrections => Share::Regulators,
            share => share,
        }
    }

    pub(crate) const fn is_of_a_role(self) -> bool {
        matches!(self, Share::Customs | Share::Labs | Share::Certifiers | Share::Regulators | Share::Platforms)
    }
}

/// Budget of one sort of subject: a column of [`TABLE`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Budget(usize);

const MODEL: Budget = Budget(0);
const LOT: Budget = Budget(1);
const ITEM: Budget = Budget(2);
const UNIT: Budget = Budget(3);
/// Budget of the register of a model. This budget bounds only the parties, as long as a trace shows the register's entries.
const REGISTER: Budget = Budget(4);
const PARTY: Budget = Budget(5);
const DELEGATION: Budget = Budget(6);
const COLUMNS: usize = 7;

pub(crate) const ROLES: [Share; 5] =
    [Share::Customs, Share::Labs, Share::Certifiers, Share::Regulators, Share::Platforms];
/// KiB that all roles together may use beyond their minima, by column of [`TABLE`].
const POOL: [u32; COLUMNS] = [128, 320, 36, 48, 0, 0, 0];
/// KiB that are practically unlimited, for shares that another limit bounds.
const ANY: u32 = u32::MAX / KIB / 8;

/// Budgets by share. The columns are model, lot, item, logistic unit, register, party and delegation. A cell holds the KiB of weight, and
/// the number of parties that may ever sign in the share. The KiB of roles are minima.
const TABLE: [(Share, [(u32, u32); COLUMNS]); 18] = [
    (Share::Owner, [(704, 2), (1_408, 2), (120, 2), (368, 2), (ANY, 2), (0, 0), (0, 0)]),
    (Share::Principals, [(0, 2), (0, 4), (0, 3), (0, 16), (0, 2), (0, 0), (0, 0)]),
    (Share::Delegates, [(256, 6), (832, 12), (184, 8), (416, 16), (ANY, 12), (0, 0), (0, 0)]),
    (Share::Parts, [(0, 0), (320, 10), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)]),
    (Share::Customs, [(64, 1), (64, 4), (12, 4), (16, 6), (0, 0), (0, 0), (0, 0)]),
    (Share::Labs, [(64, 3), (64, 3), (12, 2), (16, 2), (0, 0), (0, 0), (0, 0)]),
    (Share::Certifiers, [(64, 4), (64, 3), (12, 2), (16, 2), (0, 0), (0, 0), (0, 0)]),
    (Share::Regulators, [(64, 3), (64, 3), (12, 2), (16, 2), (ANY, 3), (0, 0), (0, 0)]),
    (Share::Platforms, [(64, 2), (64, 2), (12, 2), (16, 2), (0, 0), (0, 0), (0, 0)]),
    (Share::Recalls, [(256, 0), (256, 0), (32, 0), (24, 0), (0, 0), (0, 0), (0, 0)]),
    (Share::OrderedRecalls, [(256, 8), (256, 8), (48, 4), (24, 4), (0, 0), (0, 0), (0, 0)]),
    (Share::Corrections, [(128, 0), (384, 0), (32, 0), (64, 0), (ANY, 0), (0, 0), (0, 0)]),
    // The budgets of a party and a delegation bound only their chains. The parties beside those chains are counted already, save platforms.
    (Share::Itself, [(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (128, 1), (0, 0)]),
    (Share::Operator, [(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 1), (0, 0)]),
    (Share::Points, [(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (32, 4), (0, 0)]),
    (Share::GivenUp, [(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (16, 1), (0, 0)]),
    (Share::Grants, [(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (28, 1)]),
    (Share::Ends, [(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (4, 1)]),
];

impl Budget {
    /// Returns the budget of a subject; `None` where nothing is counted.
    fn of(subject: &Subject) -> Option<Self> {
        match subject {
            Subject::Model(_) => Some(MODEL),
            Subject::Lot(..) => Some(LOT),
            Subject::Item(..) => Some(ITEM),
            Subject::LogisticUnit(_) => Some(UNIT),
            Subject::Register(_) => Some(REGISTER),
            Subject::Party(_) => Some(PARTY),
            Subject::Delegation { .. } => Some(DELEGATION),
            // A trace shows no entries of these chains.
            Subject::Prefix(_) | Subject::List(..) => None,
        }
    }

    /// Returns the budget of a subject whose chain has `count` entries; `None` where a trace never shows the chain whole.
    pub fn at(subject: &Subject, count: u64) -> Option<Self> {
        Self::of(subject).filter(|budget| *budget != REGISTER || count < REGISTER_ENTRIES_MAX)
    }

    fn limits(self, share: Share) -> (u32, u32) {
        TABLE.iter().find(|(of, _)| *of == share).and_then(|(_, row)| row.get(self.0)).copied().unwrap_or_default()
    }

    /// KiB that a share may use; for a role, its minimum.
    pub fn kib(self, share: Share) -> u32 {
        self.limits(share).0
    }

    /// Number of parties that may ever sign in a share.
    pub fn parties(self, share: Share) -> usize {
        self.limits(share).1 as usize
    }

    /// KiB that all roles together may use beyond their minima.
    pub fn pool(self) -> u32 {
        POOL.get(self.0).copied().unwrap_or_default()
    }

    /// Number of parties that may ever sign in the given shares together.
    fn parties_in(self, shares: &[Share]) -> usize {
        shares.iter().map(|share| self.parties(*share)).sum()
    }

    /// Maximum weight of all entries about the subject, in bytes.
    fn bytes(self) -> usize {
        (TABLE.iter().map(|(share, _)| self.kib(*share)).sum::<u32>() + self.pool()) as usize * KIB as usize
    }

    /// Number of all parties that may ever sign about the subject or be a principal of a signer.
    fn all_parties(self) -> usize {
        TABLE.iter().map(|(share, _)| self.parties(*share)).sum()
    }
}

/// Maximum bytes of the index proof of one subject, at any size of the index.
const PROOF: usize = 2_560;
/// Maximum bytes of the proof of one item in a set of any size.
const SET_PROOF: usize = 2_700;
/// Maximum bytes of the note, the genesis, the index head and the anchors of a trace.
const FIXED: usize = ((128 + 64 + 4) << 10) + ANCHORS_MAX * ((128 << 10) + 34 * 64);

/// Maximum bytes of the part of a trace that is never cut, with every budget used up. The largest is that of an item whose lot only a set
/// proves, beside the lot of its label. The trace of any other subject has fewer chains.
///
/// Events of the operator about itself and about parties are not part of this sum. An operator with too many of them harms its own ledger
/// alone.
pub fn never_cut() -> usize {
    let entries = usize::try_from(REGISTER_ENTRIES_MAX).unwrap_or(usize::MAX);
    let near = || [ITEM, MODEL, REGISTER].into_iter().chain(std::iter::repeat_n(LOT, Caps::LOTS));
    let goods = ITEM.bytes() + Caps::LOTS * LOT.bytes() + MODEL.bytes();
    let register = entries * (EVENT_BYTES_MAX + Caps::ENTRY_WEIGHT);
    // Platforms that dock points need a grant of the operator, and are counted once for all parties. The last party is the operator.
    let parties = near().map(Budget::all_parties).sum::<usize>() + PARTY.parties(Share::Points) + 1;
    // One delegation lies between each delegate and its principal, and one between each holder and each tester of the family.
    let acting: usize = near().map(|budget| budget.parties_in(&[Share::Delegates, Share::Parts])).sum();
    let family = || [ITEM, LOT, MODEL, REGISTER].into_iter();
    let holders: usize = family().map(|budget| budget.parties_in(&[Share::Owner, Share::Principals])).sum();
    let testers: usize = family().map(|budget| budget.parties_in(&[Share::Labs, Share::Certifiers])).sum();
    let delegations = acting + holders * testers;
    let chains = parties * PARTY.bytes() + delegations * DELEGATION.bytes();
    let subjects = near().count() + parties + delegations;
    goods + register + chains + subjects * PROOF + (entries + 1) * SET_PROOF + FIXED
}

/// Maximum bytes of a trace that ends at the first level of inputs and units. The walk takes one more subject while its weight is below
/// [`Caps::FIRST_BYTES`](headwater_trace::walk::Caps::FIRST_BYTES). That subject may have a full chain and all its parties.
pub fn first_level() -> usize {
    let last = |budget: Budget| {
        let parties = budget.all_parties() + PARTY.parties(Share::Points);
        let delegations = budget.parties_in(&[Share::Delegates, Share::Parts]);
        let chains = parties * PARTY.bytes() + delegations * DELEGATION.bytes();
        budget.bytes() + chains + (1 + parties + delegations) * Caps::SUBJECT_WEIGHT
    };
    Caps::FIRST_BYTES + [MODEL, LOT, ITEM, UNIT].into_iter().map(last).max().unwrap_or_default() + FIXED
}

#[cfg(test)]
mod tests {
    use headwater_trace::trace::TRACE_BYTES_MAX;

    use super::*;

    #[test]
    fn what_is_never_cut_fits_what_a_reader_takes() {
        assert!(never_cut() < TRACE_BYTES_MAX, "{} bytes are never cut, a reader takes {TRACE_BYTES_MAX}", never_cut());
        assert!(never_cut() > TRACE_BYTES_MAX / 2, "{} bytes: the budgets may be larger", never_cut());
        assert!(first_level() < TRACE_BYTES_MAX, "{} bytes with inputs and units", first_level());
        const { assert!(PROOF + SET_PROOF <= Caps::SUBJECT_WEIGHT) };
        for budget in [MODEL, LOT, ITEM, UNIT] {
            for share in ROLES {
                let ordinary = 4 * 1_024 + ENTRY_WEIGHT;
                assert!(
                    budget.kib(share) * KIB >= ordinary,
                    "the minimum of {share:?} holds an event of ordinary length"
                );
            }
        }
    }

    #[test]
    fn budgets_are_what_is_documented() {
        let kib = [MODEL, LOT, ITEM, UNIT, PARTY, DELEGATION].map(|budget| budget.bytes() / 1_024);
        assert_eq!(kib, [2_048, 4_096, 512, 1_024, 176, 32]);
    }
}
