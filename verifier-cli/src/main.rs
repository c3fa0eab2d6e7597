//! `verifier-cli`: verifies evidence, and reports what the evidence proves.

use headwater_key::new_file::{NewFile, Readers};
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::Parser as _;
use headwater_event::causes::chain;
use headwater_event::codec::Message as _;
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::note::{KeyKind, NoteSigner};
use headwater_tlog::tree::TreeSize;
use headwater_trace::evidence::ForkProof;
use headwater_trace::policy::TrustPolicy;
use indicatif::ProgressBar;
use verifier_cli::audit::{AuditFailure, AuditSettings};
use verifier_cli::fetch::{self, Remote};
use verifier_cli::mirror::{Mirror, MirrorError, RolledBack};
use verifier_cli::report::Report;
use verifier_cli::vouched::Vouched;

use crate::arguments::{Arguments, Audit, Command, Log};
use crate::output::{bad, good, note, print, print_json, progress};

mod arguments;
mod inspect;
mod judge;
mod output;
mod qr;
mod question;

/// Exit code for a bad argument, a question without a subject, or bytes that `inspect` cannot read.
const USAGE: u8 = 2;
/// Exit code for evidence, a ledger or a log that does not check out.
const REFUSED: u8 = 3;
/// Exit code for a verdict that rests on absent records, at a checkpoint that is too old or dated in the future. An audit with this code
/// did not cosign a checkpoint dated in the future.
const NOT_CHECKED: u8 = 7;
/// Exit code for an audit under a policy whose quorum has not cosigned the checkpoint.
const IN_PART: u8 = 9;
/// Exit code for an audit that met an entry of a newer format.
const NEWER: u8 = 10;
/// Exit code for a log that serves an older checkpoint than it signed before.
const ROLLED_BACK: u8 = 11;
/// Exit code for bytes that are not the expected evidence, or that are about another subject than the question.
const NOT_AN_ANSWER: u8 = 8;

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            note(&chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn now_s() -> anyhow::Result<CosignTime> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    CosignTime::new(since.as_secs()).context("the clock is too far ahead")
}

fn policy(path: &Path) -> anyhow::Result<TrustPolicy> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    TrustPolicy::parse(&text).with_context(|| format!("{}", path.display()))
}

