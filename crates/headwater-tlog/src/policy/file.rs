//! The file form of a policy, read line by line.

use std::collections::{BTreeMap, BTreeSet};

use super::{BLANKS, Group, MEMBERS_MAX, POLICY_BYTES_MAX, Policy};
use crate::note::{ForeignKey, KeyKind, NoteError, NoteKey, WrittenKey};
use crate::text::decimal;

const PIN: &str = "#headwater ";
/// Byte order mark that some editors write before the first line.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Error for a text that is not a policy. Lines are counted from 1.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Text longer than [`POLICY_BYTES_MAX`].
    #[error("a policy has at most {POLICY_BYTES_MAX} bytes, this has {found}")]
    TooLong {
        /// Number of bytes in the text.
        found: usize,
    },
    /// Control character other than tab, line feed, or carriage return before a line feed.
    #[error("line {line} has a control character: a policy has none but tab, and ends its lines with a line feed")]
    Characters {
        /// Line of the policy, counted from 1.
        line: usize,
    },
    /// Line that has none of the known forms.
    #[error("line {line} is none of: log, witness, group, quorum")]
    Line {
        /// Line of the policy, counted from 1.
        line: usize,
    },
    /// Key that cannot be read or is not admitted.
    #[error("line {line} has no usable key")]
    Key {
        /// Line of the policy, counted from 1.
        line: usize,
        /// Rule that the written key breaks.
        source: NoteError,
    },
    /// Key of a log in a witness line, or key of a cosigner in a log line.
    #[error("line {line} has a key of the other kind")]
    Kind {
        /// Line of the policy, counted from 1.
        line: usize,
    },
    /// Public key that an earlier line has.
    #[error("line {line} repeats a public key")]
    DuplicateKey {
        /// Line of the policy, counted from 1.
        line: usize,
    },
    /// Name that an earlier line has, or the reserved `none`.
    #[error("line {line}: the name {name:?} is taken")]
    DuplicateName {
        /// Line of the policy, counted from 1.
        line: usize,
        /// Name that the line uses.
        name: String,
    },
    /// Name that no earlier line defines.
    #[error("line {line}: no earlier line names {name:?}")]
    UnknownName {
        /// Line of the policy, counted from 1.
        line: usize,
        /// Name that the line uses.
        name: String,
    },
    /// Name that is already a member of a group.
    #[error("line {line}: {name:?} is a member of a group already")]
    SecondMembership {
        /// Line of the policy, counted from 1.
        line: usize,
        /// Name that the line uses.
        name: String,
    },
    /// Threshold that is not `all`, `any`, or a number from 1 to the number of members.
    #[error("line {line}: the threshold {threshold:?} is none of all, any, and 1 to {members}")]
    Threshold {
        /// Line of the policy, counted from 1.
        line: usize,
        /// Threshold as the line states it.
        threshold: String,
        /// Number of members in the group.
        members: usize,
    },
    /// More than [`MEMBERS_MAX`] logs, witnesses or groups.
    #[error("line {line}: a policy has at most {MEMBERS_MAX} lines of one kind")]
    TooMany {
        /// Line of the policy, counted from 1.
        line: usize,
    },
    /// Policy without a log line.
    #[error("the policy names no log")]
    NoLog,
    /// Policy without a quorum line, or with more than one.
    #[error("a policy has exactly one quorum line, this has {found}")]
    Quorums {
        /// Number of quorum lines in the policy.
        found: usize,
    },
}

/// Reads the text of a policy file.
pub(super) fn read(text: &str) -> Result<Policy, PolicyError> {
    if text.len() > POLICY_BYTES_MAX {
        return Err(PolicyError::TooLong { found: text.len() });
    }
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut reader = Reader::default();
    for (at, content) in text.split('\n').enumerate() {
        reader.take(at + 1, content.strip_suffix('\r').unwrap_or(content))?;
    }
    reader.finish()
}

/// State of a policy while its lines are read.
#[derive(Default)]
struct Reader {
    logs: Vec<NoteKey>,
    witnesses: BTreeMap<String, NoteKey>,
    unread: BTreeMap<String, ForeignKey>,
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
        let content = content.trim_start_matches(BLANKS);
        if content.starts_with('#') {
            self.pins.extend(content.strip_prefix(PIN).map(str::to_owned));
            return Ok(());
        }
        let fields: Vec<&str> = content.split(BLANKS).filter(|field| !field.is_empty()).collect();
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
        let key = NoteKey::parse(vkey).map_err(|source| PolicyError::Key { line, source })?;
        if key.kind() != KeyKind::Log {
            return Err(PolicyError::Kind { line });
        }
        if self.logs.iter().any(|log| log.key() == key.key()) {
            return Err(PolicyError::DuplicateKey { line });
        }
        self.logs.push(key);
        room(line, self.logs.len())
    }

    fn witness(&mut self, line: usize, name: &str, vkey: &str) -> Result<(), PolicyError> {
        let key = WrittenKey::parse(vkey).map_err(|source| PolicyError::Key { line, source })?;
        let is_taken = match &key {
            WrittenKey::Known(key) if key.kind() != KeyKind::Cosigner => return Err(PolicyError::Kind { line }),
            WrittenKey::Known(key) => self.witnesses.values().any(|witness| witness.key() == key.key()),
            WrittenKey::Foreign(key) => self.unread.values().any(|witness| witness == key),
        };
        if is_taken {
            return Err(PolicyError::DuplicateKey { line });
        }
        self.free(line, name)?;
        match key {
            WrittenKey::Known(key) => self.witnesses.insert(name.to_owned(), key).map(|_| ()),
            WrittenKey::Foreign(key) => self.unread.insert(name.to_owned(), key).map(|_| ()),
        };
        room(line, self.witnesses.len() + self.unread.len())
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
        if self.witnesses.contains_key(name) || self.unread.contains_key(name) || self.groups.contains_key(name) {
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
        let Self { logs, witnesses, unread, groups, pins, .. } = self;
        Ok(Policy { logs, witnesses, unread, groups, quorum, pins })
    }
}

fn room(line: usize, count: usize) -> Result<(), PolicyError> {
    if count <= MEMBERS_MAX { Ok(()) } else { Err(PolicyError::TooMany { line }) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{log_line, three_witnesses, witness};
    use super::*;

    #[test]
    fn marks_of_editors_and_indented_comments_are_passed_over() {
        let plain = format!("# a comment\n#headwater ledger 00ff\n{}{}quorum none\n", log_line(), three_witnesses());
        let policy = Policy::parse(&plain).unwrap();
        assert_eq!(Policy::parse(&plain.replace('\n', "\r\n")).as_ref(), Ok(&policy));
        assert_eq!(Policy::parse(&format!("\u{feff}{plain}")).as_ref(), Ok(&policy));
        assert_eq!(Policy::parse(&plain.replace('#', " \t#")).as_ref(), Ok(&policy), "an indented pin is a pin");
    }

    #[test]
    fn policies_that_are_none() {
        let (log, witnesses) = (log_line(), three_witnesses());
        let refused = |text: String| Policy::parse(&text).unwrap_err();
        assert_eq!(refused(format!("{witnesses}quorum none\n")), PolicyError::NoLog);
        assert_eq!(refused(log.clone()), PolicyError::Quorums { found: 0 });
        assert_eq!(refused(format!("{log}quorum none\nquorum none\n")), PolicyError::Quorums { found: 2 });
        assert_eq!(refused(format!("{log}{log}quorum none\n")), PolicyError::DuplicateKey { line: 2 });
        assert_eq!(refused(format!("{log}quorum\r none\n")), PolicyError::Characters { line: 2 });
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
