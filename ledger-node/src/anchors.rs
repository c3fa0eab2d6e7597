//! Anchors: places elsewhere that serve a copy of this log's newest checkpoint, such as a mirror behind a web server.
//!
//! Two copies of one home, or of one whole machine, would each sign a log of their own. So after each start, and after each step of the
//! clock, a node takes no event at first. Most of its anchors have to show twice that they follow this node and no copy of it.
//!
//! First the node adds a line of its own to the checkpoint that it serves, and signs nothing new until most anchors serve that line. Then
//! the node writes one index head, and waits until most anchors serve a checkpoint that includes this index head. From then on, mirrors
//! refuse the checkpoint of a copy.
//!
//! The line is random and has a name that belongs to no key, and every reader passes over the line. A checkpoint from an anchor counts
//! against the node only if the log's own key signed it.
//!
//! The dates of the answers also confirm the clock of the system, or put it in doubt.

use std::io::Read as _;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headwater_event::base_url::BaseUrl;
use headwater_ledger::ledger::Ledger;
use headwater_ledger::store::Store;
use headwater_ledger::wait::{Held, Hold};
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::note::{NOTE_BYTES_MAX, Note, NoteKey};
use headwater_tlog::tree::TreeSize;
use ureq::Agent;

use crate::clock::{Steady, agree, now_ms};

/// Time that an anchor has to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Pause between two rounds while writes wait for the anchors; `PAUSE` is the pause after that.
const PAUSE_WAITING: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_secs(30);

/// Name under which the anchors make the ledger's writes wait.
const PART: &str = "anchors";

/// The anchors of a node, and how far they follow the node.
#[derive(Clone)]
pub struct Anchors {
    urls: Arc<[BaseUrl]>,
    log: NoteKey,
    clock: Steady,
    stage: Arc<RwLock<Stage>>,
}

/// Stage in which anchors show that they follow this node.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Stage {
    /// The anchors still have to serve this line.
    Line(String),
    /// The anchors still have to serve a checkpoint of more entries than this.
    Head(TreeSize),
    /// Most anchors showed both, or no anchor is set.
    Done,
}

/// A checkpoint, as one anchor serves it.
struct Served {
    note: String,
    /// Time by the anchor's clock, in milliseconds UTC, where the anchor states its time.
    date_ms: Option<u64>,
}

/// Judgement on the checkpoint of one anchor.
enum Judged {
    /// The checkpoint shows what the stage needs.
    Follows,
    /// The checkpoint is of this ledger, and does not show yet what the stage needs.
    NotYet,
    /// The checkpoint contradicts this ledger.
    Contradicts {
        /// Reason for which the ledger is held from then on.
        reason: Hold,
        /// Contradiction in words, which follow the URL of the anchor.
        why: String,
    },
}

impl Anchors {
    /// Makes the anchors at these URLs, which have a copy of the log with this key. Refuses a URL that is given twice or belongs to the
    /// node itself.
    pub fn at(urls: &[BaseUrl], log: NoteKey, clock: Steady, own_urls: &[BaseUrl]) -> anyhow::Result<Self> {
        for (at, url) in urls.iter().enumerate() {
            ensure!(!urls[..at].contains(url), "anchor: \"{url}\" is named twice");
            ensure!(!own_urls.contains(url), "anchor: \"{url}\" is the address of this node, which follows itself");
        }
        let stage = if urls.is_empty() { Stage::Done } else { Stage::Line(line(&log)?) };
        if !urls.is_empty() {
            clock.seen(clock.times_anew());
        }
        Ok(Self { urls: urls.into(), log, clock, stage: Arc::new(RwLock::new(stage)) })
    }

    /// Whether the settings name no anchor.
    pub fn is_empty(&self) -> bool {
        self.urls.is_empty()
    }

    /// Returns a note with the line that anchors have to copy, while that line is needed.
    pub fn marked(&self, note: &str) -> String {
        match self.stage() {
            Stage::Line(line) => format!("{note}{line}"),
            _ => note.to_owned(),
        }
    }

