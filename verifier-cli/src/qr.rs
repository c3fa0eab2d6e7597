//! A product's link as a QR code, and for whom it is drawn.

use std::process::ExitCode;

use anyhow::Context as _;
use headwater_event::digital_link::DigitalLink;
use headwater_event::text::Date;
use headwater_label::Symbol;
use headwater_trace::label;
use headwater_trace::story::Story;
use headwater_trace::verdict::{Judgement, Verdict};
use headwater_trace::verify::verify;
use verifier_cli::fetch;

use crate::arguments::Qr;
use crate::judge::{exit_code, reasons};
use crate::output::{self, print, say};
use crate::{now_s, policy, usage};

/// Draws the code, or says why not.
pub fn run(arguments: &Qr) -> anyhow::Result<ExitCode> {
    let link = arguments.link.as_str();
    if DigitalLink::parse(link).is_err() {
        return usage(&format!("{link:?} is no Digital Link"));
    }
    if let Some(refused) = refused(arguments)? {
        say(&format!("not drawn: {}\n{}", output::verdict(refused.verdict), reasons(&refused)));
        return Ok(ExitCode::from(exit_code(refused.verdict)));
    }
    let symbol = Symbol::encode(link)?;
    if let Some(path) = &arguments.svg {
        std::fs::write(path, symbol.to_svg()).with_context(|| path.display().to_string())?;
    }
    if let Some(path) = &arguments.png {
        std::fs::write(path, symbol.to_png(arguments.pixels)?).with_context(|| path.display().to_string())?;
    }
    if arguments.svg.is_none() && arguments.png.is_none() {
        print(&symbol.to_terminal())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Why a label must not be printed. A thing that is not in trade yet may: stickers come first.
fn refused(arguments: &Qr) -> anyhow::Result<Option<Judgement>> {
    let Some(path) = &arguments.policy else {
        return Ok(None);
    };
    let (policy, now) = (policy(path)?, now_s()?);
    let today = Date::of_ms(now.seconds() * 1000, 0).context("the clock is too far ahead")?;
    let (asked, label) = label::asked(&arguments.link, &today)?;
    let bytes = match &arguments.trace {
        Some(place) => fetch::read(place)?,
        None => fetch::read(&at_its_node(&arguments.link)?)?,
    };
    let judgement = match verify(&bytes, &asked, &policy, now) {
        Ok(trace) => Judgement::of(&Story::compose(&trace), &label, today),
        Err(error) => Judgement::refused(&error),
    };
    let printable = matches!(judgement.verdict, Verdict::Valid | Verdict::NotYetSold);
    Ok((!printable).then_some(judgement))
}

/// Where the node of a link serves the trace.
fn at_its_node(link: &str) -> anyhow::Result<String> {
    let (scheme, rest) = link.split_once("://").context("the link has no scheme")?;
    let (host, path) = rest.split_once('/').context("the link has no path")?;
    Ok(format!("{scheme}://{host}/trace/{path}"))
}
