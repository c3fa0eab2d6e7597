//! Output to the terminal. Data goes to standard output, messages go to standard error; only a terminal gets colour.

use std::io::{self, IsTerminal as _, Write};

use anstyle::{AnsiColor, Style};
use headwater_trace::verdict::Verdict;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// Writes data to standard output. A closed pipe is not an error: it does not change the result.
pub fn print(text: &str) -> anyhow::Result<()> {
    match anstream::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Writes one JSON document to standard output, indented.
pub fn print_json(document: &Value) -> anyhow::Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(document)?))
}

/// Writes a message to standard error.
pub fn note(text: &str) {
    // A failed write is ignored: with standard error closed, no output can report the failure.
    let _ = writeln!(anstream::stderr(), "verifier-cli: {text}");
}

/// Returns the name of a verdict in its colour: green for VALID, red or yellow for others.
pub fn verdict(verdict: Verdict) -> String {
    let colour = match verdict {
        Verdict::Valid => AnsiColor::Green,
        Verdict::SignatureInvalid | Verdict::Recalled | Verdict::VoidedSticker => AnsiColor::Red,
        _ => AnsiColor::Yellow,
    };
    painted(colour, verdict.as_str())
}

/// Returns a text in bold green, for a good result.
pub fn good(text: &str) -> String {
    painted(AnsiColor::Green, text)
}

/// Returns a text in bold red, for a bad result.
pub fn bad(text: &str) -> String {
    painted(AnsiColor::Red, text)
}

fn painted(colour: AnsiColor, text: &str) -> String {
    let style = Style::new().fg_color(Some(colour.into())).bold();
    format!("{style}{text}{style:#}")
}

/// Makes a progress bar with rate and time left; hidden when `quiet`, or when standard error is not a terminal.
pub fn progress(quiet: bool) -> anyhow::Result<ProgressBar> {
    if quiet || !io::stderr().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    let style = "{msg} {bar:30} {human_pos} of {human_len} entries, {per_sec}, {eta} left";
    Ok(ProgressBar::new(0).with_style(ProgressStyle::with_template(style)?))
}
