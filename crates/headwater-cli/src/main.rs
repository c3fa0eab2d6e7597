//! `headwater`: the command of every signer.

mod affirm;
mod alerts;
mod attach;
mod event;
mod history;
mod key;
mod kinds;
mod lift;
mod party;
mod receipt;
mod retry;
mod signer;
mod sticker;
mod units;
mod values;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use headwater_client::{Client, plain};
use headwater_event::base_url::BaseUrl;
use headwater_event::causes::chain;
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::policy::TrustPolicy;
use serde_json::Value;
use tokio::runtime::Runtime;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Sign what happened to products, and verify every receipt and every story.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  headwater event production --subject \"01/09526543000013/10/L26-0417=900 kg\" --date 2026-04-17 --country NL --expiry 2027-12-31 --place \"NL, Polderdijk 12\"\n  headwater history 01/09526543000013/10/L26-0417\n\nThe signer and the node may come from the environment: HEADWATER_PARTY, HEADWATER_ROLE, HEADWATER_KEY, HEADWATER_POLICY, HEADWATER_URL."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make and show keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Sign an event, by flags or from a YAML or JSON file, and append it.
    #[command(subcommand)]
    Event(Box<event::EventCommand>),
    /// Register parties, and set their rights. For the operator, and for parties about themselves.
    #[command(subcommand)]
    Party(Box<party::PartyCommand>),
    /// Let another party sign for your goods.
    #[command(
        after_help = "Example:\n  headwater delegate --to 417/9522222000107 --kind shipment_leg --kind distribution --prefix 9526543 --party 417/9526543000105 --role brand --key brand-admin.key --policy policy"
    )]
    Delegate(Box<party::Delegate>),
    /// Send the node the files that an event announces.
    #[command(after_help = "Example:\n  headwater attach B-17/manifest --receipt B-17/receipt")]
    Attach(attach::Attach),
    /// List scans of your labels that one object is unlikely to cause, as the scan log of the node notes them. Anyone
    /// can cause a scan: an alert is a reason to look closer. Only alerts are printed, so that a timer can mail the
    /// output.
    #[command(
        after_help = "Example:\n  headwater alerts --since 2026-05-08T06:00:00Z --party 417/9526543000105 --key brand.key --policy policy"
    )]
    Alerts(alerts::Alerts),
    /// Complete receipts: ask the node for each receipt again, under a checkpoint that the quorum of the policy
    /// cosigned, and replace its file.
    #[command(
        after_help = "Example:\n  headwater receipt 01890a5d-ac96-774b-bcce-b302099a8057.receipt --policy policy"
    )]
    Receipt(receipt::Complete),
    /// Draw serials and print stickers.
    #[command(subcommand)]
    Sticker(sticker::StickerCommand),
    /// Show the verified story of a product.
    #[command(
        after_help = "Example:\n  headwater history https://id.trace.example/01/09526543000013/21/7KQ2M9XW4T --policy policy"
    )]
    History(history::History),
    /// Print the events that a node lists, as they come, one JSON document per line. The events are not verified:
    /// `history` verifies.
    #[command(after_help = "Example:\n  headwater follow --policy policy --from 2")]
    Follow {
        #[command(flatten)]
        node: NodeArguments,
        /// Log index of the first entry.
        #[arg(long, default_value_t = LeafIndex::FIRST, value_parser = values::log_index)]
        from: LeafIndex,
    },
}

/// Node to call, and the policy that its evidence has to meet.
#[derive(Args, Clone)]
struct NodeArguments {
    /// URL of the node.
    #[arg(long, env = "HEADWATER_URL", default_value = "http://localhost:8080", value_parser = values::value::<BaseUrl>)]
    url: BaseUrl,
    /// Certificate in PEM that signed the node's certificate; without this flag, the certificates that the web knows.
    #[arg(long, env = "HEADWATER_CA")]
    ca: Option<PathBuf>,
    /// Policy file that pins log and ledger.
    #[arg(long, env = "HEADWATER_POLICY")]
    policy: Option<PathBuf>,
}

impl NodeArguments {
    fn policy(&self) -> anyhow::Result<TrustPolicy> {
        let path = self.policy.as_deref().context("which ledger? --policy, or HEADWATER_POLICY")?;
        TrustPolicy::parse(&read_text(path)?).with_context(|| path.display().to_string())
    }

    /// HTTP agent of the node, which returns answers of every status as answers.
    fn agent(&self) -> anyhow::Result<Agent> {
        let config = Agent::config_builder().http_status_as_error(false);
        let Some(path) = &self.ca else {
            return Ok(config.build().into());
        };
        let certificate = Certificate::from_pem(read_text(path)?.as_bytes())?;
        let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[certificate])).build();
        Ok(config.tls_config(tls).build().into())
    }

    async fn connect(&self) -> anyhow::Result<Client> {
        let authority = self.ca.as_deref().map(read_text).transpose()?;
        Ok(Client::connect(self.url.to_string(), self.policy()?, authority.as_deref()).await?)
    }
}

fn main() -> ExitCode {
    let matches = Arguments::command().get_matches();
    event::refuse_flags_beside_a_file(&matches).unwrap_or_else(|error| error.exit());
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "headwater: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Writes text to standard output. A closed pipe is not an error: the work is done by then.
fn print(text: &str) -> anyhow::Result<()> {
    match anstream::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// Detail of a problem (RFC 9457), or an answer of another form as it came, without control characters.
fn problem(text: &str) -> String {
    let problem: Option<Value> = serde_json::from_str(text).ok();
    plain(problem.as_ref().and_then(|problem| problem["detail"].as_str()).unwrap_or(text))
}

#[expect(clippy::disallowed_methods, reason = "the command is a binary, and asks the system for the time")]
fn now_ms() -> anyhow::Result<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    Ok(u64::try_from(since.as_millis())?)
}

fn now_s() -> anyhow::Result<CosignTime> {
    CosignTime::new(now_ms()? / 1000).context("the clock is too far ahead")
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Key(command) => key::run(command),
        Command::Event(command) => event::run(*command),
        Command::Party(command) => party::run(*command),
        Command::Delegate(arguments) => party::delegate(*arguments),
        Command::Attach(attach) => attach.run(),
        Command::Alerts(alerts) => alerts.run(),
        Command::Receipt(complete) => complete.run(),
        Command::Sticker(command) => sticker::run(command),
        Command::History(arguments) => history::run(&arguments),
        Command::Follow { node, from } => follow(&node, from),
    }
}

fn follow(node: &NodeArguments, from: LeafIndex) -> anyhow::Result<()> {
    Runtime::new()?.block_on(async {
        let mut client = node.connect().await?;
        let heard = client.follow(from, |log_index, event| {
            let line = serde_json::json!({"log_index": log_index.to_string(), "event": event});
            print(&format!("{line}\n")).is_ok()
        });
        Ok(heard.await?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_help_are_commands() {
        let examples = headwater_testing::help::examples(&Arguments::command());
        assert!(examples.len() >= 30, "{}", examples.len());
        for words in examples {
            Arguments::try_parse_from(&words).unwrap_or_else(|error| panic!("{}: {error}", words.join(" ")));
        }
    }
}
