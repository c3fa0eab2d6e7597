//! A node, as seen over the network: limits, TLS, metrics, rollback, shutdown.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use headwater_event::entry::{Entry, EntryBody};
use headwater_sled::{Founding, SledStore};
use headwater_testing::node::{RealNode, listener};
use headwater_testing::process::{Serving, get, init};
use headwater_testing::world::{World, query};
use headwater_trace::verify::verify;
use ledger_node::server::Node;
use ledger_node::settings::Settings;
use ureq::Agent;

const NODE: &str = env!("CARGO_BIN_EXE_ledger-node");
const LOT: &str = "01/09526543000013/10/L26-0417";

fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

#[test]
fn connections_reads_and_paths_have_limits() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let settings = Settings { connections_per_address_max: 3, reads_per_second: 5, ..Settings::default() };
    let running = RealNode::start(&world, folder.path(), &settings);
    let url = running.url();
    let one = agent();
    assert_eq!(one.get(format!("{url}/{}", "x".repeat(3_000))).call().unwrap().status(), 414);
    let answers: Vec<u16> =
        (0..20).map(|_| one.get(format!("{url}/checkpoint")).call().unwrap().status().as_u16()).collect();
    assert!(answers.contains(&200) && answers.contains(&429), "{answers:?}");
    // The fourth connection of an address is closed; the first three go on.
    let open = |_| TcpStream::connect(running.node.address).unwrap();
    let held: Vec<TcpStream> = (0..4).map(open).collect();
    let refused = held.iter().filter(|stream| {
        let mut stream = *stream;
        let asked = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: node\r\n\r\n");
        let mut answer = [0; 12];
        asked.is_err() || stream.read_exact(&mut answer).is_err() || !answer.starts_with(b"HTTP/1.1")
    });
    assert!(refused.count() >= 1);
    running.stop();
}

#[test]
fn operators_have_a_listener_of_their_own() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let operators = format!("http://{}", running.node.operator_address);
    let mut shown = agent().get(format!("{operators}/metrics")).call().unwrap();
    let shown = shown.body_mut().read_to_string().unwrap();
    assert!(shown.contains("headwater_entries_total") && shown.contains("headwater_commit_seconds"), "{shown}");
    for path in ["/metrics", "/scans"] {
        let status = |base: &str| agent().get(format!("{base}{path}")).call().unwrap().status().as_u16();
        assert_eq!((status(&operators), status(&running.url())), (200, 404), "{path}");
    }
    assert!(running.node.operator_address.ip().is_loopback());
    running.stop();
    assert!(agent().get(format!("{operators}/readyz")).call().is_err(), "both stop");
}

#[test]
fn a_node_that_others_reach_knows_its_address() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let home = RealNode::start(&world, folder.path(), &Settings::default()).stop();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let everywhere = || std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let refused = runtime.block_on(Node::start(&home, &Settings::default(), everywhere()));
    let refused = refused.err().unwrap().to_string();
    assert!(refused.contains("public-url") && refused.contains("https://id.trace.example"), "{refused}");
    let known = Settings { public_url: "https://id.trace.example".parse().unwrap(), ..Settings::default() };
    runtime.block_on(async { Node::start(&home, &known, everywhere()).await.unwrap().stop().await.unwrap() });
}

#[test]
fn a_ledger_that_was_rolled_back_or_swapped_is_refused() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let home = running.stop();
    let published = std::fs::read_to_string(home.published()).unwrap();
    assert!(published.starts_with(headwater_testing::world::ORIGIN));
    // An older copy of the ledger is put in its place.
    std::fs::rename(home.ledger(), folder.path().join("aside")).unwrap();
    let founding = Founding::begin(&home.ledger()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let genesis = headwater_testing::world::genesis(&world.operator);
    let signer = headwater_testing::world::log_signer();
    let start_ms = headwater_testing::world::START_MS;
    let founded = headwater_ledger::founding::found(founding.store(), genesis, &signer, start_ms);
    runtime.block_on(founded).unwrap();
    founding.finish().unwrap();
    let refused = |runtime: &tokio::runtime::Runtime| {
        let started = runtime.block_on(Node::start(&home, &Settings::default(), listener()));
        format!("{:#}", started.err().unwrap())
    };
    assert!(refused(&runtime).contains("rolled back"));
    assert_eq!(std::fs::read_to_string(home.published()).unwrap(), published, "nothing was changed");
    // The published file is replaced by another checkpoint of the right size.
    std::fs::remove_dir_all(home.ledger()).unwrap();
    std::fs::rename(folder.path().join("aside"), home.ledger()).unwrap();
    let mut lines: Vec<&str> = published.lines().collect();
    lines[2] = "NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=";
    std::fs::write(home.published(), format!("{}\n", lines.join("\n"))).unwrap();
    assert!(refused(&runtime).contains("another ledger"));
    std::fs::write(home.published(), published).unwrap();
    drop(SledStore::open(&home.ledger()).unwrap());
    runtime.block_on(runtime.block_on(Node::start(&home, &Settings::default(), listener())).unwrap().stop()).unwrap();
}

