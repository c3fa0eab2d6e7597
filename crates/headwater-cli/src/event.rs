//! `headwater event`: signs an event, from flags or from a file.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, Subcommand};
use headwater_client::draft::{Assignment, Draft, OccurredAt};
use headwater_event::event::{Event, SubjectRefDraft};
use headwater_event::kind::Kind;
use headwater_event::kind::correction::CorrectionDraft;
use headwater_event::place::{LangText, PlaceDraft};
use headwater_event::subject::PartyKey;
use headwater_event::text::Date;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::kinds::{self, About, KindPart};
use crate::lift;
use crate::signer::Signer;
use crate::values::{named, place, scalar, subject, text, texts, value};
use crate::{now_ms, print, read_text};

#[derive(Subcommand)]
pub enum EventCommand {
    /// Record the production of a lot.
    #[command(
        after_help = "Example:\n  headwater event production --subject \"01/09526543000013/10/L26-0417=900 kg\" --date 2026-04-17 --country NL --expiry 2027-12-31 --place \"NL, Polderdijk 12\""
    )]
    Production(With<kinds::Production>),
    /// Record that items got their serials; the items are the subjects.
    #[command(
        after_help = "Example:\n  headwater event commissioning --lot 01/09526543000013/10/L26-0417 --batch B-17 --subject 01/09526543000013/21/7KQ2M9XW4T"
    )]
    Commissioning(With<kinds::Commissioning>),
    /// Record that a sticker was issued, applied, voided or claimed.
    #[command(
        after_help = "Example:\n  headwater event sticker --action applied --tamper-id SEAL-1 --subject 01/09526543000013/21/7KQ2M9XW4T"
    )]
    Sticker(With<kinds::Sticker>),
    /// Record that goods left or arrived.
    #[command(
        alias = "shipment_leg",
        after_help = "Example:\n  headwater event shipment --departure --leg FLIGHT-1 --from AMS --to HGH --awb 176-12345675 --flight KL0895 --flight-date 2026-04-21 --subject 00/195265430000000010 --principal 417/9526543000105"
    )]
    Shipment(Box<With<kinds::Shipment>>),
    /// Record that goods were received, stored, sent, delivered, sold, returned or destroyed.
    #[command(
        after_help = "Example:\n  headwater event distribution --action deliver --from-party 417/9525555000103 --place \"CN, Hangzhou\" --subject 01/09526543000013/21/7KQ2M9XW4T --principal 417/9526543000105"
    )]
    Distribution(With<kinds::Distribution>),
    /// Record a new status of a customs declaration.
    #[command(
        alias = "customs_clearance",
        after_help = "Example:\n  headwater event customs --status released --declaration 224820261000012345 --jurisdiction CN --direction import --office 2248 --regime 1210 --line \"0402210000 2022 NL 10.8 kg\" --subject 00/195265430000000010"
    )]
    Customs(With<kinds::Customs>),
    /// Record a laboratory's test of a sample.
    #[command(
        alias = "lab_inspection",
        after_help = "Example:\n  headwater event inspection --subject 01/09526543000013/10/L26-0417 --report report.pdf --report-no RPT-42 --accreditation RvA:L042:2025-01-01:2028-12-31 --sample S-1 --sampled 2026-04-17 --performed 2026-04-18..2026-04-19 --test \"aflatoxin M1 = 0.008 µg/kg; limit <= 0.050 µg/kg; method ISO 14501\" --pass"
    )]
    Inspection(With<kinds::Inspection>),
    /// Record a statement of conformity.
    #[command(
        after_help = "Example:\n  headwater event certification --certificate-no DI-1 --standard \"GB 19644-2024\" --statement \"quality approved\" --start 2026-04-22 --end 2027-12-31 --accreditation CNAS:IB0001:2025-01-01:2029-12-31 --subject 01/09526543000013/10/L26-0417"
    )]
    Certification(With<kinds::Certification>),
    /// Record that goods went into a logistic unit, or came out; the goods are the subjects.
    #[command(
        after_help = "Example:\n  headwater event aggregation --add --parent 00/195265430000000010 --subject 01/09526543000013/21/7KQ2M9XW4T --place NL"
    )]
    Aggregation(With<kinds::Aggregation>),
    /// Record that goods became other goods.
    #[command(
        after_help = "Example:\n  headwater event transformation --input \"01/09526543000013/10/A=10 kg\" --output \"01/09526543000013/10/B=10 kg\" --place NL"
    )]
    Transformation(With<kinds::Transformation>),
    /// Record a recall, or with --lift its end.
    #[command(
        after_help = "Example:\n  headwater event recall --recall-no R-1 --severity high --risk foreign_body --reason \"pieces of a seal\" --action \"bring it back\" --subject 01/09526543000013/10/L26-0399"
    )]
    Recall(With<kinds::Recall>),
    /// Correct an earlier event that was wrong.
    #[command(after_help = "Example:\n  headwater event correction --of 019d9c2e-….receipt --reason did_not_occur")]
    Correction(With<kinds::Correction>),
    /// Record the origin of a product as shoppers see it.
    #[command(
        alias = "origin_content",
        after_help = "Example:\n  headwater event origin --name \"Polder milk powder\" --name zh=奶粉 --brand Polderlicht --film cows.mp4 --subject 01/09526543000013"
    )]
    Origin(With<kinds::Origin>),
    /// Record rights of parties, from a file; `headwater party` and `headwater delegate` have flags.
    #[command(
        alias = "party_event",
        after_help = "Example:\n  headwater event party --template > points.yaml\n  headwater event party points.yaml"
    )]
    Party(With<NoFlags>),
}

