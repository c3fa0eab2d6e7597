//! A story as a timeline, for people and for machines.

use std::fmt::Write as _;

use headwater_event::authority::Standing;
use headwater_event::kind::Kind;
use headwater_event::subject::PartyKey;
use headwater_trace::age::Age;
use headwater_trace::story::Story;
use headwater_trace::story_entry::{StoryEntry, is_attested};
use headwater_trace::verdict::Judgement;
use headwater_trace::verify::VerifiedTrace;
use headwater_trace::walk::Relation;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};

use crate::event;

/// The name of a party as the ledger registered it, or else its key.
pub fn name(trace: &VerifiedTrace, party: &PartyKey) -> String {
    let registered = trace.authority().party(party).and_then(|party| party.registration());
    registered
        .map(|known| event::text(&known.names))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| party.to_string())
}

/// The name of a party, with its key where another registered party has the same name.
fn distinct(trace: &VerifiedTrace, party: &PartyKey) -> String {
    let own = name(trace, party);
    let is_shared = trace.authority().parties().any(|(other, _)| other != party && name(trace, other) == own);
    if is_shared { format!("{own} ({party})") } else { own }
}

/// Time of a moment in its own offset: RFC 3339, or the milliseconds if no calendar goes so far.
pub fn local(ms: u64, offset_minutes: i64) -> String {
    let seconds = i32::try_from(offset_minutes * 60).unwrap_or(0);
    let zone = Offset::from_seconds(seconds).map(TimeZone::fixed);
    let moment = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    match (moment, zone) {
        (Some(moment), Ok(zone)) => moment.to_zoned_datetime(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        _ => format!("{ms} ms"),
    }
}

/// Milliseconds of a day. A record that comes later than this after the time it states is shown with both times.
const PROMPT_MS: u64 = 86_400_000;

/// Time of an event as its signer states it. If the ledger recorded the event more than a day later, the recorded time
/// follows, as the operator states it.
fn moment(shown: &StoryEntry<'_>) -> String {
    let (event, recorded_ms) = (shown.event(), shown.entry().recorded_at_ms());
    let claimed = local(event.occurred_at_ms, event.utc_offset_minutes.minutes());
    if recorded_ms.saturating_sub(event.occurred_at_ms) <= PROMPT_MS {
        return claimed;
    }
    format!("{claimed} as claimed (recorded {} by the operator's clock)", local(recorded_ms, 0))
}

fn marks(shown: &StoryEntry<'_>) -> Vec<&'static str> {
    let mut marks = Vec::new();
    if shown.is_struck() {
        marks.push("taken back");
    }
    if shown.may_apply() {
        marks.push("may apply: about a part of the lot, or of a lot that is not proven for it");
    }
    if shown.is_of_input() {
        marks.push("of what it was made of");
    }
    if matches!(shown.standing(), Standing::Suspect { .. }) {
        marks.push("suspect: its key is reported as compromised");
    }
    if shown.event().kind() == Kind::CustomsClearance && !is_attested(shown.event()) {
        marks.push("declared, not attested by customs");
    }
    if shown.is_out_of_course() {
        marks.push("has no effect: it cannot follow from what came before");
    }
    marks
}

/// One line of text for each story entry.
pub fn sentences<'a>(story: &'a Story<'_>) -> impl Iterator<Item = String> + 'a {
    story.entries().iter().map(|shown| {
        let event = shown.event();
        let when = moment(shown);
        let through = shown
            .relations()
            .iter()
            .find(|to| to.relation == Relation::Unit)
            .map(|to| format!(" (in {})", to.subject))
            .unwrap_or_default();
        let marks: String = marks(shown).iter().map(|mark| format!(" [{mark}]")).collect();
        let who = distinct(story.trace(), &event.party);
        let kind = event.kind().as_str().replace('_', " ");
        format!("{when}  {kind:<17} {}{through}{marks}  · {who}", event::line(event))
    })
}

/// Timeline of a story, one line for each story entry, with its findings below.
pub fn lines(story: &Story<'_>) -> String {
    let mut text = String::new();
    for (at, (shown, line)) in story.entries().iter().zip(self::sentences(story)).enumerate() {
        let _ = writeln!(text, "{:>3} {line}", at + 1);
        for finding in shown.findings() {
            let _ = writeln!(text, "      ! {finding}");
        }
    }
    text
}

/// State that a trace shows, and its age. Without a quorum, the operator alone dates the state.
pub fn state(trace: &VerifiedTrace, age: Age) -> String {
    let checkpoint = trace.checkpoint();
    let by = if checkpoint.quorum_time().is_none() { ", as the operator dates it" } else { "" };
    format!("checkpoint of {} entries, {age}{by}", checkpoint.checkpoint().size())
}

/// Words before a verdict, by whether evidence of this age shows the verdict.
pub fn heading(is_shown: bool, age: Age) -> &'static str {
    match age {
        _ if is_shown => "verdict",
        Age::Seconds(_) => "NOT CHECKED: the checkpoint is too old;",
        Age::Ahead(_) => "NOT CHECKED: the checkpoint is dated in the future;",
    }
}

/// Adds the state, checked or unchecked, and the age to a document.
pub fn add_age(document: &mut Value, is_shown: bool, age: Age) {
    document["state"] = if is_shown { "checked" } else { "unchecked" }.into();
    match age {
        Age::Seconds(seconds) => document["age_seconds"] = seconds.to_string().into(),
        Age::Ahead(seconds) => document["ahead_seconds"] = seconds.to_string().into(),
    }
}

/// The whole answer as one document. Values of 64 bits are strings.
pub fn document(story: &Story<'_>, judgement: &Judgement) -> Value {
    let trace = story.trace();
    let entries = story.entries().iter().map(|shown| {
        json!({
            "log_index": shown.entry().log_index().to_string(),
            "occurred_at": local(shown.event().occurred_at_ms, shown.event().utc_offset_minutes.minutes()),
            "recorded_at": local(shown.entry().recorded_at_ms(), 0),
            "kind": shown.event().kind().as_str(),
            "party": shown.event().party.to_string(),
            "party_name": name(trace, &shown.event().party),
            "role": shown.event().role.as_str(),
            "says": event::line(shown.event()),
            "subjects": shown.event().keys().map(ToString::to_string).collect::<Vec<_>>(),
            "relations": shown.relations().iter().map(|to| json!({"relation": to.relation, "subject": to.subject.to_string()})).collect::<Vec<_>>(),
            "struck": shown.is_struck(),
            "may_apply": shown.may_apply(),
            "has_effect": shown.has_effect(),
            "findings": shown.findings().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "event": shown.event(),
        })
    });
    json!({
        "verdict": judgement.verdict,
        "reasons": judgement.reasons,
        "subject": trace.query().subject.to_string(),
        "origin": trace.checkpoint().checkpoint().origin(),
        "size": trace.checkpoint().checkpoint().size().to_string(),
        "complete": trace.is_complete(),
        "newer": trace.is_newer(),
        "audited_at": trace.checkpoint().audit_time().map(|time| local(time.ms(), 0)),
        "story": entries.collect::<Vec<_>>(),
    })
}
