//! The demo: a tin of Dutch milk powder from the pasture to the shelf in Hangzhou, on a ledger of its own. Every line that the demo
//! prints comes from a real call: a node on a real disk, gRPC and HTTP over real sockets, and a verifier that trusts none of them.

mod cast;
mod story;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use cast::{Actor, Stage};
use clap::Parser;
use headwater_client::Client;
use headwater_event::codec::Message as _;
use headwater_event::entry::Origin;
use headwater_event::subject::{PartyKey, Subject};
use headwater_event::text::Date;
use headwater_label::Symbol;
use headwater_tlog::key::SecretKey;
use headwater_tlog::note::{KeyKind, NoteSigner};
use headwater_trace::label::Label;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::story::Story;
use headwater_trace::trace::{At, Trace};
use headwater_trace::verdict::{Judgement, Verdict};
use headwater_trace::verify::verify;
use headwater_trace::walk::Query;
use headwater_words::timeline;
use ledger_node::home::Home;
use ledger_node::server::Node;
use ledger_node::settings::{List, Settings};
use story::{Cast, LOT, RECALLED_TIN, SCRATCH_LOT, SCRATCH_SERIAL, TIN};
use tokio::runtime::Runtime;
use verifier_cli::audit::AuditSettings;
use verifier_cli::fetch::Remote;
use verifier_cli::vouched::Vouched;

/// Start of the ledger's name. Each run of the demo founds a ledger with another name: a browser that remembers one ledger would
/// refuse a second one of the same name.
const ORIGIN: &str = "localhost/dutch-milk";
const AUDITOR: &str = "auditor.example";
const NEVER_ISSUED: &str = "01/09526543000013/21/7KQ2M9XW4S";

/// Play the story of a tin of Dutch milk powder on a fresh ledger.
#[derive(Parser)]
#[command(after_help = "Example:\n  cargo run --release -p dutch-milk -- --once")]
struct Arguments {
    /// End after the story instead of serving until ctrl-C.
    #[arg(long)]
    once: bool,
    /// Address and port that the node listens on; without it, port 8080 of 127.0.0.1 or any free port.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Directory that keeps the node's data; without it, the data is deleted at the end.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Directory for the files milk.trace and milk.policy.
    #[arg(long, default_value = "target")]
    out: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = Runtime::new()?;
    let folder = tempfile::tempdir()?;
    let home = Home::at(arguments.keep.as_deref().unwrap_or(&folder.path().join("node")));
    let operator = PartyKey::parse(&format!("417/{}", cast::with_check("952000000010")))?;
    let auditor = NoteSigner::new(AUDITOR, KeyKind::Cosigner, SecretKey::from_seed(&*headwater_key::generate()?))?;
    let auditors = [("auditor".to_owned(), auditor.key().clone())];

    let origin = Origin::parse(&format!("{ORIGIN}/{}", hex::encode(headwater_key::draw::<4>()?)))?;
    let founded = runtime.block_on(home.init(&origin, &operator, &auditors, None))?;
    let settings = Settings { auditors: List(vec![auditor.key().clone()]), record_claims: true, ..Settings::default() };
    let listener = match arguments.listen {
        Some(address) => TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?,
        None => TcpListener::bind("127.0.0.1:8080").or_else(|_| TcpListener::bind("127.0.0.1:0"))?,
    };
    let node = runtime.block_on(Node::start(&home, &settings, listener))?;
    let url = format!("http://localhost:{}", node.address.port());
    println!("node      {url}    data in {}", home.path().display());
    println!("ledger    {}", founded.ledger_id);

    let policy = TrustPolicy::parse(&founded.policy)?;
    let client = runtime.block_on(Client::connect(format!("http://{}", node.address), policy.clone(), None))?;
    let mut stage = Stage { runtime, client, url: url.clone() };
    let platform =
        Actor::operator(operator, headwater_key::read(&home.events_key())?, headwater_key::read(&home.admin_key())?);
    let cast = Cast::enter(&mut stage, &platform)?;
    println!("parties   {}", cast.names());
    let started = Instant::now();
    let said = cast.play(&mut stage)?;
    println!(
        "signed    {said} events, each answered with a receipt that was verified, in {} ms\n",
        started.elapsed().as_millis()
    );

    let reader = Reader { remote: Remote::new(&url), policy };
    let label = format!("{url}/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T");
    let query = Query { subject: Subject::parse(TIN)?, lot: Some(Subject::parse(LOT)?) };
    let bytes = reader.fetch(TIN, At::Newest)?;
    let trace = verify(&bytes, &Query { lot: None, ..query.clone() }, &reader.policy)?;
    let composed = Story::compose(&trace);
    println!("{}", timeline::lines(&composed));
    let judgement = Judgement::of(&composed, &Label::default(), today()?);
    report("verify", "every entry signed, authorised, in the log, and none left out", &judgement, Verdict::Valid)?;

