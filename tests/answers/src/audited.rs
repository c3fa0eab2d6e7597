//! The newest trace beside the trace under the auditors' cosignatures.

use headwater_trace::story::Story;
use headwater_trace::verdict::Judgement;
use headwater_trace::verify::verify;
use serde_json::{Value, json};

use crate::trace::Question;
use crate::{Answer, bytes, refusal};

pub(crate) fn run(input: &Value) -> Answer {
    let question = Question::of(input);
    let [newest, audited] =
        ["trace", "audited"].map(|name| verify(&bytes(input, name), &question.query, &question.policy));
    let (newest, audited) = (newest.map_err(|error| refusal(&error))?, audited.map_err(|error| refusal(&error))?);
    let [newest, audited] = [&newest, &audited].map(Story::compose);
    let judgement = Judgement::of_both(&newest, &audited, &question.label, question.today);
    Ok(json!({"verdict": judgement.map_err(|error| refusal(&error))?.verdict}))
}
