//! Tests of the command as people use it: a node on a disk, an operator, a brand and a carrier, each by flags.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod desk;

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use headwater_event::entry::{Entry, EntryBody};
use headwater_testing::node::RealNode;
use headwater_testing::tools;
use headwater_testing::world::World;
use headwater_tlog::hash::Hash;
use ledger_node::server::Node;
use ledger_node::settings::Settings;

use desk::Desk;

const LOT: &str = "01/09526543000013/10/L26-0417";
const TIN: &str = "01/09526543000013/21/7KQ2M9XW4T";
const BRAND: &str = "417/9521111100010";
const CARRIER: &str = "417/9522222200019";

/// Makes a key of a party and the proof that the party holds the key.
fn key(desk: &Desk<'_>, name: &str, party: &str, key_use: &str) {
    desk.says(&["key", "new", name]);
    let proof = desk.says(&["key", "prove", name, "--party", party, "--use", key_use]);
    fs::write(desk.place.join(format!("{name}.proof")), proof).unwrap();
}

#[test]
fn a_brand_and_a_carrier_by_flags() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    fs::create_dir(place.join("node")).unwrap();
    let running = RealNode::start(&world, &place.join("node"), &Settings::default());
    fs::write(place.join("policy"), world.pinned()).unwrap();
    headwater_key::write(&place.join("operator.key"), &world.operator.admin_seed()).unwrap();
    let desk = Desk { place, url: running.url() };
    let operator = world.operator.party.to_string();
    let by_operator = ["--party", &operator, "--role", "platform", "--key", "operator.key"];

    for (name, party) in [("brand", BRAND), ("carrier", CARRIER)] {
        key(&desk, &format!("{name}.key"), party, "events");
        key(&desk, &format!("{name}-admin.key"), party, "admin");
        let (events, admin) = (format!("{name}.key.proof"), format!("{name}-admin.key.proof"));
        let register = ["party", "register", party, "--name", name, "--country", "NL", "--as", name];
        let keys = ["--add-key", &events, "--add-key", &admin];
        desk.says(&[&register[..], &keys, &by_operator].concat());
    }
    // The world's dairy holds this prefix already, and no other party gets it.
    for taken in ["9526543", "09526543000013"] {
        let refused = desk.refuses(&[&["party", "grant-prefix", BRAND, taken][..], &by_operator].concat());
        assert!(refused.contains(taken), "{refused}");
    }
    desk.says(&[&["party", "grant-prefix", BRAND, "9527777"][..], &by_operator].concat());

    let gtin = headwater_testing::world::with_check("0952777700001");
    let (lot, tin) = (format!("01/{gtin}/10/L1"), format!("01/{gtin}/21/S1"));
    let by_brand = ["--party", BRAND, "--role", "brand", "--key", "brand.key"];
    let by_admin = ["--party", BRAND, "--role", "brand", "--key", "brand-admin.key"];
    let delegate = ["delegate", "--to", CARRIER, "--kind", "distribution", "--prefix", "9527777"];
    desk.says(&[&delegate[..], &by_admin].concat());
    let amount = format!("{lot}=900 kg");
    let made = ["event", "production", "--subject", &amount, "--date", "2026-04-17", "--country", "NL"];
    let sited = ["--expiry", "2099-12-31", "--place", "NL, Polderdijk 12"];
    let said = desk.says(&[&made[..], &sited, &["--pin", "--receipt", "made.receipt"], &by_brand].concat());
    assert!(said.starts_with("entry ") && said.contains(&format!("{lot} #1")), "{said}");
    let listed = ["event", "commissioning", "--lot", &lot, "--batch", "B-1", "--subject", &tin];
    desk.says(&[&listed[..], &by_brand].concat());
    let bound = format!("{tin}@{lot}");
    let delivered =
        ["event", "distribution", "--action", "deliver", "--from-party", CARRIER, "--place", "CN, Hangzhou"];
    let by_carrier = ["--party", CARRIER, "--role", "carrier", "--key", "carrier.key", "--subject", &bound];
    let refused = desk.refuses(&[&delivered[..], &by_carrier].concat());
    assert!(refused.contains("permission"), "{refused}");
    desk.says(&[&delivered[..], &by_carrier, &["--principal", BRAND]].concat());

    let document: serde_json::Value = serde_json::from_str(&desk.says(&["history", &tin, "--json"])).unwrap();
    assert_eq!(document["verdict"], "VALID");
    assert_eq!(document["story"].as_array().unwrap().len(), 3);
    assert!(desk.says(&["history", &tin]).contains("deliver"));

    // An error names the wrong field and its value, and nothing is signed.
    let wrong = desk.refuses(&["event", "production", "--subject", &lot, "--date", "2026-04-17"]);
    assert!(wrong.contains("who signs?"), "{wrong}");
    let arguments = [&["event", "production", "--subject", "01/09526543000017", "--date", "2026-04-17"][..], &by_brand];
    let wrong = desk.misreads(&[&arguments.concat()[..], &["--country", "NL"]].concat());
    assert!(wrong.contains("'--subject <SUBJECT>'") && wrong.contains("check digit"), "{wrong}");
    let lacking = desk.refuses(&[&["event", "production", "--subject", &lot][..], &by_brand].concat());
    for field in ["production_date", "country_of_origin"] {
        assert!(lacking.contains(&format!("body.production.{field}: is required")), "{lacking}");
    }
    let amount = format!("{lot}=900 XX9");
    let unit = [&made[..3], &[&amount, "--date", "2026-04-17", "--country", "NL"], &sited, &by_brand];
    assert!(desk.refuses(&unit.concat()).contains("subjects.0.quantity.uom"));

    // The history shows both times of a late record, and best before is not an expiry. The command shows the code of a unit.
    let late = ["event", "production", "--date", "2026-04-17", "--country", "NL", "--place", "NL, Polderdijk 12"];
    let (other, amount) = (format!("01/{gtin}/10/L2"), format!("01/{gtin}/10/L2=9 kg"));
    let kept = ["--subject", &amount, "--best-before", "2027-12-31"];
    let told = desk.run(&[&late[..], &kept, &["--at", "2026-04-17T05:20:00+02:00"], &by_brand].concat());
    let talk = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.status.success() && talk.contains("note: kg is written as KGM"), "{talk}");
    let history = desk.says(&["history", &other]);
    assert!(history.contains("2026-04-17T05:20:00+02:00 as claimed (recorded 20"), "{history}");
    assert!(history.contains("best before 2027-12-31") && !history.contains("use by"), "{history}");
    assert!(history.contains("checkpoint of ") && history.contains(" s old, as the operator dates it"), "{history}");

    // A production day in the future, goods per second, and a receipt over an existing file.
    let kilos = format!("{lot}=900 kg");
    let signs = |amount: &str, date: &str, more: &[&str]| {
        let said = ["event", "production", "--subject", amount, "--date", date, "--country", "NL"];
        desk.refuses(&[&said[..], &sited, more, &by_brand].concat())
    };
    let later = signs(&kilos, "2030-01-01", &["--at", "2026-04-17T05:20:00+02:00"]);
    assert!(later.contains("body.production.production_date") && later.contains("2026-04-17"), "{later}");
    let flow = signs(&format!("{lot}=900 KGS"), "2026-04-17", &[]);
    assert!(
        flow.contains("subjects.0.quantity.uom: \"KGS\": is not a unit that an amount of goods can have"),
        "{flow}"
    );
    let over = signs(&kilos, "2026-04-17", &["--receipt", "brand.key"]);
    assert!(over.contains("brand.key is there already"), "{over}");
    assert!(fs::read_to_string(place.join("brand.key")).unwrap().contains("PRIVATE KEY"));
    let history: serde_json::Value = serde_json::from_str(&desk.says(&["history", &lot, "--json"])).unwrap();
    assert_eq!(history["story"].as_array().unwrap().len(), 1, "nothing was sent");

    // A file holds the whole event: a flag that would be lost is refused.
    fs::write(place.join("made.yaml"), desk.says(&["event", "production", "--template"])).unwrap();
    for lost in [&["--subject", &kilos][..], &["--place", "NL"], &["--date", "2026-04-17"], &["--note", "late"]] {
        let output = desk.run(&[&["event", "production", "made.yaml"][..], lost, &by_brand].concat());
        let talk = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && talk.contains(&format!("{}: a file holds", lost[0])), "{talk}");
    }
    let dry =
        desk.says(&[&["event", "production", "made.yaml", "--dry-run", "--set", "notes=[]"][..], &by_brand].concat());
    assert!(dry.contains("\"notes\": []") || !dry.contains("notes"), "{dry}");

    // A correction takes its subjects from the receipt; a dry run prints and appends nothing.
    let corrected = ["event", "correction", "--of", "made.receipt", "--reason", "did_not_occur"];
    let dry: serde_json::Value =
        serde_json::from_str(&desk.says(&[&corrected[..], &["--dry-run"], &by_brand].concat())).unwrap();
    assert_eq!(dry["subjects"][0]["key"], lot.as_str());
    desk.says(&[&corrected[..], &by_brand].concat());
    let document: serde_json::Value = serde_json::from_str(&desk.says(&["history", &lot, "--json"])).unwrap();
    assert_eq!(document["story"][0]["struck"], true);
    lifts(&desk, &lot, &by_brand);

    // Revoked from now on: a thief has no minute left, and the operator keeps the key that it administers with.
    let shown = desk.says(&["key", "show", "carrier.key"]);
    let id = shown.split_whitespace().last().unwrap().to_owned();
    desk.says(&[&["party", "revoke-key", CARRIER, "--key-id", &id][..], &by_operator].concat());
    let thief = desk.refuses(&[&delivered[..], &by_carrier, &["--principal", BRAND]].concat());
    assert!(thief.contains("is revoked since"), "{thief}");
    affirms(&desk, &id, &tin);
    let shown = desk.says(&["key", "show", "operator.key"]);
    let id = shown.split_whitespace().last().unwrap().to_owned();
    for how in [&[][..], &["--compromised"], &["--retired-from", "2099-01-01T00:00:00Z"]] {
        let act = ["party", "revoke-key", &operator, "--key-id", &id];
        let last = desk.refuses(&[&act[..], how, &by_operator].concat());
        assert!(last.contains("has no key or no role to sign party events with"), "{last}");
    }
    running.stop();
}

