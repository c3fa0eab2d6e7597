//! The verdict on a product, with its reasons. The first match in the order of [`Verdict`] decides; proof by entries
//! outranks a conclusion from missing entries. Only signed facts count: a scan of a label never changes a verdict.

use std::collections::{BTreeMap, BTreeSet};

use headwater_event::authority::Standing;
use headwater_event::causes::chain;
use headwater_event::kind::KindBody;
use headwater_event::kind::customs_clearance::{CustomsStatus, Direction};
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::recall::RecallType;
use headwater_event::kind::sticker::StickerAction;
use headwater_event::newer::Class;
use headwater_event::place::LangText;
use headwater_event::subject::{PartyKey, Subject};
use headwater_event::text::Date;
use headwater_tlog::tree::LeafIndex;

use crate::age::Age;
use crate::course::declaration_of;
use crate::issue::Issue;
use crate::label::Label;
use crate::story::Story;
use crate::story_entry::{StoryEntry, is_attested};
use crate::verify::sets::{Answer, is_closed};
use crate::verify::{TraceError, VerifiedTrace};
use crate::walk::Relation;

/// Answer of a reader about a product, by weight: the first that applies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// A proof, signature or right in the trace does not hold.
    SignatureInvalid,
    /// A recall in force, or a warning of a newer kind, covers the product.
    Recalled,
    /// The ledger proves that no entry ever issued the item.
    NeverIssued,
    /// Entries issued the item, and corrections struck every one of them.
    TakenBack,
    /// The sticker was voided, or the product destroyed.
    VoidedSticker,
    /// Two values differ: one of the label and one of the entries, or those of two entries.
    Mismatch,
    /// The expiry date of the product has passed.
    Expired,
    /// Two parties signed events that cannot both be true of one item.
    SuspectClone,
    /// An entry is of a format that this verifier does not know.
    NewerFormat,
    /// The story is longer than a trace can hold.
    Incomplete,
    /// No entry proves the lot of the item or of an input, or nothing is recorded of the subject.
    Unproven,
    /// No entry shows that the product reached trade, so a shopper should not hold it yet.
    NotYetSold,
    /// No other verdict applies to the product.
    Valid,
}

impl Verdict {
    /// Whether evidence of an age shows the verdict. A verdict that rests on missing entries needs evidence of at most
    /// `max_s` seconds.
    pub fn is_shown_at(self, age: Age, max_s: u64) -> bool {
        let rests_on_absence =
            matches!(self, Verdict::Valid | Verdict::NeverIssued | Verdict::NotYetSold | Verdict::Unproven);
        !rests_on_absence || age.is_within(max_s)
    }

    /// Name in JSON and on pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::SignatureInvalid => "SIGNATURE_INVALID",
            Verdict::Recalled => "RECALLED",
            Verdict::NeverIssued => "NEVER_ISSUED",
            Verdict::TakenBack => "TAKEN_BACK",
            Verdict::VoidedSticker => "VOIDED_STICKER",
            Verdict::Mismatch => "MISMATCH",
            Verdict::Expired => "EXPIRED",
            Verdict::SuspectClone => "SUSPECT_CLONE",
            Verdict::NewerFormat => "NEWER_FORMAT",
            Verdict::Incomplete => "INCOMPLETE",
            Verdict::Unproven => "UNPROVEN",
            Verdict::NotYetSold => "NOT_YET_SOLD",
            Verdict::Valid => "VALID",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A fact that supports the verdict, or that a reader has to show beside it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Reason {
    /// Text about the fact, in one lower-case clause.
    pub text: String,
    /// Log index of the entry that shows the fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_index: Option<LeafIndex>,
}

/// A verdict and its reasons.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Judgement {
    /// Verdict that applies to the product.
    pub verdict: Verdict,
    /// Reasons for the verdict, and other facts to show beside it.
    pub reasons: Vec<Reason>,
}

impl Judgement {
    /// Returns the verdict on a trace that does not verify (V1).
    pub fn refused(error: &TraceError) -> Self {
        Self { verdict: Verdict::SignatureInvalid, reasons: vec![Reason { text: chain(error), log_index: None }] }
    }

