//! Budgets for life: how much may ever be said of one subject, and by which parties.
//!
//! The part of a trace that is never cut holds whole chains, so each chain is bounded for life, not only for a day. A subject's budget has
//! shares, so that no party uses up another's: the holder of the goods, its delegates together, those who speak of parts of a lot, each
//! role that needs no authority over the goods with a minimum of its own, recalls, and corrections. What was used follows from the
//! entries of the chain alone; it is kept at hand and read again when it is needed.
//!
//! [`never_cut`] is the largest part of a trace that these constants allow.

use headwater_event::subject::Subject;
use headwater_trace::verify::sets::REGISTER_ENTRIES_MAX;

/// An entry weighs as many bytes as its event and these: the entry around it, its place on the chain and its path through the tree.
pub const ENTRY_WEIGHT: u32 = 1_632;
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
    /// A reserve for corrections by the owner, its delegates and regulators.
    Corrections,
    /// A party about itself.
    Itself,
    /// The operator about a party.
    Operator,
    /// Points that platforms dock.
    Points,
    /// Rights and keys that a party gives up.
    GivenUp,
    /// Rights and keys that the operator takes away.
    TakenAway,
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
            Share::Itself => "what a party may say of itself",
            Share::Operator => "what the operator may say of a party",
            Share::Points => "points",
            Share::GivenUp => "what a party may give up",
            Share::TakenAway => "what the operator may take away",
            Share::Grants => "what one party may let another do",
            Share::Ends => "what one party may take back from another",
        }
    }

    /// A way on for an author who finds the share used up.
    pub(crate) const fn way_out(self) -> &'static str {
        match self {
            Share::Parts | Share::Owner | Share::Delegates => "name the unit or the items",
            Share::Customs | Share::Labs | Share::Certifiers | Share::Regulators | Share::Platforms => {
                "say it of the lots or items that it is about"
            }
            Share::Recalls | Share::OrderedRecalls => "recall the model, with a range over its lots",
            Share::Corrections => "say anew what is right",
            Share::Itself | Share::Points | Share::GivenUp => "the operator may do it",
            Share::Operator | Share::TakenAway => "register the party anew",
            Share::Grants | Share::Ends => "delegate a prefix once, instead of each subject",
        }
    }

    /// The share whose parties are counted together with this one's.
    pub(crate) const fn of_parties(self) -> Self {
        match self {
            Share::Recalls => Share::Owner,
            Share::OrderedRecalls | Share::Corrections => Share::Regulators,
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
/// Parties that may ever speak of a subject in each role that needs no authority over the goods.
const PARTIES_OF_A_ROLE: usize = 4;
/// Parties that may ever hold a subject.
const OWNERS: usize = 2;

const MODEL: Budget = Budget {
    shares: &[
        (Share::Owner, 832),
        (Share::Delegates, 256),
        (Share::Customs, 64),
        (Share::Labs, 64),
        (Share::Certifiers, 64),
        (Share::Regulators, 64),
        (Share::Platforms, 64),
        (Share::Recalls, 128),
        (Share::OrderedRecalls, 256),
        (Share::Corrections, 128),
    ],
    pool: 128,
    parties: &[(Share::Owner, OWNERS), (Share::Delegates, 8)],
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
    parties: &[(Share::Owner, OWNERS), (Share::Delegates, 16), (Share::Parts, 12)],
};
const ITEM: Budget = Budget {
    shares: &[
        (Share::Owner, 128),
        (Share::Delegates, 192),
        (Share::Customs, 12),
        (Share::Labs, 12),
        (Share::Certifiers, 12),
        (Share::Regulators, 12),
        (Share::Platforms, 12),
        (Share::Recalls, 24),
        (Share::OrderedRecalls, 40),
        (Share::Corrections, 32),
    ],
    pool: 36,
    parties: &[(Share::Owner, OWNERS), (Share::Delegates, 12)],
};
const UNIT: Budget = Budget {
    shares: &[
        (Share::Owner, 384),
        (Share::Delegates, 416),
        (Share::Customs, 16),
        (Share::Labs, 16),
        (Share::Certifiers, 16),
        (Share::Regulators, 16),
        (Share::Platforms, 16),
        (Share::Recalls, 16),
        (Share::OrderedRecalls, 16),
        (Share::Corrections, 64),
    ],
    pool: 48,
    parties: &[(Share::Owner, OWNERS), (Share::Delegates, 16)],
};
const PARTY: Budget = Budget {
    shares: &[
        (Share::Itself, 80),
        (Share::Operator, 48),
        (Share::Points, 24),
        (Share::GivenUp, 16),
        (Share::TakenAway, 24),
    ],
    pool: 0,
    parties: &[(Share::Points, PARTIES_OF_A_ROLE)],
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
    parties: &[(Share::Owner, OWNERS), (Share::Delegates, 18)],
};
const UNBOUNDED: u32 = u32::MAX / KIB / 8;
const DELEGATION: Budget = Budget { shares: &[(Share::Grants, 48), (Share::Ends, 16)], pool: 0, parties: &[] };

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
        let fixed = self.parties.iter().find(|(of, _)| *of == share).map(|(_, parties)| *parties);
        fixed.unwrap_or(if share.is_of_a_role() { PARTIES_OF_A_ROLE } else { usize::MAX })
    }

    /// All that may ever be said of the subject, in bytes of weight.
    fn bytes(&self) -> usize {
        (self.shares.iter().map(|(_, kib)| kib).sum::<u32>() + self.pool) as usize * KIB as usize
    }

    /// All who may ever say it.
    fn all_parties(&self) -> usize {
        let roles = self.shares.iter().filter(|(share, _)| share.is_of_a_role()).count();
        self.parties.iter().map(|(_, parties)| parties).sum::<usize>() + roles * PARTIES_OF_A_ROLE
    }
}

