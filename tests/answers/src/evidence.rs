//! Receipts, fork proofs and omission proofs.

use headwater_event::fault::CodecError;
use headwater_trace::evidence::{EvidenceError, ForkProof, Receipt};
use headwater_trace::omission::{Lie, OmissionProof};
use headwater_trace::policy::TrustPolicy;
use serde_json::{Value, json};

use crate::{Answer, bytes, refusal, text};

fn read<T>(
    input: &Value,
    parse: impl Fn(&[u8]) -> Result<T, CodecError>,
    verify: impl Fn(T, &TrustPolicy) -> Result<Value, EvidenceError>,
) -> Answer {
    let policy = TrustPolicy::parse(text(input, "policy")).expect("a policy");
    let evidence = parse(&bytes(input, "evidence")).map_err(EvidenceError::from);
    evidence.and_then(|evidence| verify(evidence, &policy)).map_err(|error| refusal(&error))
}

pub(crate) fn run_receipt(input: &Value) -> Answer {
    read(input, Receipt::parse, |receipt, policy| {
        let verified = receipt.verify(policy)?;
        let counts: Vec<Value> =
            verified.counts().iter().map(|(subject, count)| json!([subject.to_string(), count.to_string()])).collect();
        Ok(json!({"log_index": verified.log_index().to_string(), "counts": counts}))
    })
}

pub(crate) fn run_fork(input: &Value) -> Answer {
    read(input, ForkProof::parse, |proof, policy| {
        let fork = proof.verify(policy)?;
        Ok(json!({"size": fork.size().to_string(), "roots": fork.roots()}))
    })
}

pub(crate) fn run_omission(input: &Value) -> Answer {
    read(input, OmissionProof::parse, |proof, policy| {
        Ok(match proof.verify(policy)?.lie() {
            Lie::Omitted { subject, log_index } => {
                json!({"lie": "omitted", "subject": subject.to_string(), "log_index": log_index.to_string()})
            }
            Lie::Phantom { subject, log_index } => {
                json!({"lie": "phantom", "subject": subject.to_string(), "log_index": log_index.to_string()})
            }
            Lie::Root { log_index, expected, found } => {
                json!({"lie": "root", "log_index": log_index.to_string(), "expected": expected, "found": found})
            }
        })
    })
}