    fn stage(&self) -> Stage {
        self.stage.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn enter(&self, stage: Stage) {
        *self.stage.write().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    fn held(&self, so_far: usize, others: &[String]) -> Held {
        let (needed, all, stage) = (self.needed(), self.urls.len(), self.stage());
        let done = match stage {
            Stage::Line(_) => "follow this node since it started",
            _ => "have seen the first head of this node",
        };
        let others: String = others.iter().map(|other| format!("; {other}")).collect();
        Held {
            reason: Hold::Unanchored,
            words: "this node waits until its anchors follow it",
            why: format!("{so_far} of {all} anchors {done}, and {needed} are needed{others}"),
            lets_heads: matches!(stage, Stage::Head(_)),
        }
    }

    /// Returns the number of anchors that are a majority.
    fn needed(&self) -> usize {
        self.urls.len() / 2 + 1
    }

    /// Makes the ledger's writes wait until most anchors follow this node, and asks the anchors for as long as the node lives. An anchor
    /// that contradicts the ledger stops writes for good.
    pub fn guard<S: Store>(&self, ledger: &Ledger<S>) {
        if self.is_empty() {
            return;
        }
        ledger.hold(PART, Some(self.held(0, &[])));
        let (watch, ledger) = (tokio::spawn(self.clone().watch(ledger.clone())), ledger.clone());
        tokio::spawn(async move {
            if watch.await.is_err() {
                let words = "this node no longer hears of its anchors";
                let why = "the watch over the anchors ended; start the node anew".to_owned();
                let held = Held { reason: Hold::AnchorsLost, words, why, lets_heads: false };
                ledger.hold(PART, Some(held));
            }
        });
    }

    async fn watch<S: Store>(self, ledger: Ledger<S>) {
        let mut times = self.clock.times_anew();
        let mut rest = Duration::ZERO;
        loop {
            if times != self.clock.times_anew() {
                // The clock steps on a machine that was put back to an earlier state.
                match line(&self.log) {
                    Ok(line) => {
                        times = self.clock.times_anew();
                        self.enter(Stage::Line(line));
                        rest = Duration::ZERO;
                    }
                    // The clock stays in doubt until there is a line.
                    Err(error) => tracing::error!("{error:#}"),
                }
                ledger.hold(PART, Some(self.held(0, &[])));
            }
            if rest.is_zero() {
                if let Err(held) = self.step(&ledger, times).await {
                    ledger.hold(PART, Some(held));
                    return;
                }
                rest = if self.stage() == Stage::Done { PAUSE } else { PAUSE_WAITING };
            }
            tokio::time::sleep(PAUSE_WAITING).await;
            rest = rest.saturating_sub(PAUSE_WAITING);
        }
    }

    /// Asks each anchor once, and enters the next stage when enough anchors allow it. Returns `Err` when an anchor contradicts the ledger.
    async fn step<S: Store>(&self, ledger: &Ledger<S>, times: u64) -> Result<(), Held> {
        let (so_far, others) = self.round(ledger).await?;
        let enough = so_far >= self.needed();
        match self.stage() {
            Stage::Line(_) if enough => {
                self.enter(Stage::Head(ledger.newest().size()));
                ledger.hold(PART, Some(self.held(0, &[])));
                self.clock.seen(times);
                ledger.ask_for_head();
            }
            Stage::Head(_) if enough => {
                self.enter(Stage::Done);
                ledger.hold(PART, None);
                tracing::info!("the anchors follow this node");
            }
            Stage::Done => {}
            stage => {
                ledger.hold(PART, Some(self.held(so_far, &others)));
                if stage == Stage::Head(ledger.newest().size()) {
                    ledger.ask_for_head();
                }
            }
        }
        Ok(())
    }

    /// Asks each anchor once. Returns how many anchors show what this stage needs, and the answers of the others.
    async fn round<S: Store>(&self, ledger: &Ledger<S>) -> Result<(usize, Vec<String>), Held> {
        let asked = self.urls.iter().map(|url| {
            let url = url.clone();
            tokio::task::spawn_blocking(move || ask(&url))
        });
        let asked: Vec<_> = asked.collect();
        let (mut so_far, mut others, mut dates) = (0, Vec::new(), Vec::new());
        for (url, answer) in self.urls.iter().zip(asked) {
            let answer = answer.await.map_err(anyhow::Error::from).and_then(|answer| answer);
            let judged = answer.and_then(|served| {
                dates.extend(served.date_ms);
                self.judge(&served, ledger)
            });
            match judged {
                Ok(Judged::Follows) => so_far += 1,
                Ok(Judged::NotYet) => others.push(format!("{url} serves a checkpoint of before")),
                Ok(Judged::Contradicts { reason, why }) => {
                    let words = "an anchor of this node holds other records of this log; nothing more is taken here";
                    let why = format!("{url} {why}: nothing more is signed here");
                    return Err(Held { reason, words, why, lets_heads: false });
                }
                Err(error) => others.push(format!("{url}: {error:#}")),
            }
        }
        self.compare_clocks(&dates);
        Ok((so_far, others))
    }

    /// Compares the anchors' clocks with the system's time. A majority of the anchors confirms the system's time or puts it in doubt; fewer
    /// anchors do neither.
    fn compare_clocks(&self, dates: &[u64]) {
        let now = now_ms();
        let (agreeing, differing): (Vec<u64>, Vec<u64>) = dates.iter().copied().partition(|date| agree(now, *date));
        match (agreeing.first(), differing.first()) {
            (Some(date), _) if agreeing.len() >= self.needed() => self.clock.hear(*date),
            (_, Some(date)) if differing.len() >= self.needed() => self.clock.doubt("most anchors", *date),
            _ => {}
        }
    }

    /// Checks whether an anchor shows what this stage needs, or contradicts this ledger.
    fn judge<S: Store>(&self, served: &Served, ledger: &Ledger<S>) -> anyhow::Result<Judged> {
        let note = Note::parse(served.note.as_bytes()).context("serves no checkpoint")?;
        let checkpoint = Checkpoint::parse(note.claims()).context("serves no checkpoint")?;
        let signed = note.signatures().iter().find(|line| line.names(&self.log));
        let signed = signed.context("serves a checkpoint that this log did not sign")?;
        checkpoint.verify_log(&self.log, signed).context("serves a checkpoint that this log did not sign")?;
        // The ledger may have grown since the anchor was asked, so its size is read now.
        let (size, held) = (checkpoint.size(), ledger.newest().checkpoint().size());
        if size > held {
            let why = format!("serves a checkpoint of {size} entries, this ledger has {held}");
            return Ok(Judged::Contradicts { reason: Hold::RolledBack, why });
        }
        if ledger.root_at(size) != Some(checkpoint.root()) {
            let why = format!("serves a checkpoint of {size} entries, and this ledger holds others");
            return Ok(Judged::Contradicts { reason: Hold::Forked, why });
        }
        let follows = match self.stage() {
            Stage::Line(line) => served.note.contains(&line),
            Stage::Head(before) => size > before,
            Stage::Done => true,
        };
        Ok(if follows { Judged::Follows } else { Judged::NotYet })
    }
}

/// Makes a random signature line that belongs to no key.
fn line(log: &NoteKey) -> anyhow::Result<String> {
    let random = headwater_key::generate()?;
    Ok(format!("\u{2014} {}/start {}\n", log.name(), STANDARD.encode(random.as_slice())))
}

fn ask(url: &BaseUrl) -> anyhow::Result<Served> {
    let agent: Agent = Agent::config_builder().timeout_global(Some(TIMEOUT)).max_redirects(0).build().into();
    // An answer from a cache shows neither the newest checkpoint nor the time.
    let asked = agent.get(format!("{url}/checkpoint")).header("cache-control", "no-cache");
    let mut answer = asked.call()?;
    ensure!(answer.status().is_success(), "status {}", answer.status().as_u16());
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let age_s: u64 = header("age").and_then(|age| age.parse().ok()).unwrap_or(0);
    let date = header("date").and_then(|date| {
        let since = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?;
        u64::try_from(since.as_millis()).ok()?.checked_add(age_s.checked_mul(1_000)?)
    });
    let mut note = String::new();
    answer.body_mut().as_reader().take(NOTE_BYTES_MAX as u64 + 1).read_to_string(&mut note)?;
    Ok(Served { note, date_ms: date })
}
