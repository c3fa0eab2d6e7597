//! The command `verify`: the verdict about a file or an answer, for people and for scripts.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use headwater_event::text::Date;
use headwater_tlog::checkpoint::CosignTime;
use headwater_trace::evidence::{ForkProof, Receipt};
use headwater_trace::label::Label;
use headwater_trace::omission::{IndexLie, Lie, OmissionProof};
use headwater_trace::policy::TrustPolicy;
use headwater_trace::scan::Note;
use headwater_trace::story::Story;
use headwater_trace::verdict::{Judgement, Reason, Verdict};
use headwater_trace::verify::VerifiedTrace;
use serde_json::json;

use headwater_event::causes::chain;
use headwater_words::timeline;
use verifier_cli::{attachments, fetch, scans};

use crate::arguments::{EvidenceKind, Verify};
use crate::output::{self, note, print, print_json};
use crate::question::{Answer, Mistake, Question};
use crate::{NOT_AN_ANSWER, NOT_CHECKED, REFUSED, USAGE, now_s, policy, usage};

const NO_POLICY: &str = "a file is verified under a policy: --policy FILE, or HEADWATER_POLICY";

/// Exit code that reports a verdict to a script.
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

fn kind_of(place: &str) -> Option<EvidenceKind> {
    match place.rsplit_once('.')?.1 {
        "trace" => Some(EvidenceKind::Trace),
        "receipt" => Some(EvidenceKind::Receipt),
        "fork" => Some(EvidenceKind::Fork),
        "omission" => Some(EvidenceKind::Omission),
        _ => None,
    }
}

/// Runs `verify`: reads the evidence, verifies it and prints the result.
pub fn run(arguments: &Verify) -> anyhow::Result<ExitCode> {
    let place = arguments.place.as_str();
    let today = match arguments.today {
        Some(day) => day,
        None => Date::of_ms(now_s()?.ms(), 0).context("the clock is too far ahead")?,
    };
    let question = Question::of(place, arguments.subject.as_ref());
    let node = question.as_ref().ok().and_then(Question::node);
    let kind = arguments.kind.or_else(|| kind_of(place).filter(|_| node.is_none()));
    if let Some(kind) = kind.filter(|kind| *kind != EvidenceKind::Trace) {
        let Some(path) = &arguments.policy else {
            return usage(NO_POLICY);
        };
        return verify_evidence(place, kind, &policy(path)?, arguments.json);
    }
    let question = match question {
        Ok(question) => question,
        Err(mistake) => return mistaken(&mistake, arguments.json),
    };
    let (policy, remarks) = match (&arguments.policy, question.node()) {
        (Some(path), _) => (policy(path)?, Vec::new()),
        (None, Some(base)) => of_the_operator(base)?,
        (None, None) => return usage(NO_POLICY),
    };
    let unread = policy.tlog().unread().map(|(name, kind)| {
        format!("the key of witness {name} is of type 0x{kind:02x}, which this version cannot check: it counts as never cosigning")
    });
    let remarks = remarks.into_iter().chain(unread).collect();
    let answer = question.answer(&policy)?;
    // The clock is read after the answer, so that the wait counts as age.
    let reading = Reading { question: &question, policy: &policy, remarks, today, now: now_s()?, arguments };
    match answer {
        Answer::Verified { newest, audited } => reading.tell(&newest, audited.as_deref()),
        Answer::Refused(error) => reading.say_no(&Judgement::refused(&error)),
        Answer::Mistaken(mistake) => mistaken(&mistake, arguments.json),
    }
}

/// Fetches the policy that a node serves, with a remark that its operator chose it.
fn of_the_operator(base: &str) -> anyhow::Result<(TrustPolicy, Vec<String>)> {
    let place = format!("{base}/page/policy");
    let bytes = fetch::read(&place)?;
    let text = str::from_utf8(&bytes).with_context(|| format!("{place}: is not a policy"))?;
    let policy = TrustPolicy::parse(text).with_context(|| place.clone())?;
    let remark =
        format!("no policy was given: log, ledger and witnesses are those that the operator itself names at {place}");
    Ok((policy, vec![remark]))
}