#[derive(Args)]
pub struct NoFlags {}

/// Arguments that every kind of event takes.
#[derive(Args)]
pub struct With<K: Args> {
    /// YAML or JSON file that holds the whole event; - for standard input. Beside a file, only --set changes fields.
    file: Option<PathBuf>,
    /// Print a file to start from, and do nothing else.
    #[arg(long)]
    template: bool,
    /// Subject: KEY, KEY=AMOUNT UNIT for a part of a lot, or KEY@LOT for an item with its lot. May be given more than once.
    #[arg(long, value_parser = subject)]
    subject: Vec<SubjectRefDraft>,
    /// Time of the event with an offset, such as 2026-04-17T05:20:00+02:00; without this flag, now.
    #[arg(long, value_parser = value::<OccurredAt>)]
    at: Option<OccurredAt>,
    /// Location: an airport, a UN/LOCODE, a GLN, or "NL, Polderdijk 12".
    #[arg(long, value_parser = place)]
    place: Option<PlaceDraft>,
    /// Principal: the party for which you act, when the goods belong to another party.
    #[arg(long, value_parser = value::<PartyKey>)]
    principal: Option<PartyKey>,
    /// File whose hash goes into the event.
    #[arg(long)]
    attach: Vec<PathBuf>,
    /// Note for readers, as TEXT or LANG=TEXT.
    #[arg(long, value_parser = text)]
    note: Vec<LangText>,
    /// Set any field: PATH=VALUE, such as body.production.species="Bos taurus".
    #[arg(long, value_name = "PATH=VALUE", value_parser = Assignment::parse)]
    set: Vec<Assignment>,
    #[command(flatten)]
    kind: K,
    #[command(flatten)]
    signer: Signer,
}

/// Refuses flags that would be lost: beside a file, `--set` and the flags of the signer alone have an effect.
pub fn refuse_flags_beside_a_file(matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some(("event", matches)) = matches.subcommand() else { return Ok(()) };
    let Some((kind, given)) = matches.subcommand() else { return Ok(()) };
    let is_given = |name: &str| given.value_source(name) == Some(ValueSource::CommandLine);
    let mut all = EventCommand::augment_subcommands(Command::new("event"));
    let Some(command) = all.find_subcommand_mut(kind).filter(|_| is_given("file")) else { return Ok(()) };
    let signer = Signer::augment_args(Command::new("signer"));
    let kept = |name: &str| {
        ["file", "template", "set"].contains(&name) || signer.get_arguments().any(|of| of.get_id() == name)
    };
    let lost = command.get_arguments().find(|flag| !kept(flag.get_id().as_str()) && is_given(flag.get_id().as_str()));
    match lost.and_then(|flag| flag.get_long()).map(str::to_owned) {
        Some(flag) => {
            let why = format!("--{flag}: a file holds the whole event; change a field of the file with --set");
            Err(command.error(ErrorKind::ArgumentConflict, why))
        }
        None => Ok(()),
    }
}

pub fn run(command: EventCommand) -> anyhow::Result<()> {
    match command {
        EventCommand::Production(with) => with.run(Kind::Production, |kind, _| Ok(kind.part())),
        EventCommand::Commissioning(with) => with.run(Kind::Commissioning, |kind, _| Ok(kind.part())),
        EventCommand::Sticker(with) => with.run(Kind::Sticker, |kind, _| Ok(kind.part())),
        EventCommand::Shipment(with) => with.run(Kind::ShipmentLeg, |kind, _| kind.part()),
        EventCommand::Distribution(with) => with.run(Kind::Distribution, |kind, _| Ok(kind.part())),
        EventCommand::Customs(with) => with.run(Kind::CustomsClearance, |kind, _| Ok(kind.part())),
        EventCommand::Inspection(with) => with.run(Kind::LabInspection, |kind, about| kind.part(about)),
        EventCommand::Certification(with) => with.run(Kind::Certification, |kind, about| kind.part(about)),
        EventCommand::Aggregation(mut with) => {
            with.subject.extend(with.kind.parent.clone().map(named));
            with.run(Kind::Aggregation, |kind, about| kind.part(about))
        }
        EventCommand::Transformation(mut with) => {
            with.subject.extend(with.kind.input.iter().chain(&with.kind.output).cloned());
            with.run(Kind::Transformation, |kind, about| Ok(kind.part(about)))
        }
        EventCommand::Recall(with) => recall(with),
        EventCommand::Correction(with) => correction(with),
        EventCommand::Origin(with) => with.run(Kind::OriginContent, |kind, about| kind.part(about)),
        EventCommand::Party(with) => with.run(Kind::Party, |_, _| anyhow::bail!("a file is required")),
    }
}