fn usage(text: &str) -> anyhow::Result<ExitCode> {
    note(text);
    Ok(ExitCode::from(USAGE))
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Verify(arguments) => judge::run(&arguments),
        Command::Audit(arguments) => audit(&arguments),
        Command::Mirror { url, folder, policy: path, evidence } => {
            let policy = policy(&path)?;
            match grow(url.as_str(), &folder, &policy, &progress(false)?) {
                Ok(size) => {
                    print(&format!("{}: {size} entries\n", folder.display()))?;
                    Ok(ExitCode::SUCCESS)
                }
                Err(MirrorError::Fork(proof)) => forked(&proof, &evidence, &path),
                Err(MirrorError::RolledBack(behind)) => Ok(rolled_back(behind)),
                Err(error @ (MirrorError::Fetch(_) | MirrorError::File { .. })) => Err(error.into()),
                Err(error) => refused(&error.into()),
            }
        }
        Command::Inspect { place } => match inspect::document(&fetch::read(&place)?) {
            Some(document) => {
                print_json(&document)?;
                Ok(ExitCode::SUCCESS)
            }
            None => usage("this version reads no such bytes"),
        },
        Command::Qr(arguments) => qr::run(&arguments),
        Command::NewKey { path, name } => {
            let seed = headwater_key::generate()?;
            let secret = headwater_tlog::key::SecretKey::from_seed(&seed);
            let signer = NoteSigner::new(name.as_str(), KeyKind::Cosigner, secret)?;
            headwater_key::write(&path, &seed)?;
            print(&format!("{}\n", signer.key()))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn hear(bar: &ProgressBar, what: &'static str) -> impl FnMut(TreeSize, TreeSize) {
    bar.set_message(what);
    move |done, of| {
        bar.set_length(of.get());
        bar.set_position(done.get());
    }
}

fn grow(url: &str, folder: &Path, policy: &TrustPolicy, bar: &ProgressBar) -> Result<TreeSize, MirrorError> {
    let grown = Mirror::at(folder).grow(Remote::new(url), policy, hear(bar, "copying"));
    bar.finish_and_clear();
    grown.map(|checkpoint| checkpoint.size())
}

fn audit(arguments: &Audit) -> anyhow::Result<ExitCode> {
    let policy = policy(&arguments.policy)?;
    let cosigner = match (&arguments.cosign, &arguments.name) {
        (Some(path), Some(name)) => {
            Some(NoteSigner::new(name.as_str(), KeyKind::Cosigner, headwater_key::read(path)?)?)
        }
        _ => None,
    };
    if cosigner.is_some() && matches!(arguments.place, Log::Folder(_)) {
        return usage("a cosignature is handed to the node: --cosign needs the URL of the log");
    }
    let bar = progress(arguments.json)?;
    let now = now_s()?;
    // The file of newest checkpoints is locked until the audit ends.
    let mut vouched = match (&arguments.cosign, &arguments.state) {
        (None, _) => None,
        (Some(_), Some(file)) => Some(Vouched::open(file, &policy)?),
        (Some(key), None) => Some(Vouched::open(&Vouched::beside(key, &policy.ledger_id()), &policy)?),
    };
    if vouched.as_ref().is_some_and(|vouched| vouched.newest().is_none()) {
        note("this is the first cosignature of this key for this ledger: no file says that there was another");
    }
    let settings = AuditSettings { policy: &policy, vouched: vouched.as_ref() };
    let mirror = match (&arguments.place, &arguments.mirror) {
        (Log::Url(url), Some(folder)) => {
            match grow(url.as_str(), folder, &policy, &bar) {
                Ok(_) => {}
                Err(MirrorError::Fork(proof)) => return forked(&proof, &arguments.evidence, &arguments.policy),
                Err(MirrorError::RolledBack(behind)) => return Ok(rolled_back(behind)),
                Err(error @ (MirrorError::Fetch(_) | MirrorError::File { .. })) => return Err(error.into()),
                Err(error) => return refused(&error.into()),
            }
            Some(folder.clone())
        }
        (Log::Folder(_), Some(_)) => return usage("--mirror copies the log at a URL; a directory is a mirror already"),
        (Log::Url(_), None) => None,
        (Log::Folder(folder), None) => Some(folder.clone()),
    };
    let html = arguments.html.as_ref().map(|path| NewFile::create(path, Readers::All)).transpose()?;
    let audited = match (&arguments.place, &mirror) {
        (Log::Url(url), None) => settings.audit_url(url.as_str(), hear(&bar, "auditing")),
        (Log::Folder(folder), _) | (Log::Url(_), Some(folder)) => {
            settings.audit_mirror(held(folder, arguments.anew), hear(&bar, "auditing"))
        }
    };
    bar.finish_and_clear();
    let report = match audited {
        Ok(report) => report,
        Err(AuditFailure::Unreadable(error)) => return Err(error),
        Err(AuditFailure::Refused(error)) => return refused(&error),
        Err(error @ AuditFailure::Newer { .. }) => {
            note(&error.to_string());
            return Ok(ExitCode::from(NEWER));
        }
        Err(AuditFailure::RolledBack(behind)) => return Ok(rolled_back(behind)),
        Err(AuditFailure::Fork(proof)) => return forked(&proof, &arguments.evidence, &arguments.policy),
        Err(AuditFailure::Omission { source, proof }) => {
            note(&format!("{}: {}", bad("the index lies"), chain(&source)));
            return accused(&proof.encode(), &arguments.evidence, "omission", &arguments.policy);
        }
    };
    if cosigner.is_some() && !report.is_cosigned_at(now) {
        note(&format!("the checkpoint is {}, and is not cosigned", report.age(now)));
        return Ok(ExitCode::from(NOT_CHECKED));
    }
    if let (Log::Url(url), Some(cosigner), Some(vouched)) = (&arguments.place, &cosigner, &mut vouched) {
        Remote::new(url.as_str()).add_cosignatures(&vouched.cosign(&report, cosigner, now_s()?)?)?;
    }
    if let Some(folder) = &mirror {
        Mirror::at(folder).set_audited(&report.note)?;
    }
    if let Some(html) = html {
        html.keep(report.html(now).as_bytes())?;
    }
    print_report(&report, now, cosigner.is_some(), arguments.json)
}

/// Opens the mirror in a folder. Its earlier audit counts, unless `anew` asks for a complete audit.
fn held(folder: &Path, anew: bool) -> Mirror {
    let mirror = Mirror::at(folder);
    if anew { mirror.unaudited() } else { mirror }
}

fn print_report(report: &Report, now: CosignTime, was_cosigned: bool, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        let mut document = report.document(now);
        document["cosigned"] = was_cosigned.into();
        print_json(&document)?;
    } else {
        let cosigned = if was_cosigned { "  cosigned\n" } else { "" };
        print(&format!("{}{cosigned}", report.lines(now).replacen("check out", &good("check out"), 1)))?;
    }
    // A cosigner does not wait for a quorum, which may wait for the cosigner.
    Ok(if report.outstanding.is_some() && !was_cosigned { ExitCode::from(IN_PART) } else { ExitCode::SUCCESS })
}

fn refused(error: &anyhow::Error) -> anyhow::Result<ExitCode> {
    note(&format!("{}: {}", bad("does not check out"), chain(error.as_ref())));
    Ok(ExitCode::from(REFUSED))
}

fn rolled_back(behind: RolledBack) -> ExitCode {
    note(&format!("{}: {behind}", bad("rolled back")));
    ExitCode::from(ROLLED_BACK)
}

fn forked(proof: &ForkProof, evidence: &Path, policy: &Path) -> anyhow::Result<ExitCode> {
    note(&format!("{}: it signed two histories", bad("the log forked")));
    accused(&proof.encode(), evidence, "fork", policy)
}

/// Writes the proof that a log lied to a new file, whose extension names the kind of proof.
fn accused(proof: &[u8], evidence: &Path, kind: &str, policy: &Path) -> anyhow::Result<ExitCode> {
    let file = NewFile::create_beside(&evidence.with_extension(kind), Readers::All)?;
    let path = file.path().to_owned();
    file.keep(proof)?;
    let (path, policy) = (path.display(), policy.display());
    note(&format!("the proof is {path}; anyone checks it with: verifier-cli verify {path} --policy {policy}"));
    Ok(ExitCode::from(REFUSED))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_examples_of_the_help_are_commands() {
        let examples = headwater_testing::help::examples(&Arguments::command());
        assert!(examples.len() >= 10, "{}", examples.len());
        for words in examples {
            Arguments::try_parse_from(&words).unwrap_or_else(|error| panic!("{}: {error}", words.join(" ")));
        }
    }
}
