//! `verifier-cli`: checks evidence, and says what it proves.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand, ValueEnum};
use headwater_event::digital_link::DigitalLink;
use headwater_event::entry::Entry;
use headwater_event::event::Event;
use headwater_event::subject::Subject;
use headwater_event::text::Date;
use headwater_label::Symbol;
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::note::{KeyKind, NoteSigner};
use headwater_trace::evidence::{ForkProof, IndexLie, OmissionProof, Receipt};
use headwater_trace::policy::TrustPolicy;
use headwater_trace::story::Story;
use headwater_trace::trace::Trace;
use headwater_trace::verdict::{Judgement, Label, Verdict};
use headwater_trace::verify::verify;
use headwater_trace::walk::Asked;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use verifier_cli::audit::audit;
use verifier_cli::{fetch, timeline};

/// Usage: a bad argument.
const USAGE: u8 = 2;
/// It does not check out.
const REFUSED: u8 = 3;
/// A valid verdict from a checkpoint that is too old.
const NOT_CHECKED: u8 = 7;

/// Checks traces, receipts, proofs and whole ledgers, and believes nobody.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  verifier-cli verify milk.trace --policy policy --subject https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Trace,
    Receipt,
    Fork,
    Omission,
}

#[derive(Subcommand)]
enum Command {
    /// Verifies a trace, receipt, fork proof or omission proof, from a file or URL.
    #[command(
        after_help = "Example:\n  verifier-cli verify http://localhost:8080/trace/01/09526543000013/21/7KQ2M9XW4T --policy policy --subject 01/09526543000013/21/7KQ2M9XW4T\n  verifier-cli verify lied.omission --policy policy"
    )]
    Verify {
        /// A file, - for standard input, or a URL.
        place: String,
        /// What the trace is about: a Digital Link or subject key. It never comes from the file.
        #[arg(long)]
        subject: Option<String>,
        /// The policy that pins log, witnesses and ledger.
        #[arg(long, env = "HEADWATER_POLICY")]
        policy: PathBuf,
        /// What the bytes are, when the name does not end in .trace, .receipt, .fork or .omission.
        #[arg(long = "as")]
        kind: Option<Kind>,
        /// The day where the scan happens, YYYY-MM-DD; without it today in UTC.
        #[arg(long)]
        today: Option<String>,
        /// The highest age of the checkpoint in seconds.
        #[arg(long, default_value_t = 86_400)]
        max_age: u64,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Audits a whole ledger over its tiles.
    #[command(
        after_help = "Example:\n  verifier-cli audit http://localhost:8080 --policy policy --cosign auditor.key --name auditor.example"
    )]
    Audit {
        /// The URL of the log.
        url: String,
        /// The policy that pins log, witnesses and ledger.
        #[arg(long, env = "HEADWATER_POLICY")]
        policy: PathBuf,
        /// Cosigns the checkpoint with this key file, and hands the cosignature to the node.
        #[arg(long, requires = "name")]
        cosign: Option<PathBuf>,
        /// The name that the cosigner goes by.
        #[arg(long)]
        name: Option<String>,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Prints any of our bytes as JSON, without verifying them.
    #[command(after_help = "Example:\n  verifier-cli inspect milk.trace")]
    Inspect {
        /// A file, - for standard input, or a URL.
        place: String,
    },
    /// Draws a product's link as a QR code.
    #[command(
        after_help = "Example:\n  verifier-cli qr https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T --svg label.svg"
    )]
    Qr {
        /// The Digital Link.
        link: String,
        /// Writes SVG to this file; without it the code is drawn in the terminal.
        #[arg(long)]
        svg: Option<PathBuf>,
    },
    /// Makes a cosigner's key, and prints its vkey for policies.
    #[command(after_help = "Example:\n  verifier-cli new-key auditor.key --name auditor.example")]
    NewKey {
        /// The key file; it must not exist.
        path: PathBuf,
        /// The name that the cosigner goes by.
        #[arg(long)]
        name: String,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "verifier-cli: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Writes data. A reader that has gone away changes nothing about what was found.
fn print(text: &str) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn print_json(document: &Value) -> anyhow::Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(document)?))
}

fn now_s() -> anyhow::Result<CosignTime> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    CosignTime::new(since.as_secs()).context("the clock is too far ahead")
}

fn policy(path: &PathBuf) -> anyhow::Result<TrustPolicy> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    TrustPolicy::parse(&text).with_context(|| format!("{}", path.display()))
}

