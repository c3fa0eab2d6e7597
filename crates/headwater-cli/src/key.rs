//! `headwater key`: private keys in files, and the proof of possession of a key.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use headwater_event::draft;
use headwater_event::kind::party::AddKey;
use headwater_event::signature::{KeyUse, Possession};
use headwater_event::subject::PartyKey;
use headwater_key::Passphrase;
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use serde::Serialize;
use serde_yaml_ng::Deserializer;

use crate::values::value;
use crate::{NodeArguments, print, read_text};

#[derive(Subcommand)]
pub enum KeyCommand {
    /// Make a key in a new file that only you can read, and print its id.
    #[command(after_help = "Examples:\n  headwater key new brand.key\n  headwater key new brand.key --passphrase")]
    New {
        /// Path of the key file; the file must not exist.
        path: PathBuf,
        /// Lock the key with a passphrase, which the command asks for on the terminal.
        #[arg(long)]
        passphrase: bool,
        /// Lock the key with the passphrase that this shell command prints.
        #[arg(long, conflicts_with = "passphrase")]
        passphrase_cmd: Option<String>,
    },
    /// Print the public key and its id.
    #[command(after_help = "Example:\n  headwater key show brand.key")]
    Show {
        /// Path of the key file.
        path: PathBuf,
        /// Shell command that prints the passphrase; without this flag, you are asked.
        #[arg(long)]
        passphrase_cmd: Option<String>,
    },
    /// Print the proof that you hold a key, for the party that registers the key: `headwater party add-key FILE`.
    #[command(
        after_help = "Example:\n  headwater key prove brand.key --party 417/9526543000105 --use events --policy policy > brand.proof"
    )]
    Prove {
        /// Path of the key file.
        path: PathBuf,
        /// Party that is to own the key.
        #[arg(long, value_parser = value::<PartyKey>)]
        party: PartyKey,
        /// Use of the key: events, or admin for party events.
        #[arg(long = "use", value_parser = value::<KeyUse>)]
        key_use: KeyUse,
        /// Shell command that prints the passphrase; without this flag, you are asked.
        #[arg(long)]
        passphrase_cmd: Option<String>,
        #[command(flatten)]
        node: NodeArguments,
    },
}

/// Key that signs events and requests.
#[derive(Args, Clone)]
pub struct KeyArguments {
    /// Path of the key file.
    #[arg(long, env = "HEADWATER_KEY")]
    key: Option<PathBuf>,
    /// Shell command that prints the key's passphrase; without this flag, you are asked if the key has one.
    #[arg(long, env = "HEADWATER_PASSPHRASE_CMD")]
    passphrase_cmd: Option<String>,
}

impl KeyArguments {
    /// Reads the key, with its passphrase if the key has one.
    pub fn unlock(&self) -> anyhow::Result<SecretKey> {
        let key = self.key.as_ref().context("with which key? --key, or HEADWATER_KEY")?;
        Ok(headwater_key::unlock(key, &passphrase(self.passphrase_cmd.clone()))?)
    }
}

/// Source of a passphrase, for a key that has one.
fn passphrase(command: Option<String>) -> Passphrase {
    command.map_or(Passphrase::Ask, Passphrase::Command)
}

/// Content of a file of `headwater key prove`: the party that is to own a key, and the action that gives the party the key.
/// Nothing here verifies the proof of possession in the action. An event that adds a key with a wrong proof is not well
/// formed.
#[derive(Serialize)]
pub struct Proof {
    pub party: PartyKey,
    pub add_key: AddKey,
}

headwater_event::draft! {
    /// Proof as a file holds it.
    pub struct ProofDraft, whole Proof {
        /// Party that is to own the key.
        party: one PartyKey,
        /// Action that gives the party the key.
        add_key: one AddKey,
    }
}

impl Proof {
    fn make(secret: &SecretKey, party: PartyKey, key_use: KeyUse, ledger: Hash) -> anyhow::Result<Self> {
        let public_key = secret.public();
        let statement = Possession { ledger, party: party.clone(), key_use, public_key: public_key.clone() };
        let possession = statement.prove(secret)?;
        Ok(Self { party, add_key: AddKey { public_key, key_use, possession, interval: None } })
    }

    /// Reads a file in the form that `headwater key prove` prints. The proof of possession is not verified.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let what = || format!("{}: is not a file that `headwater key prove` printed", path.display());
        let text = read_text(path)?;
        draft::whole(Deserializer::from_str(&text)).with_context(what)?.with_context(what)
    }
}

pub fn run(command: KeyCommand) -> anyhow::Result<()> {
    match command {
        KeyCommand::New { path, passphrase, passphrase_cmd } => {
            let seed = headwater_key::generate()?;
            match passphrase_cmd.map(Passphrase::Command).or(passphrase.then_some(Passphrase::Ask)) {
                None => headwater_key::write(&path, &seed)?,
                Some(given) => headwater_key::write_locked(&path, &seed, &given)?,
            }
            print(&format!("{}\n", SecretKey::from_seed(&seed).public().id()))
        }
        KeyCommand::Show { path, passphrase_cmd } => {
            let public = headwater_key::unlock(&path, &passphrase(passphrase_cmd))?.public();
            print(&format!("public key  {}\nkey id      {}\n", hex::encode(public.as_bytes()), public.id()))
        }
        KeyCommand::Prove { path, party, key_use, passphrase_cmd, node } => {
            let secret = headwater_key::unlock(&path, &passphrase(passphrase_cmd))?;
            let proof = Proof::make(&secret, party, key_use, node.policy()?.ledger_id())?;
            print(&format!("{}\n", serde_json::to_string_pretty(&proof)?))
        }
    }
}
