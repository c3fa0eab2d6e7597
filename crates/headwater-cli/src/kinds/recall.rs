//! Flags of a recall, and of its lift.

use clap::Args;
use headwater_event::codec::{Message as _, Set};
use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_event::kind::recall::{RecallDraft, RecallReason, RecallSeverity, RecallType, ScopeDraft};
use headwater_event::place::LangText;
use headwater_event::text::{Code, Date};
use headwater_tlog::hash::Hash;

use super::{About, KindPart};
use crate::lift::Wanted;
use crate::values::{text, texts, value};

/// Recall of goods, or with --lift its end.
#[derive(Args)]
pub struct Recall {
    /// Number of the recall.
    #[arg(long, value_parser = value::<Code>)]
    recall_no: Option<Code>,
    /// Lift a recall: its receipt, its number, or the id of its event. The lift takes its subjects from the recall.
    #[arg(long, value_name = "RECEIPT|NUMBER|EVENT", conflicts_with_all = ["action", "severity", "risk"], value_parser = Wanted::parse)]
    pub lift: Option<Wanted>,
    /// Type: recall, withdrawal or stop_sale.
    #[arg(long = "type", default_value = "recall", value_parser = value::<RecallType>)]
    action: RecallType,
    /// Severity of the recall: high, medium or low.
    #[arg(long, value_parser = value::<RecallSeverity>)]
    severity: Option<RecallSeverity>,
    /// Risk: biological, chemical, foreign_body, allergen, labelling, quality, counterfeit, documents or other.
    #[arg(long, value_parser = value::<RecallReason>)]
    risk: Option<RecallReason>,
    /// Fault of the goods, or reason for the lift, as TEXT or LANG=TEXT.
    #[arg(long, value_parser = text)]
    reason: Vec<LangText>,
    /// Action that people should take, as TEXT or LANG=TEXT.
    #[arg(long = "action", value_parser = text)]
    consumer_action: Vec<LangText>,
    /// First day of the recall or lift; without this flag, today.
    #[arg(long, value_parser = value::<Date>)]
    start: Option<Date>,
}

impl Recall {
    pub fn part(&self, about: &About) -> anyhow::Result<KindPart> {
        let scope = ScopeDraft { subjects: Some(Set::new(about.all())), ranges: Vec::new() };
        let body = RecallDraft {
            action: Some(self.action),
            severity: self.severity,
            reason_code: self.risk,
            scope: vec![scope],
            ..self.both(about)?
        };
        Ok(KindPart::of(body))
    }

    /// Body of the lift of a recall, with the number of the recall unless the flags give another one.
    pub fn lifts(&self, lifted: &Event, about: &About) -> anyhow::Result<KindPart> {
        let number = match &lifted.body {
            KindBody::Recall(recall) => Some(recall.recall_no.clone()),
            _ => None,
        };
        let body = RecallDraft {
            recall_no: self.recall_no.clone().or(number),
            action: Some(RecallType::Lift),
            lifts: Some(Hash::plain(&lifted.encode())),
            ..self.both(about)?
        };
        Ok(KindPart::of(body))
    }

    /// Fields that a recall and a lift have.
    fn both(&self, about: &About) -> anyhow::Result<RecallDraft> {
        Ok(RecallDraft {
            recall_no: self.recall_no.clone(),
            reason: texts("--reason", &self.reason)?,
            consumer_action: texts("--action", &self.consumer_action)?,
            start: Some(self.start.unwrap_or(about.today)),
            ..RecallDraft::default()
        })
    }
}