/// Prints the mistake in the question, and returns its exit code.
pub fn mistaken(mistake: &Mistake, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        print_json(&json!({"error": mistake.name(), "detail": chain(mistake)}))?;
    } else {
        note(&chain(mistake));
    }
    Ok(ExitCode::from(match mistake {
        Mistake::NoSubject(_) => USAGE,
        _ => NOT_AN_ANSWER,
    }))
}

/// Returns the verdict on the newest story, together with the audited story where auditors follow later.
pub fn judgement(newest: &Story<'_>, audited: Option<&VerifiedTrace>, label: &Label, today: Date) -> Judgement {
    let Some(audited) = audited else {
        return Judgement::of(newest, label, today);
    };
    Judgement::of_both(newest, &Story::compose(audited), label, today).unwrap_or_else(|error| {
        let reasons = vec![Reason { text: error.to_string(), log_index: None }];
        Judgement { verdict: Verdict::SignatureInvalid, reasons }
    })
}

/// One question about one trace, with the policy, date and time of the answer.
struct Reading<'a> {
    question: &'a Question,
    policy: &'a TrustPolicy,
    /// Remarks that are printed with any verdict.
    remarks: Vec<String>,
    today: Date,
    now: CosignTime,
    arguments: &'a Verify,
}

impl Reading<'_> {
    fn remarks(&self, story: Option<&Story<'_>>) -> Vec<String> {
        let of_label = headwater_words::label::remarks(&self.question.label, story, self.today);
        self.remarks.iter().cloned().chain(of_label).collect()
    }

    fn say_no(&self, judgement: &Judgement) -> anyhow::Result<ExitCode> {
        let remarks = self.remarks(None);
        if self.arguments.json {
            print_json(&json!({
                "verdict": judgement.verdict,
                "reasons": judgement.reasons,
                "remarks": remarks,
                "subject": self.question.query.subject.to_string(),
            }))?;
        } else {
            let lines = reasons(judgement);
            print(&format!("{}\n{lines}{}", output::verdict(judgement.verdict), lines_of(&remarks)))?;
        }
        Ok(ExitCode::from(exit_code(judgement.verdict)))
    }

    fn tell(&self, trace: &VerifiedTrace, audited: Option<&VerifiedTrace>) -> anyhow::Result<ExitCode> {
        let story = Story::compose(trace);
        let judgement = judgement(&story, audited, &self.question.label, self.today);
        if judgement.verdict == Verdict::SignatureInvalid {
            return self.say_no(&judgement);
        }
        let remarks = self.remarks(Some(&story));
        let looks = self.arguments.scans.as_deref().map(|path| Looks::read(path, &story)).transpose()?;
        let attachments = match &self.arguments.attachments {
            None => Vec::new(),
            Some(folder) => attachments::check(&story, folder).with_context(|| folder.display().to_string())?,
        };
        let altered = attachments.iter().any(|file| file.state.is_wrong());
        let age = trace.age(self.now);
        let is_shown = judgement.verdict.is_shown_at(age, self.arguments.max_age);
        if self.arguments.json {
            let mut document = timeline::document(&story, &judgement);
            timeline::add_age(&mut document, is_shown, age);
            if self.arguments.attachments.is_some() {
                document["attachments"] = serde_json::to_value(&attachments)?;
            }
            if let Some(looks) = &looks {
                document["scans"] = json!({"count": looks.count, "notes": looks.notes});
            }
            document["remarks"] = remarks.into();
            document["ledger"] = self.policy.ledger_id().to_string().into();
            print_json(&document)?;
        } else {
            print(&format!(
                "{}\n{}\n{}  {}\n{}{}{}{}{}\n",
                self.question.query.subject,
                timeline::lines(&story),
                timeline::heading(is_shown, age),
                output::verdict(judgement.verdict),
                reasons(&judgement),
                lines_of(&remarks),
                files(&attachments),
                looks.map(|looks| looks.to_string()).unwrap_or_default(),
                timeline::state(trace, age)
            ))?;
        }
        Ok(ExitCode::from(match judgement.verdict {
            _ if !is_shown => NOT_CHECKED,
            verdict if altered && exit_code(verdict) == 0 => REFUSED,
            verdict => exit_code(verdict),
        }))
    }
}

