//! Authors and readers whose policy asks for a quorum of witnesses, which cosign a moment later than the log signs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::{Command, Output};

use headwater_testing::node::RealNode;
use headwater_testing::world::{World, query};
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::key::SecretKey;
use headwater_tlog::note::{KeyKind, NoteKey, NoteSigner};
use headwater_trace::evidence::Receipt;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::verify::verify;
use ledger_node::clock::now_ms;
use ledger_node::settings::{List, Settings};

const LOT: &str = "01/09526543000013/10/L26-0417";

fn witness(seed: u8) -> NoteSigner {
    NoteSigner::new(&format!("w{seed}.example"), KeyKind::Cosigner, SecretKey::from_seed(&[seed; 32])).unwrap()
}

/// Cosigns the newest checkpoint as each witness, with one POST request each.
fn cosign(node: &RealNode, witnesses: &[NoteSigner]) {
    let newest = node.node.ledger.newest();
    for witness in witnesses {
        let line = newest.checkpoint().cosign(witness, CosignTime::new(now_ms() / 1_000).unwrap()).unwrap();
        let note = format!("{}{line}\n", newest.note());
        ureq::post(format!("{}/add-cosignatures", node.url())).send(note).unwrap();
    }
}

#[test]
fn an_event_is_recorded_before_its_quorum_and_its_receipt_is_completed_later() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let place = folder.path();
    let witnesses = [witness(31), witness(32), witness(33)];
    let keys: Vec<NoteKey> = witnesses.iter().map(|witness| witness.key().clone()).collect();
    fs::create_dir(place.join("node")).unwrap();
    let settings = Settings { witnesses: List(keys.clone()), witnesses_needed: 2, ..Settings::default() };
    let node = RealNode::start(&world, &place.join("node"), &settings);
    let named: String = keys.iter().enumerate().map(|(at, key)| format!("witness w{at} {key}\n")).collect();
    let text = world.pinned().replace("quorum none\n", &format!("{named}group wit 2 w0 w1 w2\nquorum wit\n"));
    fs::write(place.join("policy"), &text).unwrap();
    let policy = TrustPolicy::parse(&text).unwrap();
    headwater_key::write(&place.join("dairy.key"), &world.dairy.events_seed()).unwrap();
    let run = |arguments: &[&str]| -> Output {
        Command::new(env!("CARGO_BIN_EXE_headwater"))
            .current_dir(place)
            .env("HEADWATER_URL", node.url())
            .env("HEADWATER_POLICY", "policy")
            .env("HEADWATER_PARTY", world.dairy.party.to_string())
            .args(arguments)
            .output()
            .unwrap()
    };
    let talk = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let produce = |lot: &str, receipt: &str| {
        let amount = format!("{lot}=900 kg");
        let made = ["event", "production", "--subject", &amount, "--date", "2026-04-17", "--country", "NL"];
        let sited = ["--expiry", "2099-12-31", "--place", "NL, Polderdijk 12"];
        let signed = ["--role", "brand", "--key", "dairy.key", "--receipt", receipt];
        run(&[&made[..], &sited, &signed].concat())
    };
    let made = produce(LOT, "made.receipt");
    assert!(made.status.success(), "{}", talk(&made));
    assert!(
        talk(&made).contains("the event is recorded; of the quorum \"wit\" of the policy 0 have cosigned"),
        "{}",
        talk(&made)
    );
    let receipt = || Receipt::parse(&fs::read(place.join("made.receipt")).unwrap()).unwrap();
    assert!(receipt().verify(&policy).is_err());
    // One cosignature of two is too few, for the node as for the policy.
    cosign(&node, &witnesses[..1]);
    let early = run(&["receipt", "made.receipt"]);
    assert!(!early.status.success() && talk(&early).contains("enough witnesses and auditors"), "{}", talk(&early));
    cosign(&node, &witnesses[1..2]);
    let done = run(&["receipt", "made.receipt"]);
    assert!(done.status.success(), "{}", talk(&done));
    let complete = receipt().verify(&policy).unwrap();
    assert!(complete.checkpoint().quorum_time().is_some());
    let again = run(&["receipt", "made.receipt"]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("complete already"));
    // The next append takes nothing from readers: they get the newest state that the quorum saw.
    assert!(produce("01/09526543000013/10/L2", "other.receipt").status.success());
    let history = run(&["history", LOT]);
    assert!(history.status.success(), "{}", talk(&history));
    let fetched = |door: &str| {
        ureq::get(format!("{}/{door}/{LOT}", node.url())).call().unwrap().body_mut().read_to_vec().unwrap()
    };
    assert!(verify(&fetched("trace"), &query(LOT), &policy).is_err());
    assert!(verify(&fetched("audited-trace"), &query(LOT), &policy).is_ok());
    let note =
        ureq::get(format!("{}/audited-checkpoint", node.url())).call().unwrap().body_mut().read_to_vec().unwrap();
    let seen = policy.open(&note).unwrap().checkpoint().size();
    let newest = node.node.ledger.newest().checkpoint().size();
    assert!(seen < newest && node.node.ledger.consistency(seen, newest).is_ok());
    // A receipt that waits does not hold up another one.
    let both = run(&["receipt", "other.receipt", "made.receipt"]);
    assert!(!both.status.success() && talk(&both).contains("other.receipt"), "{}", talk(&both));
    assert!(String::from_utf8_lossy(&both.stdout).contains("made.receipt: complete already"));
    node.stop();
}
