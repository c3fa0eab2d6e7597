//! `headwater`: the command of everybody who signs.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use clap::{Args, Parser, Subcommand};
use headwater_client::draft::{Author, Draft};
use headwater_client::{Client, ClientError};
use headwater_event::codec::Message as _;
use headwater_event::event::{Event, Role};
use headwater_event::kind::Kind;
use headwater_event::rules::{Rules, Severity};
use headwater_event::signature::{KeyUse, Possession};
use headwater_event::subject::PartyKey;
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::key::SecretKey;
use headwater_trace::policy::TrustPolicy;
use tokio::runtime::Runtime;

/// Signs what happened to products, and believes no receipt that it has not verified.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  headwater event production --template > made.yaml\n  headwater event production made.yaml --party 417/9526543000105 --role brand --key brand.key --url http://localhost:8080 --policy policy"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes and shows keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Signs an event from a YAML or JSON file, and appends it.
    #[command(
        after_help = "Example:\n  headwater event recall --template > recall.yaml\n  headwater event recall recall.yaml --party 417/9526543000105 --role brand --key brand.key --url http://localhost:8080 --policy policy --dry-run"
    )]
    Event(EventArguments),
    /// Prints entries as they come, one JSON document a line.
    #[command(after_help = "Example:\n  headwater follow --url http://localhost:8080 --policy policy --from 2")]
    Follow {
        /// The URL of the node.
        #[arg(long, env = "HEADWATER_URL")]
        url: String,
        /// The policy that pins the ledger.
        #[arg(long, env = "HEADWATER_POLICY")]
        policy: PathBuf,
        /// The first entry.
        #[arg(long, default_value_t = 0)]
        from: u64,
    },
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Makes a key in a new file that only you can read, and prints its id.
    #[command(after_help = "Example:\n  headwater key new brand.key")]
    New {
        /// The file; it must not exist.
        path: PathBuf,
    },
    /// Prints the public key and its id.
    #[command(after_help = "Example:\n  headwater key show brand.key")]
    Show {
        /// The key file.
        path: PathBuf,
    },
    /// Prints the add_key event, with the proof that you hold the key, for whoever signs it.
    #[command(
        after_help = "Example:\n  headwater key prove brand.key --party 417/9526543000105 --use events --policy policy > add-key.yaml"
    )]
    Prove {
        /// The key file.
        path: PathBuf,
        /// Whose key it is to be.
        #[arg(long, value_parser = PartyKey::parse)]
        party: PartyKey,
        /// What it may sign: events, or admin for party events.
        #[arg(long = "use")]
        key_use: KeyUse,
        /// The policy that pins the ledger.
        #[arg(long, env = "HEADWATER_POLICY")]
        policy: PathBuf,
    },
}

