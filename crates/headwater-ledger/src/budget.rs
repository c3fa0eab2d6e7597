//! Budgets for life: how much may ever be said of one subject, and by which parties.
//!
//! The part of a trace that is never cut holds whole chains, so each chain is bounded for life, not only for a day. A subject's budget has
//! shares, so that no party uses up another's: the holder of the goods, its delegates together, those who speak of parts of a lot, each
//! role that needs no authority over the goods with a minimum of its own, recalls, and corrections. What was used follows from the
//! entries of the chain alone; it is kept at hand and read again when it is needed.
//!
//! [`never_cut`] is the largest part of a trace that these constants allow.

use headwater_event::entry::EVENT_BYTES_MAX;
use headwater_event::subject::Subject;
use headwater_trace::trace::ANCHORS_MAX;
use headwater_trace::verify::sets::REGISTER_ENTRIES_MAX;
use headwater_trace::walk::Caps;

/// An entry weighs as many bytes as its event and these: the entry around it, its place on the chain and its path through a tree of 2^34
/// leaves.
pub const ENTRY_WEIGHT: u32 = 1_344;
/// An event that ends a right or a key weighs nothing when it is no longer than this, and something was given that it may end: the
/// room for it was taken when that was given.
pub const ENDING_BYTES_MAX: u32 = 512;
/// Corrections of one entry by one party, those of its corrections among them.
pub const CORRECTIONS_MAX: usize = 8;
/// Recalls by one party on one subject that nothing lifts.
pub const RECALLS_MAX: usize = 64;
/// Transformations into one lot or item.
pub const TRANSFORMATIONS_MAX: u32 = 16;

pub(crate) const KIB: u32 = 1_024;

/// A part of a subject's budget.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Share {
    /// The party that holds the goods, or the unit.
    Owner,
    /// Those who act for it.
    Delegates,
    /// All who speak of a part of a lot.
    Parts,
    /// Customs.
    Customs,
    /// Laboratories.
    Labs,
    /// Certifiers.
    Certifiers,
    /// Regulators, without their recalls.
    Regulators,
    /// Platforms.
    Platforms,
    /// Recalls and lifts by a brand.
    Recalls,
    /// Recalls and lifts by regulators.
    OrderedRecalls,
    /// A reserve for corrections by regulators, and by all whose right over the goods counts.
    Corrections,
    /// Parties that others act for: of these the parties alone are counted.
    Principals,
    /// A party about itself.
    Itself,
    /// The operator about a party: counted, and without a limit.
    Operator,
    /// Points that platforms dock.
    Points,
    /// Rights and keys that a party gives up.
    GivenUp,
    /// Rights that a party gives another.
    Grants,
    /// Rights that a party takes back.
    Ends,
}

impl Share {
    /// The share in words.
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
            Share::Principals => "for whom may be acted",
            Share::Itself => "what a party may say of itself",
            Share::Operator => "what the operator may say of a party",
            Share::Points => "points",
            Share::GivenUp => "what a party may give up",
            Share::Grants => "what one party may let another do",
            Share::Ends => "what one party may take back from another",
        }
    }

    /// A way on for an author who finds the share of a subject used up.
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

    /// The share whose parties are counted together with this one's.
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

/// The budget of a subject, in KiB of weight.
#[derive(Debug)]
pub(crate) struct Budget {
    /// Shares, each with its KiB. Those of roles are minima.
    shares: &'static [(Share, u32)],
    /// KiB that all roles together may use beyond their minima.
    pub pool: u32,
    /// How many parties may ever speak in a share.
    parties: &'static [(Share, usize)],
}

pub(crate) const ROLES: [Share; 5] =
    [Share::Customs, Share::Labs, Share::Certifiers, Share::Regulators, Share::Platforms];
