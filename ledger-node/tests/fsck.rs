//! Checks that no changed byte of a stored ledger passes `fsck`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::TcpListener;
use std::path::Path;

use headwater_event::entry::Origin;
use headwater_event::subject::PartyKey;
use headwater_testing::world::with_check;
use indicatif::ProgressBar;
use ledger_node::fsck::fsck;
use ledger_node::home::Home;
use ledger_node::server::Node;
use ledger_node::settings::Settings;
use tokio::runtime::Runtime;

fn founded(runtime: &Runtime, place: &Path) -> Home {
    let home = Home::at(place);
    let operator = PartyKey::parse(&format!("417/{}", with_check("952000000001"))).unwrap();
    let origin = Origin::parse("log.example/h1").unwrap();
    runtime.block_on(home.init(&origin, &operator, &[], None)).unwrap();
    home
}

#[test]
fn every_changed_byte_is_found() {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let home = founded(&runtime, &folder.path().join("node"));
    let checked = fsck(&home, runtime.handle(), &ProgressBar::hidden()).unwrap();
    assert_eq!((checked.entries().get(), checked.subjects()), (2, 1));
    // sled releases its lock a moment after the last handle is dropped.
    let open = || {
        let config = sled::Config::new().path(home.ledger()).flush_every_ms(None);
        let mut tries = (0..5_000).map(|_| {
            std::thread::park_timeout(std::time::Duration::from_millis(1));
            config.open()
        });
        tries.find_map(Result::ok).unwrap()
    };
    let stored: Vec<(sled::IVec, sled::IVec)> = open().iter().collect::<Result<_, _>>().unwrap();
    assert!(stored.len() >= 5);
    let mut passed = Vec::new();
    for (key, value) in &stored {
        for at in 0..value.len() {
            let mut changed = value.to_vec();
            changed[at] ^= 1 << (at % 8);
            let db = open();
            db.insert(key, changed).unwrap();
            db.flush().unwrap();
            drop(db);
            if fsck(&home, runtime.handle(), &ProgressBar::hidden()).is_ok() {
                passed.push((key.clone(), at));
            }
        }
        let db = open();
        db.insert(key, value).unwrap();
        db.flush().unwrap();
    }
    assert_eq!(passed, []);
    fsck(&home, runtime.handle(), &ProgressBar::hidden()).unwrap();
}

#[test]
fn a_node_serves_health_tiles_and_problems_and_stops() {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let home = founded(&runtime, &folder.path().join("node"));
    let node =
        runtime.block_on(Node::start(&home, &Settings::default(), TcpListener::bind("127.0.0.1:0").unwrap())).unwrap();
    let get = |path: &str| {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent.get(format!("http://{}{path}", node.address)).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_vec().unwrap())
    };
    assert_eq!(get("/healthz").0, 200);
    let note = String::from_utf8(get("/checkpoint").1).unwrap();
    assert!(note.starts_with("log.example/h1\n2\n"));
    assert_eq!(get("/tile/0/000.p/2").1.len(), 64);
    assert_eq!(get("/tile/entries/000.p/2").0, 200);
    assert_eq!(get("/tile/0/000.p/3").0, 404);
    assert_eq!(get("/tile/0/0").0, 400);
    assert_eq!(get("/trace/01/09526543000013").0, 200);
    assert_eq!(get("/audited-trace/01/09526543000013").0, 409);
    let (status, problem) = get("/trace/01/09526543000017");
    let problem = String::from_utf8(problem).unwrap();
    assert!(status == 400 && problem.contains("check digit"), "{problem}");
    // The directory is locked while the node runs, and free after the node has stopped.
    assert!(fsck(&home, runtime.handle(), &ProgressBar::hidden()).is_err());
    runtime.block_on(node.stop()).unwrap();
    fsck(&home, runtime.handle(), &ProgressBar::hidden()).unwrap();
}
