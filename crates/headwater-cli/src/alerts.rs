//! `headwater alerts`: scans of a brand's labels that one object is unlikely to cause, as the scan log of the node notes them.

use std::io::{self, Write as _};

use anyhow::{Context as _, ensure};
use clap::Args;
use headwater_api::request::{Method, RequestSignature, Target};
use headwater_client::plain;
use headwater_event::subject::{PartyKey, Subject};
use headwater_words::timeline::local;
use serde::Deserialize;
use serde_json::Value;
use ureq::http::StatusCode;

use crate::key::KeyArguments;
use crate::values::{moment, value};
use crate::{NodeArguments, now_ms, print, retry};

#[derive(Args)]
pub struct Alerts {
    /// Leave out alerts before this moment, such as 2026-05-08T06:00:00Z.
    #[arg(long, value_parser = moment)]
    since: Option<u64>,
    /// Print one JSON document per line.
    #[arg(long)]
    json: bool,
    /// Brand whose labels the alerts are about.
    #[arg(long, env = "HEADWATER_PARTY", value_parser = value::<PartyKey>)]
    party: Option<PartyKey>,
    #[command(flatten)]
    key: KeyArguments,
    #[command(flatten)]
    node: NodeArguments,
}

/// Answer of the node to `GET /alerts`.
#[derive(Deserialize)]
struct Answer {
    alerts: Vec<Value>,
}

/// Members of an alert that the command prints as text.
#[derive(Deserialize)]
struct Alert {
    at: u64,
    label: Subject,
    says: String,
}

impl Alerts {
    pub fn run(&self) -> anyhow::Result<()> {
        let party = self.party.as_ref().context("whose alerts? --party, or HEADWATER_PARTY")?;
        let mut shown = 0_usize;
        for alert in self.ask(party)? {
            let told = Alert::deserialize(&alert).context("an alert of the node")?;
            if self.since.is_some_and(|since| told.at < since) {
                continue;
            }
            shown += 1;
            print(&match self.json {
                true => format!("{alert}\n"),
                false => format!("{}  {}  {}\n", local(told.at, 0), told.label, plain(&told.says)),
            })?;
        }
        if shown == 0 {
            let since = self.since.map(|since| format!(" since {}", local(since, 0))).unwrap_or_default();
            let _ = writeln!(io::stderr(), "{} lists no alerts{since}", self.node.url);
        }
        Ok(())
    }

    fn ask(&self, party: &PartyKey) -> anyhow::Result<Vec<Value>> {
        let (url, query) = (&self.node.url, format!("party={party}"));
        let target = Target { method: Method::Get, path: "/alerts", query: &query };
        let (secret, ledger_id) = (self.key.unlock()?, self.node.policy()?.ledger_id());
        let signature = RequestSignature::sign(target, ledger_id, &secret, now_ms()? / 1_000)?;
        let agent = self.node.agent()?;
        let mut answer = retry::until_ready(|| {
            let request = agent.get(format!("{url}{}?{query}", target.path));
            signature.headers().into_iter().fold(request, |all, (name, value)| all.header(name, value)).call()
        })?;
        let (status, text) = (answer.status(), answer.body_mut().read_to_string()?);
        ensure!(status == StatusCode::OK, "{status}: {}", crate::problem(&text));
        Ok(serde_json::from_str::<Answer>(&text)?.alerts)
    }
}
