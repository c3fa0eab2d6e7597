//! The verdict of a scan, and why. The first row that matches wins; what is shown by records outranks what is concluded
//! from something missing. Whoever has a scan log looks at it with [`Judgement::counting`]; without one, scans are not counted.

use std::collections::BTreeMap;

use headwater_event::authority::Standing;
use headwater_event::kind::KindBody;
use headwater_event::kind::customs_clearance::{CustomsStatus, Direction};
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::sticker::StickerAction;
use headwater_event::subject::Subject;
use headwater_event::text::Date;

use crate::course::declaration_of;
use crate::label::Label;
use crate::scan::{RISK_THRESHOLD, Scans};
use crate::story::{Story, is_attested};
use crate::verify::{TraceError, VerifiedTrace};

/// What a scan says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// The ledger proves that nobody ever issued it.
    UnknownId,
    /// Something in the trace does not check out.
    SignatureInvalid,
    /// A recall in force matches.
    Recalled,
    /// The sticker was voided, or the item destroyed.
    VoidedSticker,
    /// The label does not say what the records say.
    Mismatch,
    /// Its date has passed.
    Expired,
    /// More than one object may carry this label: this one cannot be confirmed.
    SuspectClone,
    /// Something is of a format that this verifier does not know.
    NewerFormat,
    /// The story is too long to be shown whole.
    Incomplete,
    /// It has not come so far that it could be in a shopper's hand.
    NotYetSold,
    /// Everything checks out, and nobody scanned it before.
    ValidFirst,
    /// Everything checks out, and it was scanned before.
    ValidRepeat,
    /// Everything checks out. Scans were not counted.
    Valid,
}

impl Verdict {
    /// The name in JSON and on pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::UnknownId => "UNKNOWN_ID",
            Verdict::SignatureInvalid => "SIGNATURE_INVALID",
            Verdict::Recalled => "RECALLED",
            Verdict::VoidedSticker => "VOIDED_STICKER",
            Verdict::Mismatch => "MISMATCH",
            Verdict::Expired => "EXPIRED",
            Verdict::SuspectClone => "SUSPECT_CLONE",
            Verdict::NewerFormat => "NEWER_FORMAT",
            Verdict::Incomplete => "INCOMPLETE",
            Verdict::NotYetSold => "NOT_YET_SOLD",
            Verdict::ValidFirst => "VALID_FIRST",
            Verdict::ValidRepeat => "VALID_REPEAT",
            Verdict::Valid => "VALID",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that speaks for the verdict or has to be told beside it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Reason {
    /// What it is about, in one lower-case clause.
    pub text: String,
    /// The entry that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_index: Option<u64>,
}

/// A verdict and what speaks for it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, and what else has to be told.
    pub reasons: Vec<Reason>,
}

impl Judgement {
    /// The verdict on a trace that does not check out.
    pub fn refused(error: &TraceError) -> Self {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            text += &format!(": {cause}");
            source = cause.source();
        }
        Self { verdict: Verdict::SignatureInvalid, reasons: vec![Reason { text, log_index: None }] }
    }

    /// The verdict on a verified trace, on the day of the scan where it happens.
    pub fn of(story: &Story<'_>, label: &Label, today: Date) -> Self {
        let mut reasons = Vec::new();
        let verdict = verdict(story, label, today, &mut reasons);
        let trace = story.trace();
        match trace.checkpoint().audit_time() {
            Some(time) => note(&mut reasons, None, format!("{AUDITED} {}", minute(time.seconds()))),
            None => note(&mut reasons, None, CLAIMED.to_owned()),
        }
        for told in story.told() {
            if let Standing::Suspect { since_ms } = told.standing {
                note(
                    &mut reasons,
                    Some(told.entry.log_index),
                    format!("signed with a key that is reported stolen since {}", minute(since_ms / 1000)),
                );
            }
        }
        Self { verdict, reasons }
    }
}