/// The carrier loses its key and affirms the events that the key signed: with its own admin key, after a review.
fn affirms(desk: &Desk<'_>, id: &str, tin: &str) {
    let is_suspect = || desk.says(&["history", tin]).contains("suspect: its key is reported as compromised");
    let by_itself = ["--party", CARRIER, "--role", "carrier", "--key", "carrier-admin.key"];
    let begin = ["party", "reaffirm", "--key-id", id];
    let affirm = |more: &[&str]| desk.run(&[&begin[..], more, &by_itself].concat());
    let refused = |more: &[&str]| {
        let output = affirm(more);
        assert_eq!(output.status.code(), Some(1), "{more:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let early = refused(&["--below", "100"]);
    assert!(early.contains("body.party_event.reaffirm.key_id") && early.contains("is not compromised"), "{early}");
    let since = ["--compromised-since", "2026-01-01T00:00:00Z"];
    desk.says(&[&["party", "revoke-key", CARRIER, "--key-id", id][..], &since, &by_itself].concat());
    assert!(is_suspect());

    let none = refused(&["--below", "1"]);
    assert!(none.contains("--below 1:") && none.contains("lists no event"), "{none}");
    let other = "11".repeat(32);
    let unknown = refused(&["--below", "100", "--except", &other]);
    assert!(unknown.contains(&format!("--except {other}:")), "{unknown}");
    let wrong = affirm(&["--below", "100", "--except", "xyz"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("a hash has 64 hex digits"));
    let ahead = refused(&["--below", "1000000"]);
    assert!(ahead.contains("body.party_event.reaffirm.below: 1000000 is above"), "{ahead}");
    let below = ahead.split("is above ").nth(1).unwrap().split(',').next().unwrap();

    let shown = affirm(&["--below", below, "--dry-run"]);
    let review = String::from_utf8_lossy(&shown.stderr).into_owned();
    assert!(review.contains("affirms 1 events (1 distribution), as http://"), "{review}");
    assert!(is_suspect(), "a dry run appends nothing");
    assert!(affirm(&["--below", below]).status.success());
    assert!(!is_suspect());
}

/// A recall is lifted by its number, its event's id or its receipt; the error names any other text.
fn lifts(desk: &Desk<'_>, lot: &str, by_brand: &[&str]) {
    let verdict = || {
        let told: serde_json::Value = serde_json::from_str(&desk.says(&["history", lot, "--json"])).unwrap();
        told["verdict"].as_str().unwrap().to_owned()
    };
    let lift = ["event", "recall", "--reason", "tested"];
    let refused = |what: &str| desk.refuses(&[&lift[..], &["--lift", what], by_brand].concat());
    let recall = |number: &str, receipt: &str| {
        let said =
            ["event", "recall", "--recall-no", number, "--severity", "high", "--risk", "chemical", "--reason", "lead"];
        let more = ["--action", "bring it back", "--subject", lot, "--receipt", receipt];
        desk.says(&[&said[..], &more, by_brand].concat())
    };
    assert!(refused("R-1").contains("lists no recall"));
    let grave = desk.run(&[&lift[..], &["--lift", "R-1", "--severity", "high"], by_brand].concat());
    assert_eq!(grave.status.code(), Some(2), "a lift has no severity");
    let said = recall("R-1", "r1.receipt");
    let id = said.lines().find_map(|line| line.strip_prefix("event ")).unwrap().to_owned();
    for what in ["R-1", &id, "r1.receipt"] {
        assert_eq!(verdict(), "RECALLED", "before {what}");
        let printed = desk.says(&[&lift[..], &["--lift", what, "--dry-run"], by_brand].concat());
        let event: serde_json::Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(event["subjects"][0]["key"], lot);
        assert_eq!(event["body"]["recall"]["action"], "lift");
    }
    let named = refused("R-2");
    assert!(named.contains("lists the recall R-1"), "{named}");
    let named = refused("made.receipt");
    assert!(named.contains("made.receipt is of a production"), "{named}");
    assert!(refused("brand.key").contains("brand.key is not a receipt"));
    desk.says(&[&lift[..], &["--lift", "R-1"], by_brand].concat());
    assert_ne!(verdict(), "RECALLED");
}

#[test]
fn templates_and_files() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk { place: folder.path(), url: "http://127.0.0.1:1".to_owned() };
    let world = World::new();
    fs::write(folder.path().join("policy"), world.pinned()).unwrap();
    desk.says(&["key", "new", "lab.key", "--passphrase-cmd", "echo polder"]);
    let signer =
        ["--party", BRAND, "--role", "lab", "--key", "lab.key", "--passphrase-cmd", "echo polder", "--dry-run"];
    for kind in ["production", "shipment", "customs_clearance", "inspection", "recall", "party_event", "origin"] {
        let template = desk.says(&["event", kind, "--template"]);
        let template = template.replace("417/9526543000105", BRAND);
        fs::write(folder.path().join("event.yaml"), template).unwrap();
        let set = ["--set", "occurred_at=2026-05-01T00:00:00Z"];
        let printed = desk.says(&[&["event", kind, "event.yaml"][..], &set, &signer].concat());
        let event: serde_json::Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(event["occurred_at_ms"], 1_777_593_600_000_u64, "{kind}");
    }
    let other = desk.refuses(&[&["event", "sticker", "event.yaml"][..], &signer].concat());
    assert!(other.contains("holds a origin_content, not a sticker"), "{other}");
    // Goods that go in or come out may be items, whose lots may be named.
    let made = ["event", "transformation", "--input", "01/09526543000013/21/A@01/09526543000013/10/L1"];
    let out = ["--output", "01/09526543000013/21/B", "--place", "NL, Polderdijk 12"];
    let printed = desk.says(&[&made[..], &out, &signer].concat());
    let event: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(event["subjects"][0]["lot"], "01/09526543000013/10/L1");
    assert_eq!(event["body"]["transformation"]["inputs"], serde_json::json!([0]));
    // An assignment changes no kind, and a proof with a misspelt field is refused.
    let other = desk.refuses(&[&made[..], &out, &["--set", "body={recall: {recall_no: R}}"], &signer].concat());
    assert!(other.contains("the event is a recall, not a transformation"), "{other}");
    let proof =
        desk.says(&["key", "prove", "lab.key", "--party", BRAND, "--use", "events", "--passphrase-cmd", "echo polder"]);
    fs::write(
        folder.path().join("proof"),
        proof.replacen("\"key_use\"", "\"interval\": {\"until\": 1}, \"key_use\"", 1),
    )
    .unwrap();
    let refused = desk.refuses(&[&["party", "add-key", "proof"][..], &signer].concat());
    assert!(refused.contains("add_key.interval: \"until\": is not a field here"), "{refused}");
    let report = folder.path().join("report.pdf");
    fs::write(&report, b"report").unwrap();
    let tested = ["event", "inspection", "--subject", LOT, "--report", "report.pdf", "--report-no", "R-1"];
    let sample = ["--sample", "S-1", "--sampled", "2026-04-17", "--performed", "2026-04-18..2026-04-19", "--pass"];
    let tests = [
        "--test",
        "aflatoxin M1 = 0.008 µg/kg; limit <= 0.050 µg/kg; method ISO 14501",
        "--test",
        "Salmonella nd in 25 g; limit nd; method ISO 6579-1",
    ];
    let accredited = ["--accreditation", "RvA:L042:2025-01-01:2028-12-31", "--at", "2026-04-20T00:00:00Z"];
    let printed = desk.says(&[&tested[..], &sample, &tests, &accredited, &signer].concat());
    let event: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(event["attachments"][0]["role"], "test_report");
    assert_eq!(event["body"]["lab_inspection"]["results"][1]["operator"], "nd");
    // A value above its limit does not pass.
    let over = ["--test", "aflatoxin M1 = 0.080 µg/kg; limit <= 0.050 µg/kg; method ISO 14501"];
    let refused = desk.refuses(&[&tested[..], &sample, &over, &accredited, &signer].concat());
    assert!(refused.contains("body.lab_inspection.verdict"), "{refused}");
    assert!(desk.refuses(&["event", "sticker", "--subject", TIN, "--action", "applied"]).contains("who signs?"));
    let wrong = desk.misreads(&["event", "sticker", "--subject", TIN, "--action", "torn"]);
    assert!(wrong.contains("invalid value 'torn' for '--action <ACTION>': is not one of"), "{wrong}");
}

#[test]
fn a_brand_hears_of_looks_at_its_labels_that_one_object_cannot_explain() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let place = folder.path();
    fs::create_dir(place.join("node")).unwrap();
    let running = RealNode::start(&world, &place.join("node"), &Settings::default());
    fs::write(place.join("policy"), world.pinned()).unwrap();
    for (name, actor) in [("dairy.key", &world.dairy), ("carrier.key", &world.carrier)] {
        headwater_key::write(&place.join(name), &actor.events_seed()).unwrap();
    }
    let desk = Desk { place, url: running.url() };
    let [dairy, carrier] = [&world.dairy, &world.carrier].map(|actor| actor.party.to_string());
    let by_dairy = ["--party", &dairy, "--key", "dairy.key"];
    let amount = format!("{LOT}=900 kg");
    let made = ["event", "production", "--subject", &amount, "--date", "2026-04-17", "--country", "NL"];
    let sited = ["--expiry", "2099-12-31", "--place", "NL, Polderdijk 12", "--role", "brand"];
    desk.says(&[&made[..], &sited, &by_dairy].concat());

    let alerts = [&["alerts"][..], &by_dairy].concat();
    let before = desk.run(&alerts);
    assert!(before.status.success() && before.stdout.is_empty());
    assert_eq!(String::from_utf8(before.stderr).unwrap(), format!("{} lists no alerts\n", desk.url));
    for (agent, zone) in [("one", "Asia/Shanghai"), ("another", "Europe/Amsterdam"), ("a third", "Asia/Shanghai")] {
        let look = ureq::post(format!("{}/scans/{LOT}", running.url())).header("user-agent", agent);
        look.send(format!(r#"{{"zone": "{zone}"}}"#)).unwrap();
    }
    let told = desk.says(&alerts);
    let [line] = told.lines().collect::<Vec<_>>()[..] else { panic!("{told}") };
    let [at, label, says] = line.splitn(3, "  ").collect::<Vec<_>>()[..] else { panic!("{line}") };
    assert_eq!(label, LOT);
    assert!(
        says.starts_with("devices that give their place as Asia/Shanghai and as Europe/Amsterdam looked at it"),
        "{says}"
    );
    assert_eq!(desk.says(&[&alerts[..], &["--since", at]].concat()), told);
    assert_eq!(desk.says(&[&alerts[..], &["--since", "2999-01-01T00:00:00Z"]].concat()), "");
    let document: serde_json::Value = serde_json::from_str(&desk.says(&[&alerts[..], &["--json"]].concat())).unwrap();
    assert_eq!((&document["label"], &document["note"]["note"]), (&LOT.into(), &"apart".into()));

    // A party sees alerts of its own labels only, and with its own key only.
    assert_eq!(desk.says(&["alerts", "--party", &carrier, "--key", "carrier.key"]), "");
    let refused = desk.refuses(&["alerts", "--party", &dairy, "--key", "carrier.key"]);
    assert!(refused.contains("403") && refused.contains("has no key"), "{refused}");
    let unsigned = ureq::get(format!("{}/alerts?party={dairy}", running.url())).call().unwrap_err();
    assert!(matches!(unsigned, ureq::Error::StatusCode(401)), "{unsigned}");

    // While no program listens at the address, the command tries again.
    let address = running.node.address;
    let home = running.stop();
    let mut command = desk.command(&alerts);
    let waiting = command.stdout(Stdio::piped()).spawn().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let node = runtime.block_on(Node::start(&home, &Settings::default(), TcpListener::bind(address).unwrap())).unwrap();
    assert_eq!(String::from_utf8(waiting.wait_with_output().unwrap().stdout).unwrap(), told);
    runtime.block_on(node.stop()).unwrap();
}

#[test]
fn foreign_recalls_of_the_same_number_hide_no_own_one() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let place = folder.path();
    world.produce(&world.dairy, LOT).unwrap();
    for _ in 0..9 {
        world.recall(&world.regulator, &[LOT]).unwrap();
    }
    let own = world.recall(&world.dairy, &[LOT]).unwrap();
    fs::create_dir(place.join("node")).unwrap();
    let running = RealNode::start(&world, &place.join("node"), &Settings::default());
    fs::write(place.join("policy"), world.pinned()).unwrap();
    headwater_key::write(&place.join("dairy.key"), &world.dairy.events_seed()).unwrap();
    let (desk, party) = (Desk { place, url: running.url() }, world.dairy.party.to_string());
    let lift = ["event", "recall", "--reason", "tested", "--lift", "R-1", "--dry-run"];
    let printed = desk.says(&[&lift[..], &["--party", &party, "--role", "brand", "--key", "dairy.key"]].concat());
    let event: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let EntryBody::SignedEvent(own) = Entry::parse(&own.entry.entry).unwrap().body else { panic!("an event") };
    assert_eq!(event["body"]["recall"]["lifts"], Hash::plain(&own.event).to_string());
}

#[test]
fn a_receipt_of_the_future_is_kept_with_a_note() {
    if !tools::faketime() {
        return;
    }
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let place = folder.path();
    fs::create_dir(place.join("node")).unwrap();
    let running = RealNode::start(&world, &place.join("node"), &Settings::default());
    fs::write(place.join("policy"), world.pinned()).unwrap();
    headwater_key::write(&place.join("dairy.key"), &world.dairy.events_seed()).unwrap();
    let amount = format!("{LOT}=900 kg");
    let output = Command::new("faketime")
        .args(["-f", "-1h", env!("CARGO_BIN_EXE_headwater"), "event", "production", "--subject", &amount])
        .args(["--date", "2026-04-17", "--country", "NL", "--expiry", "2099-12-31", "--place", "NL, Polderdijk 12"])
        .args(["--role", "brand", "--key", "dairy.key", "--receipt", "made.receipt"])
        .current_dir(place)
        .env("HEADWATER_URL", running.url())
        .env("HEADWATER_POLICY", "policy")
        .env("HEADWATER_PARTY", world.dairy.party.to_string())
        .output()
        .unwrap();
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && place.join("made.receipt").exists(), "{talk}");
    assert!(talk.contains("note: the receipt is dated 3") && talk.contains(" s in the future of this clock"), "{talk}");
}
