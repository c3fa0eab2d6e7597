//! What the command takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use headwater_trace::age::AGE_MAX_S;

/// Checks traces, receipts, proofs and whole ledgers, and believes nobody.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  verifier-cli verify https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T --policy policy\n  verifier-cli verify milk.trace --policy policy --subject https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T\n\nExit codes: 0 done, or the verdict is VALID; 1 could not do it; 2 usage; 3 does not check out; 4 NEVER_ISSUED, proven; 5 RECALLED; 6 doubt; 7 not checked, too old or dated in the future; 8 not an answer: other bytes than a trace, or about another product than was asked; 9 checked in part, or the quorum of the policy has not cosigned what was audited; 10 an audit met an entry of a newer format; 11 the log serves less than it signed before."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What some bytes are.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Trace,
    Receipt,
    Fork,
    Omission,
}

impl Kind {
    /// The kind of some bytes, with an article.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Trace => "a trace",
            Kind::Receipt => "a receipt",
            Kind::Fork => "a fork proof",
            Kind::Omission => "an omission proof",
        }
    }
}

/// What is asked of the verifier.
#[derive(Subcommand)]
pub enum Command {
    /// Verifies a product by the link on its label, or a trace, receipt, fork proof or omission proof from a file or URL.
    #[command(
        after_help = "Examples:\n  verifier-cli verify http://localhost:8080/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T --policy policy\n  verifier-cli verify milk.trace --policy policy --subject 01/09526543000013/21/7KQ2M9XW4T\n  verifier-cli verify lied.omission --policy policy"
    )]
    Verify(Verify),
    /// Audits a whole ledger: from its URL over tiles, or from a directory that `mirror` wrote.
    #[command(
        after_help = "Examples:\n  verifier-cli audit http://localhost:8080 --policy policy --cosign auditor.key --name auditor.example\n  verifier-cli audit http://localhost:8080 --policy policy --mirror copy --html report.html\n  verifier-cli audit copy --policy policy"
    )]
    Audit(Audit),
    /// Copies a log into a directory, as tiles that any web server can serve, and goes on where the copy ends.
    #[command(after_help = "Example:\n  verifier-cli mirror http://localhost:8080 copy --policy policy")]
    Mirror {
        /// The URL of the log.
        url: String,
        /// The directory; it is made when it is not there.
        folder: PathBuf,
        /// The policy that pins log, witnesses and ledger.
        #[arg(long, env = "HEADWATER_POLICY")]
        policy: PathBuf,
        /// Where a fork proof is written, should the log contradict what the mirror holds.
        #[arg(long, default_value = "log.fork")]
        evidence: PathBuf,
    },
    /// Prints any of our bytes as JSON, without verifying them.
    #[command(after_help = "Example:\n  verifier-cli inspect milk.trace")]
    Inspect {
        /// A file, - for standard input, or a URL.
        place: String,
    },
    /// Draws a product's link as a QR code.
    #[command(
        after_help = "Example:\n  verifier-cli qr https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T --svg label.svg\n  verifier-cli qr https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T --png label.png --policy policy --trace milk.trace"
    )]
    Qr(Qr),
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

/// The arguments of `verify`.
#[derive(Args)]
pub struct Verify {
    /// The link of a label, whose node is asked for the trace; or a file, - for standard input, or the URL of one.
    pub place: String,
    /// The subject of the trace: a subject key, or a Digital Link, which may lack its scheme and host. It never comes from a file; a label's link
    /// and the URL of a node's trace name it themselves.
    #[arg(long)]
    pub subject: Option<String>,
    /// The policy that pins log, witnesses and ledger. Without it the node of a link is asked for its operator's own, and a remark says so.
    #[arg(long, env = "HEADWATER_POLICY")]
    pub policy: Option<PathBuf>,
    /// What the bytes are, when the name does not end in .trace, .receipt, .fork or .omission.
    #[arg(long = "as")]
    pub kind: Option<Kind>,
    /// The day where the scan happens, YYYY-MM-DD; without it today in UTC.
    #[arg(long)]
    pub today: Option<String>,
    /// A folder with the files that the story's events announce: each is hashed and compared.
    #[arg(long)]
    pub attachments: Option<PathBuf>,
    /// A scan log of the label, as JSON: what its looks show is printed as notes. They never change the verdict.
    #[arg(long)]
    pub scans: Option<PathBuf>,
    /// The highest age of the checkpoint in seconds, for a verdict that rests on records that are not there.
    #[arg(long, default_value_t = AGE_MAX_S)]
    pub max_age: u64,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `audit`.
#[derive(Args)]
pub struct Audit {
    /// The URL of the log, or a mirror of it.
    pub place: String,
    /// The policy that pins log, witnesses and ledger.
    #[arg(long, env = "HEADWATER_POLICY")]
    pub policy: PathBuf,
    /// Checks every signature, also those that a mirror says were checked before.
    #[arg(long)]
    pub anew: bool,
    /// Copies the log into this directory first, and goes on from what was audited there.
    #[arg(long)]
    pub mirror: Option<PathBuf>,
    /// Cosigns the checkpoint with this key file, and hands the cosignature to the node.
    #[arg(long, requires = "name")]
    pub cosign: Option<PathBuf>,
    /// The name that the cosigner goes by.
    #[arg(long)]
    pub name: Option<String>,
    /// The file that keeps the newest checkpoint that the key cosigned; without it one beside the key. It is never to be lost.
    #[arg(long, requires = "cosign")]
    pub state: Option<PathBuf>,
    /// Where the proof is written, should the log lie: this name with .fork or .omission.
    #[arg(long, default_value = "log")]
    pub evidence: PathBuf,
    /// Writes the report as one page.
    #[arg(long)]
    pub html: Option<PathBuf>,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `qr`.
#[derive(Args)]
pub struct Qr {
    /// The Digital Link.
    pub link: String,
    /// Writes SVG to this file; without --svg and --png the code is drawn in the terminal.
    #[arg(long)]
    pub svg: Option<PathBuf>,
    /// Writes PNG to this file.
    #[arg(long)]
    pub png: Option<PathBuf>,
    /// Pixels for each module of the PNG.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub pixels: u32,
    /// Draws it only for a product whose trace verifies under this policy, and which is not recalled, unknown or voided.
    #[arg(long, env = "HEADWATER_POLICY")]
    pub policy: Option<PathBuf>,
    /// The trace, from a file or URL; without it the node of the link is asked.
    #[arg(long, requires = "policy")]
    pub trace: Option<String>,
    /// The highest age of the trace in seconds.
    #[arg(long, default_value_t = AGE_MAX_S)]
    pub max_age: u64,
}
