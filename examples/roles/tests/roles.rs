//! The examples run one after the other, on a ledger that the test founds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use headwater_testing::node::RealNode;
use headwater_testing::world::{Actor, World, auditor, log_signer, query};
use headwater_trace::policy::TrustPolicy;
use headwater_trace::story::Story;
use headwater_trace::verify::verify;
use ledger_node::settings::{List, Settings};

fn run(program: &str, place: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).current_dir(place).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_brand_a_laboratory_a_carrier_and_an_auditor() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    fs::create_dir(place.join("node")).unwrap();
    let settings = Settings { auditors: List(vec![auditor().key().clone()]), ..Settings::default() };
    let running = RealNode::start(&world, &place.join("node"), &settings);
    let policy = format!(
        "log {}\nwitness a {}\ngroup auditors 1 a\nquorum none\n#headwater ledger {}\n",
        log_signer().key(),
        auditor().key(),
        world.ledger.ledger_id()
    );
    fs::write(place.join("policy"), &policy).unwrap();
    let url = running.url();
    let sign = |program: &str, actor: &Actor| {
        let (party, key) = (actor.party.to_string(), format!("{}.key", actor.role));
        headwater_key::write(&place.join(&key), &actor.events_seed()).unwrap();
        run(program, place, &[&url, "policy", &party, &key])
    };
    assert_eq!(sign(env!("CARGO_BIN_EXE_brand"), &world.dairy).lines().count(), 11);
    assert!(sign(env!("CARGO_BIN_EXE_laboratory"), &world.lab).contains("pass"));
    assert_eq!(sign(env!("CARGO_BIN_EXE_carrier"), &world.carrier).lines().count(), 2);
    headwater_key::write(&place.join("auditor.key"), &[2; 32]).unwrap();
    let audited = run(env!("CARGO_BIN_EXE_auditor"), place, &[&url, "policy", "auditor.example", "auditor.key"]);
    assert!(audited.contains("check out") && audited.contains("cosigned by auditor.example"), "{audited}");

    let item = query("01/09526543000013/21/T000");
    let bytes = running.runtime.block_on(running.node.ledger.trace(&item, headwater_trace::trace::At::Audited));
    let trace = verify(&bytes.unwrap(), &item, &TrustPolicy::parse(&policy).unwrap()).unwrap();
    assert_eq!(Story::compose(&trace).entries().len(), 5);
    running.stop();
}
