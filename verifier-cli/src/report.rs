//! The report of an audit: for people, for scripts, and as one page for printing.

use std::fmt::Write as _;
use std::time::Duration;

use headwater_audit::Audit;
use headwater_event::kind::Kind;
use headwater_tlog::checkpoint::{Checkpoint, CosignTime};
use headwater_tlog::hash::Hash;
use headwater_tlog::policy::Outstanding;
use headwater_tlog::tree::{LeafIndex, TreeSize};
use headwater_trace::age::{Age, HOLD_MAX_S};
use headwater_words::html::escape;
use serde_json::{Value, json};

const EVERY: &str =
    "Every entry checks out: hashes, signatures, the right of each signer, chains, index heads and the checkpoint";

/// Report of an audit in which everything checked out. Only [`AuditSettings`](crate::audit::AuditSettings) makes one.
#[derive(Clone, Debug)]
pub struct Report {
    /// Checkpoint up to which everything checks out.
    pub checkpoint: Checkpoint,
    /// Note of the checkpoint, verbatim.
    pub note: Vec<u8>,
    /// Id of the ledger: the leaf hash of its genesis.
    pub ledger_id: Hash,
    /// Party key of the operator, as the genesis states it.
    pub operator: String,
    /// Number of entries that the mirror records as audited before. For these the audit checked only the hashes, chains and party events
    /// again.
    pub known: TreeSize,
    /// Number of events of each kind.
    pub events: Vec<(Kind, u64)>,
    /// Time at which the last index head was recorded, in milliseconds UTC, as the operator states it.
    pub head_ms: u64,
    /// Number of index heads, each rebuilt and compared.
    pub index_heads: u64,
    /// Number of subjects, each with its whole chain.
    pub subjects: u64,
    /// Registered parties: key and name.
    pub parties: Vec<(String, String)>,
    /// Log index of the first index head that has the recorded time of the last one; `None` when the last one alone has it.
    pub held_since: Option<LeafIndex>,
    /// Quorum of the policy, where too few have cosigned the checkpoint.
    pub outstanding: Option<Outstanding>,
    /// Newest checkpoint that the auditor's key cosigned; the audit found that `checkpoint` continues it.
    pub(crate) continues: Option<Checkpoint>,
    /// Duration of the audit, from its first entry to its last check.
    pub took: Duration,
}

impl Report {
    /// Makes the report of an audit that found no error.
    pub(crate) fn new(audit: &Audit, checkpoint: Checkpoint, note: Vec<u8>, known: TreeSize, took: Duration) -> Self {
        let replay = audit.replay();
        let parties = replay.authority().into_iter().flat_map(|authority| authority.parties());
        let name = |known: &headwater_event::authority::Party| {
            known.registration().map(|known| headwater_words::event::text(&known.names)).unwrap_or_default()
        };
        Self {
            ledger_id: replay.ledger_id(),
            operator: replay.genesis().map(|genesis| genesis.operator.to_string()).unwrap_or_default(),
            known: known.min(checkpoint.size()),
            events: replay.kinds().collect(),
            head_ms: replay.head_ms().unwrap_or_default(),
            index_heads: replay.index_heads(),
            subjects: replay.subjects(),
            parties: parties.map(|(key, party)| (key.to_string(), name(party))).collect(),
            held_since: replay.held_since(),
            outstanding: None,
            continues: None,
            checkpoint,
            note,
            took,
        }
    }

    /// Age of the checkpoint at the auditor's time, by the times that the operator states.
    pub fn age(&self, now: CosignTime) -> Age {
        Age::of(self.head_ms / 1000, None, now)
    }

    /// Whether an auditor cosigns at `now`. A checkpoint dated in the future is cosigned only when the log visibly holds its time, and at
    /// most [`HOLD_MAX_S`] seconds ahead.
    pub fn is_cosigned_at(&self, now: CosignTime) -> bool {
        match self.age(now) {
            Age::Seconds(_) => true,
            Age::Ahead(by) => by <= HOLD_MAX_S && self.held_since.is_some(),
        }
    }

    /// Describes the age of the checkpoint in one clause.
    fn dated(&self, now: CosignTime) -> String {
        match (self.age(now), self.held_since) {
            (age @ Age::Ahead(_), Some(since)) => format!(
                "the checkpoint is {age}: the log holds its time since entry {since}, for which no later time is recorded"
            ),
            (age, _) => format!("the checkpoint is {age}, as the operator dates it"),
        }
    }

    /// Number of events, each with its signature and its author's right to sign it.
    pub fn events_count(&self) -> u64 {
        self.events.iter().map(|(_, count)| count).sum()
    }

