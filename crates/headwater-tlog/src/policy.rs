//! C2SP tlog-policy: which log, which witnesses, how many of them, and which of them are auditors.
//!
//! A policy belongs to the verifier. [`Policy::open`] is the one door to a [`TrustedCheckpoint`].
//!
//! ```text
//! log <vkey> [<url>]
//! witness <name> <vkey> [<url>]
//! group <name> all|any|<k> <member>...
//! quorum <name>|none
//! ```
//!
//! Auditors are the members of the group named `auditors`. Comment lines that begin with `#headwater` hold pins that
//! C2SP has no line for; other tools pass over them, and this crate hands them on unread ([`Policy::pins`]).

use std::collections::{BTreeMap, BTreeSet};

use crate::checkpoint::{Checkpoint, CheckpointError, CosignTime};
use crate::note::{KeyKind, Note, NoteError, NoteKey};
use crate::text::decimal;

/// No policy file is longer.
pub const POLICY_BYTES_MAX: usize = 64 * 1024;
/// No policy has more logs, more witnesses or more groups.
pub const MEMBERS_MAX: usize = 256;
/// How far ahead of the reader's clock a cosignature may be, in seconds. One further ahead does not count.
pub const COSIGNATURE_AHEAD_MAX_S: u64 = 30;

/// The group whose members replay the log before they cosign.
pub const AUDITORS: &str = "auditors";

const PIN: &str = "#headwater ";

/// Why a text is no policy. The line is counted from 1.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Over [`POLICY_BYTES_MAX`].
    #[error("a policy has at most {POLICY_BYTES_MAX} bytes, this has {found}")]
    TooLong {
        /// How many bytes there were.
        found: usize,
    },
    /// A control character other than tab and line feed.
    #[error("line {line} has a control character")]
    Characters {
        /// Where.
        line: usize,
    },
    /// A line of no known form.
    #[error("line {line} is none of: log, witness, group, quorum")]
    Line {
        /// Where.
        line: usize,
    },
    /// A key that cannot be read or is not admitted.
    #[error("line {line} has no usable key")]
    Key {
        /// Where.
        line: usize,
        /// What is wrong with it.
        source: NoteError,
    },
    /// A log's key in a witness line, or the other way round.
    #[error("line {line} has a key of the other kind")]
    Kind {
        /// Where.
        line: usize,
    },
    /// A public key that an earlier line has.
    #[error("line {line} repeats a public key")]
    DuplicateKey {
        /// Where.
        line: usize,
    },
    /// A name that an earlier line has, or the reserved `none`.
    #[error("line {line}: the name {name:?} is taken")]
    DuplicateName {
        /// Where.
        line: usize,
        /// The name.
        name: String,
    },
    /// A name that no earlier line has.
    #[error("line {line}: no earlier line names {name:?}")]
    UnknownName {
        /// Where.
        line: usize,
        /// The name.
        name: String,
    },
    /// A name that is a member already.
    #[error("line {line}: {name:?} is a member of a group already")]
    SecondMembership {
        /// Where.
        line: usize,
        /// The name.
        name: String,
    },
    /// A threshold outside 1 to the number of members.
    #[error("line {line}: the threshold {threshold:?} is none of all, any, and 1 to {members}")]
    Threshold {
        /// Where.
        line: usize,
        /// The word.
        threshold: String,
        /// How many members the group has.
        members: usize,
    },
    /// Over [`MEMBERS_MAX`].
    #[error("line {line}: a policy has at most {MEMBERS_MAX} lines of one kind")]
    TooMany {
        /// Where.
        line: usize,
    },
    /// No log line.
    #[error("the policy names no log")]
    NoLog,
    /// No quorum line, or a second one.
    #[error("a policy has exactly one quorum line, this has {found}")]
    Quorums {
        /// How many there were.
        found: usize,
    },
}