#[test]
fn an_idle_ledger_shows_that_it_lives() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings { idle_seconds: 1, ..Settings::default() });
    let mut newer = running.node.ledger.watch();
    let (size, at_ms) = (newer.borrow_and_update().size(), running.node.ledger.newest().recorded_at_ms());
    running.runtime.block_on(newer.changed()).unwrap();
    let beaten = running.node.ledger.newest();
    assert!(beaten.size() == size.saturating_add(1) && beaten.recorded_at_ms() > at_ms);
    let query = query(LOT);
    let trace = running.runtime.block_on(running.node.ledger.trace(&query, headwater_trace::trace::At::Newest));
    verify(&trace.unwrap(), &query, &world.policy).unwrap();
    running.stop();
}

/// Starts the node as a process, and returns the URL that its log names.
fn process(home: &Path, more: &[&str]) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ledger-node"))
        .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "text", "--home"])
        .arg(home)
        .args(more)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let serving = lines.find(|line| line.contains("serving")).unwrap();
    let url = serving.rsplit_once(' ').unwrap().1.trim().to_owned();
    // The node would stop at a full pipe, so the test reads its log to the end.
    std::thread::spawn(move || lines.for_each(drop));
    (child, url)
}

fn home_of_a_stopped_node(folder: &Path) {
    RealNode::start(&World::new(), folder, &Settings::default()).stop();
}

fn terminate(child: &mut Child) -> Option<i32> {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), rustix::process::Signal::TERM).unwrap();
    child.wait().unwrap().code()
}

#[test]
fn half_a_request_does_not_hold_up_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    home_of_a_stopped_node(folder.path());
    let (mut child, url) = process(folder.path(), &[]);
    let mut half = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    half.write_all(b"GET /checkpoint HTTP/1.1\r\nhost: ").unwrap();
    let began = std::time::Instant::now();
    assert_eq!(terminate(&mut child), Some(0));
    // The limit is five seconds for the header, ten to drain, and time for a busy machine.
    assert!(began.elapsed().as_secs() < 30);
}

#[test]
fn tls_by_a_throw_away_certificate() {
    let folder = tempfile::tempdir().unwrap();
    home_of_a_stopped_node(folder.path());
    let (mut child, url) = process(folder.path(), &["--dev-tls"]);
    let port = url.rsplit_once(':').unwrap().1;
    assert!(url.starts_with("https://"));
    let pem = std::fs::read(folder.path().join("dev-tls.pem")).unwrap();
    let trusted = ureq::tls::Certificate::from_pem(&pem).unwrap();
    let roots = ureq::tls::RootCerts::new_with_certs(&[trusted]);
    let tls = ureq::tls::TlsConfig::builder().root_certs(roots).build();
    let trusting: Agent = Agent::config_builder().tls_config(tls).build().into();
    let mut answer = trusting.get(format!("https://localhost:{port}/checkpoint")).call().unwrap();
    assert!(answer.body_mut().read_to_string().unwrap().starts_with(headwater_testing::world::ORIGIN));
    assert!(agent().get(format!("https://localhost:{port}/checkpoint")).call().is_err(), "nobody else trusts it");
    assert_eq!(terminate(&mut child), Some(0));
}

