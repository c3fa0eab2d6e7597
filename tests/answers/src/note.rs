//! Notes, policies, and checkpoints under a policy.

use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::note::Note;
use headwater_trace::policy::{TrustPolicy, TrustPolicyError};
use serde_json::{Value, json};

use crate::{Answer, refusal, text};

pub(crate) fn run(input: &Value) -> Answer {
    let note = Note::parse(text(input, "note").as_bytes()).map_err(|error| refusal(&error))?;
    Ok(json!({"text": note.claims(), "signatures": note.signatures().len()}))
}

pub(crate) fn run_policy(input: &Value) -> Answer {
    let policy = TrustPolicy::parse(text(input, "policy")).map_err(|error| match &error {
        TrustPolicyError::Policy(inner) => refusal(inner),
        other => refusal(other),
    })?;
    let unread: Vec<&str> = policy.tlog().unread().map(|(name, _)| name).collect();
    Ok(json!({"ledger": policy.ledger_id(), "has_auditors": policy.tlog().has_auditors(), "unread": unread}))
}

pub(crate) fn run_checkpoint(input: &Value) -> Answer {
    let policy = TrustPolicy::parse(text(input, "policy")).expect("a policy");
    let trusted = policy.open(text(input, "note").as_bytes()).map_err(|error| refusal(&error))?;
    let seconds = |time: Option<CosignTime>| time.map(|time| time.seconds().to_string());
    Ok(json!({
        "size": trusted.checkpoint().size().to_string(),
        "root": trusted.checkpoint().root(),
        "quorum_time": seconds(trusted.quorum_time()),
        "audit_time": seconds(trusted.audit_time()),
    }))
}