/// Why a note is no checkpoint that a policy trusts.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The bytes are no note.
    #[error("the checkpoint is no signed note")]
    Note(#[from] NoteError),
    /// The text is no checkpoint, or a known key's signature does not hold.
    #[error("the checkpoint does not hold")]
    Checkpoint(#[from] CheckpointError),
    /// No log of the policy signed it under its own origin.
    #[error("no log of the policy signed a checkpoint of {origin:?}")]
    UnknownLog {
        /// The origin that the note claims.
        origin: String,
    },
    /// Too few witnesses.
    #[error("the witnesses of this checkpoint do not meet the quorum {quorum:?}: {counted} counted")]
    Quorum {
        /// The name of the quorum.
        quorum: String,
        /// How many cosignatures counted.
        counted: usize,
    },
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Group {
    threshold: usize,
    members: Vec<String>,
}

/// What a verifier trusts about logs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    logs: Vec<NoteKey>,
    witnesses: BTreeMap<String, NoteKey>,
    groups: BTreeMap<String, Group>,
    quorum: Option<String>,
    pins: Vec<String>,
}

/// A checkpoint that a policy vouches for. Only [`Policy::open`] makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustedCheckpoint {
    checkpoint: Checkpoint,
    seen: BTreeMap<String, CosignTime>,
    quorum_time: Option<CosignTime>,
    audit_time: Option<CosignTime>,
}

impl TrustedCheckpoint {
    /// Origin, size and root.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The policy's witnesses that cosigned, each with its time.
    pub fn witnesses(&self) -> impl Iterator<Item = (&str, CosignTime)> {
        self.seen.iter().map(|(name, time)| (name.as_str(), *time))
    }

    /// The moment by which the quorum had seen it; `None` where the policy asks for no witness.
    pub fn quorum_time(&self) -> Option<CosignTime> {
        self.quorum_time
    }

    /// The moment by which enough auditors had replayed it; `None` where they have not.
    pub fn audit_time(&self) -> Option<CosignTime> {
        self.audit_time
    }
}

impl Policy {
    /// Reads a policy file.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(PolicyError::TooLong { found: text.len() });
        }
        let mut reader = Reader::default();
        for (at, content) in text.split('\n').enumerate() {
            reader.take(at + 1, content)?;
        }
        reader.finish()
    }

    /// The `#headwater` comment lines without that word, in the order of the file.
    pub fn pins(&self) -> impl Iterator<Item = &str> {
        self.pins.iter().map(String::as_str)
    }

    /// The logs, by their keys.
    pub fn logs(&self) -> &[NoteKey] {
        &self.logs
    }

    /// Whether it names auditors.
    pub fn has_auditors(&self) -> bool {
        self.groups.contains_key(AUDITORS)
    }

    /// Checks a checkpoint note at the reader's own time. A known key's bad signature refuses the whole note;
    /// lines of unknown keys are passed over.
    pub fn open(&self, note: &[u8], now: CosignTime) -> Result<TrustedCheckpoint, TrustError> {
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(note.claims())?;
        let mut signed = false;
        let mut seen: BTreeMap<String, CosignTime> = BTreeMap::new();
        for line in note.signatures() {
            if let Some(log) = self.logs.iter().find(|log| line.claims(log)) {
                checkpoint.verify_log(log, line)?;
                signed |= log.name() == checkpoint.origin();
            }
            if let Some((name, key)) = self.witnesses.iter().find(|(_, key)| line.claims(key)) {
                let time = checkpoint.verify_cosignature(key, line)?;
                if time.seconds() <= now.seconds().saturating_add(COSIGNATURE_AHEAD_MAX_S) {
                    let newest = seen.get(name).map_or(time, |other| time.max(*other));
                    seen.insert(name.clone(), newest);
                }
            }
        }
        if !signed {
            return Err(TrustError::UnknownLog { origin: checkpoint.origin().to_owned() });
        }
        let quorum_time = self.quorum.as_ref().map(|name| (name, self.met(name, &seen)));
        let quorum_time = match quorum_time {
            Some((quorum, None)) => {
                return Err(TrustError::Quorum { quorum: quorum.clone(), counted: seen.len() });
            }
            Some((_, time)) => time,
            None => None,
        };
        let audit_time = self.groups.get(AUDITORS).and_then(|_| self.met(AUDITORS, &seen));
        Ok(TrustedCheckpoint { checkpoint, seen, quorum_time, audit_time })
    }

    /// When a witness, or enough members of a group, had seen the checkpoint: for a threshold of k the k-th newest
    /// of the members' times.
    fn met(&self, name: &str, seen: &BTreeMap<String, CosignTime>) -> Option<CosignTime> {
        let Some(group) = self.groups.get(name) else {
            return seen.get(name).copied();
        };
        // Members stand on earlier lines and belong to one group each, so this ends.
        let mut times: Vec<CosignTime> = group.members.iter().filter_map(|member| self.met(member, seen)).collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        times.get(group.threshold - 1).copied()
    }
}

