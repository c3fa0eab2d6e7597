//! What a file or an answer proves, told to people and to machines.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use headwater_event::text::Date;
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::policy::TrustError;
use headwater_trace::evidence::{ForkProof, Receipt};
use headwater_trace::label::{self, Label};
use headwater_trace::omission::{IndexLie, OmissionProof};
use headwater_trace::policy::TrustPolicy;
use headwater_trace::scan::Note;
use headwater_trace::story::Story;
use headwater_trace::verdict::{Judgement, Reason, Verdict};
use headwater_trace::verify::{TraceError, VerifiedTrace, verify};
use headwater_trace::walk::Asked;
use serde_json::json;

use headwater_words::timeline;
use verifier_cli::{attachments, fetch, scans};

use crate::arguments::{Kind, Verify};
use crate::output::{self, print, print_json};
use crate::{NOT_CHECKED, REFUSED, now_s, policy, usage};

/// The door of newest traces, in a URL.
const TRACE_DOOR: &str = "/trace/";

/// What a script is told of a verdict.
pub fn exit_code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Valid => 0,
        Verdict::SignatureInvalid => REFUSED,
        Verdict::NeverIssued => 4,
        Verdict::Recalled => 5,
        Verdict::NewerFormat | Verdict::Incomplete => 9,
        _ => 6,
    }
}

fn kind_of(place: &str) -> Option<Kind> {
    match place.rsplit_once('.')?.1 {
        "trace" => Some(Kind::Trace),
        "receipt" => Some(Kind::Receipt),
        "fork" => Some(Kind::Fork),
        "omission" => Some(Kind::Omission),
        _ => None,
    }
}

/// Runs `verify`.
pub fn run(arguments: &Verify) -> anyhow::Result<ExitCode> {
    let policy = policy(&arguments.policy)?;
    let place = arguments.place.as_str();
    let door = place.starts_with("http").then(|| place.split_once(TRACE_DOOR)).flatten();
    if let (Some(kind), None) = (arguments.kind.or_else(|| kind_of(place)).filter(|kind| *kind != Kind::Trace), door) {
        return verify_evidence(&fetch::read(place)?, kind, &policy, arguments.json);
    }
    let Some(subject) = arguments.subject.as_deref().or(door.map(|(_, path)| path)) else {
        return usage("a trace is verified for a subject: --subject URI");
    };
    let now = now_s()?;
    let today = match &arguments.today {
        Some(day) => Date::parse(day)?,
        None => Date::of_ms(now.seconds() * 1000, 0).context("the clock is too far ahead")?,
    };
    let Ok((asked, label)) = label::asked(subject, &today) else {
        return usage(&format!("{subject:?} is no subject key and no Digital Link"));
    };
    let reading = Reading { asked: &asked, label: &label, policy: &policy, today, now, arguments };
    let bytes = fetch::read(place)?;
    match (verify(&bytes, &asked, &policy, now), door) {
        // Auditors follow a moment behind: whoever asks the node takes both.
        (Ok(newest), Some((base, path)))
            if policy.tlog().has_auditors() && newest.checkpoint().audit_time().is_none() =>
        {
            match fetch::audited(base, path)? {
                None => reading.tell(&newest, None),
                Some(bytes) => match verify(&bytes, &asked, &policy, now) {
                    Ok(audited) => reading.tell(&newest, Some(&audited)),
                    Err(error) => reading.refuse(&error),
                },
            }
        }
        (Err(TraceError::Trust(TrustError::Quorum { .. })), Some((base, path))) if policy.tlog().has_auditors() => {
            let bytes =
                fetch::audited(base, path)?.context("no checkpoint has the cosignatures that the policy asks for")?;
            match verify(&bytes, &asked, &policy, now) {
                Ok(audited) => reading.tell(&audited, None),
                Err(error) => reading.refuse(&error),
            }
        }
        (Ok(trace), _) => reading.tell(&trace, None),
        (Err(error), _) => reading.refuse(&error),
    }
}

/// One reading of one trace.
struct Reading<'a> {
    asked: &'a Asked,
    label: &'a Label,
    policy: &'a TrustPolicy,
    today: Date,
    now: CosignTime,
    arguments: &'a Verify,
}