#[derive(Args)]
struct EventArguments {
    /// The kind: production, commissioning, sticker, shipment_leg, distribution, customs_clearance, lab_inspection,
    /// certification, aggregation, transformation, recall, correction, origin_content, party_event.
    kind: Kind,
    /// The file; - for standard input.
    #[arg(required_unless_present = "template")]
    file: Option<String>,
    /// Prints a file to start from.
    #[arg(long)]
    template: bool,
    /// Who signs.
    #[arg(long, env = "HEADWATER_PARTY", value_parser = PartyKey::parse, required_unless_present = "template")]
    party: Option<PartyKey>,
    /// In which role.
    #[arg(long, env = "HEADWATER_ROLE", required_unless_present = "template")]
    role: Option<Role>,
    /// The key file.
    #[arg(long, env = "HEADWATER_KEY", required_unless_present = "template")]
    key: Option<PathBuf>,
    /// The URL of the node.
    #[arg(long, env = "HEADWATER_URL", default_value = "http://localhost:8080")]
    url: String,
    /// The policy that pins the ledger.
    #[arg(long, env = "HEADWATER_POLICY", required_unless_present = "template")]
    policy: Option<PathBuf>,
    /// Prints the event and signs nothing.
    #[arg(long)]
    dry_run: bool,
    /// Where the receipt is written; without it, beside you as EVENT-ID.receipt.
    #[arg(long)]
    receipt: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "headwater: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Writes data. A reader that has gone away changes nothing about what was done.
fn print(text: &str) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn policy(path: &Path) -> anyhow::Result<TrustPolicy> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    TrustPolicy::parse(&text).with_context(|| format!("{}", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "the command is a binary, and asks the system for the time")]
fn now_s() -> anyhow::Result<CosignTime> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    CosignTime::new(since.as_secs()).context("the clock is too far ahead")
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Key(KeyCommand::New { path }) => {
            let seed = headwater_key::generate()?;
            headwater_key::write(&path, &seed)?;
            print(&format!("{}\n", SecretKey::from_seed(&seed).public().id()))
        }
        Command::Key(KeyCommand::Show { path }) => {
            let public = headwater_key::read(&path)?.public();
            let bytes: String = public.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            print(&format!("public key  {bytes}\nkey id      {}\n", public.id()))
        }
        Command::Key(KeyCommand::Prove { path, party, key_use, policy: pinned }) => {
            let secret = headwater_key::read(&path)?;
            let ledger = policy(&pinned)?.ledger_id();
            let statement = Possession { ledger, party: party.clone(), key_use, public_key: secret.public() };
            let possession = statement.prove(&secret)?;
            let bytes: String = secret.public().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            let now = jiff::Timestamp::from_second(i64::try_from(now_s()?.seconds())?)?;
            print(&format!(
                "occurred_at: {now}\nsubjects:\n  - key: {party}\nbody:\n  party_event:\n    action:\n      add_key:\n        \
                 public_key: {bytes}\n        key_use: {key_use}\n        possession: {possession}\n"
            ))
        }
        Command::Event(arguments) if arguments.template => print(Draft::template(arguments.kind)),
        Command::Event(arguments) => append(arguments),
        Command::Follow { url, policy: pinned, from } => follow(url, policy(&pinned)?, from),
    }
}

fn append(arguments: EventArguments) -> anyhow::Result<()> {
    let EventArguments { kind, file, party, role, key, url, policy: pinned, dry_run, receipt, .. } = arguments;
    let file = file.context("a file is required")?;
    let (party, role) = (party.context("--party is required")?, role.context("--role is required")?);
    let (key, pinned) = (key.context("--key is required")?, pinned.context("--policy is required")?);
    let text = match file.as_str() {
        "-" => io::read_to_string(io::stdin())?,
        path => std::fs::read_to_string(path).with_context(|| path.to_owned())?,
    };
    let draft = Draft::parse(&text).with_context(|| file.clone())?;
    ensure!(draft.kind() == kind, "{file} holds a {}, not a {kind}", draft.kind());
    let secret = headwater_key::read(&key)?;
    let policy = policy(&pinned)?;
    let mut random = [0; 10];
    random.copy_from_slice(&headwater_key::generate()?[..10]);
    let author = Author { party, role, key_id: secret.public().id() };
    let event = draft.complete(policy.ledger_id(), author, random)?;
    Event::parse(&event.encode()).with_context(|| file.clone())?;
    for finding in Rules::check(&event) {
        ensure!(finding.severity == Severity::Warn, "{file}: {finding}");
        let _ = writeln!(io::stderr(), "note: {finding}");
    }
    if dry_run {
        return print(&format!("{}\n", serde_json::to_string_pretty(&event)?));
    }
    let signed = event.sign(&secret)?;
    let runtime = Runtime::new()?;
    let verified = runtime.block_on(async {
        let mut client = Client::connect(url, policy).await?;
        Ok::<_, anyhow::Error>(client.append(signed, now_s()?).await?)
    })?;
    let path = receipt.unwrap_or_else(|| PathBuf::from(format!("{}.receipt", event.event_id)));
    std::fs::write(&path, verified.receipt.encode()).with_context(|| format!("{}", path.display()))?;
    let counts: Vec<String> = verified.counts.iter().map(|(subject, count)| format!("{subject} #{count}")).collect();
    print(&format!("entry {}  {}\nreceipt {}\n", verified.entry.log_index.get(), counts.join("  "), path.display()))
}

fn follow(url: String, policy: TrustPolicy, from: u64) -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        let mut client = Client::connect(url, policy).await?;
        client
            .follow(from, |log_index, event| {
                let line = serde_json::json!({"log_index": log_index.to_string(), "event": event});
                print(&format!("{line}\n")).is_ok()
            })
            .await?;
        Ok::<(), ClientError>(())
    })?;
    Ok(())
}
