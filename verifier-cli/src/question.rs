//! Questions about a product: the product, the source of the evidence, and the test that the evidence answers the question.

use anyhow::Context as _;
use headwater_event::digital_link::{self, DigitalLink, DigitalLinkError};
use headwater_event::subject::Subject;
use headwater_tlog::policy::TrustError;
use headwater_trace::evidence::{ForkProof, Receipt};
use headwater_trace::label::{self, Label};
use headwater_trace::omission::OmissionProof;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::trace::{At, Trace};
use headwater_trace::verify::{TraceError, VerifiedTrace, verify};
use headwater_trace::walk::Query;
use verifier_cli::fetch::{self, Remote};

use crate::arguments::EvidenceKind;

/// Paths below the address of a node that serve traces: the newest, and the newest that auditors cosigned.
const DOORS: [&str; 2] = ["/trace", "/audited-trace"];
/// First byte of all evidence: the tag of its first field, a checkpoint.
const FIRST_TAG: u8 = 0x0a;
/// Largest number of other questions that a file is verified for.
const OTHERS_MAX: usize = 64;

/// Mistake in a question: the evidence is not about the question.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Mistake {
    /// Question without a subject, or with one that cannot be read.
    #[error(transparent)]
    NoSubject(#[from] NoSubject),
    /// Bytes that are not evidence of the expected kind.
    #[error("{place} is not {kind}: {what}")]
    OtherBytes {
        /// File or address that the bytes come from.
        place: String,
        /// Expected kind, with its article.
        kind: &'static str,
        /// Description of the bytes, as a clause.
        what: String,
    },
    /// Address or file that is about another subject than the question.
    #[error("{place} is about {about}, and {asked} was asked about")]
    OtherSubject {
        /// Address or file that was read.
        place: String,
        /// Subject that the evidence is about, in words.
        about: String,
        /// Subject of the question, in words.
        asked: String,
    },
    /// File that contains no proof about the subject.
    #[error("{place} has no proof about {asked}, which was asked about")]
    NotInIt {
        /// Path or URL of the file.
        place: String,
        /// Subject of the question, in words.
        asked: String,
    },
}

/// Reason why a question has no subject.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoSubject {
    /// File or address that names no subject, where none was given.
    #[error("{place} does not say which product is asked about: --subject URI")]
    Place {
        /// File or address as given.
        place: String,
    },
    /// Link that cannot be read, where no subject was given.
    #[error("{place} is not a link of a label")]
    Link {
        /// Link in the spelling of the caller.
        place: String,
        /// Rule of links that the text breaks.
        source: DigitalLinkError,
    },
    /// Text that names no subject.
    #[error("{text:?} {rule}")]
    Text {
        /// Subject or link as given.
        text: String,
        /// Rule that the text breaks.
        rule: Unnamed,
    },
}

/// Rule that a text breaks which names no subject. The text comes before the rule in every message.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unnamed {
    /// Text without a key of a subject.
    #[error("is neither a subject key nor a Digital Link: it names no product, unit or party")]
    NoKey,
    /// Text with a key that cannot be read, and the rule of links that the key breaks.
    #[error("is neither a subject key nor a Digital Link: {0}")]
    Unread(DigitalLinkError),
}

impl Mistake {
    /// Returns the mistake for bytes that cannot be evidence of a kind.
    pub fn of_bytes(place: &str, bytes: &[u8], kind: EvidenceKind) -> Option<Self> {
        let what = other_than(kind, bytes)?;
        Some(Mistake::OtherBytes { place: place.to_owned(), kind: kind.as_str(), what })
    }

    /// Name of the mistake in JSON, for scripts.
    pub fn name(&self) -> &'static str {
        match self {
            Mistake::NoSubject(_) => "NO_SUBJECT",
            Mistake::OtherBytes { .. } => "OTHER_BYTES",
            Mistake::OtherSubject { .. } | Mistake::NotInIt { .. } => "OTHER_SUBJECT",
        }
    }
}

/// Source of a trace: a node, or a file.
enum Source {
    /// Node at a base URL; [`At::Audited`] asks for the audited trace only.
    Node { base: String, at: At },
    /// File, standard input, or a URL of another form.
    Place(String),
}