    /// Formats the report in a few lines, for people.
    pub fn lines(&self, now: CosignTime) -> String {
        let size = self.checkpoint.size();
        let mut text = format!(
            "{}  {size} entries check out, in {:.1} s\n  {} events, {} signed by a party that had the right\n  \
             subjects, each with its whole chain: {}\n  {} index heads, each rebuilt\n  root {}\n",
            self.checkpoint.origin(),
            self.took.as_secs_f64(),
            self.events_count(),
            if self.known > TreeSize::EMPTY { "each new one" } else { "each" },
            self.subjects,
            self.index_heads,
            self.checkpoint.root(),
        );
        let _ = writeln!(text, "  {}", self.dated(now));
        if let Some(Outstanding { quorum, counted }) = &self.outstanding {
            let _ =
                writeln!(text, "  of the quorum {quorum:?} of the policy {counted} have cosigned, which are too few");
        }
        if self.known > TreeSize::EMPTY {
            let _ = writeln!(text, "  {}", self.earlier());
        }
        text
    }

    /// Describes in one clause the entries that were not checked completely.
    fn earlier(&self) -> String {
        format!(
            "the first {} entries: hashes, chains and party events were checked again; that all else of them was checked, the mirror \
             says (--anew checks it)",
            self.known
        )
    }

    /// Returns the report as one JSON document; 64-bit values are strings.
    pub fn document(&self, now: CosignTime) -> Value {
        let (age, ahead) = match self.age(now) {
            Age::Seconds(age) => (Some(age.to_string()), None),
            Age::Ahead(by) => (None, Some(by.to_string())),
        };
        let kinds = self.events.iter().map(|(kind, count)| (kind.as_str().to_owned(), json!(count.to_string())));
        json!({
            "origin": self.checkpoint.origin(),
            "ledger": self.ledger_id.to_string(),
            "operator": self.operator,
            "size": self.checkpoint.size().to_string(),
            "root": self.checkpoint.root().to_string(),
            "age_seconds": age,
            "ahead_seconds": ahead,
            "quorum_outstanding": self.outstanding.as_ref().map(|outstanding| outstanding.quorum.clone()),
            "held_since": self.held_since.map(|since| since.to_string()),
            "audited_before": self.known.to_string(),
            "events": Value::Object(kinds.collect()),
            "index_heads": self.index_heads.to_string(),
            "subjects": self.subjects.to_string(),
            "parties": self.parties.iter().map(|(key, name)| json!({"party": key, "name": name})).collect::<Vec<_>>(),
            "milliseconds": self.took.as_millis().to_string(),
        })
    }

    /// Returns the report as one HTML page, which loads nothing and can be printed.
    pub fn html(&self, now: CosignTime) -> String {
        let row = |name: &str, value: &str| format!("<tr><th>{}</th><td>{}</td></tr>\n", escape(name), escape(value));
        let mut facts = String::new();
        facts += &row("Log", self.checkpoint.origin());
        facts += &row("Ledger", &self.ledger_id.to_string());
        facts += &row("Operator", &self.operator);
        facts += &row("Entries", &self.checkpoint.size().to_string());
        facts += &row("Root", &self.checkpoint.root().to_string());
        facts += &row("Date", &self.dated(now));
        facts += &row("Audited before, as the mirror says", &self.known.to_string());
        facts += &row("Index heads rebuilt", &self.index_heads.to_string());
        facts += &row("Subjects, each with its whole chain", &self.subjects.to_string());
        let kinds: String =
            self.events.iter().map(|(kind, count)| row(&kind.as_str().replace('_', " "), &count.to_string())).collect();
        let parties: String = self.parties.iter().map(|(key, name)| row(key, name)).collect();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Audit of {origin}</title>\n\
             <style>\n:root {{ color-scheme: light dark }}\nbody {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; \
             margin: 2rem auto; padding: 0 1rem }}\ntable {{ border-collapse: collapse; width: 100% }}\n\
             th, td {{ text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884; \
             overflow-wrap: anywhere }}\nth {{ font-weight: 600; width: 40% }}\n.ok {{ border-left: .4rem solid #1a7f37; \
             padding-left: .8rem }}\npre {{ overflow-x: auto }}\n@media print {{ body {{ margin: 0 }} }}\n</style>\n\
             <h1>Audit of {origin}</h1>\n\
             <p class=\"ok\">{checked}</p>\n\
             <table>\n{facts}</table>\n<h2>Events</h2>\n<table>\n{kinds}</table>\n<h2>Parties</h2>\n<table>\n{parties}</table>\n\
             <h2>Checkpoint</h2>\n<pre>{note}</pre>\n</html>\n",
            checked = escape(&if self.known > TreeSize::EMPTY {
                format!("{EVERY}, from entry {} on. Before: {}.", self.known, self.earlier())
            } else {
                format!("{EVERY}.")
            }),
            origin = escape(self.checkpoint.origin()),
            note = escape(&String::from_utf8_lossy(&self.note)),
        )
    }
}