const MODEL: Budget = Budget {
    shares: &[
        (Share::Owner, 704),
        (Share::Delegates, 256),
        (Share::Customs, 64),
        (Share::Labs, 64),
        (Share::Certifiers, 64),
        (Share::Regulators, 64),
        (Share::Platforms, 64),
        (Share::Recalls, 256),
        (Share::OrderedRecalls, 256),
        (Share::Corrections, 128),
    ],
    pool: 128,
    parties: &[
        (Share::Owner, 2),
        (Share::Principals, 2),
        (Share::Delegates, 6),
        (Share::Customs, 1),
        (Share::Labs, 3),
        (Share::Certifiers, 4),
        (Share::Regulators, 3),
        (Share::Platforms, 2),
        (Share::OrderedRecalls, 8),
    ],
};
const LOT: Budget = Budget {
    shares: &[
        (Share::Owner, 1_408),
        (Share::Delegates, 832),
        (Share::Parts, 320),
        (Share::Customs, 64),
        (Share::Labs, 64),
        (Share::Certifiers, 64),
        (Share::Regulators, 64),
        (Share::Platforms, 64),
        (Share::Recalls, 256),
        (Share::OrderedRecalls, 256),
        (Share::Corrections, 384),
    ],
    pool: 320,
    parties: &[
        (Share::Owner, 2),
        (Share::Principals, 4),
        (Share::Delegates, 12),
        (Share::Parts, 10),
        (Share::Customs, 4),
        (Share::Labs, 3),
        (Share::Certifiers, 3),
        (Share::Regulators, 3),
        (Share::Platforms, 2),
        (Share::OrderedRecalls, 8),
    ],
};
const ITEM: Budget = Budget {
    shares: &[
        (Share::Owner, 120),
        (Share::Delegates, 184),
        (Share::Customs, 12),
        (Share::Labs, 12),
        (Share::Certifiers, 12),
        (Share::Regulators, 12),
        (Share::Platforms, 12),
        (Share::Recalls, 32),
        (Share::OrderedRecalls, 48),
        (Share::Corrections, 32),
    ],
    pool: 36,
    parties: &[
        (Share::Owner, 2),
        (Share::Principals, 3),
        (Share::Delegates, 8),
        (Share::Customs, 4),
        (Share::Labs, 2),
        (Share::Certifiers, 2),
        (Share::Regulators, 2),
        (Share::Platforms, 2),
        (Share::OrderedRecalls, 4),
    ],
};
const UNIT: Budget = Budget {
    shares: &[
        (Share::Owner, 368),
        (Share::Delegates, 416),
        (Share::Customs, 16),
        (Share::Labs, 16),
        (Share::Certifiers, 16),
        (Share::Regulators, 16),
        (Share::Platforms, 16),
        (Share::Recalls, 24),
        (Share::OrderedRecalls, 24),
        (Share::Corrections, 64),
    ],
    pool: 48,
    parties: &[
        (Share::Owner, 2),
        (Share::Principals, 16),
        (Share::Delegates, 16),
        (Share::Customs, 6),
        (Share::Labs, 2),
        (Share::Certifiers, 2),
        (Share::Regulators, 2),
        (Share::Platforms, 2),
        (Share::OrderedRecalls, 4),
    ],
};
const PARTY: Budget = Budget {
    shares: &[(Share::Itself, 128), (Share::Points, 32), (Share::GivenUp, 16)],
    pool: 0,
    parties: &[(Share::Points, 4)],
};
/// Of the register of a model the parties are bounded alone, while a trace shows its entries.
const REGISTER: Budget = Budget {
    shares: &[
        (Share::Owner, UNBOUNDED),
        (Share::Delegates, UNBOUNDED),
        (Share::Regulators, UNBOUNDED),
        (Share::Corrections, UNBOUNDED),
    ],
    pool: 0,
    parties: &[(Share::Owner, 2), (Share::Principals, 2), (Share::Delegates, 12), (Share::Regulators, 3)],
};
const UNBOUNDED: u32 = u32::MAX / KIB / 8;
const DELEGATION: Budget = Budget { shares: &[(Share::Grants, 28), (Share::Ends, 4)], pool: 0, parties: &[] };