impl Reading<'_> {
    fn refuse(&self, error: &TraceError) -> anyhow::Result<ExitCode> {
        self.say_no(&Judgement::refused(error))
    }

    fn say_no(&self, judgement: &Judgement) -> anyhow::Result<ExitCode> {
        if self.arguments.json {
            print_json(&json!({
                "verdict": judgement.verdict,
                "reasons": judgement.reasons,
                "subject": self.asked.subject.to_string(),
            }))?;
        } else {
            print(&format!("{}\n{}", output::verdict(judgement.verdict), reasons(judgement)))?;
        }
        Ok(ExitCode::from(exit_code(judgement.verdict)))
    }

    fn tell(&self, trace: &VerifiedTrace, audited: Option<&VerifiedTrace>) -> anyhow::Result<ExitCode> {
        let story = Story::compose(trace);
        let judgement = match audited {
            None => Judgement::of(&story, self.label, self.today),
            Some(audited) => match Judgement::of_both(&story, &Story::compose(audited), self.label, self.today) {
                Ok(judgement) => judgement,
                Err(error) => {
                    let reasons = vec![Reason { text: error.to_string(), log_index: None }];
                    return self.say_no(&Judgement { verdict: Verdict::SignatureInvalid, reasons });
                }
            },
        };
        let looks = self.arguments.scans.as_deref().map(|path| Looks::read(path, &story)).transpose()?;
        let attachments = match &self.arguments.attachments {
            None => Vec::new(),
            Some(folder) => attachments::check(&story, folder).with_context(|| folder.display().to_string())?,
        };
        let altered = attachments.iter().any(|file| file.state == attachments::State::Altered);
        let asks_for_witnesses = trace.checkpoint().quorum_time();
        let seen_s = asks_for_witnesses.map_or(trace.index_head_ms() / 1000, CosignTime::seconds);
        let age_s = self.now.seconds().saturating_sub(seen_s);
        let stale = age_s > self.arguments.max_age && exit_code(judgement.verdict) == 0;
        if self.arguments.json {
            let mut document = timeline::document(&story, &judgement);
            document["state"] = if stale { "unchecked".into() } else { "checked".into() };
            if self.arguments.attachments.is_some() {
                document["attachments"] = serde_json::to_value(&attachments)?;
            }
            if let Some(looks) = &looks {
                document["scans"] = json!({"count": looks.count, "notes": looks.notes});
            }
            document["age_seconds"] = age_s.to_string().into();
            document["ledger"] = self.policy.ledger_id().to_string().into();
            print_json(&document)?;
        } else {
            let size = trace.checkpoint().checkpoint().size().get();
            print(&format!(
                "{}\n{}\n{}  {}\n{}{}{}checkpoint of {size} entries, {age_s} s old\n",
                self.asked.subject,
                timeline::lines(&story),
                if stale { "NOT CHECKED: the checkpoint is too old;" } else { "verdict" },
                output::verdict(judgement.verdict),
                reasons(&judgement),
                files(&attachments),
                looks.map(|looks| looks.to_string()).unwrap_or_default()
            ))?;
        }
        Ok(ExitCode::from(match judgement.verdict {
            _ if stale => NOT_CHECKED,
            verdict if altered && exit_code(verdict) == 0 => REFUSED,
            verdict => exit_code(verdict),
        }))
    }
}

/// What a scan log shows beside a story: notes, which change no verdict.
struct Looks {
    count: usize,
    notes: Vec<Note>,
}

impl Looks {
    fn read(path: &Path, story: &Story<'_>) -> anyhow::Result<Self> {
        let scans = std::fs::read(path).map_err(anyhow::Error::from).and_then(|log| Ok(scans::parse(&log)?));
        let scans = scans.with_context(|| path.display().to_string())?;
        Ok(Self { count: scans.count(), notes: scans.notes_beside(story) })
    }
}

impl std::fmt::Display for Looks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "looks in the scan log: {}; nobody signs them, and they change no verdict", self.count)?;
        self.notes.iter().try_for_each(|note| writeln!(f, "  {note}"))
    }
}

/// The reasons of a judgement, a line each.
pub fn reasons(judgement: &Judgement) -> String {
    let line = |reason: &Reason| match reason.log_index {
        Some(index) => format!("  {} (entry {index})\n", reason.text),
        None => format!("  {}\n", reason.text),
    };
    judgement.reasons.iter().map(line).collect()
}

fn files(attachments: &[attachments::Checked]) -> String {
    let line = |file: &attachments::Checked| {
        let (name, short) = (file.role.replace('_', " "), file.sha256.get(..16).unwrap_or_default());
        match file.state {
            attachments::State::Whole => {
                format!("  {name} {short} (entry {}): {}\n", file.log_index, output::good("whole"))
            }
            attachments::State::Altered => {
                format!("  {name} {short} (entry {}): {}\n", file.log_index, output::bad("altered"))
            }
            attachments::State::Absent => format!("  {name} {short} (entry {}): not in the folder\n", file.log_index),
        }
    };
    attachments.iter().map(line).collect()
}

fn verify_evidence(bytes: &[u8], kind: Kind, policy: &TrustPolicy, json: bool) -> anyhow::Result<ExitCode> {
    let now = now_s()?;
    let proven = match kind {
        Kind::Receipt => {
            Receipt::parse(bytes).map_err(Into::into).and_then(|receipt| receipt.verify(policy, now)).map(|receipt| {
                let counts: Vec<String> =
                    receipt.counts.iter().map(|(subject, count)| format!("{subject} #{count}")).collect();
                format!("entry {} is in the log and on {}", receipt.log_index.get(), counts.join(", "))
            })
        }
        Kind::Fork => ForkProof::parse(bytes).map_err(Into::into).and_then(|proof| proof.verify(policy)).map(|fork| {
            format!("the log signed two histories of size {}: roots {} and {}", fork.size, fork.roots[0], fork.roots[1])
        }),
        Kind::Omission => {
            OmissionProof::parse(bytes).map_err(Into::into).and_then(|proof| proof.verify(policy)).map(|lie| lied(&lie))
        }
        Kind::Trace => bail!("a trace is verified for a subject"),
    };
    let (code, text) = match proven {
        Ok(text) => (0, text),
        Err(error) => (REFUSED, format!("proves nothing: {:#}", anyhow::Error::new(error))),
    };
    if json {
        print_json(&json!({"holds": code == 0, "says": text}))?;
    } else {
        print(&format!("{text}\n"))?;
    }
    Ok(ExitCode::from(code))
}

/// What a lie of the index is, in one clause.
pub fn lied(lie: &IndexLie) -> String {
    match lie {
        IndexLie::Omitted { subject, log_index } => {
            format!("the index leaves entry {log_index} out of the chain of {subject}")
        }
        IndexLie::Phantom { subject, log_index } => {
            format!("the index puts into the chain of {subject} what entry {log_index} is not")
        }
        IndexLie::Root { log_index, expected, found } => {
            format!("the index head at {log_index} states root {found}; the entries before it lead to {expected}")
        }
    }
}
