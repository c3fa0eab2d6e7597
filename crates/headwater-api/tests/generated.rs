//! Generated files are committed, and match the definitions. `HEADWATER_WRITE=1` writes the files anew.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use headwater_event::entry::Entry;
use headwater_event::event::Event;
use headwater_event::schema::Schema;
use headwater_event::signature::Possession;
use headwater_trace::evidence::{ForkProof, Receipt};
use headwater_trace::omission::OmissionProof;
use headwater_trace::trace::Trace;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn compare(path: &Path, wanted: &str) {
    if std::env::var_os("HEADWATER_WRITE").is_some() {
        fs::write(path, wanted).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == wanted,
        "{} is not what its definition says: run this test with HEADWATER_WRITE=1",
        path.display()
    );
}

fn head(about: &str, imports: &[&str]) -> String {
    let imports: String = imports.iter().map(|file| format!("\nimport \"headwater/v1/{file}.proto\";\n")).collect();
    format!(
        "syntax = \"proto3\";\n\n// {about}\n// Written from the definitions in code; proto/README.md defines the one admissible encoding.\npackage headwater.v1;\n{imports}"
    )
}

#[test]
fn the_schemas_are_written_from_the_codec() {
    let files = root().join("proto/headwater/v1");
    let event = Schema::default().define::<Event>().define::<Possession>();
    compare(&files.join("event.proto"), &event.file(&head("Events: the messages that parties sign.", &[])));
    let log = Schema::beside(&event).define::<Entry>();
    compare(&files.join("log.proto"), &log.file(&head("Entries: the messages that the log stores.", &["event"])));
    let trace =
        Schema::beside(&log).define::<Trace>().define::<Receipt>().define::<ForkProof>().define::<OmissionProof>();
    compare(&files.join("trace.proto"), &trace.file(&head("Evidence: the messages that readers verify.", &["event"])));
}

#[test]
fn the_service_is_generated_from_its_schema() {
    let include = root().join("proto");
    let descriptors = protox::compile(["headwater/v1/ledger.proto"], [&include]).unwrap();
    let out = tempfile::tempdir().unwrap();
    let configured =
        tonic_prost_build::configure().server_mod_attribute("headwater.v1", "#[cfg(feature = \"server\")]");
    configured.out_dir(out.path()).compile_fds(descriptors.clone()).unwrap();
    let generated = fs::read_to_string(out.path().join("headwater.v1.rs")).unwrap();
    compare(&root().join("crates/headwater-api/src/generated/headwater.v1.rs"), &generated);
    // The whole package compiles as protobuf: any library reads the bytes that the codec writes.
    let all = ["event", "log", "trace", "ledger"].map(|file| format!("headwater/v1/{file}.proto"));
    let bytes = prost::Message::encode_to_vec(&protox::compile(all, [&include]).unwrap());
    let path = root().join("crates/headwater-api/src/generated/descriptors.bin");
    if std::env::var_os("HEADWATER_WRITE").is_some() {
        fs::write(&path, &bytes).unwrap();
    }
    assert!(
        fs::read(&path).unwrap_or_default() == bytes,
        "the descriptors are old: run this test with HEADWATER_WRITE=1"
    );
}