impl Budget {
    /// The budget of a subject; `None` where nothing is counted.
    pub fn of(subject: &Subject) -> Option<&'static Self> {
        match subject {
            Subject::Model(_) => Some(&MODEL),
            Subject::Lot(..) => Some(&LOT),
            Subject::Item(..) => Some(&ITEM),
            Subject::LogisticUnit(_) => Some(&UNIT),
            Subject::Party(_) => Some(&PARTY),
            Subject::Delegation { .. } => Some(&DELEGATION),
            Subject::Register(_) => Some(&REGISTER),
            // A trace shows none of these.
            Subject::Prefix(_) | Subject::List(..) => None,
        }
    }

    /// The KiB of a share.
    pub fn kib(&self, share: Share) -> u32 {
        self.shares.iter().find(|(of, _)| *of == share).map_or(0, |(_, kib)| *kib)
    }

    /// How many parties may ever speak in a share.
    pub fn parties(&self, share: Share) -> usize {
        self.parties.iter().find(|(of, _)| *of == share).map_or(usize::MAX, |(_, parties)| *parties)
    }

    /// How many parties may ever speak in some shares.
    fn parties_in(&self, shares: &[Share]) -> usize {
        self.parties.iter().filter(|(share, _)| shares.contains(share)).map(|(_, parties)| parties).sum()
    }

    /// All that may ever be said of the subject, in bytes of weight.
    fn bytes(&self) -> usize {
        (self.shares.iter().map(|(_, kib)| kib).sum::<u32>() + self.pool) as usize * KIB as usize
    }

    /// All parties that may ever speak of it, or be acted for.
    fn all_parties(&self) -> usize {
        self.parties.iter().map(|(_, parties)| parties).sum()
    }
}

/// Whether a chain of so many entries has a budget: what a trace never shows whole has none.
pub(crate) fn is_bounded(subject: &Subject, count: u64) -> bool {
    let is_closed = matches!(subject, Subject::Register(_)) && count >= REGISTER_ENTRIES_MAX;
    !is_closed && Budget::of(subject).is_some()
}

/// The largest part of a trace that is never cut, in bytes: the trace of an item whose lot only a set proves, beside the lot of its label, with every
/// budget used up. That of any other subject has fewer chains. Goods at the next level have a limit of their own
/// ([`Caps::FIRST_BYTES`](headwater_trace::walk::Caps::FIRST_BYTES)), in which the parties that speak of them are not counted.
///
/// The words of the operator about itself and about parties are apart: an operator who has too many harms its own ledger alone.
pub fn never_cut() -> usize {
    /// Bytes of the index proof of one subject at any size.
    const PROOF: usize = 2_560;
    const SET_PROOF: usize = 2_700;
    let kib = |kib: usize| kib * KIB as usize;
    let entries = usize::try_from(REGISTER_ENTRIES_MAX).unwrap_or(usize::MAX);
    let near = || [&ITEM, &MODEL, &REGISTER].into_iter().chain(std::iter::repeat_n(&LOT, Caps::LOTS));
    let goods = ITEM.bytes() + Caps::LOTS * LOT.bytes() + MODEL.bytes();
    let register = entries * (EVENT_BYTES_MAX + ENTRY_WEIGHT as usize);
    // Platforms that dock points, and the operator.
    let parties = near().map(Budget::all_parties).sum::<usize>() + PARTY.all_parties() + 1;
    // The delegation between each delegate and its principal; and between each holder and each tester of the family.
    let acting: usize = near().map(|budget| budget.parties_in(&[Share::Delegates, Share::Parts])).sum();
    let family = || [&ITEM, &LOT, &MODEL, &REGISTER].into_iter();
    let holders: usize = family().map(|budget| budget.parties_in(&[Share::Owner, Share::Principals])).sum();
    let testers: usize = family().map(|budget| budget.parties_in(&[Share::Labs, Share::Certifiers])).sum();
    let delegations = acting + holders * testers;
    let chains = parties * PARTY.bytes() + delegations * DELEGATION.bytes();
    let subjects = near().count() + parties + delegations;
    // Note, genesis, index head, and the checkpoints that a trace is anchored at.
    let fixed = kib(128) + kib(64) + kib(4) + ANCHORS_MAX * (kib(128) + 34 * 64) + (entries + 1) * SET_PROOF;
    goods + register + chains + subjects * PROOF + fixed
}

#[cfg(test)]
mod tests {
    use headwater_trace::trace::TRACE_BYTES_MAX;

    use super::*;

    #[test]
    fn what_is_never_cut_fits_what_a_reader_takes() {
        assert!(never_cut() < TRACE_BYTES_MAX, "{} bytes are never cut, a reader takes {TRACE_BYTES_MAX}", never_cut());
        assert!(never_cut() > TRACE_BYTES_MAX / 2, "{} bytes: the budgets may be larger", never_cut());
        for budget in [&MODEL, &LOT, &ITEM, &UNIT] {
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
        let kib = [&MODEL, &LOT, &ITEM, &UNIT, &PARTY, &DELEGATION].map(|budget| budget.bytes() / 1_024);
        assert_eq!(kib, [2_048, 4_096, 512, 1_024, 176, 32]);
    }
}