impl Judgement {
    /// The same verdict in the light of all scans of the label, the present one included. What records show comes first: a
    /// risk outranks only what is concluded from something missing.
    pub fn counting(mut self, story: &Story<'_>, scans: &Scans) -> Self {
        let outranked = [Verdict::NewerFormat, Verdict::Incomplete, Verdict::NotYetSold, Verdict::Valid];
        if !outranked.contains(&self.verdict) {
            return self;
        }
        let risk = scans.risk(story);
        if risk.value >= RISK_THRESHOLD {
            self.verdict = Verdict::SuspectClone;
            note(&mut self.reasons, None, format!("this object cannot be confirmed: risk {} of 100", risk.value));
        } else if self.verdict == Verdict::Valid {
            match scans.first().filter(|_| scans.count() > 1) {
                None => self.verdict = Verdict::ValidFirst,
                Some(first) => {
                    self.verdict = Verdict::ValidRepeat;
                    let text = format!("scan {} of it; the first was on {}", scans.count(), minute(first.at_ms / 1000));
                    note(&mut self.reasons, None, text);
                }
            }
        }
        risk.reasons.into_iter().for_each(|text| note(&mut self.reasons, None, text));
        self
    }
}

/// The newest trace contradicts the audited one: one of them is a lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the newest trace does not extend every chain of the audited one")]
pub struct Discontinued;

impl Judgement {
    /// The verdict where auditors follow a moment behind: on the newest story, and on the one that they vouch for. A recall in
    /// either counts.
    pub fn of_both(newest: &Story<'_>, audited: &Story<'_>, label: &Label, today: Date) -> Result<Self, Discontinued> {
        if !newest.trace().continues(audited.trace()) {
            return Err(Discontinued);
        }
        let (mut judgement, vouched) = (Self::of(newest, label, today), Self::of(audited, label, today));
        if vouched.verdict == Verdict::Recalled && judgement.verdict != Verdict::Recalled {
            judgement = vouched;
        }
        if let Some(time) = audited.trace().checkpoint().audit_time() {
            judgement.reasons.retain(|reason| reason.text != CLAIMED && !reason.text.starts_with(AUDITED));
            let text = format!("{AUDITED} {}; later records as claimed by the operator", minute(time.seconds()));
            note(&mut judgement.reasons, None, text);
        }
        Ok(judgement)
    }
}

const CLAIMED: &str = "complete as claimed by the operator";
const AUDITED: &str = "complete as audited on";

/// A moment to the minute, UTC.
fn minute(seconds: u64) -> String {
    let day = Date::of_ms(seconds.saturating_mul(1000), 0).map(|day| day.to_string()).unwrap_or_default();
    format!("{day} at {:02}:{:02} UTC", seconds / 3600 % 24, seconds / 60 % 60)
}

fn note(reasons: &mut Vec<Reason>, log_index: Option<u64>, text: String) {
    reasons.push(Reason { text, log_index });
}

fn verdict(story: &Story<'_>, label: &Label, today: Date, reasons: &mut Vec<Reason>) -> Verdict {
    let trace = story.trace();
    if is_unknown(trace) {
        note(reasons, None, format!("the ledger proves that {} was never issued", trace.asked().subject));
        return Verdict::UnknownId;
    }
    let mut recalled = false;
    for (entry, recall) in story.recalls() {
        recalled = true;
        note(reasons, Some(entry.log_index), format!("recall {} is in force", recall.recall_no));
    }
    if recalled {
        return Verdict::Recalled;
    }
    if let Some((log_index, text)) = voided(story) {
        note(reasons, Some(log_index), text);
        return Verdict::VoidedSticker;
    }
    let mismatches = mismatches(story, label);
    if !mismatches.is_empty() {
        mismatches.into_iter().for_each(|text| note(reasons, None, text));
        return Verdict::Mismatch;
    }
    if let Some(expiry) = expiry(story).filter(|expiry| **expiry < today) {
        note(reasons, None, format!("its date was {expiry}, today is {today}"));
        return Verdict::Expired;
    }
    if trace.is_newer() {
        note(reasons, None, "something here is of a newer format than this verifier knows".to_owned());
        return Verdict::NewerFormat;
    }
    if !trace.is_complete() {
        note(reasons, None, "the story is longer than a trace holds".to_owned());
        return Verdict::Incomplete;
    }
    if let Some(text) = not_yet_sold(story) {
        note(reasons, None, text);
        return Verdict::NotYetSold;
    }
    Verdict::Valid
}