    /// Returns the verdict on a verified trace. `today` is the day at the place of the scan.
    pub fn of(story: &Story<'_>, label: &Label, today: Date) -> Self {
        Self::vouched(story, label, today, story.trace())
    }

    /// Returns the verdict on a story. `vouching`, which may be an earlier trace, shows how far auditors vouch for the
    /// story.
    fn vouched(story: &Story<'_>, label: &Label, today: Date, vouching: &VerifiedTrace) -> Self {
        let mut reasons = Vec::new();
        let trace = story.trace();
        let today = trace.day(today);
        let verdict = verdict(story, label, today, &mut reasons);
        let gaps = gaps(trace);
        let complete = completeness(trace, vouching, gaps.is_empty());
        gaps.into_iter().chain([complete]).for_each(|text| note(&mut reasons, None, text));
        for shown in story.entries() {
            if let Standing::Suspect { since_ms } = shown.standing {
                note(
                    &mut reasons,
                    Some(shown.entry.log_index()),
                    format!(
                        "signed with a key that its party, or the operator, reported stolen since {}",
                        minute(since_ms / 1000)
                    ),
                );
            }
        }
        Self { verdict, reasons }
    }
}

/// The newest trace contradicts the audited one: one of the two is false.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the newest trace does not extend every chain of the audited one")]
pub struct Discontinued;

impl Judgement {
    /// Returns the verdict where auditors follow with a delay: on the newest story, and on the one that they vouch for. A
    /// recall in either story counts (P4).
    pub fn of_both(newest: &Story<'_>, audited: &Story<'_>, label: &Label, today: Date) -> Result<Self, Discontinued> {
        if !newest.trace().continues(audited.trace()) {
            return Err(Discontinued);
        }
        let judgement = Self::vouched(newest, label, today, audited.trace());
        let mut vouched = Self::of(audited, label, today);
        if vouched.verdict != Verdict::Recalled || judgement.verdict == Verdict::Recalled {
            return Ok(judgement);
        }
        let text = "later records, as claimed by the operator, leave no recall in force";
        note(&mut vouched.reasons, None, text.to_owned());
        Ok(vouched)
    }
}

/// Returns one clause about the completeness of a trace, and the party that vouches for it.
fn completeness(trace: &VerifiedTrace, vouching: &VerifiedTrace, is_all_told: bool) -> String {
    let whole = if is_all_told { "complete" } else { "what is shown is whole" };
    let Some(time) = vouching.checkpoint().audit_time() else {
        return format!("{whole} as claimed by the operator");
    };
    // An auditor saw the log up to the index head, even if the auditor signed long after.
    let seen = minute(time.seconds().min(vouching.index_head_ms() / 1000));
    if !vouching.holds_chains_of(trace) {
        let beyond = "and as claimed by the operator in those that the audited trace does not hold";
        return format!("{whole} as of {seen}, as audited in the chains that the audited trace holds, {beyond}");
    }
    let size = |trace: &VerifiedTrace| trace.checkpoint().checkpoint().size();
    let later = if size(trace) > size(vouching) { "; later records as claimed by the operator" } else { "" };
    format!("{whole} as of {seen}, as audited{later}")
}

/// Returns the parts of the story that are not shown, each in one clause, for any verdict.
fn gaps(trace: &VerifiedTrace) -> Vec<String> {
    let hidden = trace.newer(Class::Informative).count();
    let newer = trace.is_newer().then(|| "a record is of a newer format than this verifier knows".to_owned());
    let cut = (!trace.is_complete()).then(|| "the story is longer than a trace holds".to_owned());
    let hidden = (hidden > 0).then(|| format!("records of a newer, informative kind that are not shown: {hidden}"));
    [newer, cut, hidden].into_iter().flatten().collect()
}

/// Formats a time to the minute, UTC; as seconds since 1970 where the year has more than four digits.
fn minute(seconds: u64) -> String {
    match Date::of_ms(seconds.saturating_mul(1000), 0) {
        Some(day) => format!("{day} at {:02}:{:02} UTC", seconds / 3600 % 24, seconds / 60 % 60),
        None => format!("second {seconds} since 1970"),
    }
}

