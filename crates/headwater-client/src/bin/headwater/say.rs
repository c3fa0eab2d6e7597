//! Who signs, and how what was said reaches the ledger.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Args;
use headwater_client::draft::{Author, Draft};
use headwater_event::codec::Message as _;
use headwater_event::event::{Event, Role};
use headwater_event::rules::{Rules, Severity};
use headwater_event::subject::PartyKey;
use headwater_trace::evidence::VerifiedReceipt;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::key::KeyArguments;
use crate::{NodeArguments, now_s, print};

/// Who signs, and where to.
#[derive(Args, Clone)]
pub struct Signer {
    /// Who signs.
    #[arg(long, env = "HEADWATER_PARTY", value_parser = PartyKey::parse)]
    party: Option<PartyKey>,
    /// In which role.
    #[arg(long, env = "HEADWATER_ROLE")]
    role: Option<Role>,
    #[command(flatten)]
    key: KeyArguments,
    #[command(flatten)]
    node: NodeArguments,
    /// Prints the event and signs nothing.
    #[arg(long)]
    dry_run: bool,
    /// Signs on what the ledger holds now: the event is refused if anybody writes about its subjects first, and signed anew.
    #[arg(long)]
    pin: bool,
    /// Where the receipt is written; without it, beside you as EVENT-ID.receipt.
    #[arg(long)]
    receipt: Option<PathBuf>,
}

impl Signer {
    /// Who signs.
    pub fn party(&self) -> anyhow::Result<&PartyKey> {
        self.party.as_ref().context("who signs? --party, or HEADWATER_PARTY")
    }

    /// Completes, checks, signs and appends a draft. `None` when nothing was signed.
    pub fn say(&self, document: Value) -> anyhow::Result<Option<Event>> {
        let (party, role) = (self.party()?.clone(), self.role.context("in which role? --role, or HEADWATER_ROLE")?);
        let draft = Draft::from_document(document)?;
        let secret = self.key.unlock()?;
        let author = Author { party, role, key_id: secret.public().id() };
        let event = draft.complete(self.node.policy()?.ledger_id(), author, headwater_key::draw()?)?;
        Event::parse(&event.encode())?;
        for finding in Rules::check(&event) {
            ensure!(finding.severity == Severity::Warn, "{finding}");
            let _ = writeln!(io::stderr(), "note: {finding}");
        }
        if self.dry_run {
            print(&format!("{}\n", serde_json::to_string_pretty(&event)?))?;
            return Ok(None);
        }
        let pinned: Vec<u64> = if self.pin { (0..event.subjects.len() as u64).collect() } else { Vec::new() };
        let now = now_s()?;
        let said = Runtime::new()?.block_on(async {
            let mut client = self.node.connect().await?;
            Ok::<_, anyhow::Error>(client.say(event.clone(), &pinned, &secret, now).await?)
        })?;
        self.tell(&event, &said)?;
        Ok(Some(event))
    }

    fn tell(&self, event: &Event, said: &VerifiedReceipt) -> anyhow::Result<()> {
        let path = self.receipt.clone().unwrap_or_else(|| PathBuf::from(format!("{}.receipt", event.event_id)));
        std::fs::write(&path, said.receipt.encode()).with_context(|| path.display().to_string())?;
        let counts: Vec<String> = said.counts.iter().map(|(subject, count)| format!("{subject} #{count}")).collect();
        let place = said.log_index.get();
        print(&format!("entry {place}  {}\nreceipt {}\n", counts.join("  "), path.display()))
    }
}