/// What is asked for, and what its label says.
fn asked(subject: &str) -> anyhow::Result<(Asked, Label)> {
    if let Ok(subject) = Subject::parse(subject) {
        return Ok((Asked { subject, lot: None }, Label::default()));
    }
    let link =
        DigitalLink::parse(subject).with_context(|| format!("{subject:?} is no subject key and no Digital Link"))?;
    let named = link.subject().with_context(|| format!("{subject:?} names no subject"))?;
    let lot = link.lot().filter(|lot| *lot != named);
    let number = match &lot {
        Some(Subject::Lot(_, number)) => Some(number.clone()),
        _ => None,
    };
    let use_by = link.expiry().and_then(|date| Date::parse(&date.to_string()).ok());
    Ok((Asked { subject: named, lot }, Label { lot: number, use_by }))
}

fn exit_code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Valid => 0,
        Verdict::SignatureInvalid => REFUSED,
        Verdict::UnknownId => 4,
        Verdict::Recalled => 5,
        Verdict::NewerFormat | Verdict::Incomplete => 9,
        _ => 6,
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Verify { place, subject, policy: path, kind, today, max_age, json } => {
            let policy = policy(&path)?;
            let bytes = fetch::read(&place)?;
            match kind.or_else(|| kind_of(&place)) {
                Some(Kind::Trace) | None => {
                    let Some(subject) = subject else {
                        return usage("a trace is verified for a subject: --subject URI");
                    };
                    let Ok((asked, label)) = asked(&subject) else {
                        return usage(&format!("{subject:?} is no subject key and no Digital Link"));
                    };
                    verify_trace(&bytes, &asked, &label, &policy, today.as_deref(), max_age, json)
                }
                Some(kind) => verify_evidence(&bytes, kind, &policy, json),
            }
        }
        Command::Audit { url, policy: path, cosign, name, json } => {
            let cosigner = match (cosign, name) {
                (Some(path), Some(name)) => {
                    Some(NoteSigner::new(&name, KeyKind::Cosigner, headwater_key::read(&path)?)?)
                }
                _ => None,
            };
            let progress =
                if json || !io::stderr().is_terminal() { ProgressBar::hidden() } else { ProgressBar::new(0) };
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} entries, {per_sec}, {eta} left") {
                progress.set_style(style);
            }
            let report = match audit(&url, &policy(&path)?, now_s()?, cosigner.as_ref(), &progress) {
                Ok(report) => report,
                Err(error) if error.downcast_ref::<fetch::FetchError>().is_some() => return Err(error),
                Err(error) => {
                    let _ = writeln!(io::stderr(), "does not check out: {error:#}");
                    return Ok(ExitCode::from(REFUSED));
                }
            };
            if json {
                print_json(&json!({
                    "origin": report.origin,
                    "size": report.size.to_string(),
                    "root": report.root,
                    "subjects": report.subjects.to_string(),
                    "milliseconds": report.milliseconds.to_string(),
                    "cosigned": report.cosigned,
                }))?;
            } else {
                let cosigned = if report.cosigned { "; cosigned" } else { "" };
                print(&format!(
                    "{}: {} entries and {} subjects check out in {} ms{cosigned}\nroot {}\n",
                    report.origin, report.size, report.subjects, report.milliseconds, report.root
                ))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Inspect { place } => inspect(&fetch::read(&place)?),
        Command::Qr { link, svg } => {
            if DigitalLink::parse(&link).is_err() {
                return usage(&format!("{link:?} is no Digital Link"));
            }
            let symbol = Symbol::encode(&link)?;
            match svg {
                Some(path) => std::fs::write(&path, symbol.to_svg()).with_context(|| format!("{}", path.display()))?,
                None => print(&symbol.to_terminal())?,
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::NewKey { path, name } => {
            let seed = headwater_key::generate()?;
            let secret = headwater_tlog::key::SecretKey::from_seed(&seed);
            let signer = NoteSigner::new(&name, KeyKind::Cosigner, secret)?;
            headwater_key::write(&path, &seed)?;
            print(&format!("{}\n", signer.key()))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn usage(text: &str) -> anyhow::Result<ExitCode> {
    let _ = writeln!(io::stderr(), "verifier-cli: {text}");
    Ok(ExitCode::from(USAGE))
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

fn verify_trace(
    bytes: &[u8],
    asked: &Asked,
    label: &Label,
    policy: &TrustPolicy,
    today: Option<&str>,
    max_age_s: u64,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let now = now_s()?;
    let today = match today {
        Some(day) => Date::parse(day)?,
        None => Date::of_ms(now.seconds() * 1000, 0).context("the clock is too far ahead")?,
    };
    let trace = match verify(bytes, asked, policy, now) {
        Ok(trace) => trace,
        Err(error) => {
            let judgement = Judgement::refused(&error);
            if json {
                print_json(
                    &json!({"verdict": judgement.verdict, "reasons": judgement.reasons, "subject": asked.subject.to_string()}),
                )?;
            } else {
                print(&format!("{}\n{}", judgement.verdict, reasons(&judgement)))?;
            }
            return Ok(ExitCode::from(exit_code(judgement.verdict)));
        }
    };
    let story = Story::compose(&trace);
    let judgement = Judgement::of(&story, label, today);
    let seen_s = trace.checkpoint().quorum_time().map_or(trace.index_head_ms() / 1000, CosignTime::seconds);
    let age_s = now.seconds().saturating_sub(seen_s);
    let stale = age_s > max_age_s && exit_code(judgement.verdict) == 0;
    if json {
        let mut document = timeline::document(&story, &judgement);
        document["state"] = if stale { "unchecked".into() } else { "checked".into() };
        document["age_seconds"] = age_s.to_string().into();
        print_json(&document)?;
    } else {
        let size = trace.checkpoint().checkpoint().size().get();
        print(&format!(
            "{}\n{}\n{}  {}\n{}checkpoint of {size} entries, {age_s} s old\n",
            asked.subject,
            timeline::lines(&story),
            if stale { "NOT CHECKED: the checkpoint is too old;" } else { "verdict" },
            judgement.verdict,
            reasons(&judgement)
        ))?;
    }
    Ok(ExitCode::from(if stale { NOT_CHECKED } else { exit_code(judgement.verdict) }))
}

fn reasons(judgement: &Judgement) -> String {
    let line = |reason: &headwater_trace::verdict::Reason| match reason.log_index {
        Some(index) => format!("  {} (entry {index})\n", reason.text),
        None => format!("  {}\n", reason.text),
    };
    judgement.reasons.iter().map(line).collect()
}

fn verify_evidence(bytes: &[u8], kind: Kind, policy: &TrustPolicy, json: bool) -> anyhow::Result<ExitCode> {
    let now = now_s()?;
    let proven = match kind {
        Kind::Receipt => {
            Receipt::parse(bytes).map_err(Into::into).and_then(|receipt| receipt.verify(policy, now)).map(|receipt| {
                let counts: Vec<String> =
                    receipt.counts.iter().map(|(subject, count)| format!("{subject} #{count}")).collect();
                format!("entry {} is in the log and on {}", receipt.entry.log_index.get(), counts.join(", "))
            })
        }
        Kind::Fork => ForkProof::parse(bytes).map_err(Into::into).and_then(|proof| proof.verify(policy)).map(|fork| {
            format!("the log signed two histories of size {}: roots {} and {}", fork.size, fork.roots[0], fork.roots[1])
        }),
        Kind::Omission => OmissionProof::parse(bytes).map_err(Into::into).and_then(|proof| proof.verify(policy)).map(
            |lie| match lie {
                IndexLie::Omitted { subject, log_index } => {
                    format!("the index leaves entry {log_index} out of the chain of {subject}")
                }
                IndexLie::Phantom { subject, log_index } => {
                    format!("the index puts into the chain of {subject} what entry {log_index} is not")
                }
            },
        ),
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

fn inspect(bytes: &[u8]) -> anyhow::Result<ExitCode> {
    let document = if let Ok(trace) = Trace::parse(bytes) {
        let entry = |bytes: &[u8]| Entry::parse(bytes).ok().map(|entry| entry_document(&entry));
        json!({
            "trace": {
                "checkpoint": String::from_utf8_lossy(&trace.checkpoint),
                "genesis": entry(&trace.genesis.entry),
                "index_head": entry(&trace.index_head.entry),
                "subjects": trace.subjects,
                "entries": trace.entries.iter().map(|e| json!({"log_index": e.log_index, "entry": entry(&e.entry)})).collect::<Vec<_>>(),
                "anchors": trace.anchors.len(),
            }
        })
    } else if let Ok(receipt) = Receipt::parse(bytes) {
        json!({"receipt": {"checkpoint": String::from_utf8_lossy(&receipt.checkpoint), "subjects": receipt.subjects}})
    } else if let Ok(entry) = Entry::parse(bytes) {
        json!({"entry": entry_document(&entry)})
    } else if let Ok(event) = Event::parse(bytes) {
        json!({"event": event})
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        json!({"text": text})
    } else {
        return usage("these are none of our bytes");
    };
    print_json(&document)?;
    Ok(ExitCode::SUCCESS)
}

fn entry_document(entry: &Entry) -> Value {
    use headwater_event::entry::Body;
    let body = match &entry.body {
        Body::SignedEvent(signed) => match Event::parse(&signed.event) {
            Ok(event) => json!({"event": event, "signature": signed.signature}),
            Err(error) => json!({"malformed": error.to_string()}),
        },
        other => json!(other),
    };
    json!({"recorded_at_ms": entry.recorded_at_ms, "body": body})
}
