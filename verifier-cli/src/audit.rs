//! The audit of a whole ledger over its tiles: every hash, signature, right, chain, index head, and the checkpoint.

use std::time::Instant;

use anyhow::Context as _;
use headwater_audit::Audit;
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::note::{Note, NoteSigner};
use headwater_trace::policy::TrustPolicy;
use indicatif::ProgressBar;

use crate::fetch::Remote;

/// What was checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// The log.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: String,
    /// How many subjects.
    pub subjects: u64,
    /// How long it took.
    pub milliseconds: u128,
    /// Whether a cosignature was handed to the node.
    pub cosigned: bool,
}

/// Audits the log at a URL, and cosigns its checkpoint when everything checks out.
pub fn audit(
    url: &str,
    policy: &TrustPolicy,
    now: CosignTime,
    cosigner: Option<&NoteSigner>,
    progress: &ProgressBar,
) -> anyhow::Result<Report> {
    let started = Instant::now();
    let remote = Remote::new(url);
    let bytes = remote.checkpoint()?;
    let trusted = policy.open(&bytes, now)?;
    let checkpoint = trusted.checkpoint();
    progress.set_length(checkpoint.size().get());
    let mut audit = Audit::new(policy.ledger_id());
    let mut remote = remote.up_to(checkpoint.size());
    audit.run(&mut remote, checkpoint.size(), checkpoint.root(), |done| progress.set_position(done))?;
    progress.finish_and_clear();
    if let Some(cosigner) = cosigner {
        let line = checkpoint.cosign(cosigner, now).context("the cosignature cannot be made")?;
        let note = Note::parse(&bytes)?;
        remote.add_cosignatures(&format!("{note}{line}\n"))?;
    }
    Ok(Report {
        origin: checkpoint.origin().to_owned(),
        size: checkpoint.size().get(),
        root: checkpoint.root().to_string(),
        subjects: audit.replay().subjects(),
        milliseconds: started.elapsed().as_millis(),
        cosigned: cosigner.is_some(),
    })
}
