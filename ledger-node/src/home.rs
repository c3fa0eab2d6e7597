//! The directory of a node: the ledger, the keys that the node was founded with, and the policy that its readers pin.

use headwater_key::new_file::{self, Readers};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use headwater_event::entry::{FORMAT_VERSION, Genesis, GenesisKey, Origin};
use headwater_event::signature::{KeyUse, Possession};
use headwater_event::subject::PartyKey;
use headwater_ledger::founding::found;
use headwater_sled::Founding;
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use headwater_tlog::note::{KeyKind, NoteKey, NoteSigner};

use crate::clock::now_ms;
use crate::place::HomePlace;

/// A node's directory, with the paths of its files.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

/// Result of a founding: the id of the ledger, and the policy.
#[derive(Clone, Debug)]
pub struct Founded {
    /// Id of the ledger: the leaf hash of its genesis.
    pub ledger_id: Hash,
    /// Policy that readers pin, without witnesses.
    pub policy: String,
}

impl Home {
    /// Names a directory; this creates nothing.
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Returns the path of the directory.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the path of the store of the ledger.
    pub fn ledger(&self) -> PathBuf {
        self.0.join("ledger")
    }

    /// Returns the path of the key that signs checkpoints.
    pub fn log_key(&self) -> PathBuf {
        self.0.join("log.key")
    }

    /// Returns the path of the operator's key for party events.
    pub fn admin_key(&self) -> PathBuf {
        self.0.join("operator-admin.key")
    }

    /// Returns the path of the operator's key for every other kind of event.
    pub fn events_key(&self) -> PathBuf {
        self.0.join("operator-events.key")
    }

    /// Returns the path of the newest checkpoint that left this node.
    pub fn published(&self) -> PathBuf {
        self.0.join("published")
    }

    /// Returns the path of the files that events announce.
    pub fn attachments(&self) -> PathBuf {
        self.0.join("attachments")
    }

    /// Returns the path of the scan log.
    pub fn scans(&self) -> PathBuf {
        self.0.join("scans")
    }

    /// Returns the path of the throw-away certificate, for clients to trust.
    pub fn dev_tls(&self) -> PathBuf {
        self.0.join("dev-tls.pem")
    }

    /// Returns the path of the file that keeps the place where the home signs.
    pub fn place(&self) -> PathBuf {
        self.0.join("place")
    }

    /// Returns the path of the policy that readers pin.
    pub fn policy(&self) -> PathBuf {
        self.0.join("policy")
    }

    /// Founds a ledger: makes new keys, the genesis and the policy. `previous` is the id of a ledger that this one continues.
    pub async fn init(
        &self,
        origin: &Origin,
        operator: &PartyKey,
        auditors: &[(String, NoteKey)],
        previous: Option<Hash>,
    ) -> anyhow::Result<Founded> {
        if self.0.exists() {
            bail!("{} exists already; a ledger is founded in a new directory only", self.0.display());
        }
        fs::create_dir_all(&self.0).with_context(|| format!("{} cannot be made", self.0.display()))?;
        let mut keys = Vec::new();
        for path in [self.log_key(), self.admin_key(), self.events_key()] {
            let seed = headwater_key::generate()?;
            headwater_key::write(&path, &seed)?;
            keys.push(SecretKey::from_seed(&seed));
        }
        let [log_key, admin, events]: [SecretKey; 3] =
            keys.try_into().map_err(|_| anyhow::anyhow!("three keys were made"))?;
        let genesis = Genesis {
            log_key: log_key.public(),
            operator: operator.clone(),
            keys: vec![
                genesis_key(origin, operator, &events, KeyUse::Events)?,
                genesis_key(origin, operator, &admin, KeyUse::Admin)?,
            ],
            format_version: FORMAT_VERSION,
            previous,
            origin: origin.clone(),
        };
        let signer = NoteSigner::new(origin.as_str(), KeyKind::Log, log_key)?;
        let founding = Founding::begin(&self.ledger())?;
        let ledger_id = found(founding.store(), genesis, &signer, now_ms()).await?;
        founding.finish()?;
        HomePlace::of(self)?.keep()?;
        let policy = policy(signer.key(), ledger_id, auditors);
        new_file::write(&self.policy(), policy.as_bytes(), Readers::All)?;
        Ok(Founded { ledger_id, policy })
    }

    /// Reads the log key, and returns the signer of checkpoints.
    pub fn signer(&self, origin: &str) -> anyhow::Result<NoteSigner> {
        Ok(NoteSigner::new(origin, KeyKind::Log, headwater_key::read(&self.log_key())?)?)
    }
}

fn genesis_key(
    origin: &Origin,
    operator: &PartyKey,
    secret: &SecretKey,
    key_use: KeyUse,
) -> anyhow::Result<GenesisKey> {
    let ledger = Hash::plain(origin.as_str().as_bytes());
    let statement = Possession { ledger, party: operator.clone(), key_use, public_key: secret.public() };
    Ok(GenesisKey { possession: statement.prove(secret)?, public_key: secret.public(), key_use })
}

/// Writes the policy that pins a log, its ledger and its auditors. Readers add witnesses themselves.
fn policy(log: &NoteKey, ledger_id: Hash, auditors: &[(String, NoteKey)]) -> String {
    let mut text = format!("log {log}\n");
    for (name, key) in auditors {
        text += &format!("witness {name} {key}\n");
    }
    if !auditors.is_empty() {
        let names: Vec<&str> = auditors.iter().map(|(name, _)| name.as_str()).collect();
        text += &format!("group auditors 1 {}\n", names.join(" "));
    }
    text + &format!("quorum none\n#headwater ledger {ledger_id}\n")
}
