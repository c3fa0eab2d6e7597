//! Subject keys and Digital Links.

use headwater_event::digital_link::DigitalLink;
use headwater_event::subject::Subject;
use serde_json::{Map, Value, json};

use crate::{Answer, refusal, text};

pub(crate) fn run(input: &Value) -> Answer {
    let subject = Subject::parse(text(input, "subject")).map_err(|error| refusal(&error))?;
    let kind = match &subject {
        Subject::Model(_) => "model",
        Subject::Lot(..) => "lot",
        Subject::Item(..) => "item",
        Subject::LogisticUnit(_) => "logistic_unit",
        Subject::Party(_) => "party",
        Subject::Prefix(_) => "prefix",
        Subject::Delegation { .. } => "delegation",
        Subject::Register(_) => "register",
        Subject::List(..) => "list",
    };
    Ok(json!({"kind": kind, "k": hex::encode(subject.index_key().as_bytes())}))
}

pub(crate) fn run_link(input: &Value) -> Answer {
    let link = DigitalLink::parse(text(input, "link")).map_err(|error| refusal(&error))?;
    let shown = |subject: Option<Subject>| subject.map(|subject| subject.to_string());
    let dates: Map<String, Value> =
        link.dates().iter().map(|(kind, date)| (kind.ai().to_owned(), date.to_string().into())).collect();
    Ok(json!({
        "subject": shown(link.subject()),
        "lot": shown(link.lot_beside()),
        "dates": dates,
        "remarks": link.remarks(),
    }))
}
