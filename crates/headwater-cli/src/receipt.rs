//! Completes receipts whose quorum was outstanding.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Args;
use headwater_event::codec::Message as _;
use headwater_event::event::Event;
use headwater_key::whole_file::replace;
use headwater_tlog::policy::TrustError;
use headwater_tlog::proof::LastPath;
use headwater_trace::evidence::{EvidenceError, Receipt};
use tokio::runtime::Runtime;

use crate::{NodeArguments, print};

/// Receipts to complete, and the node to ask.
#[derive(Args)]
pub struct Complete {
    /// Files of the receipts.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    node: NodeArguments,
}

impl Complete {
    /// Completes each receipt. A receipt that cannot be completed yet stays as it is, and the others are completed all the same.
    pub fn run(&self) -> anyhow::Result<()> {
        let runtime = Runtime::new()?;
        let mut left = Vec::new();
        for file in &self.files {
            match self.complete(file, &runtime) {
                Ok(words) => print(&format!("{}: {words}\n", file.display()))?,
                Err(error) => left.push(error.context(file.display().to_string())),
            }
        }
        let count = left.len();
        match left.into_iter().next() {
            None => Ok(()),
            Some(first) if count == 1 => Err(first),
            Some(first) => {
                Err(first.context(format!("{count} of {} receipts are not complete; the first", self.files.len())))
            }
        }
    }

    fn complete(&self, file: &PathBuf, runtime: &Runtime) -> anyhow::Result<&'static str> {
        let policy = self.node.policy()?;
        let bytes = std::fs::read(file)?;
        let held = Receipt::parse(&bytes).context("is not a receipt")?;
        match held.clone().verify(&policy) {
            Ok(_) => return Ok("complete already"),
            Err(EvidenceError::Trust(TrustError::Quorum { .. })) => {}
            Err(error) => return Err(error.into()),
        }
        let opened = policy.tlog().open_before_quorum(&held.checkpoint)?;
        let held = held.verify_under(opened, None, &mut LastPath::default())?;
        let event = Event::parse(&held.signed().event)?;
        let whole = runtime.block_on(async {
            let mut client = self.node.connect().await?;
            let whole = client.receipt(&event.party, event.event_id).await?;
            let joined = client.joins(held.checkpoint().checkpoint(), whole.checkpoint().checkpoint()).await;
            joined.context("the node does not show that its log continues the one of the receipt: keep the file")?;
            anyhow::Ok(whole)
        })?;
        // The file is evidence: only a receipt that continues it may replace it.
        ensure!(
            whole.receipt().entry.entry == held.receipt().entry.entry && whole.log_index() == held.log_index(),
            "the node answers with another entry {} than the receipt has: keep the file, the log signed both",
            whole.log_index(),
        );
        replace(file, &whole.receipt().encode())?;
        Ok("complete")
    }
}