/// Subject that a question names, and the claims of the label that names the subject.
pub type Named = (Query, Label);

/// Question about a product, with the label and the source of the evidence.
pub struct Question {
    /// Subject, and the lot that the label names with it.
    pub query: Query,
    /// Claims of the label beside the subject.
    pub label: Label,
    source: Source,
}

/// Result of the verification of the evidence.
pub enum Answer {
    /// The trace verifies. Where auditors follow later, `audited` is the trace that they cosigned.
    Verified { newest: Box<VerifiedTrace>, audited: Option<Box<VerifiedTrace>> },
    /// The trace does not verify.
    Refused(TraceError),
    /// The evidence is not about the question.
    Mistaken(Mistake),
}

impl Question {
    /// Makes a question. The link of a label and the address of a trace name their subject, and a given `subject` must agree with them. For
    /// any other file or address `subject` names the subject.
    pub fn of(place: &str, subject: Option<&Named>) -> Result<Self, Mistake> {
        let given = subject.cloned();
        let Some(source) = node_of(place) else {
            let (query, label) = given.ok_or_else(|| no_subject(place))?;
            return Ok(Self { query, label, source: Source::Place(place.to_owned()) });
        };
        let (mut query, mut label) = of_link(place)?;
        if let Some((other, claims)) = given {
            let is_same_lot = other.lot.is_none() || query.lot.is_none() || other.lot == query.lot;
            if other.subject != query.subject || !is_same_lot {
                return Err(other_subject(place, &query, &other));
            }
            query.lot = other.lot.or(query.lot);
            label.lot = claims.lot.or(label.lot);
            if !claims.dates.is_empty() {
                label.dates = claims.dates;
            }
            label.remarks.extend(claims.remarks);
        }
        Ok(Self { query, label, source })
    }

    /// Base URL of the node that is asked; `None` for a file.
    pub fn node(&self) -> Option<&str> {
        match &self.source {
            Source::Node { base, .. } => Some(base),
            Source::Place(_) => None,
        }
    }

    /// Fetches the evidence, and verifies it for this question.
    pub fn answer(&self, policy: &TrustPolicy) -> anyhow::Result<Answer> {
        match &self.source {
            Source::Place(place) => {
                let bytes = fetch::read(place)?;
                Ok(match verify(&bytes, &self.query, policy) {
                    Ok(trace) => Answer::alone(trace),
                    Err(error) => match self.mistake(place, &bytes, &error, policy) {
                        Some(mistake) => Answer::Mistaken(mistake),
                        None => Answer::Refused(error),
                    },
                })
            }
            Source::Node { base, at } => self.of_node(base, *at, policy),
        }
    }

    fn of_node(&self, base: &str, at: At, policy: &TrustPolicy) -> anyhow::Result<Answer> {
        let path = path_of(&self.query);
        let checked = |bytes: &[u8]| verify(bytes, &self.query, policy);
        let answer = |door: &str, bytes: &[u8], verified: Result<VerifiedTrace, TraceError>| {
            verified.map_or_else(|error| refused(&format!("{base}{door}{path}"), bytes, error), Answer::alone)
        };
        let audited = || fetch::audited(base, &path);
        const NONE: &str = "the node says that it holds no checkpoint that enough witnesses and auditors cosigned";
        if at == At::Audited {
            let bytes = audited()?.context(NONE)?;
            return Ok(answer(DOORS[1], &bytes, checked(&bytes)));
        }
        let bytes = Remote::new(base).trace(&path, At::Newest)?;
        // Auditors cosign a moment later, so the reader asks the node for both traces.
        let follows = policy.tlog().has_auditors();
        Ok(match checked(&bytes) {
            Ok(newest) if follows && newest.checkpoint().audit_time().is_none() => match audited()? {
                None => Answer::alone(newest),
                Some(bytes) => match checked(&bytes) {
                    // A cached newest trace may be older than the audited one.
                    Ok(audited) if audited.continues(&newest) => Answer::alone(audited),
                    Ok(audited) => Answer::Verified { newest: newest.into(), audited: Some(audited.into()) },
                    refused => answer(DOORS[1], &bytes, refused),
                },
            },
            // The quorum cosigns a moment after the log signs.
            Err(error @ TraceError::Trust(TrustError::Quorum { .. })) => match audited()? {
                Some(bytes) => answer(DOORS[1], &bytes, checked(&bytes)),
                None if follows => anyhow::bail!(NONE),
                None => answer(DOORS[0], &bytes, Err(error)),
            },
            verified => answer(DOORS[0], &bytes, verified),
        })
    }