/// A policy as far as its lines have been read.
#[derive(Default)]
struct Reader {
    logs: Vec<NoteKey>,
    witnesses: BTreeMap<String, NoteKey>,
    groups: BTreeMap<String, Group>,
    members: BTreeSet<String>,
    quorums: Vec<Option<String>>,
    pins: Vec<String>,
}

impl Reader {
    fn take(&mut self, line: usize, content: &str) -> Result<(), PolicyError> {
        if content.chars().any(|c| c != '\t' && (c < ' ' || c == '\u{7f}')) {
            return Err(PolicyError::Characters { line });
        }
        if content.starts_with('#') {
            self.pins.extend(content.strip_prefix(PIN).map(str::to_owned));
            return Ok(());
        }
        let fields: Vec<&str> = content.split([' ', '\t']).filter(|field| !field.is_empty()).collect();
        match fields.as_slice() {
            [] => Ok(()),
            ["log", vkey] | ["log", vkey, _] => self.log(line, vkey),
            ["witness", name, vkey] | ["witness", name, vkey, _] => self.witness(line, name, vkey),
            ["group", name, threshold, members @ ..] => self.group(line, name, threshold, members),
            ["quorum", "none"] => {
                self.quorums.push(None);
                Ok(())
            }
            ["quorum", name] => {
                self.known(line, name)?;
                self.quorums.push(Some((*name).to_owned()));
                Ok(())
            }
            _ => Err(PolicyError::Line { line }),
        }
    }

    fn log(&mut self, line: usize, vkey: &str) -> Result<(), PolicyError> {
        let key = read_key(line, vkey, KeyKind::Log)?;
        if self.logs.iter().any(|log| log.key() == key.key()) {
            return Err(PolicyError::DuplicateKey { line });
        }
        self.logs.push(key);
        room(line, self.logs.len())
    }

    fn witness(&mut self, line: usize, name: &str, vkey: &str) -> Result<(), PolicyError> {
        let key = read_key(line, vkey, KeyKind::Cosigner)?;
        if self.witnesses.values().any(|witness| witness.key() == key.key()) {
            return Err(PolicyError::DuplicateKey { line });
        }
        self.free(line, name)?;
        self.witnesses.insert(name.to_owned(), key);
        room(line, self.witnesses.len())
    }

    fn group(&mut self, line: usize, name: &str, threshold: &str, members: &[&str]) -> Result<(), PolicyError> {
        self.free(line, name)?;
        for member in members {
            self.known(line, member)?;
            if !self.members.insert((*member).to_owned()) {
                return Err(PolicyError::SecondMembership { line, name: (*member).to_owned() });
            }
        }
        let count = match threshold {
            "all" => Some(members.len()),
            "any" => Some(1),
            number => decimal(number).and_then(|number| usize::try_from(number).ok()),
        };
        let threshold = count.filter(|k| (1..=members.len()).contains(k)).ok_or_else(|| PolicyError::Threshold {
            line,
            threshold: threshold.to_owned(),
            members: members.len(),
        })?;
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        self.groups.insert(name.to_owned(), Group { threshold, members });
        room(line, self.groups.len())
    }

    fn known(&self, line: usize, name: &str) -> Result<(), PolicyError> {
        if self.witnesses.contains_key(name) || self.groups.contains_key(name) {
            return Ok(());
        }
        Err(PolicyError::UnknownName { line, name: name.to_owned() })
    }

