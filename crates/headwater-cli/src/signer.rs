//! The signer of events, and the steps from a draft to a recorded event.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use headwater_client::draft::{Author, Draft};
use headwater_event::codec::Message as _;
use headwater_event::event::{Event, Role};
use headwater_event::rules::{Rules, Severity};
use headwater_event::subject::PartyKey;
use headwater_key::new_file::{NewFile, Readers};
use headwater_tlog::policy::Outstanding;
use headwater_trace::age::Age;
use headwater_trace::evidence::VerifiedReceipt;
use tokio::runtime::Runtime;

use crate::key::KeyArguments;
use crate::values::value;
use crate::{NodeArguments, now_s, print};

/// Signer of the events, and the node that records them.
#[derive(Args, Clone)]
pub struct Signer {
    /// Party that signs the event.
    #[arg(long, env = "HEADWATER_PARTY", value_parser = value::<PartyKey>)]
    party: Option<PartyKey>,
    /// Role in which the party signs.
    #[arg(long, env = "HEADWATER_ROLE", value_parser = value::<Role>)]
    role: Option<Role>,
    #[command(flatten)]
    key: KeyArguments,
    #[command(flatten)]
    node: NodeArguments,
    /// Print the event and sign nothing.
    #[arg(long)]
    dry_run: bool,
    /// Pin the event to the ends of its subjects' chains now. If another event about its subjects comes first, the node
    /// refuses the event, and the command signs it anew.
    #[arg(long)]
    pin: bool,
    /// New file for the receipt; without this flag, EVENT-ID.receipt in the current folder.
    #[arg(long)]
    receipt: Option<PathBuf>,
}

impl Signer {
    /// Node that records the events.
    pub fn node(&self) -> &NodeArguments {
        &self.node
    }

    /// Party that signs the events.
    pub fn party(&self) -> anyhow::Result<&PartyKey> {
        self.party.as_ref().context("who signs? --party, or HEADWATER_PARTY")
    }

    /// Completes, checks, signs and appends a draft. Returns `None` when nothing was signed.
    pub fn sign_and_append(&self, draft: Draft) -> anyhow::Result<Option<Event>> {
        let (party, role) = (self.party()?.clone(), self.role.context("in which role? --role, or HEADWATER_ROLE")?);
        // A draft that lacks a field asks for no passphrase.
        let content = draft.completed()?;
        let secret = self.key.unlock()?;
        let author = Author { party, role, key_id: secret.public().id() };
        let event = content.event(self.node.policy()?.ledger_id(), author, headwater_key::draw()?);
        Event::parse(&event.encode())?;
        for finding in Rules::check(&event) {
            ensure!(finding.severity == Severity::Warn, "{finding}");
            let _ = writeln!(io::stderr(), "note: {finding}");
        }
        if self.dry_run {
            print(&format!("{}\n", serde_json::to_string_pretty(&event)?))?;
            return Ok(None);
        }
        let path = self.receipt.clone().unwrap_or_else(|| PathBuf::from(format!("{}.receipt", event.event_id)));
        let receipt = NewFile::create(&path, Readers::All)?;
        let pinned: Vec<u64> = if self.pin { (0..event.subjects.len() as u64).collect() } else { Vec::new() };
        let verified = Runtime::new()?.block_on(async {
            let mut client = self.node.connect().await?;
            Ok::<_, anyhow::Error>(client.sign_and_append(event.clone(), &pinned, &secret).await?)
        })?;
        let place = verified.log_index();
        receipt.keep(&verified.receipt().encode()).with_context(|| {
            format!("the event {} is recorded as entry {place}, its receipt is not kept", event.event_id)
        })?;
        if let Age::Ahead(by) = verified.age(now_s()?) {
            let _ = writeln!(io::stderr(), "note: the receipt is dated {by} s in the future of this clock");
        }
        print_receipt(&event, &verified, &path)?;
        if let Some(Outstanding { quorum, counted }) = verified.checkpoint().outstanding() {
            let path = path.display();
            let _ = writeln!(
                io::stderr(),
                "note: the event is recorded; of the quorum {quorum:?} of the policy {counted} have cosigned, which are too few. \
                 Complete the receipt when more have: headwater receipt {path}"
            );
        }
        Ok(Some(event))
    }

    /// Checks the number of events that one command signs: `--receipt` names one file, for one event.
    pub fn signs(&self, events: usize) -> anyhow::Result<()> {
        ensure!(
            self.receipt.is_none() || events < 2,
            "--receipt is one file, and this signs {events} events; leave it out"
        );
        Ok(())
    }
}

fn print_receipt(event: &Event, verified: &VerifiedReceipt, path: &Path) -> anyhow::Result<()> {
    let counts: Vec<String> = verified.counts().iter().map(|(subject, count)| format!("{subject} #{count}")).collect();
    let place = verified.log_index();
    print(&format!("entry {place}  {}\nevent {}\nreceipt {}\n", counts.join("  "), event.event_id, path.display()))
}