impl<K: Args> With<K> {
    fn run(self, kind: Kind, said: impl FnOnce(&K, &About) -> anyhow::Result<KindPart>) -> anyhow::Result<()> {
        if self.template {
            return print(Draft::template(kind));
        }
        let mut draft = match self.file.as_deref() {
            Some(path) => from_file(path, kind)?,
            None => self.draft(said)?,
        };
        for assignment in &self.set {
            draft.assign(assignment).with_context(|| format!("--set \"{assignment}\""))?;
        }
        if let Some(other) = draft.kind().filter(|found| *found != kind) {
            bail!("the event is a {other}, not a {kind}");
        }
        let of = || self.file.as_ref().map_or_else(|| kind.to_string(), |path| path.display().to_string());
        self.signer.sign_and_append(draft).with_context(of).map(|_| ())
    }

    fn draft(&self, said: impl FnOnce(&K, &About) -> anyhow::Result<KindPart>) -> anyhow::Result<Draft> {
        let now = Timestamp::from_millisecond(i64::try_from(now_ms()?)?)?.to_zoned_datetime(TimeZone::system());
        // An event without a time happens now; its day is the day of the local clock.
        let occurred_at = match self.at {
            Some(at) => at,
            None => scalar::<OccurredAt>(&now.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string())?,
        };
        let mut sorted: Vec<_> = self.subject.iter().filter_map(|named| named.key.clone()).collect();
        sorted.sort_by_key(ToString::to_string);
        let today = scalar::<Date>(&now.strftime("%Y-%m-%d").to_string())?;
        let about = About { party: self.signer.party()?.clone(), sorted, at_ms: occurred_at.ms, today };
        let KindPart { body, files } = said(&self.kind, &about)?;
        Ok(Draft {
            occurred_at: Some(occurred_at),
            principal: self.principal.clone(),
            subjects: self.subject.clone(),
            place: self.place.clone(),
            attachments: kinds::announced(&files, &self.attach)?,
            notes: texts("--note", &self.note)?,
            body: Some(body),
        })
    }
}

/// Draft of a file, whose kind has to be the kind of the subcommand.
fn from_file(path: &Path, kind: Kind) -> anyhow::Result<Draft> {
    let text = if path == Path::new("-") { io::read_to_string(io::stdin())? } else { read_text(path)? };
    let draft = Draft::parse(&text).with_context(|| path.display().to_string())?;
    if let Some(other) = draft.kind().filter(|found| *found != kind) {
        bail!("{} holds a {other}, not a {kind}", path.display());
    }
    Ok(draft)
}

/// Signs a recall, or a lift with the subjects of its recall.
fn recall(with: With<kinds::Recall>) -> anyhow::Result<()> {
    let Some(wanted) = with.kind.lift.clone() else {
        return with.run(Kind::Recall, |kind, about| kind.part(about));
    };
    ensure!(with.subject.is_empty(), "--subject: a lift names what its recall names, and nothing else; leave it out");
    let lifted = lift::find(&wanted, with.signer.node(), with.signer.party()?).context("--lift")?;
    let subject = lifted.keys().cloned().map(named).collect();
    let with = With { subject, ..with };
    with.run(Kind::Recall, |kind, about| kind.lifts(&lifted, about))
}

/// Signs a correction with the subjects of its original event, which the receipt contains.
fn correction(with: With<kinds::Correction>) -> anyhow::Result<()> {
    let Some(path) = with.kind.of.clone() else {
        return with.run(Kind::Correction, |_, _| anyhow::bail!("--of RECEIPT, or a file, is required"));
    };
    let recorded = lift::of_receipt(&path, &with.signer.node().policy()?)?;
    let original: &Event =
        recorded.claims().with_context(|| format!("{} is of no event that this version reads", path.display()))?;
    let subject = original.keys().cloned().map(named).collect();
    let leaf = recorded.leaf;
    let (id, with) = (original.event_id, With { subject, ..with });
    with.run(Kind::Correction, |kind, _| {
        let body = CorrectionDraft {
            original_event_id: Some(id),
            original_entry_hash: Some(leaf),
            reason: kind.reason,
            corrective_event_ids: kind.corrective.clone(),
            ..CorrectionDraft::default()
        };
        Ok(KindPart::of(body))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_subcommand() {
        let all = EventCommand::augment_subcommands(Command::new("event"));
        for kind in Kind::ALL {
            assert!(all.find_subcommand(kind.as_str()).is_some(), "headwater event {kind}");
        }
    }
}
