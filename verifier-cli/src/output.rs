//! Words to the terminal. Standard output is data, standard error is talk; colour goes where a terminal wants it.

use std::io::{self, IsTerminal as _, Write};

use anstyle::{AnsiColor, Style};
use headwater_trace::verdict::Verdict;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// Writes data. A reader that has gone away changes nothing about what was found.
pub fn print(text: &str) -> anyhow::Result<()> {
    match anstream::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Writes one document.
pub fn print_json(document: &Value) -> anyhow::Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(document)?))
}

/// Says something to whoever runs the command.
pub fn say(text: &str) {
    // Nobody is left to tell that standard error is closed.
    let _ = writeln!(anstream::stderr(), "verifier-cli: {text}");
}

/// A verdict in its colour.
pub fn verdict(verdict: Verdict) -> String {
    let colour = match verdict {
        Verdict::Valid => AnsiColor::Green,
        Verdict::SignatureInvalid | Verdict::Recalled | Verdict::VoidedSticker => AnsiColor::Red,
        _ => AnsiColor::Yellow,
    };
    painted(colour, verdict.as_str())
}

/// Good news.
pub fn good(text: &str) -> String {
    painted(AnsiColor::Green, text)
}

/// Bad news.
pub fn bad(text: &str) -> String {
    painted(AnsiColor::Red, text)
}

fn painted(colour: AnsiColor, text: &str) -> String {
    let style = Style::new().fg_color(Some(colour.into())).bold();
    format!("{style}{text}{style:#}")
}

/// A bar with rate and time left, on a terminal only.
pub fn progress(quiet: bool) -> anyhow::Result<ProgressBar> {
    if quiet || !io::stderr().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    let style = "{msg} {bar:30} {human_pos} of {human_len} entries, {per_sec}, {eta} left";
    Ok(ProgressBar::new(0).with_style(ProgressStyle::with_template(style)?))
}
