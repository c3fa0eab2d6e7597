//! Traces: the verdict and the story.

use headwater_event::digital_link::DigitalLink;
use headwater_event::text::Date;
use headwater_trace::label::Label;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::story::Story;
use headwater_trace::story_entry::StoryEntry;
use headwater_trace::verdict::Judgement;
use headwater_trace::verify::verify;
use headwater_trace::walk::Query;
use serde_json::{Value, json};

use crate::{Answer, bytes, date, refusal, subject, text};

/// The question that a trace answers: subject, policy, label and day.
pub(crate) struct Question {
    pub query: Query,
    pub policy: TrustPolicy,
    pub label: Label,
    pub today: Date,
}

impl Question {
    pub fn of(input: &Value) -> Self {
        let policy = TrustPolicy::parse(text(input, "policy")).expect("a policy");
        let lot = input["lot"].as_str().map(subject);
        let query = Query { subject: subject(text(input, "subject")), lot };
        let today = date(text(input, "today"));
        let label = input["link"].as_str().map(|link| Label::of(&DigitalLink::parse(link).expect("a link")));
        Self { query, policy, label: label.unwrap_or_default(), today }
    }
}

/// Verifies the trace of an input, composes its story, and answers from the story and the judgement.
pub(crate) fn telling(input: &Value, tell: impl FnOnce(&Story<'_>, Judgement) -> Value) -> Answer {
    let Question { query, policy, label, today } = Question::of(input);
    let trace = verify(&bytes(input, "trace"), &query, &policy).map_err(|error| refusal(&error))?;
    let story = Story::compose(&trace);
    Ok(tell(&story, Judgement::of(&story, &label, today)))
}

pub(crate) fn run(input: &Value) -> Answer {
    telling(input, shown)
}

fn shown(story: &Story<'_>, judged: Judgement) -> Value {
    let trace = story.trace();
    let shown = |shown: &StoryEntry<'_>| {
        let relations: Vec<Value> =
            shown.relations().iter().map(|to| json!([to.relation, to.subject.to_string()])).collect();
        let findings: Vec<&str> = shown.findings().iter().map(|finding| finding.field.as_str()).collect();
        json!({
            "log_index": shown.entry().log_index().to_string(),
            "relations": relations,
            "struck": shown.is_struck(),
            "may_apply": shown.may_apply(),
            "has_effect": shown.has_effect(),
            "suspect": shown.standing() != headwater_event::authority::Standing::Valid,
            "findings": findings,
        })
    };
    json!({
        "verdict": judged.verdict,
        "audited": trace.checkpoint().audit_time().is_some(),
        "complete": trace.is_complete(),
        "lot": trace.proven_lot().map(ToString::to_string),
        "story": story.entries().iter().map(shown).collect::<Vec<_>>(),
    })
}
