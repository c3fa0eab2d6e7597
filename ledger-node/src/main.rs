//! `ledger-node`: founds, serves and checks a ledger.

use std::io::{IsTerminal as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use headwater_event::causes::chain;
use headwater_event::draft::value;
use headwater_event::entry::Origin;
use headwater_event::subject::PartyKey;
use headwater_ledger::sequencer::Fatal;
use headwater_tlog::hash::Hash;
use headwater_tlog::note::NoteKey;
use indicatif::{ProgressBar, ProgressStyle};
use ledger_node::fsck::fsck;
use ledger_node::home::Home;
use ledger_node::server::Node;
use ledger_node::settings::{Flags, Settings, Shown};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

// Receipts are allocated on one thread and freed on another, which is slow with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit code after the store failed; a supervisor must not restart the node by itself.
const STORAGE_FAILED: u8 = 8;
/// Time that threads still at work have to end.
const LEAVING: Duration = Duration::from_secs(1);

/// Keep and serve a product traceability ledger.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  ledger-node init --home ledger --origin log.example/h1 --operator 417/9520000000103\n  ledger-node serve --home ledger"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Found a ledger in a new directory, and print the policy that verifiers pin.
    #[command(
        after_help = "Example:\n  ledger-node init --home ledger --origin log.example/h1 --operator 417/9520000000103"
    )]
    Init {
        /// Directory of the node; the directory must not exist.
        #[arg(long, env = "HEADWATER_HOME")]
        home: PathBuf,
        /// Name of the log: a host name and a path, without scheme.
        #[arg(long, env = "HEADWATER_ORIGIN", value_parser = value::<Origin>)]
        origin: Origin,
        /// Party key of the operator: 417/GLN, lei/LEI or uscc/CODE.
        #[arg(long, value_parser = value::<PartyKey>)]
        operator: PartyKey,
        /// Auditor that readers should ask for: its vkey. May be given more than once.
        #[arg(long, value_parser = value::<NoteKey>)]
        auditor: Vec<NoteKey>,
        /// Id of the ledger that this one continues, when that ledger can take no entries any more.
        #[arg(long, value_name = "LEDGER-ID", value_parser = value::<Hash>)]
        previous: Option<Hash>,
    },
    /// Serve the ledger over gRPC and HTTP on one port, until a signal stops the node.
    ///
    /// Every setting may also be in headwater.toml, in the node's directory or at the path of --config, under the name of its flag.
    #[command(
        after_help = "Examples:\n  ledger-node serve --home ledger --listen 127.0.0.1:8080\n  ledger-node serve --home ledger --dev-tls --show-config"
    )]
    Serve {
        /// Directory of the node.
        #[arg(long, env = "HEADWATER_HOME")]
        home: PathBuf,
        /// File with settings; without it, headwater.toml in the node's directory, when that file exists.
        #[arg(long, env = "HEADWATER_CONFIG")]
        config: Option<PathBuf>,
        /// Print each setting and its source, and serve nothing.
        #[arg(long)]
        show_config: bool,
        /// Format of the logs; without it, text on a terminal and JSON otherwise.
        #[arg(long, env = "HEADWATER_LOG_FORMAT")]
        log_format: Option<LogFormat>,
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Derive everything again from the entries, and compare it with the stored data. The node must be stopped.
    #[command(after_help = "Example:\n  ledger-node fsck --home ledger")]
    Fsck {
        /// Directory of the node.
        #[arg(long, env = "HEADWATER_HOME")]
        home: PathBuf,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

fn main() -> ExitCode {
    let matches = Arguments::command().get_matches();
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let format = match &arguments.command {
        Command::Serve { log_format, .. } => *log_format,
        _ => None,
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if format.map_or(std::io::stderr().is_terminal(), |format| format == LogFormat::Text) {
        logs.init();
    } else {
        logs.json().init();
    }
    let ran = Runtime::new().context("no runtime").and_then(|runtime| {
        let ran = run(arguments.command, &matches, &runtime);
        // A thread that waits for a failed disk never ends.
        runtime.shutdown_timeout(LEAVING);
        ran
    });
    match ran {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Writes data to standard output. A closed pipe is not an error.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn run(command: Command, matches: &ArgMatches, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    match command {
        Command::Init { home, origin, operator, auditor, previous } => {
            let auditors: Vec<_> = (1..).zip(auditor).map(|(at, key)| (format!("auditor{at}"), key)).collect();
            let founded = runtime.block_on(Home::at(&home).init(&origin, &operator, &auditors, previous))?;
            tracing::info!("founded ledger {} in {}", founded.ledger_id, home.display());
            tracing::info!("keep operator-admin.key off this machine once the parties are registered");
            print(&founded.policy)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve { home, config, show_config, flags, .. } => {
            let matches = matches.subcommand_matches("serve").unwrap_or(matches);
            let (settings, shown) = Settings::read(*flags, matches, config.as_deref(), &home)?;
            if show_config {
                let width = shown.iter().map(|one| one.name.len()).max().unwrap_or_default();
                let line = |one: &Shown| format!("{:width$} = {}  ({})\n", one.name, one.value, one.from);
                print(&shown.iter().map(line).collect::<String>())?;
                return Ok(ExitCode::SUCCESS);
            }
            runtime.block_on(serve(&Home::at(&home), &settings))
        }
        Command::Fsck { home } => {
            let progress = ProgressBar::new(0);
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} entries, {per_sec}, {eta} left") {
                progress.set_style(style);
            }
            let checked = fsck(&Home::at(&home), runtime.handle(), &progress)?;
            let (entries, subjects, root) = (checked.entries(), checked.subjects(), checked.root());
            print(&format!("{entries} entries and {subjects} subjects check out; root {root}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn serve(home: &Home, settings: &Settings) -> anyhow::Result<ExitCode> {
    // Handlers are installed before anyone can see the node and stop it: a signal without a handler would end the process unclean.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (mut hangup, mut confirm) = (signal(SignalKind::hangup())?, signal(SignalKind::user_defined1())?);
    let listen = settings.listen;
    let listener = TcpListener::bind(listen).with_context(|| format!("cannot listen on {listen}"))?;
    let starting = tokio::spawn({
        let (home, settings) = (home.clone(), settings.clone());
        async move { Node::start(&home, &settings, listener).await }
    });
    let mut node = tokio::select! {
        started = starting => started??,
        // The process may end at any moment while the ledger is being opened.
        _ = terminate.recv() => return Ok(ExitCode::SUCCESS),
        _ = interrupt.recv() => return Ok(ExitCode::SUCCESS),
    };
    let scheme = if settings.dev_tls || !settings.tls_cert.as_os_str().is_empty() { "https" } else { "http" };
    tracing::info!("for operators: http://{}", node.operator_address);
    tracing::info!("serving {} entries on {scheme}://{}", node.ledger.newest().size(), node.address);
    loop {
        tokio::select! {
            error = node.failed() => return Ok(storage_failed(&error)),
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = confirm.recv() => {
                node.confirm_time();
                tracing::info!("the operator confirms the system's time");
            }
            _ = hangup.recv() => match node.reload_certificate().await {
                Ok(true) => tracing::info!("the certificate was read anew"),
                Ok(false) => tracing::info!("there is no certificate to read anew"),
                Err(error) => tracing::error!("the certificate stays as it was: {}", chain(error.as_ref())),
            },
        }
    }
    tracing::info!("stopping");
    match node.stop().await {
        Err(error) if error.is::<Fatal>() => Ok(storage_failed(&error)),
        stopped => stopped.map(|()| ExitCode::SUCCESS),
    }
}

fn storage_failed(error: &anyhow::Error) -> ExitCode {
    tracing::error!("{}; open the ledger again after ledger-node fsck", chain(error.as_ref()));
    ExitCode::from(STORAGE_FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_help_are_commands() {
        let examples = headwater_testing::help::examples(&Arguments::command());
        assert!(examples.len() >= 5, "{}", examples.len());
        for words in examples {
            Arguments::try_parse_from(&words).unwrap_or_else(|error| panic!("{}: {error}", words.join(" ")));
        }
    }
}