fn note(reasons: &mut Vec<Reason>, log_index: Option<LeafIndex>, text: String) {
    reasons.push(Reason { text, log_index });
}

fn verdict(story: &Story<'_>, label: &Label, today: Date, reasons: &mut Vec<Reason>) -> Verdict {
    let trace = story.trace();
    let recalls: Vec<Reason> = recalled(story, today);
    if !recalls.is_empty() {
        reasons.extend(recalls);
        return Verdict::Recalled;
    }
    let issue = Issue::of(trace);
    if let Some(text) = issue.never(trace) {
        note(reasons, None, text);
        return Verdict::NeverIssued;
    }
    if let Some(log_index) = issue.taken_back() {
        note(reasons, Some(log_index), "its issue was taken back".to_owned());
        return Verdict::TakenBack;
    }
    if let Some((log_index, text)) = voided(story) {
        note(reasons, Some(log_index), text);
        return Verdict::VoidedSticker;
    }
    let mismatches = mismatches(story, label, &today);
    if !mismatches.is_empty() {
        mismatches.into_iter().for_each(|text| note(reasons, None, text));
        return Verdict::Mismatch;
    }
    if let Some(expiry) = expiry(story).filter(|expiry| **expiry < today) {
        note(reasons, None, format!("its expiry date was {expiry}, today is {today}"));
        return Verdict::Expired;
    }
    if let Some((log_index, text)) = copied(story) {
        note(reasons, Some(log_index), text);
        return Verdict::SuspectClone;
    }
    // An entry or a genesis is newer and of class story (V12).
    if trace.is_newer() {
        return Verdict::NewerFormat;
    }
    // The walk was incomplete (V13).
    if !trace.is_complete() {
        return Verdict::Incomplete;
    }
    if let Some(text) = unproven(trace) {
        note(reasons, None, text);
        return Verdict::Unproven;
    }
    if let Some(text) = not_yet_sold(story) {
        note(reasons, None, text);
        return Verdict::NotYetSold;
    }
    // No other row matches (V20).
    Verdict::Valid
}

/// Returns the registered name of a party with its key, or the key alone where the trace registers no name.
fn named(trace: &VerifiedTrace, party: &PartyKey) -> String {
    let known = trace.authority().party(party).and_then(|known| known.registration());
    match known.and_then(|known| LangText::in_english(&known.names)) {
        Some(name) => format!("{name} ({party})"),
        None => party.to_string(),
    }
}

/// Returns the recalls in force, and the warnings of a newer kind.
fn recalled(story: &Story<'_>, today: Date) -> Vec<Reason> {
    let recalls = story.recalls().map(|(entry, recall)| {
        let what = match recall.action {
            RecallType::Withdrawal => "withdrawal",
            RecallType::StopSale => "stop of sale",
            RecallType::Recall | RecallType::Lift => "recall",
        };
        let from = if recall.start > today { format!(", from {}", recall.start) } else { String::new() };
        let by = entry.event().map(|event| format!(" of {}", named(story.trace(), &event.event().party)));
        let by = by.unwrap_or_default();
        Reason {
            text: format!("{what} {}{by} is recorded and not lifted{from}", recall.recall_no),
            log_index: Some(entry.log_index()),
        }
    });
    let alarms = story.alarms().map(|entry| {
        let text = "a newer kind of warning, which this verifier cannot read".to_owned();
        Reason { text, log_index: Some(entry.log_index()) }
    });
    recalls.chain(alarms).collect()
}

