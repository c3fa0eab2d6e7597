//! Anchors: places elsewhere that serve a copy of this log's newest checkpoint, such as a mirror behind a web server.
//!
//! Two copies of one home, or of one whole machine, would each sign a history of their own. So after each start, and after each step of
//! the clock, a node adds a line of its own to the checkpoint that it serves, and signs nothing new until most of its anchors serve that
//! line: they follow this node, and no other copy of it. The line is random, stands under a name that belongs to no key, and is passed
//! over by every reader. What an anchor serves counts against the node only where the log's own key signed it.

use std::io::Read as _;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headwater_ledger::ledger::Ledger;
use headwater_ledger::store::Store;
use headwater_ledger::wait::Held;
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::note::{NOTE_BYTES_MAX, Note, NoteKey};
use ureq::Agent;

use crate::clock::{Steady, agree, now_ms};

/// An anchor that answers later does not answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Between two rounds while writes wait for them, and later.
const PAUSE_WAITING: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_secs(30);

/// The anchors of a node.
#[derive(Clone)]
pub struct Anchors {
    urls: Arc<[String]>,
    log: NoteKey,
    clock: Steady,
    /// The line of this start, until most anchors served it.
    line: Arc<RwLock<Option<String>>>,
}

/// What one anchor serves.
struct Served {
    note: String,
    /// The time by the anchor's clock, where it says so.
    date_ms: Option<u64>,
}

/// What follows from what one anchor serves.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Judged {
    /// It serves the line of this start.
    Follows,
    /// It serves a checkpoint that this ledger contains.
    Agrees,
    /// It serves a checkpoint that the log's key signed, and that this ledger does not contain.
    Contradicts(Held),
}

impl Anchors {
    /// Anchors at URLs, which hold a copy of the log with this key.
    pub fn at(urls: &[String], log: NoteKey, clock: Steady) -> anyhow::Result<Self> {
        for url in urls {
            let is_url = url.starts_with("http://") || url.starts_with("https://");
            ensure!(is_url, "anchor: {url:?} is no URL with http or https");
        }
        let line = if urls.is_empty() { None } else { Some(line(&log)?) };
        Ok(Self { urls: urls.into(), log, clock, line: Arc::new(RwLock::new(line)) })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.urls.is_empty()
    }

    /// The newest checkpoint as anchors are to copy it.
    pub fn marked(&self, note: &str) -> String {
        let line = self.line.read().unwrap_or_else(PoisonError::into_inner);
        format!("{note}{}", line.as_deref().unwrap_or_default())
    }

    /// Why nothing is signed before the first round.
    pub fn not_asked_yet(&self) -> Option<Held> {
        (!self.is_empty()).then(|| self.held(0, &[]))
    }

    fn held(&self, follow: usize, others: &[String]) -> Held {
        let (needed, all) = (self.needed(), self.urls.len());
        let others: String = others.iter().map(|other| format!("; {other}")).collect();
        let why =
            format!("{follow} of {all} anchors follow this node since it started, and {needed} are needed{others}");
        Held { reason: "UNANCHORED", why }
    }

    /// How many are a majority.
    fn needed(&self) -> usize {
        self.urls.len() / 2 + 1
    }

    /// Asks the anchors for as long as the node lives: most of them let it sign, and one that contradicts it stops it for good.
    pub async fn watch<S: Store>(self, ledger: Ledger<S>) {
        let mut anew = self.clock.times_anew();
        loop {
            // A machine that was put back to an earlier state meets a step of its clock.
            if anew != self.clock.times_anew() {
                anew = self.clock.times_anew();
                match line(&self.log) {
                    Ok(line) => *self.line.write().unwrap_or_else(PoisonError::into_inner) = Some(line),
                    Err(error) => tracing::error!("{error:#}"),
                }
                ledger.hold(self.not_asked_yet());
            }
            match self.round(&ledger).await {
                Ok(None) => {
                    let waited = self.line.write().unwrap_or_else(PoisonError::into_inner).take().is_some();
                    if waited {
                        ledger.hold(None);
                        tracing::info!("the anchors follow this node");
                    }
                }
                Ok(Some(held)) => {
                    if self.is_waiting() {
                        ledger.hold(Some(held));
                    }
                }
                Err(held) => {
                    ledger.hold(Some(held));
                    return;
                }
            }
            tokio::time::sleep(if self.is_waiting() { PAUSE_WAITING } else { PAUSE }).await;
        }
    }

