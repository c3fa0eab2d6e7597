//! Tiles, and proof files with an inclusion proof and a checkpoint.

use headwater_tlog::policy::Policy;
use headwater_tlog::proof_file::{ProofFile, UnprovenError};
use headwater_tlog::tile::{TileKind, TilePath};
use serde_json::{Value, json};

use crate::{Answer, bytes, hash_of, refusal, text};

pub(crate) fn run(input: &Value) -> Answer {
    let path = TilePath::parse(text(input, "path")).map_err(|error| refusal(&error))?;
    let content = bytes(input, "content");
    let kind = match path.kind() {
        TileKind::Hashes { level } => {
            path.hashes(&content).map_err(|error| refusal(&error))?;
            json!({"hashes_of_level": level})
        }
        TileKind::Entries => {
            let entries = path.entries(&content).map_err(|error| refusal(&error))?;
            json!({"entries": entries.iter().map(hex::encode).collect::<Vec<_>>()})
        }
    };
    Ok(json!({"index": path.index().to_string(), "width": path.width().to_string(), "holds": kind}))
}

pub(crate) fn run_proof(input: &Value) -> Answer {
    let policy = Policy::parse(text(input, "policy")).expect("a policy");
    let file = ProofFile::parse(text(input, "file").as_bytes()).map_err(|error| refusal(&error))?;
    let proven = file.verify(hash_of(input, "leaf"), &policy);
    let proven = proven.map_err(|error: UnprovenError| refusal(&error))?;
    Ok(json!({"index": file.index.get().to_string(), "size": proven.checkpoint().size().get().to_string()}))
}