/// Returns one clause about a lot that no entry proves, or about a subject without entries.
fn unproven(trace: &VerifiedTrace) -> Option<String> {
    let asked = &trace.query().subject;
    if let Subject::Item(gtin, _) = asked {
        // The item has no bound or proven lot (V14).
        if trace.proven_lot().is_none() {
            let register = Subject::Register(gtin.clone());
            let is_closed = trace.register(&register).is_some_and(|count| is_closed(&register, count));
            let is_missing = trace.sets().of(asked).iter().any(|said| said.answer == Answer::Missing);
            return Some(match (is_closed && trace.query().lot.is_none(), is_missing) {
                (true, _) => {
                    "of a model with so many sets nothing shows the lot of a number alone: add the lot".to_owned()
                }
                (_, true) => "the node does not show the list of a set, so that nothing can be said".to_owned(),
                _ => "no record shown here proves which lot it belongs to".to_owned(),
            });
        }
    } else if trace.chain(asked).next().is_none() && trace.register(asked).unwrap_or(0) == 0 {
        // The chain of another subject is empty (V15).
        return Some(format!("nothing is recorded of {asked} itself"));
    }
    // An input that is an item has no bound or proven lot (V16).
    let is_open = |input: &&Subject| matches!(input, Subject::Item(..)) && trace.lot_of(input).is_none();
    let input = trace.inputs().map(|(input, _)| input).find(is_open)?;
    Some(format!("no record shown here proves the lot of {input}, of which it was made"))
}

/// Finds two claims of one code, or two sales that exclude each other. Two parties signed them, so one of the two saw
/// another object (V11).
fn copied(story: &Story<'_>) -> Option<(LeafIndex, String)> {
    let trace = story.trace();
    let asked = &trace.query().subject;
    let on_item = |shown: &&StoryEntry<'_>| shown.relations.iter().any(|to| to.relation == Relation::Asked);
    // Two claims with the code of the item: the second one counts although it has no effect (V11a).
    let mut first: Option<&StoryEntry<'_>> = None;
    for shown in story.entries().iter().filter(on_item).filter(|shown| !shown.is_struck) {
        let KindBody::Sticker(sticker) = &shown.event.body else {
            continue;
        };
        if sticker.action != StickerAction::Claimed || !trace.is_code_of(asked, sticker) {
            continue;
        }
        match first {
            Some(first) if first.event.party != shown.event.party => {
                return Some((shown.entry.log_index(), "its code was claimed by two parties".to_owned()));
            }
            _ => first = first.or(Some(shown)),
        }
    }
    // Two sales in a row, and no entry that brought the item from the first seller to the second (V11b).
    let mut sale: Option<Sale<'_>> = None;
    for shown in story.facts().filter(on_item).filter(|_| matches!(asked, Subject::Item(..))) {
        let KindBody::Distribution(done) = &shown.event.body else {
            continue;
        };
        let party = &shown.event.party;
        if done.action == DistributionAction::Sell {
            if sale.as_ref().is_some_and(|sale| !sale.leads_to(party)) {
                let text =
                    "it was sold by two parties, and no record shown here says that the second got it from the first";
                return Some((shown.entry.log_index(), text.to_owned()));
            }
            sale =
                Some(Sale { seller: party, buyer: done.to_party.as_ref(), later: BTreeSet::new(), is_returned: false });
        } else if let Some(sale) = &mut sale {
            sale.is_returned |= done.action == DistributionAction::Return;
            sale.later.insert(party);
        }
    }
    None
}

/// A sale of an item, and the distributions after it.
struct Sale<'a> {
    seller: &'a PartyKey,
    buyer: Option<&'a PartyKey>,
    /// Parties that recorded a distribution after the sale.
    later: BTreeSet<&'a PartyKey>,
    is_returned: bool,
}

impl Sale<'_> {
    /// Whether a sale by `party` can follow this one.
    fn leads_to(&self, party: &PartyKey) -> bool {
        party == self.seller || self.buyer == Some(party) || self.is_returned || self.later.contains(party)
    }
}