/// Notes about a scan log and a story; they change no verdict.
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
        writeln!(f, "looks in the scan log: {}; they are not signed, and change no verdict", self.count)?;
        self.notes.iter().try_for_each(|note| writeln!(f, "  {note}"))
    }
}

/// Formats the reasons of a judgement, one on each line.
pub fn reasons(judgement: &Judgement) -> String {
    let line = |reason: &Reason| match reason.log_index {
        Some(index) => format!("  {} (entry {index})\n", reason.text),
        None => format!("  {}\n", reason.text),
    };
    judgement.reasons.iter().map(line).collect()
}

/// Formats remarks, one on each line.
pub fn lines_of(remarks: &[String]) -> String {
    remarks.iter().map(|remark| format!("  remark: {remark}\n")).collect()
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
            attachments::State::OtherSize => {
                format!("  {name} {short} (entry {}): announced with another size\n", file.log_index)
            }
            attachments::State::Absent => format!("  {name} {short} (entry {}): not in the folder\n", file.log_index),
        }
    };
    attachments.iter().map(line).collect()
}

fn verify_evidence(place: &str, kind: EvidenceKind, policy: &TrustPolicy, json: bool) -> anyhow::Result<ExitCode> {
    let bytes = &fetch::read(place)?;
    if let Some(mistake) = Mistake::of_bytes(place, bytes, kind) {
        return mistaken(&mistake, json);
    }
    let proven = match kind {
        EvidenceKind::Receipt => {
            Receipt::parse(bytes).map_err(Into::into).and_then(|receipt| receipt.verify(policy)).map(|receipt| {
                let counts: Vec<String> =
                    receipt.counts().iter().map(|(subject, count)| format!("{subject} #{count}")).collect();
                let place = receipt.log_index();
                if counts.is_empty() {
                    return format!("entry {place} is in the log; the receipt proves nothing about its subjects");
                }
                format!("entry {place} is in the log and on {}", counts.join(", "))
            })
        }
        EvidenceKind::Fork => {
            ForkProof::parse(bytes).map_err(Into::into).and_then(|proof| proof.verify(policy)).map(|fork| {
                format!(
                    "the log signed two histories of size {}: roots {} and {}",
                    fork.size(),
                    fork.roots()[0],
                    fork.roots()[1]
                )
            })
        }
        EvidenceKind::Omission => {
            OmissionProof::parse(bytes).map_err(Into::into).and_then(|proof| proof.verify(policy)).map(|lie| lied(&lie))
        }
        EvidenceKind::Trace => bail!("a trace is verified for a subject"),
    };
    let (code, text) = match proven {
        Ok(text) => (0, text),
        Err(error) => (REFUSED, format!("proves nothing under this policy: {}", chain(&error))),
    };
    if json {
        print_json(&json!({"holds": code == 0, "says": text}))?;
    } else {
        print(&format!("{text}\n"))?;
    }
    Ok(ExitCode::from(code))
}

/// Describes a lie of the index in one clause.
pub fn lied(lie: &IndexLie) -> String {
    match lie.lie() {
        Lie::Omitted { subject, log_index } => {
            format!("the index leaves entry {log_index} out of the chain of {subject}")
        }
        Lie::Phantom { subject, log_index } => {
            format!("the index puts into the chain of {subject} what entry {log_index} is not")
        }
        Lie::Root { log_index, expected, found } => {
            format!(
                "the index head at {log_index} states root {found}; from what the one before it states, the entries lead to {expected}: one of the two is wrong"
            )
        }
    }
}