/// Nothing was ever recorded about the subject; an item is also in no set of the lot that its label names, and that lot's
/// chain holds nothing that this verifier cannot read.
fn is_unknown(trace: &VerifiedTrace) -> bool {
    let subject = &trace.asked().subject;
    if trace.chain(subject).next().is_some() || trace.sets_with_item().next().is_some() {
        return false;
    }
    let unread = trace.asked().lot.as_ref().is_some_and(|lot| trace.chain(lot).any(|entry| entry.event.is_none()));
    !(matches!(subject, Subject::Item(..)) && unread)
}

fn voided(story: &Story<'_>) -> Option<(u64, String)> {
    let mut void = None;
    for told in story.facts() {
        match &told.event.body {
            KindBody::Sticker(sticker) if sticker.action == StickerAction::Voided => {
                void = Some((told.entry.log_index, "its sticker was voided".to_owned()));
            }
            KindBody::Sticker(sticker) if sticker.action == StickerAction::Applied => void = None,
            KindBody::Distribution(done)
                if done.action == DistributionAction::Destroy
                    && !told.event.takes_part_of(&story.trace().asked().subject) =>
            {
                return Some((told.entry.log_index, "it is recorded as destroyed".to_owned()));
            }
            _ => {}
        }
    }
    void
}

/// The day after which it must not be used. A best-before that has passed forbids nothing.
fn expiry<'a>(story: &Story<'a>) -> Option<&'a Date> {
    story.production().and_then(|production| production.expiry_date.as_ref())
}

fn mismatches(story: &Story<'_>, label: &Label) -> Vec<String> {
    let mut found = Vec::new();
    let lot = story.lot();
    if matches!(story.trace().asked().subject, Subject::Item(..)) && lot.is_none() {
        found.push("no record proves which lot it belongs to".to_owned());
    }
    found.extend(label.differences(lot, story.production()).iter().map(ToString::to_string));
    found
}

/// Whether a thing in trade can have come so far: released where an import is recorded, and stored, delivered or sold.
fn not_yet_sold(story: &Story<'_>) -> Option<String> {
    if !matches!(story.trace().asked().subject, Subject::Item(..) | Subject::Lot(..)) {
        return None;
    }
    let is_lot = matches!(story.trace().asked().subject, Subject::Lot(..));
    let known =
        || story.told().iter().filter(|told| told.has_effect() && !told.is_of_input() && (is_lot || !told.may_apply));
    // By declaration, whether customs released it last.
    let mut imports = BTreeMap::new();
    for told in known() {
        if let KindBody::CustomsClearance(clearance) = &told.event.body
            && clearance.direction == Direction::Import
        {
            let is_released = imports.entry(declaration_of(clearance)).or_insert(false);
            if is_attested(told.event) {
                *is_released = clearance.status == CustomsStatus::Released;
            }
        }
    }
    if imports.values().any(|is_released| !is_released) {
        return Some("an import is recorded, and customs has not released it".to_owned());
    }
    let in_trade = known().any(|told| match &told.event.body {
        KindBody::Distribution(done) => {
            matches!(done.action, DistributionAction::Store | DistributionAction::Deliver | DistributionAction::Sell)
        }
        _ => false,
    });
    if in_trade { None } else { Some("nobody has recorded yet that it was stored, delivered or sold".to_owned()) }
}
