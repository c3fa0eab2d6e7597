//! C2SP tlog-policy: the trusted logs, the witnesses, the quorum, and the auditors among the witnesses.
//!
//! A policy belongs to the verifier. A [`TrustedCheckpoint`] comes only from [`Policy::open`] or [`Policy::open_before_quorum`].
//!
//! ```text
//! log <vkey> [<url>]
//! witness <name> <vkey> [<url>]
//! group <name> all|any|<k> <member>...
//! quorum <name>|none
//! ```
//!
//! Auditors are the members of the group named `auditors`. Comment lines that begin with `#headwater` contain pins that C2SP has no line
//! for. Other tools ignore these lines, and this crate returns them unread ([`Policy::pins`]).
//!
//! A witness with a key of an unknown type is a member that never cosigns ([`Policy::unread`]); it lowers no threshold. The reader ignores
//! marks of editors: a byte order mark at the start, and a carriage return before a line feed.

mod file;

use std::collections::BTreeMap;

use crate::checkpoint::{Checkpoint, CheckpointError, CosignTime};
use crate::note::{ForeignKey, Note, NoteError, NoteKey};

pub use file::PolicyError;

/// Characters between the words of a line.
pub const BLANKS: [char; 2] = [' ', '\t'];
/// Largest policy file that is read, in bytes: 64 KiB.
pub const POLICY_BYTES_MAX: usize = 64 * 1024;
/// Largest number of logs, of witnesses and of groups in a policy.
pub const MEMBERS_MAX: usize = 256;

/// Name of the group whose members replay the log before they cosign.
pub const AUDITORS: &str = "auditors";

/// Error for a note that is not a checkpoint that the policy trusts.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// Bytes that are not a signed note.
    #[error("the checkpoint is not a signed note")]
    Note(#[from] NoteError),
    /// Text that is not a checkpoint, or a signature of a known key that does not hold.
    #[error("the checkpoint does not hold")]
    Checkpoint(#[from] CheckpointError),
    /// Checkpoint that no log of the policy signed under its own origin.
    #[error("no log of the policy signed a checkpoint of {origin:?}")]
    UnknownLog {
        /// Origin that the note claims.
        origin: String,
    },
    /// Too few members of the quorum cosigned.
    #[error("the witnesses of this checkpoint do not meet the quorum {quorum:?}: {counted} of its members cosigned")]
    Quorum {
        /// Name of the quorum in the policy.
        quorum: String,
        /// Number of its members that cosigned.
        counted: usize,
    },
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Group {
    threshold: usize,
    members: Vec<String>,
}

/// Rules of a verifier: trusted logs, witnesses, groups, quorum and pins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    logs: Vec<NoteKey>,
    witnesses: BTreeMap<String, NoteKey>,
    unread: BTreeMap<String, ForeignKey>,
    groups: BTreeMap<String, Group>,
    quorum: Option<String>,
    pins: Vec<String>,
}

/// Checkpoint that satisfies a policy. Only [`Policy::open`] makes one, and [`Policy::open_before_quorum`], whose result may still lack the
/// quorum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustedCheckpoint {
    checkpoint: Checkpoint,
    seen: BTreeMap<String, CosignTime>,
    quorum_time: Option<CosignTime>,
    audit_time: Option<CosignTime>,
    outstanding: Option<Outstanding>,
}

/// Quorum that too few witnesses have cosigned for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outstanding {
    /// Name of the quorum in the policy.
    pub quorum: String,
    /// Number of its witnesses that cosigned.
    pub counted: usize,
}

impl TrustedCheckpoint {
    /// Origin, size and root of the log.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Witnesses of the policy that cosigned, each with the time that it states.
    pub fn witnesses(&self) -> impl Iterator<Item = (&str, CosignTime)> {
        self.seen.iter().map(|(name, time)| (name.as_str(), *time))
    }

    /// Time by which the quorum had seen the checkpoint. `None` when the policy requires no witness, or while the quorum is outstanding.
    pub fn quorum_time(&self) -> Option<CosignTime> {
        self.quorum_time
    }

    /// Quorum that is not met yet: the log signed the checkpoint, but too few witnesses have cosigned for the policy to trust it.
    pub fn outstanding(&self) -> Option<&Outstanding> {
        self.outstanding.as_ref()
    }

    /// Time by which enough auditors had replayed the log up to the checkpoint; `None` otherwise.
    pub fn audit_time(&self) -> Option<CosignTime> {
        self.audit_time
    }
}

