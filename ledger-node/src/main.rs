//! `ledger-node`: founds, serves and checks a ledger.

use std::io::IsTerminal as _;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use headwater_event::subject::PartyKey;
use headwater_ledger::admission::Limits;
use headwater_ledger::ledger::Cosigner;
use headwater_tlog::note::NoteKey;
use indicatif::{ProgressBar, ProgressStyle};
use ledger_node::fsck::fsck;
use ledger_node::home::Home;
use ledger_node::server::{Node, Settings};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// The store failed: not to be restarted by itself.
const STORAGE_FAILED: u8 = 8;

/// A node that keeps and serves a product traceability ledger.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  ledger-node init --home ledger --origin log.example/h1 --operator 417/9526543000105\n  ledger-node serve --home ledger"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Founds a ledger in a new directory, and prints what verifiers pin.
    #[command(
        after_help = "Example:\n  ledger-node init --home ledger --origin log.example/h1 --operator 417/9526543000105"
    )]
    Init {
        /// The directory of the node; it must not exist.
        #[arg(long, env = "HEADWATER_HOME")]
        home: PathBuf,
        /// The log's name: a host name and a path, without scheme.
        #[arg(long, env = "HEADWATER_ORIGIN")]
        origin: String,
        /// The operator's party key: 417/GLN, lei/LEI or uscc/CODE.
        #[arg(long)]
        operator: PartyKeyArgument,
        /// An auditor that readers should ask for: its vkey. May be given more than once.
        #[arg(long)]
        auditor: Vec<String>,
    },
    /// Serves the ledger over gRPC and HTTP on one port, until it is told to stop.
    #[command(after_help = "Example:\n  ledger-node serve --home ledger --listen 127.0.0.1:8080")]
    Serve {
        /// The directory of the node.
        #[arg(long, env = "HEADWATER_HOME")]
        home: PathBuf,
        /// Where to listen.
        #[arg(long, env = "HEADWATER_LISTEN", default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// A witness whose cosignatures are taken: its vkey. May be given more than once.
        #[arg(long)]
        witness: Vec<String>,
        /// An auditor whose cosignatures are taken: its vkey. May be given more than once.
        #[arg(long)]
        auditor: Vec<String>,
    },
    /// Re-derives everything from the entries and compares it with what is stored. The node must be stopped.
    #[command(after_help = "Example:\n  ledger-node fsck --home ledger")]
    Fsck {
        /// The directory of the node.
        #[arg(long, env = "HEADWATER_HOME")]
        home: PathBuf,
    },
}

#[derive(Clone)]
struct PartyKeyArgument(PartyKey);

impl std::str::FromStr for PartyKeyArgument {
    type Err = headwater_event::subject::SubjectError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        PartyKey::parse(text).map(Self)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        logs.init();
    } else {
        logs.json().init();
    }
    match Runtime::new().context("no runtime").and_then(|runtime| run(arguments.command, &runtime)) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    match command {
        Command::Init { home, origin, operator, auditor } => {
            let auditors =
                auditor.iter().enumerate().map(|(at, vkey)| Ok((format!("auditor{}", at + 1), NoteKey::parse(vkey)?)));
            let auditors = auditors.collect::<anyhow::Result<Vec<_>>>()?;
            let founded = runtime.block_on(Home::at(&home).init(&origin, &operator.0, &auditors))?;
            tracing::info!("founded ledger {} in {}", founded.ledger_id, home.display());
            tracing::info!("keep operator-admin.key off this machine once the parties are registered");
            print!("{}", founded.policy);
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve { home, listen, witness, auditor } => {
            let cosigner = |is_auditor| move |vkey: &String| Ok(Cosigner { key: NoteKey::parse(vkey)?, is_auditor });
            let cosigners = witness.iter().map(cosigner(false)).chain(auditor.iter().map(cosigner(true)));
            let cosigners = cosigners.collect::<anyhow::Result<Vec<_>>>()?;
            runtime.block_on(serve(&Home::at(&home), Settings { cosigners, limits: Limits::default() }, listen))
        }
        Command::Fsck { home } => {
            let progress = ProgressBar::new(0);
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} entries, {per_sec}, {eta} left") {
                progress.set_style(style);
            }
            let checked = fsck(&Home::at(&home), runtime.handle(), &progress)?;
            println!("{} entries and {} subjects check out; root {}", checked.entries, checked.subjects, checked.root);
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn serve(home: &Home, settings: Settings, listen: SocketAddr) -> anyhow::Result<ExitCode> {
    let listener = TcpListener::bind(listen).with_context(|| format!("cannot listen on {listen}"))?;
    let mut node = Node::start(home, settings, listener).await?;
    tracing::info!("serving {} entries on http://{}", node.ledger.newest().size(), node.address);
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        error = node.failed() => {
            tracing::error!("{error:#}; open the ledger again after ledger-node fsck");
            return Ok(ExitCode::from(STORAGE_FAILED));
        }
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    tracing::info!("stopping");
    node.stop().await?;
    Ok(ExitCode::SUCCESS)
}