/// Whether a chain of so many entries has a budget: what a trace never shows whole has none.
pub(crate) fn is_bounded(subject: &Subject, count: u64) -> bool {
    let is_closed = matches!(subject, Subject::Register(_)) && count >= REGISTER_ENTRIES_MAX;
    !is_closed && Budget::of(subject).is_some()
}

/// The largest part of a trace that is never cut, in bytes: the trace of an item whose lot only a set proves, beside the lot of its label, with every
/// budget used up. That of any other subject has fewer chains.
///
/// The operator's own chain is apart: an operator who fills it harms its own ledger alone.
pub fn never_cut() -> usize {
    /// Bytes of the index proof of one subject at any size.
    const PROOF: usize = 2_560;
    /// Lots at the first level, entries of a register that is open, sets of them, checkpoints that a trace is anchored at.
    const LOTS: usize = 2;
    let entries = usize::try_from(REGISTER_ENTRIES_MAX).unwrap_or(usize::MAX);
    const SET_PROOF: usize = 2_700;
    const ANCHORS: usize = 16;
    let kib = |kib: usize| kib * KIB as usize;
    let goods = ITEM.bytes() + LOTS * LOT.bytes() + MODEL.bytes();
    let register = entries * (headwater_event::entry::EVENT_BYTES_MAX + ENTRY_WEIGHT as usize);
    let speakers = || [&ITEM, &MODEL, &REGISTER].into_iter().chain(std::iter::repeat_n(&LOT, LOTS));
    // Platforms that dock points, and the operator.
    let parties = speakers().map(Budget::all_parties).sum::<usize>() + PARTIES_OF_A_ROLE + 1;
    let acts = |share: Share| matches!(share, Share::Delegates | Share::Parts);
    let acting =
        |budget: &Budget| budget.parties.iter().filter(|(share, _)| acts(*share)).map(|(_, n)| n).sum::<usize>();
    let testers = 2 * PARTIES_OF_A_ROLE * (2 + LOTS);
    let delegations = speakers().map(acting).sum::<usize>() + OWNERS * testers;
    let chains = parties * PARTY.bytes() + delegations * DELEGATION.bytes();
    let subjects = 3 + LOTS + parties + delegations;
    let fixed = kib(128) + kib(64) + kib(4) + ANCHORS * (kib(128) + 34 * 64) + (entries + 1) * SET_PROOF;
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
            assert!(budget.all_parties() > ROLES.len());
        }
    }
}
