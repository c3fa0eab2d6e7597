//! `headwater attach`: sends the node the files that an event announces.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use headwater_api::request::{Method, RequestSignature, Target};
use headwater_event::base_url::BaseUrl;
use headwater_event::event::EventId;
use headwater_event::subject::PartyKey;
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body as AnswerBody, SendBody};

use crate::key::KeyArguments;
use crate::lift;
use crate::retry::{TRIES_MAX, wait};
use crate::values::value;
use crate::{NodeArguments, now_ms, print, problem};

/// Statuses of an upload that broke off, and of a node that is being opened.
const MAY_PASS: [StatusCode; 2] = [StatusCode::REQUEST_TIMEOUT, StatusCode::SERVICE_UNAVAILABLE];
/// Bytes that are read and hashed at a time.
const PIECE_BYTES: usize = 1 << 20;

#[derive(Args)]
pub struct Attach {
    /// Files that the event announces.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Receipt of the event that announces the files.
    #[arg(long, required_unless_present = "event")]
    receipt: Option<PathBuf>,
    /// Id of the event that announces the files, instead of its receipt.
    #[arg(long, value_parser = value::<EventId>, conflicts_with = "receipt")]
    event: Option<EventId>,
    /// Party that signed the event; needed with --event.
    #[arg(long, env = "HEADWATER_PARTY", value_parser = value::<PartyKey>)]
    party: Option<PartyKey>,
    #[command(flatten)]
    key: KeyArguments,
    #[command(flatten)]
    node: NodeArguments,
}

impl Attach {
    pub fn run(&self) -> anyhow::Result<()> {
        let (agent, (party, event)) = (self.node.agent()?, self.announcing()?);
        let secret = self.key.unlock()?;
        let by = Author {
            ledger_id: self.node.policy()?.ledger_id(),
            secret,
            query: format!("party={party}&event={event}"),
        };
        let one = |path: &PathBuf| self.one(&agent, path, &by).with_context(|| path.display().to_string());
        self.files.iter().try_for_each(one)
    }

    fn one(&self, agent: &Agent, path: &Path, by: &Author) -> anyhow::Result<()> {
        let length = std::fs::metadata(path)?.len();
        let hash = hash(path, bar(length, "hashing")?)?;
        let (url, progress) = (&self.node.url, bar(length, "sending")?);
        let upload = Upload { agent, path, length, url, place: format!("/attachment/{hash}"), by, progress };
        upload.run()?;
        upload.progress.finish_and_clear();
        print(&format!("{hash}  {}\n", path.display()))
    }

    /// The signer and the id of the event that announces the files.
    fn announcing(&self) -> anyhow::Result<(PartyKey, EventId)> {
        let Some(path) = &self.receipt else {
            let party = self.party.clone().context("who announces them? --party, or HEADWATER_PARTY")?;
            return Ok((party, self.event.context("in which event? --receipt, or --event")?));
        };
        let recorded = lift::of_receipt(path, &self.node.policy()?)?;
        let event =
            recorded.claims().with_context(|| format!("{} is of no event that this version reads", path.display()))?;
        Ok((event.party.clone(), event.event_id))
    }
}

/// Ledger, key and query of the signed requests; the query names the party and the event.
struct Author {
    ledger_id: Hash,
    secret: SecretKey,
    query: String,
}

/// Upload of one file to a node.
struct Upload<'a> {
    agent: &'a Agent,
    path: &'a Path,
    length: u64,
    /// URL of the node; `place` is the path of the file there.
    url: &'a BaseUrl,
    place: String,
    by: &'a Author,
    progress: ProgressBar,
}

impl Upload<'_> {
    /// Sends the file, and resumes where an upload broke off.
    fn run(&self) -> anyhow::Result<()> {
        let (mut tries, mut goes_on) = (1, true);
        loop {
            match self.send(goes_on) {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                // The bytes that the node holds for this file are other bytes: send the file from its start.
                Ok(answer) if answer.status() == StatusCode::UNPROCESSABLE_ENTITY && goes_on => goes_on = false,
                Ok(mut answer) if !MAY_PASS.contains(&answer.status()) || tries == TRIES_MAX => {
                    let (status, text) = (answer.status(), answer.body_mut().read_to_string()?);
                    bail!("{status}: {}", problem(&text))
                }
                Err(error) if tries == TRIES_MAX => {
                    return Err(error).with_context(|| format!("{TRIES_MAX} tries failed, the last with"));
                }
                Ok(_) | Err(_) => {
                    wait(tries);
                    tries += 1;
                }
            }
        }
    }

    /// Sends the bytes that the node does not have yet, or the whole file.
    fn send(&self, goes_on: bool) -> anyhow::Result<Response<AnswerBody>> {
        let door = format!("{}{}/offset?{}", self.url, self.place, self.by.query);
        let told = self.agent.get(door).call()?.body_mut().read_to_string()?;
        let told: Value = serde_json::from_str(&told)?;
        // A node that has the whole file gets the file again, and reports that in its answer.
        let from = told["offset"].as_u64().filter(|from| goes_on && *from < self.length).unwrap_or(0);
        let mut file = File::open(self.path)?;
        file.seek(SeekFrom::Start(from))?;
        self.progress.set_position(from);
        let Author { ledger_id, secret, query } = self.by;
        let target = Target { method: Method::Put, path: &self.place, query };
        let signature = RequestSignature::sign(target, *ledger_id, secret, now_ms()? / 1_000)?;
        let mut request = self.agent.put(format!("{}{}?{query}", self.url, self.place));
        for (name, value) in signature.headers() {
            request = request.header(name, value);
        }
        request = request.header("content-length", (self.length - from).to_string());
        if from > 0 {
            request = request.header("content-range", format!("bytes {from}-{}/{}", self.length - 1, self.length));
        }
        Ok(request.send(SendBody::from_reader(&mut self.progress.wrap_read(file)))?)
    }
}

fn bar(length: u64, what: &'static str) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left")?;
    Ok(ProgressBar::new(length).with_style(style).with_message(what))
}

fn hash(path: &Path, progress: ProgressBar) -> anyhow::Result<Hash> {
    let mut file = progress.wrap_read(File::open(path)?);
    let (mut hasher, mut piece) = (Sha256::new(), vec![0; PIECE_BYTES]);
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => hasher.update(&piece[..read]),
        }
    }
    progress.finish_and_clear();
    Ok(Hash::new(hasher.finalize().into()))
}