impl Policy {
    /// Reads the text of a policy file.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        file::read(text)
    }

    /// Returns the `#headwater` comment lines without that word, in file order.
    pub fn pins(&self) -> impl Iterator<Item = &str> {
        self.pins.iter().map(String::as_str)
    }

    /// Returns the witnesses with keys of an unknown type, each with the number of the type. They never count.
    pub fn unread(&self) -> impl Iterator<Item = (&str, u8)> {
        self.unread.iter().map(|(name, key)| (name.as_str(), key.kind()))
    }

    /// Keys of the trusted logs, in file order.
    pub fn logs(&self) -> &[NoteKey] {
        &self.logs
    }

    /// Whether the policy has a group of auditors.
    pub fn has_auditors(&self) -> bool {
        self.groups.contains_key(AUDITORS)
    }

    /// Whether the policy requires cosignatures.
    pub fn has_quorum(&self) -> bool {
        self.quorum.is_some()
    }

    /// Verifies a checkpoint note without reading a clock. A bad signature of a known key refuses the whole note; lines of unknown keys are
    /// ignored.
    pub fn open(&self, note: &[u8]) -> Result<TrustedCheckpoint, TrustError> {
        let opened = self.open_before_quorum(note)?;
        match opened.outstanding {
            Some(Outstanding { quorum, counted }) => Err(TrustError::Quorum { quorum, counted }),
            None => Ok(opened),
        }
    }

    /// Verifies a checkpoint note except for the quorum. An author uses this function to learn that the log recorded an event before others
    /// cosign. [`TrustedCheckpoint::outstanding`] shows the missing quorum.
    pub fn open_before_quorum(&self, note: &[u8]) -> Result<TrustedCheckpoint, TrustError> {
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(note.claims())?;
        let mut signed = false;
        let mut seen: BTreeMap<String, CosignTime> = BTreeMap::new();
        for line in note.signatures() {
            if let Some(log) = self.logs.iter().find(|log| line.names(log)) {
                checkpoint.verify_log(log, line)?;
                signed |= log.name() == checkpoint.origin();
            }
            if let Some((name, key)) = self.witnesses.iter().find(|(_, key)| line.names(key)) {
                let time = checkpoint.verify_cosignature(key, line)?;
                let newest = seen.get(name).map_or(time, |other| time.max(*other));
                seen.insert(name.clone(), newest);
            }
        }
        if !signed {
            return Err(TrustError::UnknownLog { origin: checkpoint.origin().to_owned() });
        }
        let quorum_time = self.quorum.as_ref().and_then(|name| self.met(name, &seen));
        let outstanding = self.quorum.as_ref().filter(|_| quorum_time.is_none()).map(|quorum| Outstanding {
            quorum: quorum.clone(),
            counted: self.members(quorum).into_iter().filter(|name| seen.contains_key(*name)).count(),
        });
        let audit_time = self.groups.get(AUDITORS).and_then(|_| self.met(AUDITORS, &seen));
        Ok(TrustedCheckpoint { checkpoint, seen, quorum_time, audit_time, outstanding })
    }

    /// Returns the witnesses of a group, at any depth, or the witness of this name.
    fn members<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        match self.groups.get(name) {
            Some(group) => group.members.iter().flat_map(|member| self.members(member)).collect(),
            None => vec![name],
        }
    }

    /// Time by which a witness, or enough members of a group, had seen the checkpoint. A threshold of k gives the k-th newest of the
    /// members' times.
    fn met(&self, name: &str, seen: &BTreeMap<String, CosignTime>) -> Option<CosignTime> {
        let Some(group) = self.groups.get(name) else {
            return seen.get(name).copied();
        };
        // The recursion ends: members are named on earlier lines and belong to one group each.
        let mut times: Vec<CosignTime> = group.members.iter().filter_map(|member| self.met(member, seen)).collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        times.get(group.threshold - 1).copied()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::checkpoint::tests::{NOTE, signer};
    use crate::hash::Hash;
    use crate::note::{KeyKind, NoteSigner};
    use crate::tree::TreeSize;

    fn time(seconds: u64) -> CosignTime {
        CosignTime::new(seconds).unwrap()
    }

    pub(super) fn witness(seed: u8) -> NoteSigner {
        signer(&format!("w{seed}.example"), KeyKind::Cosigner, seed)
    }

    pub(super) fn log_line() -> String {
        format!("log {}\n", signer("log.example/h1", KeyKind::Log, 1).key())
    }

    pub(super) fn three_witnesses() -> String {
        (2..5).map(|seed| format!("witness w{seed} {} https://w.example\n", witness(seed).key())).collect()
    }

    /// Checkpoint note of the log, cosigned by these witnesses at these times.
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
        let trusted = policy.open(NOTE.as_bytes()).unwrap();
        assert_eq!(trusted.quorum_time(), Some(time(1_767_225_600)));
        assert_eq!(trusted.audit_time(), None);
    }

    #[test]
    fn the_quorum_time_is_that_of_the_kth_newest() {
        let policy =
            Policy::parse(&format!("{}{}group q 2 w2 w3 w4\nquorum q\n", log_line(), three_witnesses())).unwrap();
        let open = |cosigned: &[(u8, u64)]| policy.open(&note(cosigned));
        assert_eq!(open(&[(2, 10), (3, 30), (4, 20)]).unwrap().quorum_time(), Some(time(20)));
        let quorum = |counted| Err(TrustError::Quorum { quorum: "q".into(), counted });
        assert_eq!(open(&[(2, 10)]), quorum(1));
        assert_eq!(open(&[(2, 10), (2, 11)]), quorum(1));
        let before = policy.open_before_quorum(&note(&[(2, 10)])).unwrap();
        assert_eq!(before.outstanding(), Some(&Outstanding { quorum: "q".into(), counted: 1 }));
        assert_eq!(before.quorum_time(), None);
        assert_eq!(policy.open_before_quorum(&note(&[(2, 10), (3, 30)])).unwrap().outstanding(), None);
        // The policy reads no clock: a cosignature from the future counts too.
        assert_eq!(open(&[(2, 10), (3, 1_000_000)]).unwrap().quorum_time(), Some(time(10)));
        assert_eq!(open(&[(2, 10), (9, 20)]), quorum(1));
    }

    #[test]
    fn auditors_count_apart_from_the_quorum() {
        let text = format!("{}{}group auditors all w3 w4\nquorum w2\n", log_line(), three_witnesses());
        let policy = Policy::parse(&text).unwrap();
        let audited = |cosigned: &[(u8, u64)]| policy.open(&note(cosigned)).unwrap().audit_time();
        assert_eq!(audited(&[(2, 10), (3, 20)]), None);
        assert_eq!(audited(&[(2, 10), (3, 20), (4, 15)]), Some(time(15)));
    }

    #[test]
    fn notes_that_no_policy_trusts() {
        let policy = Policy::parse(&format!("{}{}quorum none\n", log_line(), three_witnesses())).unwrap();
        assert_eq!(policy.open(&note(&[])).unwrap().quorum_time(), None);
        let unknown = Policy::parse(&format!("log {}\nquorum none\n", signer("o", KeyKind::Log, 8).key())).unwrap();
        let error = TrustError::UnknownLog { origin: "log.example/h1".into() };
        assert_eq!(unknown.open(&note(&[])), Err(error));
        // A forged line of a known witness refuses the whole note, even beside a good line.
        let other = Checkpoint::new("log.example/h1", TreeSize::new(4).unwrap(), Hash::ZERO).unwrap();
        let forged = format!("{}\n", other.cosign(&witness(2), time(1)).unwrap());
        let bytes = [note(&[(3, 1)]), forged.into_bytes()].concat();
        assert!(matches!(
            policy.open(&bytes),
            Err(TrustError::Checkpoint(CheckpointError::Signature { name, .. })) if name == "w2.example"
        ));
    }

    /// Policy line of a witness with a key of type 0x06 (ML-DSA-44).
    fn foreign(name: &str, key: u8) -> String {
        let blob = [&[0x06], [key; 1_312].as_slice()].concat();
        let id = Hash::plain(&[format!("{name}.example\n").as_bytes(), &blob].concat());
        let id = hex::encode(&id.as_bytes()[..4]);
        format!("witness {name} {name}.example+{id}+{}\n", crate::text::encode_base64(&blob))
    }

    #[test]
    fn a_witness_of_an_unknown_type_never_cosigns() {
        let read =
            |rest: &str| Policy::parse(&format!("{}{}{}{rest}", log_line(), three_witnesses(), foreign("pq", 7)));
        let policy = read("group q 2 w2 w3 pq\nquorum q\n").unwrap();
        assert_eq!(policy.unread().collect::<Vec<_>>(), [("pq", 0x06)]);
        assert!(policy.open(&note(&[(2, 10), (3, 20)])).is_ok());
        let short = Err(TrustError::Quorum { quorum: "q".into(), counted: 1 });
        assert_eq!(policy.open(&note(&[(2, 10)])), short, "a threshold stays what it is");
        let alone = read("quorum pq\n").unwrap().open(&note(&[(2, 10)]));
        assert_eq!(alone, Err(TrustError::Quorum { quorum: "pq".into(), counted: 0 }));
        let twice = read(&format!("{}quorum none\n", foreign("other", 7)));
        assert_eq!(twice, Err(PolicyError::DuplicateKey { line: 6 }));
        assert_eq!(read(&format!("{}quorum none\n", foreign("other", 8))).unwrap().unread().count(), 2);
        let as_log = foreign("pq", 7).replace("witness pq", "log");
        let kind = PolicyError::Key { line: 1, source: NoteError::KeyType { kind: 0x06 } };
        assert_eq!(Policy::parse(&format!("{as_log}quorum none\n")), Err(kind));
    }
}