fn voided(story: &Story<'_>) -> Option<(LeafIndex, String)> {
    let asked = &story.trace().query().subject;
    let mut void = None;
    for shown in story.facts() {
        match &shown.event.body {
            // The last of these entries decides (V6).
            KindBody::Sticker(sticker) if sticker.action == StickerAction::Voided => {
                void = Some((shown.entry.log_index(), "its sticker was voided".to_owned()));
            }
            KindBody::Sticker(sticker) if sticker.action == StickerAction::Applied => void = None,
            // A destruction of a part counts for no subject (V7).
            KindBody::Distribution(done)
                if done.action == DistributionAction::Destroy
                    && !shown.may_apply
                    && !shown.event.takes_part_of(asked) =>
            {
                return Some((shown.entry.log_index(), "it, or what it lay in, is recorded as destroyed".to_owned()));
            }
            _ => {}
        }
    }
    void
}

/// Returns the day after which the product must not be used. A best-before date that has passed forbids nothing (V10).
fn expiry<'a>(story: &Story<'a>) -> Option<&'a Date> {
    story.production().and_then(|production| production.expiry_date.as_ref())
}

fn mismatches(story: &Story<'_>, label: &Label, today: &Date) -> Vec<String> {
    let mut found = Vec::new();
    let lot = story.lot();
    let asked = &story.trace().query().subject;
    let others = story.trace().sets().lots(asked);
    // Another set that nothing strikes holds the item for another lot (V9).
    if let Some(lot) = lot
        && let Some(other) = others.iter().find(|other| *other != lot)
    {
        found.push(format!("one record says that this serial is of {lot}, another that it is of {other}"));
    }
    // A lot or a date of the label differs from the records (V8).
    let label = label.beside(story.trace().query());
    found.extend(label.differences(lot, story.production(), today).iter().map(ToString::to_string));
    found
}

/// Returns one clause if the product cannot be in trade yet: an import is recorded and not released, or the product was not
/// stored, delivered or sold. The entries of a lot do not decide this if its items have chains of their own.
fn not_yet_sold(story: &Story<'_>) -> Option<String> {
    let trace = story.trace();
    let asked = &trace.query().subject;
    if !matches!(asked, Subject::Item(..) | Subject::Lot(..)) {
        return None;
    }
    // For each declaration of import, whether the last entry of customs releases the goods (V17, V18).
    let mut imports = BTreeMap::new();
    for shown in story.facts() {
        if let KindBody::CustomsClearance(clearance) = &shown.event.body
            && clearance.direction == Direction::Import
        {
            let is_released = imports.entry(declaration_of(clearance)).or_insert(false);
            if is_attested(shown.event) {
                *is_released = clearance.status == CustomsStatus::Released;
            }
        }
    }
    if imports.values().any(|is_released| !is_released) {
        return Some("an import is recorded, and the last word of customs on it is no release".to_owned());
    }
    // An item that was never stored, delivered or sold (V17), and a lot of which no item has a chain or a set (V19).
    let in_trade = story.facts().any(|shown| match &shown.event.body {
        KindBody::Distribution(done) => {
            matches!(done.action, DistributionAction::Store | DistributionAction::Deliver | DistributionAction::Sell)
        }
        _ => false,
    });
    let has_items = match asked {
        Subject::Lot(gtin, lot) => {
            let list = Subject::List(gtin.clone(), lot.clone());
            trace.register(&list).is_some_and(|count| count > 0)
                || trace
                    .chain(asked)
                    .any(|entry| entry.event().is_some_and(|event| event.event().committed().is_some()))
        }
        _ => false,
    };
    if in_trade || has_items {
        return None;
    }
    Some("no record says yet that it was stored, delivered or sold".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_record_could_change_needs_fresh_evidence() {
        let shown = |verdict: Verdict| [Age::Seconds(9), Age::Ahead(9)].map(|age| verdict.is_shown_at(age, 8));
        for verdict in [Verdict::Valid, Verdict::NeverIssued, Verdict::NotYetSold, Verdict::Unproven] {
            assert_eq!(shown(verdict), [false, false], "{}", verdict.as_str());
            assert!(verdict.is_shown_at(Age::Seconds(8), 8));
        }
        for verdict in [Verdict::Recalled, Verdict::TakenBack, Verdict::Expired, Verdict::Mismatch, Verdict::Incomplete]
        {
            assert_eq!(shown(verdict), [true, true], "{}", verdict.as_str());
        }
    }
}