    fn is_waiting(&self) -> bool {
        self.line.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Asks each anchor once. `Ok(None)` when most follow, `Ok(Some(_))` while too few do, `Err` when one contradicts.
    async fn round<S: Store>(&self, ledger: &Ledger<S>) -> Result<Option<Held>, Held> {
        let asked = self.urls.iter().map(|url| {
            let url = url.clone();
            tokio::task::spawn_blocking(move || ask(&url))
        });
        let asked: Vec<_> = asked.collect();
        let (mut follow, mut others, mut dates) = (0, Vec::new(), Vec::new());
        for (url, answer) in self.urls.iter().zip(asked) {
            let answer = answer.await.map_err(anyhow::Error::from).and_then(|answer| answer);
            let judged = answer.and_then(|served| {
                dates.extend(served.date_ms);
                self.judge(&served, ledger)
            });
            match judged {
                Ok(Judged::Follows) => follow += 1,
                Ok(Judged::Agrees) => others.push(format!("{url} serves a checkpoint of before")),
                Ok(Judged::Contradicts(held)) => {
                    return Err(Held { why: format!("{url} {}: nothing more is signed here", held.why), ..held });
                }
                Err(error) => others.push(format!("{url}: {error:#}")),
            }
        }
        self.compare_clocks(&dates);
        if follow >= self.needed() { Ok(None) } else { Ok(Some(self.held(follow, &others))) }
    }

    /// Most of the anchors' clocks confirm this one or put it in doubt; fewer do neither.
    fn compare_clocks(&self, dates: &[u64]) {
        let now = now_ms();
        let (agreeing, differing): (Vec<u64>, Vec<u64>) = dates.iter().copied().partition(|date| agree(now, *date));
        match (agreeing.first(), differing.first()) {
            (Some(date), _) if agreeing.len() >= self.needed() => self.clock.hear(*date),
            (_, Some(date)) if differing.len() >= self.needed() => self.clock.doubt("most anchors", *date),
            _ => {}
        }
    }

    fn judge<S: Store>(&self, served: &Served, ledger: &Ledger<S>) -> anyhow::Result<Judged> {
        let note = Note::parse(served.note.as_bytes()).context("serves no checkpoint")?;
        let checkpoint = Checkpoint::parse(note.claims()).context("serves no checkpoint")?;
        let signed = note.signatures().iter().find(|line| line.claims(&self.log));
        let signed = signed.context("serves a checkpoint that this log did not sign")?;
        checkpoint.verify_log(&self.log, signed).context("serves a checkpoint that this log did not sign")?;
        // The ledger may have grown since it was asked.
        let (size, held) = (checkpoint.size(), ledger.newest().checkpoint.size());
        if size > held {
            let why = format!("serves a checkpoint of {} entries, this ledger has {}", size.get(), held.get());
            return Ok(Judged::Contradicts(Held { reason: "ROLLED_BACK", why }));
        }
        if ledger.root_at(size) != Some(checkpoint.root()) {
            let why = format!("serves a checkpoint of {} entries, and this ledger holds others", size.get());
            return Ok(Judged::Contradicts(Held { reason: "FORKED", why }));
        }
        let line = self.line.read().unwrap_or_else(PoisonError::into_inner);
        match line.as_deref() {
            Some(line) if !served.note.contains(line) => Ok(Judged::Agrees),
            _ => Ok(Judged::Follows),
        }
    }
}

/// A signature line of no key.
fn line(log: &NoteKey) -> anyhow::Result<String> {
    let random = headwater_key::generate()?;
    Ok(format!("\u{2014} {}/start {}\n", log.name(), STANDARD.encode(random.as_slice())))
}

fn ask(url: &str) -> anyhow::Result<Served> {
    let agent: Agent = Agent::config_builder().timeout_global(Some(TIMEOUT)).max_redirects(0).build().into();
    let mut answer = agent.get(format!("{}/checkpoint", url.trim_end_matches('/'))).call()?;
    ensure!(answer.status().is_success(), "status {}", answer.status().as_u16());
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok()).and_then(|date| {
        let since = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?;
        u64::try_from(since.as_millis()).ok()
    });
    let mut note = String::new();
    answer.body_mut().as_reader().take(NOTE_BYTES_MAX as u64 + 1).read_to_string(&mut note)?;
    Ok(Served { note, date_ms: date })
}