#[test]
fn on_hangup_the_certificate_is_read_anew_and_nothing_ends() {
    let (folder, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    home_of_a_stopped_node(folder.path());
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| files.path().join(name));
    let renew = || {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        std::fs::write(&cert, made.cert.pem()).unwrap();
        made.cert.pem()
    };
    let first = renew();
    let (mut child, url) =
        process(folder.path(), &["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()]);
    let port = url.rsplit_once(':').unwrap().1.to_owned();
    let is_trusted_by = |pem: &str| {
        let trusted = ureq::tls::Certificate::from_pem(pem.as_bytes()).unwrap();
        let tls = ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::new_with_certs(&[trusted]));
        let agent: Agent = Agent::config_builder().tls_config(tls.build()).build().into();
        agent.get(format!("https://localhost:{port}/checkpoint")).call().is_ok()
    };
    assert!(is_trusted_by(&first));
    let second = renew();
    assert!(!is_trusted_by(&second), "not before it is asked to");
    let hang_up = |child: &Child| {
        rustix::process::kill_process(rustix::process::Pid::from_child(child), rustix::process::Signal::HUP).unwrap();
    };
    hang_up(&child);
    assert!((0..10_000).any(|_| is_trusted_by(&second)));
    std::fs::write(&cert, "no certificate").unwrap();
    hang_up(&child);
    assert!(is_trusted_by(&second), "what cannot be read changes nothing");
    assert_eq!(terminate(&mut child), Some(0));
    let (mut child, url) = process(folder.path(), &[]);
    hang_up(&child);
    assert_eq!(agent().get(format!("{url}/checkpoint")).call().unwrap().status(), 200);
    assert_eq!(terminate(&mut child), Some(0));
}

#[test]
fn callers_that_stay_are_sent_away_when_the_node_stops() {
    use headwater_api::ledger_service_client::LedgerServiceClient;
    use headwater_api::{AppendStreamRequest, ListEntriesRequest};

    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let entries = running.node.ledger.newest().size().get();
    let (mut follower, mut author) = running.runtime.block_on(async {
        let mut client = LedgerServiceClient::connect(running.url()).await.unwrap();
        let mut follower =
            client.list_entries(ListEntriesRequest { from: 0, follow: true }).await.unwrap().into_inner();
        let mut heard = 0;
        while heard < entries {
            heard += follower.message().await.unwrap().unwrap().entries.len() as u64;
        }
        let author = client.append_stream(tokio_stream::pending::<AppendStreamRequest>()).await.unwrap().into_inner();
        (follower, author)
    });
    let RealNode { node, runtime, .. } = running;
    let stopping = runtime.spawn(node.stop());
    runtime.block_on(async {
        for ended in [follower.message().await.unwrap_err(), author.message().await.unwrap_err()] {
            assert_eq!((ended.code(), ended.message()), (tonic::Code::Unavailable, "the node stops; call again later"));
        }
        drop((follower, author));
        stopping.await.unwrap().unwrap();
    });
}

#[test]
fn a_damaged_note_of_what_was_published_is_named() {
    let folder = tempfile::tempdir().unwrap();
    home_of_a_stopped_node(folder.path());
    let home = ledger_node::home::Home::at(folder.path());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let check = || {
        let started = runtime.block_on(Node::start(&home, &Settings::default(), listener()));
        let checked = ledger_node::fsck::fsck(&home, runtime.handle(), &indicatif::ProgressBar::hidden());
        [format!("{:#}", started.err().unwrap()), format!("{:#}", checked.err().unwrap())]
    };
    let published = std::fs::read_to_string(home.published()).unwrap();
    let other = published.lines().enumerate().map(|(at, line)| match at {
        2 => "NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n".to_owned(),
        _ => format!("{line}\n"),
    });
    for (text, says) in [("", "note"), ("log.example/h1\n\n", "note"), (&other.collect::<String>(), "another ledger")] {
        std::fs::write(home.published(), text).unwrap();
        for error in check() {
            let path = home.published().display().to_string();
            assert!(error.contains(&path) && error.contains(says), "{text:?}: {error}");
        }
    }
    std::fs::write(home.published(), published).unwrap();
    ledger_node::fsck::fsck(&home, runtime.handle(), &indicatif::ProgressBar::hidden()).unwrap();
}

#[test]
fn settings_are_shown_with_where_they_came_from() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("headwater.toml"), "queue = 99\nunit = 5\n").unwrap();
    let shown = Command::new(env!("CARGO_BIN_EXE_ledger-node"))
        .args(["serve", "--show-config", "--unit", "6", "--home"])
        .arg(folder.path())
        .env("HEADWATER_PARTY_DAY", "7")
        .output()
        .unwrap();
    let text = String::from_utf8(shown.stdout).unwrap();
    for line in ["queue                       = 99  (headwater.toml)", "= 6  (flag)", "= 7  (environment)", "= 4096"] {
        assert_eq!(text.contains(line), line != "= 4096", "{line} in\n{text}");
    }
    std::fs::write(folder.path().join("headwater.toml"), "quue = 99\n").unwrap();
    let refused = Command::new(env!("CARGO_BIN_EXE_ledger-node"))
        .args(["serve", "--show-config", "--home"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("quue"));
}

