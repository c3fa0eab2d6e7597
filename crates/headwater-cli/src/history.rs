//! `headwater history`: the story of a product, verified by this command.

use anyhow::{Context as _, ensure};
use clap::Args;
use headwater_client::ClientError;
use headwater_event::text::Date;
use headwater_tlog::policy::TrustError;
use headwater_trace::age::{AGE_MAX_S, Age, TooOld};
use headwater_trace::label::Label;
use headwater_trace::story::Story;
use headwater_trace::trace::At;
use headwater_trace::verdict::Judgement;
use headwater_trace::verify::{TraceError, verify};
use headwater_trace::walk::Query;
use headwater_words::timeline;
use tokio::runtime::Runtime;

use crate::values::product;
use crate::{NodeArguments, now_s, print};

#[derive(Args)]
pub struct History {
    /// Digital Link or subject key of the product.
    #[arg(value_parser = product)]
    product: (Query, Label),
    /// Print one JSON document on standard output.
    #[arg(long)]
    json: bool,
    /// Highest age of the checkpoint in seconds, for a verdict that rests on the absence of records.
    #[arg(long, default_value_t = AGE_MAX_S)]
    max_age: u64,
    #[command(flatten)]
    node: NodeArguments,
}

pub fn run(arguments: &History) -> anyhow::Result<()> {
    let today = Date::of_ms(now_s()?.ms(), 0).context("the clock is too far ahead")?;
    let (query, label) = &arguments.product;
    let policy = arguments.node.policy()?;
    let (newest, audited) = Runtime::new()?.block_on(async {
        let mut client = arguments.node.connect().await?;
        let newest = client.trace(query, At::Newest).await?;
        let audited = match client.trace(query, At::Audited).await {
            Ok(bytes) => Some(bytes),
            // The node has no checkpoint yet that auditors cosigned.
            Err(ClientError::Refused(_)) => None,
            Err(error) => return Err(error.into()),
        };
        Ok::<_, anyhow::Error>((newest, audited))
    })?;
    let verified = |bytes: &[u8]| verify(bytes, query, &policy);
    const AUDITED: &str = "the audited trace that the node gives is not verified";
    let (newest, audited) = match (verified(&newest), audited) {
        // The quorum cosigns a moment later than the log signs.
        (Err(TraceError::Trust(TrustError::Quorum { .. })), Some(bytes)) => (verified(&bytes).context(AUDITED)?, None),
        (newest, audited) => (newest.context("the trace that the node gives is not verified")?, audited),
    };
    let audited = match audited.filter(|_| policy.tlog().has_auditors() && newest.checkpoint().audit_time().is_none()) {
        None => None,
        Some(bytes) => Some(verified(&bytes).context(AUDITED)?),
    };
    // The audited trace was fetched after the newest one, and may continue that one.
    let (newest, audited) = match audited {
        Some(audited) if audited.continues(&newest) => (audited, None),
        audited => (newest, audited),
    };
    let story = Story::compose(&newest);
    let judgement = match &audited {
        None => Judgement::of(&story, label, today),
        Some(audited) => Judgement::of_both(&story, &Story::compose(audited), label, today)?,
    };
    let remarks = headwater_words::label::remarks(label, Some(&story), today);
    let age = newest.age(now_s()?);
    let is_shown = judgement.verdict.is_shown_at(age, arguments.max_age);
    if arguments.json {
        let mut document = timeline::document(&story, &judgement);
        document["remarks"] = remarks.into();
        timeline::add_age(&mut document, is_shown, age);
        print(&format!("{}\n", serde_json::to_string_pretty(&document)?))?;
        return current(is_shown, age);
    }
    let remarks = remarks.iter().map(|remark| format!("  remark: {remark}\n"));
    let reasons: String =
        judgement.reasons.iter().map(|reason| format!("  {}\n", reason.text)).chain(remarks).collect();
    print(&format!(
        "{}\n{}\n{}  {}\n{reasons}{}\n",
        query.subject,
        timeline::lines(&story),
        timeline::heading(is_shown, age),
        judgement.verdict,
        timeline::state(&newest, age)
    ))?;
    current(is_shown, age)
}

/// Fails if evidence of this age does not show the verdict.
fn current(is_shown: bool, age: Age) -> anyhow::Result<()> {
    ensure!(is_shown, "the checkpoint is {}", TooOld(age));
    Ok(())
}