    /// Returns the mistake in the choice of a file, where the file shows the mistake for certain.
    fn mistake(&self, place: &str, bytes: &[u8], error: &TraceError, policy: &TrustPolicy) -> Option<Mistake> {
        match error {
            TraceError::Codec(_) => Mistake::of_bytes(place, bytes, EvidenceKind::Trace),
            TraceError::Missing { .. } | TraceError::LeftOver { .. } | TraceError::Set { .. } => {
                let subjects = Trace::parse(bytes).ok()?.subjects.into_iter().map(|proof| proof.subject);
                let subjects: Vec<Subject> = subjects.collect();
                let mut others = others(&subjects).filter(|other| *other != self.query).take(OTHERS_MAX);
                if let Some(about) = others.find(|other| verify(bytes, other, policy).is_ok()) {
                    return Some(other_subject(place, &about, &self.query));
                }
                let asked = words(&self.query);
                (!subjects.contains(&self.query.subject)).then(|| Mistake::NotInIt { place: place.to_owned(), asked })
            }
            _ => None,
        }
    }
}

impl Answer {
    fn alone(newest: VerifiedTrace) -> Self {
        Answer::Verified { newest: newest.into(), audited: None }
    }
}

/// Returns the answer for a node's trace that does not verify; the address may not be a node at all.
fn refused(place: &str, bytes: &[u8], error: TraceError) -> Answer {
    let mistake = match error {
        TraceError::Codec(_) => Mistake::of_bytes(place, bytes, EvidenceKind::Trace),
        _ => None,
    };
    mistake.map_or(Answer::Refused(error), Answer::Mistaken)
}

/// Returns the reason why a file or address names no subject, when none was given.
fn no_subject(place: &str) -> NoSubject {
    let place = place.to_owned();
    match DigitalLink::parse(&place) {
        Err(DigitalLinkError::NoKey | DigitalLinkError::Address) | Ok(_) => NoSubject::Place { place },
        Err(source) => NoSubject::Link { place, source },
    }
}

/// Reads a subject key, or a link, which may lack its host.
pub fn named(text: &str) -> Result<Named, Unnamed> {
    label::query(text).map_err(|error| match error {
        DigitalLinkError::NoKey => Unnamed::NoKey,
        error => Unnamed::Unread(error),
    })
}

/// Reads the subject of a link of a label.
pub fn of_link(link: &str) -> Result<Named, Mistake> {
    named(link).map_err(|rule| NoSubject::Text { text: link.to_owned(), rule }.into())
}

/// Returns the node that an address leads to: the address of a trace, or the link of a label. Only the part before the product names the
/// node and the kind of trace.
fn node_of(place: &str) -> Option<Source> {
    DigitalLink::parse(place).ok()?.subject()?;
    let base = DigitalLink::base(place).ok()?;
    let [newest, audited] = DOORS.map(|door| base.strip_suffix(door));
    let at = if audited.is_some() { At::Audited } else { At::Newest };
    Some(Source::Node { base: audited.or(newest).unwrap_or(base).to_owned(), at })
}

/// Returns the path under which a node serves the answer.
fn path_of(query: &Query) -> String {
    digital_link::path_of(&query.subject, query.lot.as_ref())
}

/// Formats a question in words: the subject, and the lot on its label.
fn words(query: &Query) -> String {
    match &query.lot {
        Some(lot) => format!("{} with {lot} on its label", query.subject),
        None => query.subject.to_string(),
    }
}

fn other_subject(place: &str, about: &Query, query: &Query) -> Mistake {
    Mistake::OtherSubject { place: place.to_owned(), about: words(about), asked: words(query) }
}

