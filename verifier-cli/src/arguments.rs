//! The arguments of the command `verifier-cli`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use headwater_event::base_url::BaseUrl;
use headwater_event::digital_link::DigitalLink;
use headwater_event::draft::value;
use headwater_event::text::Date;
use headwater_tlog::note::KeyName;
use headwater_trace::age::AGE_MAX_S;

use crate::question::{Named, named};

/// Verify traces, receipts, proofs and whole ledgers under a policy, without trust in any node.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  verifier-cli verify https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T --policy policy\n  verifier-cli verify milk.trace --policy policy --subject https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T\n\nExit codes: 0 done, or the verdict is VALID; 1 could not do it; 2 usage; 3 does not check out; 4 NEVER_ISSUED, proven; 5 RECALLED; 6 doubt; 7 not checked, too old or dated in the future; 8 not an answer: other bytes than a trace, or about another product than was asked; 9 checked in part, or the quorum of the policy has not cosigned what was audited; 10 an audit met an entry of a newer format; 11 the log serves less than it signed before."
)]
pub struct Arguments {
    /// Subcommand that the command line names.
    #[command(subcommand)]
    pub command: Command,
}

/// Kind of evidence that a file or an answer contains.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EvidenceKind {
    Trace,
    Receipt,
    Fork,
    Omission,
}

impl EvidenceKind {
    /// Returns the name of the kind with its article, for texts.
    pub const fn as_str(self) -> &'static str {
        match self {
            EvidenceKind::Trace => "a trace",
            EvidenceKind::Receipt => "a receipt",
            EvidenceKind::Fork => "a fork proof",
            EvidenceKind::Omission => "an omission proof",
        }
    }
}

/// The subcommands of `verifier-cli`.
#[derive(Subcommand)]
pub enum Command {
    /// Verify a product by the link on its label, or a trace, receipt, fork proof or omission proof from a file or URL.
    #[command(
        after_help = "Examples:\n  verifier-cli verify http://localhost:8080/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T --policy policy\n  verifier-cli verify milk.trace --policy policy --subject 01/09526543000013/21/7KQ2M9XW4T\n  verifier-cli verify lied.omission --policy policy"
    )]
    Verify(Verify),
    /// Audit a whole ledger: over tiles from its URL, or from a directory that `mirror` wrote.
    #[command(
        after_help = "Examples:\n  verifier-cli audit http://localhost:8080 --policy policy --cosign auditor.key --name auditor.example\n  verifier-cli audit http://localhost:8080 --policy policy --mirror copy --html report.html\n  verifier-cli audit copy --policy policy"
    )]
    Audit(Audit),
    /// Copy a log into a directory, as tiles that any web server can serve. A later run continues where the copy ends.
    #[command(after_help = "Example:\n  verifier-cli mirror http://localhost:8080 copy --policy policy")]
    Mirror {
        /// The URL of the log, below which the node serves checkpoint and tiles.
        #[arg(value_parser = value::<BaseUrl>)]
        url: BaseUrl,
        /// The directory of the copy; it is created if it does not exist.
        folder: PathBuf,
        /// The policy file that pins log, witnesses and ledger.
        #[arg(long, env = "HEADWATER_POLICY")]
        policy: PathBuf,
        /// The file for a fork proof, if the log contradicts the mirror.
        #[arg(long, default_value = "log.fork")]
        evidence: PathBuf,
    },
    /// Print evidence, an entry, an event or a text as JSON, without verification.
    #[command(after_help = "Example:\n  verifier-cli inspect milk.trace")]
    Inspect {
        /// A file, - for standard input, or a URL.
        place: String,
    },
    /// Draw a product's link as a QR code.
    #[command(
        after_help = "Example:\n  verifier-cli qr https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T --svg label.svg\n  verifier-cli qr https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T --png label.png --policy policy --trace milk.trace"
    )]
    Qr(Qr),
    /// Make a cosigner's key, and print its vkey for policies.
    #[command(after_help = "Example:\n  verifier-cli new-key auditor.key --name auditor.example")]
    NewKey {
        /// The path of the new key file; no file may exist there.
        path: PathBuf,
        /// The name of the cosigner in its cosignatures.
        #[arg(long, value_parser = value::<KeyName>)]
        name: KeyName,
    },
}

