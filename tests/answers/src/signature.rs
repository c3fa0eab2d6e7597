//! Keys and signatures over typed payloads.

use headwater_event::signature::PayloadType;
use headwater_tlog::key::PublicKey;
use serde_json::{Value, json};

use crate::{Answer, bytes, refusal, text};

fn payload_type(input: &Value) -> PayloadType {
    match text(input, "type") {
        "event" => PayloadType::Event,
        "possession" => PayloadType::Possession,
        other => panic!("{other} is not a type"),
    }
}

pub(crate) fn run(input: &Value) -> Answer {
    let key = PublicKey::parse(&bytes(input, "key")).map_err(|error| refusal(&error))?;
    let message = payload_type(input).encode(&bytes(input, "body"));
    let signature = bytes(input, "signature").try_into().expect("64 bytes");
    key.verify(&message, &signature).map_err(|error| refusal(&error))?;
    Ok(json!({"message": hex::encode(message), "key_id": key.id().to_string()}))
}