#[test]
fn a_wrong_value_is_named_with_its_flag_and_its_rule_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("node");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(NODE);
        let output = command.args(arguments).arg("--home").arg(&home).env_remove("HEADWATER_ANCHOR").output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let server = "is not the URL of a server: http:// or https://, a host, and a path at most";
    let vkey = "is not a verification key of the form name+id+base64";
    let named = ["init", "--origin", "log.example/h1"];
    let operated = ["init", "--operator", "417/9526543000105"];
    let init = [&named[..], &operated[1..]].concat();
    let cases: &[(&[&str], &str, &str, &str)] = &[
        (&operated, "--origin", "log+example", "is not a log name: 1 to 255 printable characters"),
        (&named, "--operator", "417/9526543000100", "check digit"),
        (&init, "--auditor", "auditor.example", vkey),
        (&init, "--previous", "11", "a hash has 32 bytes, this has 1"),
        (&["serve"], "--witnesses", "witness.example", vkey),
        (&["serve"], "--auditors", "auditor.example", vkey),
        (&["serve"], "--anchor", "https://mirror.example,mirror.example", server),
        (&["serve"], "--public-url", "id.trace.example", server),
        (&["serve"], "--take-over", "root", "a hash has 64 hex digits"),
        (&["serve"], "--trusted-proxies", "10.0.0.0/33", "is neither an address nor a network"),
    ];
    for (command, flag, value, rule) in cases {
        let (code, talk) = run(&[command, &[*flag, *value][..]].concat());
        let is_named = talk.contains(&format!("invalid value '{value}' for '{flag} <")) && talk.contains(rule);
        assert!(code == Some(2) && is_named, "{flag} {value}: {talk}");
    }
    assert!(!home.exists());
    // The file names the setting, the value and the rule.
    std::fs::create_dir(&home).unwrap();
    for (line, rule) in [
        ("witnesses = [\"witness.example\"]", vkey),
        ("anchor = [\"mirror.example\"]", server),
        ("public-url = \"id.trace.example\"", server),
        ("take-over = \"root\"", "a hash has 64 hex digits"),
    ] {
        std::fs::write(home.join("headwater.toml"), line).unwrap();
        let (code, talk) = run(&["serve"]);
        assert!(code == Some(1) && talk.contains(&line.replace('"', "\\\"")) && talk.contains(rule), "{line}: {talk}");
    }
}

#[test]
fn a_browser_calls_in_grpc_web() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    // The body is the frame of an empty message: no compression, no bytes.
    let call = agent()
        .post(format!("{}/headwater.v1.LedgerService/GetCheckpoint", running.url()))
        .header("content-type", "application/grpc-web+proto")
        .header("origin", "https://shop.example")
        .send(&[0_u8; 5][..]);
    let mut answer = call.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert!(answer.headers()["access-control-expose-headers"].to_str().unwrap().contains("grpc-status"));
    let body = answer.body_mut().read_to_vec().unwrap();
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains("log.example/h1\n") && body.contains("grpc-status:0"), "{body}");
    running.stop();
}

#[test]
fn a_ledger_that_continues_another_one_names_it_in_its_genesis() {
    let folder = tempfile::tempdir().unwrap();
    let first = init(NODE, &folder.path().join("first")).ledger_id();
    let home = folder.path().join("second");
    let arguments = ["--origin", "log.example/h2", "--operator", "417/9526543000105", "--previous", &first.to_string()];
    let founded = Command::new(NODE).args(["init", "--home"]).arg(&home).args(arguments).output().unwrap();
    assert!(founded.status.success(), "{}", String::from_utf8_lossy(&founded.stderr));
    let serving = Serving::start(NODE, &home, &[]);
    let (_, bundle) = get(&format!("{}/tile/entries/000.p/2", serving.url));
    let length = usize::from(u16::from_be_bytes([bundle[0], bundle[1]]));
    let EntryBody::Genesis(genesis) = Entry::parse(&bundle[2..2 + length]).unwrap().body else { panic!("the genesis") };
    assert_eq!(genesis.previous, Some(first));
    assert_eq!(serving.stop(), Some(0));
}