    fn free(&self, line: usize, name: &str) -> Result<(), PolicyError> {
        if name == "none" || self.known(line, name).is_ok() {
            return Err(PolicyError::DuplicateName { line, name: name.to_owned() });
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Policy, PolicyError> {
        if self.logs.is_empty() {
            return Err(PolicyError::NoLog);
        }
        let found = self.quorums.len();
        let (Some(quorum), 1) = (self.quorums.pop(), found) else {
            return Err(PolicyError::Quorums { found });
        };
        Ok(Policy { logs: self.logs, witnesses: self.witnesses, groups: self.groups, quorum, pins: self.pins })
    }
}

fn read_key(line: usize, vkey: &str, kind: KeyKind) -> Result<NoteKey, PolicyError> {
    let key = NoteKey::parse(vkey).map_err(|source| PolicyError::Key { line, source })?;
    if key.kind() == kind { Ok(key) } else { Err(PolicyError::Kind { line }) }
}

fn room(line: usize, count: usize) -> Result<(), PolicyError> {
    if count <= MEMBERS_MAX { Ok(()) } else { Err(PolicyError::TooMany { line }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::tests::{NOTE, signer};
    use crate::hash::Hash;
    use crate::note::NoteSigner;
    use crate::tree::TreeSize;

    fn time(seconds: u64) -> CosignTime {
        CosignTime::new(seconds).unwrap()
    }

    fn witness(seed: u8) -> NoteSigner {
        signer(&format!("w{seed}.example"), KeyKind::Cosigner, seed)
    }

    fn log_line() -> String {
        format!("log {}\n", signer("log.example/h1", KeyKind::Log, 1).key())
    }

    fn three_witnesses() -> String {
        (2..5).map(|seed| format!("witness w{seed} {} https://w.example\n", witness(seed).key())).collect()
    }

    /// A checkpoint of the log, cosigned by these witnesses at these times.
    fn note(cosigned: &[(u8, u64)]) -> Vec<u8> {
        let checkpoint = Checkpoint::new("log.example/h1", TreeSize::new(3).unwrap(), Hash::ZERO).unwrap();
        let mut note = checkpoint.sign(&signer("log.example/h1", KeyKind::Log, 1)).unwrap().to_string();
        for (seed, at) in cosigned {
            note += &format!("{}\n", checkpoint.cosign(&witness(*seed), time(*at)).unwrap());
        }
        note.into_bytes()
    }

    #[test]
    fn the_published_checkpoint_under_its_own_policy() {
        let text = format!(
            "# comment\n#headwater ledger 00ff\n{}witness w1 {}\nquorum w1\n",
            log_line(),
            signer("w1.example", KeyKind::Cosigner, 2).key()
        );
        let policy = Policy::parse(&text).unwrap();
        assert_eq!(policy.pins().collect::<Vec<_>>(), ["ledger 00ff"]);
        let trusted = policy.open(NOTE.as_bytes(), time(1_767_225_600)).unwrap();
        assert_eq!(trusted.quorum_time(), Some(time(1_767_225_600)));
        assert_eq!(trusted.audit_time(), None);
    }

    #[test]
    fn the_quorum_time_is_that_of_the_kth_newest() {
        let policy =
            Policy::parse(&format!("{}{}group q 2 w2 w3 w4\nquorum q\n", log_line(), three_witnesses())).unwrap();
        let open = |cosigned: &[(u8, u64)]| policy.open(&note(cosigned), time(100));
        assert_eq!(open(&[(2, 10), (3, 30), (4, 20)]).unwrap().quorum_time(), Some(time(20)));
        let quorum = |counted| Err(TrustError::Quorum { quorum: "q".into(), counted });
        assert_eq!(open(&[(2, 10)]), quorum(1));
        assert_eq!(open(&[(2, 10), (2, 11)]), quorum(1));
        assert_eq!(open(&[(2, 10), (3, 131)]), quorum(1));
        assert!(open(&[(2, 10), (3, 130)]).is_ok());
        assert_eq!(open(&[(2, 10), (9, 20)]), quorum(1));
    }

    #[test]
    fn auditors_count_apart_from_the_quorum() {
        let text = format!("{}{}group auditors all w3 w4\nquorum w2\n", log_line(), three_witnesses());
        let policy = Policy::parse(&text).unwrap();
        let audited = |cosigned: &[(u8, u64)]| policy.open(&note(cosigned), time(100)).unwrap().audit_time();
        assert_eq!(audited(&[(2, 10), (3, 20)]), None);
        assert_eq!(audited(&[(2, 10), (3, 20), (4, 15)]), Some(time(15)));
    }

    #[test]
    fn notes_that_no_policy_trusts() {
        let policy = Policy::parse(&format!("{}{}quorum none\n", log_line(), three_witnesses())).unwrap();
        assert_eq!(policy.open(&note(&[]), time(1)).unwrap().quorum_time(), None);
        let unknown = Policy::parse(&format!("log {}\nquorum none\n", signer("o", KeyKind::Log, 8).key())).unwrap();
        let error = TrustError::UnknownLog { origin: "log.example/h1".into() };
        assert_eq!(unknown.open(&note(&[]), time(1)), Err(error));
        // A forged line of a known witness beside a good one refuses the whole note.
        let other = Checkpoint::new("log.example/h1", TreeSize::new(4).unwrap(), Hash::ZERO).unwrap();
        let forged = format!("{}\n", other.cosign(&witness(2), time(1)).unwrap());
        let bytes = [note(&[(3, 1)]), forged.into_bytes()].concat();
        assert!(matches!(
            policy.open(&bytes, time(1)),
            Err(TrustError::Checkpoint(CheckpointError::Signature { name, .. })) if name == "w2.example"
        ));
    }

    #[test]
    fn policies_that_are_none() {
        let (log, witnesses) = (log_line(), three_witnesses());
        let refused = |text: String| Policy::parse(&text).unwrap_err();
        assert_eq!(refused(format!("{witnesses}quorum none\n")), PolicyError::NoLog);
        assert_eq!(refused(log.clone()), PolicyError::Quorums { found: 0 });
        assert_eq!(refused(format!("{log}quorum none\nquorum none\n")), PolicyError::Quorums { found: 2 });
        assert_eq!(refused(format!("{log}{log}quorum none\n")), PolicyError::DuplicateKey { line: 2 });
        assert_eq!(refused(format!("{log}\rquorum none\n")), PolicyError::Characters { line: 2 });
        assert_eq!(refused(format!("{log}quorum x\n")), PolicyError::UnknownName { line: 2, name: "x".into() });
        assert_eq!(refused(format!("{log}witness {}\n", witness(2).key())), PolicyError::Line { line: 2 });
        assert_eq!(refused(format!("log {}\n", witness(2).key())), PolicyError::Kind { line: 1 });
        let group = |rest: &str| refused(format!("{log}{witnesses}group {rest}\nquorum none\n"));
        for (threshold, members) in [("0", 2), ("3", 2), ("01", 2), ("most", 2)] {
            let error = PolicyError::Threshold { line: 5, threshold: threshold.into(), members };
            assert_eq!(group(&format!("g {threshold} w2 w3")), error);
        }
        assert_eq!(group("g any"), PolicyError::Threshold { line: 5, threshold: "any".into(), members: 0 });
        assert_eq!(group("none any w2"), PolicyError::DuplicateName { line: 5, name: "none".into() });
        assert_eq!(group("w2 any w3"), PolicyError::DuplicateName { line: 5, name: "w2".into() });
        assert_eq!(group("g any g"), PolicyError::UnknownName { line: 5, name: "g".into() });
        assert_eq!(group("g any w2 w2"), PolicyError::SecondMembership { line: 5, name: "w2".into() });
        let long = "#".repeat(POLICY_BYTES_MAX + 1);
        assert_eq!(refused(long), PolicyError::TooLong { found: POLICY_BYTES_MAX + 1 });
    }
}