/// The arguments of `verify`, as clap reads them.
#[derive(Args)]
pub struct Verify {
    /// The link of a label, whose node is asked for the trace; or a file, - for standard input, or a file's URL.
    pub place: String,
    /// The subject of the trace: a subject key, or a Digital Link, which may lack its scheme and host. The subject never comes from a file;
    /// a label's link and the URL of a node's trace name it.
    #[arg(long, value_parser = named)]
    pub subject: Option<Named>,
    /// The policy file that pins log, witnesses and ledger. Without one the command asks the node of a link for its operator's policy, and
    /// prints a remark.
    #[arg(long, env = "HEADWATER_POLICY")]
    pub policy: Option<PathBuf>,
    /// The kind of the bytes, when the name does not end in .trace, .receipt, .fork or .omission.
    #[arg(long = "as")]
    pub kind: Option<EvidenceKind>,
    /// The local date of the scan, YYYY-MM-DD; the default is today in UTC.
    #[arg(long, value_parser = value::<Date>)]
    pub today: Option<Date>,
    /// A folder with the attachments of the story's events: each is hashed and compared.
    #[arg(long)]
    pub attachments: Option<PathBuf>,
    /// A scan log of the label, as JSON. Notes about its scans are printed, and never change the verdict.
    #[arg(long)]
    pub scans: Option<PathBuf>,
    /// The highest age of the checkpoint in seconds, for a verdict that rests on absent records.
    #[arg(long, default_value_t = AGE_MAX_S)]
    pub max_age: u64,
    /// Print one JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// A log to audit.
#[derive(Clone)]
pub enum Log {
    /// Log that a node serves at its URL.
    Url(BaseUrl),
    /// Copy of a log in a directory, as `mirror` writes it.
    Folder(PathBuf),
}

impl Log {
    fn parse(text: &str) -> Result<Self, String> {
        let is_url = text.starts_with("http://") || text.starts_with("https://");
        if is_url { value(text).map(Self::Url) } else { Ok(Self::Folder(text.into())) }
    }
}

/// A GS1 Digital Link in the spelling in which its label is drawn.
#[derive(Clone)]
pub struct Link(String);

impl Link {
    fn parse(text: &str) -> Result<Self, String> {
        match DigitalLink::parse(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(format!("is not a Digital Link: {error}")),
        }
    }

    /// The link as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The arguments of `audit`, as clap reads them.
#[derive(Args)]
pub struct Audit {
    /// The URL of the log, or the directory of a mirror.
    #[arg(value_parser = Log::parse)]
    pub place: Log,
    /// The policy file that pins log, witnesses and ledger.
    #[arg(long, env = "HEADWATER_POLICY")]
    pub policy: PathBuf,
    /// Check every signature, also those that the mirror records as checked before.
    #[arg(long)]
    pub anew: bool,
    /// Copy the log into this directory first, and continue from the audit that the mirror records.
    #[arg(long)]
    pub mirror: Option<PathBuf>,
    /// Cosign the checkpoint with this key file, and send the cosignature to the node.
    #[arg(long, requires = "name")]
    pub cosign: Option<PathBuf>,
    /// The name of the cosigner in its cosignatures.
    #[arg(long, value_parser = value::<KeyName>)]
    pub name: Option<KeyName>,
    /// The file that keeps the newest checkpoint that the key cosigned; the default is a file beside the key. Never lose this file.
    #[arg(long, requires = "cosign")]
    pub state: Option<PathBuf>,
    /// The file for a proof that the log lied: this name with .fork or .omission.
    #[arg(long, default_value = "log")]
    pub evidence: PathBuf,
    /// Write the report as one HTML page to this file.
    #[arg(long)]
    pub html: Option<PathBuf>,
    /// Print one JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `qr`, as clap reads them.
#[derive(Args)]
pub struct Qr {
    /// The GS1 Digital Link to draw.
    #[arg(value_parser = Link::parse)]
    pub link: Link,
    /// Write SVG to this file. Without --svg and --png the code is drawn in the terminal.
    #[arg(long)]
    pub svg: Option<PathBuf>,
    /// Write PNG to this file.
    #[arg(long)]
    pub png: Option<PathBuf>,
    /// Pixels for each module of the PNG, 1 to 64.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub pixels: u32,
    /// Draw the code only for a product whose trace verifies under this policy, and which is not recalled, unknown or voided.
    #[arg(long, env = "HEADWATER_POLICY")]
    pub policy: Option<PathBuf>,
    /// The trace, from a file or URL; the default is to ask the node of the link.
    #[arg(long, requires = "policy")]
    pub trace: Option<String>,
    /// The highest age of the trace in seconds.
    #[arg(long, default_value_t = AGE_MAX_S)]
    pub max_age: u64,
}