/// Returns the possible questions for a file with proofs about these subjects, the most specific first.
fn others(subjects: &[Subject]) -> impl Iterator<Item = Query> {
    let lots = move |of: &Subject| {
        let gtin = of.gtin().cloned();
        let lots = subjects.iter().filter(move |lot| matches!(lot, Subject::Lot(..)) && lot.gtin() == gtin.as_ref());
        std::iter::once(None).chain(lots.cloned().map(Some))
    };
    let items = subjects.iter().filter(|subject| matches!(subject, Subject::Item(..)));
    let items = items.flat_map(move |item| lots(item).map(|lot| Query { subject: item.clone(), lot }));
    let alone = move |is: fn(&Subject) -> bool| {
        let alone = subjects.iter().filter(move |subject| is(subject));
        alone.map(|subject| Query { subject: subject.clone(), lot: None })
    };
    let units = alone(|subject| matches!(subject, Subject::LogisticUnit(_)));
    let lots = alone(|subject| matches!(subject, Subject::Lot(..)));
    let models = alone(|subject| matches!(subject, Subject::Model(_)));
    let parties = alone(|subject| matches!(subject, Subject::Party(_)));
    items.chain(units).chain(lots).chain(models).chain(parties)
}

/// Describes bytes that cannot be evidence of a kind; `None` for bytes that are such evidence or can be a damaged copy of it.
fn other_than(kind: EvidenceKind, bytes: &[u8]) -> Option<String> {
    match str::from_utf8(bytes).map(str::trim_start) {
        Ok("") => return Some("it is empty".to_owned()),
        Ok(text) if text.starts_with('<') => return Some("it is a page of HTML or XML".to_owned()),
        Ok(_) => return Some("it is a text".to_owned()),
        Err(_) => {}
    }
    let parsed = [EvidenceKind::Trace, EvidenceKind::Receipt, EvidenceKind::Fork, EvidenceKind::Omission]
        .into_iter()
        .filter(|kind| match kind {
            EvidenceKind::Trace => Trace::parse(bytes).is_ok(),
            EvidenceKind::Receipt => Receipt::parse(bytes).is_ok(),
            EvidenceKind::Fork => ForkProof::parse(bytes).is_ok(),
            EvidenceKind::Omission => OmissionProof::parse(bytes).is_ok(),
        });
    let parsed: Vec<EvidenceKind> = parsed.collect();
    if let (Some(other), false) = (parsed.first(), parsed.contains(&kind)) {
        return Some(format!("it is {}", other.as_str()));
    }
    let begins = bytes.first() == Some(&FIRST_TAG);
    (!begins).then(|| format!("it does not begin with the byte {FIRST_TAG:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_its_node_or_is_a_file() {
        for (place, node) in [
            ("https://id.trace.example/01/09526543000013/21/A?17=271231", Some("https://id.trace.example")),
            ("https://example.com/shop/nl/01/09526543000013/21/A", Some("https://example.com/shop/nl")),
            ("http://localhost:8080/trace/01/09526543000013/21/A", Some("http://localhost:8080")),
            ("https://example.com/shop/audited-trace/00/195265430000000010", Some("https://example.com/shop")),
            ("http://localhost:8080/01/09526543000013/21/A?u=/trace/01/09506000134352", Some("http://localhost:8080")),
            ("http://localhost:8080/trace/shop/01/09526543000013/21/A", Some("http://localhost:8080/trace/shop")),
            ("http://localhost:8080/retrace/01/09526543000013/21/A", Some("http://localhost:8080/retrace")),
            ("http://localhost:8080/01/09526543000013/21/A/trace/01/09526543000013/21/A", None),
            ("https://example.com/trace/milk.trace", None),
            ("https://example.com/414/9526543000105", None),
            ("https://example.com/21/A/01/09526543000013", None),
            ("01/09526543000013/21/A", None),
            ("milk.trace", None),
        ] {
            let subject = node.is_none().then(|| named("01/09526543000013/21/A").unwrap());
            let question = Question::of(place, subject.as_ref()).unwrap();
            assert_eq!(question.node(), node, "{place}");
        }
    }
}
