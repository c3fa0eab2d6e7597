//! The command `qr`: a product's link as a QR code, if the verdict allows its label.

use headwater_key::new_file::{self, Readers};
use std::process::ExitCode;

use anyhow::Context as _;
use headwater_event::text::Date;
use headwater_label::Symbol;
use headwater_trace::age::TooOld;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::story::Story;
use headwater_trace::verdict::{Judgement, Verdict};

use crate::arguments::Qr;
use crate::judge::{exit_code, judgement, mistaken, reasons};
use crate::output::{self, note, print};
use crate::question::{Answer, Question, of_link};
use crate::{NOT_CHECKED, now_s, policy};

/// Draws the code, or prints the reason for a refusal.
pub fn run(arguments: &Qr) -> anyhow::Result<ExitCode> {
    if let Some(path) = &arguments.policy
        && let Some(refused) = refused(arguments, &policy(path)?)?
    {
        return Ok(refused);
    }
    let symbol = Symbol::encode(arguments.link.as_str())?;
    if let Some(path) = &arguments.svg {
        new_file::write(path, symbol.to_svg().as_bytes(), Readers::All)?;
    }
    if let Some(path) = &arguments.png {
        new_file::write(path, &symbol.to_png(arguments.pixels)?, Readers::All)?;
    }
    if arguments.svg.is_none() && arguments.png.is_none() {
        print(&symbol.to_terminal())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the reason that a label must not be printed, if there is one. A product that is not in trade yet may have its label: labels are
/// printed first.
fn refused(arguments: &Qr, policy: &TrustPolicy) -> anyhow::Result<Option<ExitCode>> {
    let link = arguments.link.as_str();
    let today = Date::of_ms(now_s()?.ms(), 0).context("the clock is too far ahead")?;
    let question = match &arguments.trace {
        None => Question::of(link, None),
        Some(place) => of_link(link).and_then(|named| Question::of(place, Some(&named))),
    };
    let question = match question {
        Ok(question) => question,
        Err(mistake) => return mistaken(&mistake, false).map(Some),
    };
    let (judgement, remarks, age) = match question.answer(policy)? {
        Answer::Verified { newest, audited } => {
            let story = Story::compose(&newest);
            let judgement = judgement(&story, audited.as_deref(), &question.label, today);
            (
                judgement,
                headwater_words::label::remarks(&question.label, Some(&story), today),
                Some(newest.age(now_s()?)),
            )
        }
        Answer::Refused(error) => (Judgement::refused(&error), Vec::new(), None),
        Answer::Mistaken(mistake) => return mistaken(&mistake, false).map(Some),
    };
    if let Some(age) = age.filter(|age| !judgement.verdict.is_shown_at(*age, arguments.max_age)) {
        note(&format!("not drawn: the trace is {}", TooOld(age)));
        return Ok(Some(ExitCode::from(NOT_CHECKED)));
    }
    if matches!(judgement.verdict, Verdict::Valid | Verdict::NotYetSold) {
        remarks.iter().for_each(|remark| note(remark));
        return Ok(None);
    }
    note(&format!("not drawn: {}\n{}", output::verdict(judgement.verdict), reasons(&judgement)));
    Ok(Some(ExitCode::from(exit_code(judgement.verdict))))
}