    reader.show_tampering(&bytes)?;
    let never = reader.judge(NEVER_ISSUED, &reader.fetch(NEVER_ISSUED, At::Newest)?)?;
    report("invent", "a serial that was never issued", &never, Verdict::NeverIssued)?;
    let code = cast.sell_with_codes(&mut stage)?;
    cast.recall_another_lot(&mut stage)?;
    let recalled = reader.fetch(RECALLED_TIN, At::Newest)?;
    report(
        "recall",
        "a tin of another lot, which was recalled",
        &reader.judge(RECALLED_TIN, &recalled)?,
        Verdict::Recalled,
    )?;
    reader.show_withholding(&recalled)?;

    let mut vouched = Vouched::open(&folder.path().join("auditor.cosigned"), &reader.policy)?;
    let settings = AuditSettings { policy: &reader.policy, vouched: Some(&vouched) };
    let audited = settings.audit_url(&url, |_, _| {})?;
    reader.remote.add_cosignatures(&vouched.cosign(&audited, &auditor, Stage::now_s()?)?)?;
    println!(
        "audit     {} entries and {} subjects replayed in {} ms, and cosigned",
        audited.checkpoint.size(),
        audited.subjects,
        audited.took.as_millis()
    );
    let judged = reader.judge(TIN, &reader.fetch(TIN, At::Audited)?)?;
    report("audited", "the tin again, under the auditor's cosignature", &judged, Verdict::Valid)?;

    println!("\n{}", Symbol::encode(&label)?.to_terminal());
    println!("label     {label}");
    println!("          open it on this computer: a phone that scans the code cannot reach localhost");
    let scratch = format!("{url}/{SCRATCH_LOT}/21/{SCRATCH_SERIAL}");
    println!("scratch   {scratch}");
    println!("          one of 10,000 tins whose serials one event issued; the code under its scratch layer is {code}");
    let (trace_file, policy_file) = (arguments.out.join("milk.trace"), arguments.out.join("milk.policy"));
    std::fs::create_dir_all(&arguments.out)?;
    std::fs::write(&trace_file, &bytes)?;
    std::fs::write(&policy_file, &founded.policy)?;
    let (file, pins) = (trace_file.display(), policy_file.display());
    println!("next      cargo run --release -p verifier-cli -- verify {file} --policy {pins} --subject {TIN}");
    if !arguments.once {
        println!("          ctrl-C ends the node");
        stage.runtime.block_on(tokio::signal::ctrl_c())?;
    }
    let Stage { runtime, client, .. } = stage;
    drop(client);
    runtime.block_on(node.stop())
}

fn today() -> anyhow::Result<Date> {
    Date::of_ms(ledger_node::clock::now_ms(), 0).context("the clock is too far ahead")
}

/// Prints the verdict of a check with its reasons, and fails when the verdict is not the promised one.
fn report(what: &str, about: &str, judgement: &Judgement, promised: Verdict) -> anyhow::Result<()> {
    println!("{what:<9} {about:<70} {}", judgement.verdict);
    for reason in &judgement.reasons {
        println!("          - {}", reason.text);
    }
    ensure!(judgement.verdict == promised, "the demo promises {promised}");
    Ok(())
}

/// A reader: a connection to the node, and a policy that trusts the node with nothing.
struct Reader {
    remote: Remote,
    policy: TrustPolicy,
}

impl Reader {
    fn fetch(&self, key: &str, at: At) -> anyhow::Result<Vec<u8>> {
        Ok(self.remote.trace(key, at)?)
    }

    fn judge(&self, key: &str, bytes: &[u8]) -> anyhow::Result<Judgement> {
        let query = Query { subject: Subject::parse(key)?, lot: None };
        Ok(match verify(bytes, &query, &self.policy) {
            Ok(trace) => Judgement::of(&Story::compose(&trace), &Label::default(), today()?),
            Err(error) => Judgement::refused(&error),
        })
    }

    /// Changes one digit of a laboratory's value in the trace, and reports the verdict.
    fn show_tampering(&self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut changed = bytes.to_vec();
        let Some(at) = changed.windows(5).position(|window| window == b"0.008") else {
            bail!("the laboratory's value is in the trace");
        };
        changed[at + 4] = b'1';
        report(
            "tamper",
            "one digit of the laboratory's value changed",
            &self.judge(TIN, &changed)?,
            Verdict::SignatureInvalid,
        )
    }

    /// Removes the recall, the newest entry on the lot's chain, from the trace, as a node might, and reports the verdict.
    fn show_withholding(&self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut trace = Trace::parse(bytes)?;
        let lot = Subject::parse(story::RECALLED_LOT)?;
        for history in trace.subjects.iter_mut().filter(|history| history.subject == lot) {
            let places = history.log_indexes.as_ref().map(|places| places.as_slice().to_vec()).unwrap_or_default();
            let (newest, kept) = places.split_last().context("the lot has a history")?;
            trace.entries.retain(|entry| entry.log_index != *newest);
            history.log_indexes = Some(headwater_event::codec::Set::new(kept.iter().copied()));
        }
        let judged = self.judge(RECALLED_TIN, &trace.encode())?;
        report("withhold", "the node hides the newest event, the recall", &judged, Verdict::SignatureInvalid)
    }
}
