//! `headwater party` and `headwater delegate`: the rights of parties.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use headwater_event::event::Role;
use headwater_event::gs1::CompanyPrefix;
use headwater_event::kind::Kind;
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::hash::Hash;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::affirm::Review;
use crate::say::Signer;
use crate::values::{accreditation, given, texts};
use crate::{now_ms, read_text};

#[derive(Subcommand)]
pub enum PartyCommand {
    /// Register a party with its roles, and with its keys and prefixes when they are given. For the operator.
    #[command(
        after_help = "Example:\n  headwater party register 417/9526543000105 --name \"Polderlicht Dairy\" --country NL --as brand --add-key brand.proof --add-key brand-admin.proof --prefix 9526543 --party 417/9520000000103 --role platform --key node/operator-admin.key --policy policy"
    )]
    Register {
        /// Party: 417/GLN, lei/LEI or uscc/CODE.
        #[arg(value_parser = PartyKey::parse)]
        whom: PartyKey,
        /// Name of the party, as TEXT or LANG=TEXT.
        #[arg(long, required = true)]
        name: Vec<String>,
        /// Country of the party, such as NL.
        #[arg(long)]
        country: String,
        /// Role of the party: brand, producer, carrier, distributor, customs, lab, certifier, regulator, platform or auditor.
        #[arg(long = "as", required = true)]
        roles: Vec<Role>,
        /// Proof that `headwater key prove` printed.
        #[arg(long)]
        add_key: Vec<PathBuf>,
        /// GS1 company prefix, or the exact GTIN of a product.
        #[arg(long, value_parser = CompanyPrefix::parse)]
        prefix: Vec<CompanyPrefix>,
        #[command(flatten)]
        signer: Signer,
    },
    /// Give a party a key. For the operator, or the party with an admin key.
    #[command(after_help = "Example:\n  headwater party add-key brand-2.proof")]
    AddKey {
        /// Proof that `headwater key prove` printed.
        proof: PathBuf,
        #[command(flatten)]
        signer: Signer,
    },
    /// End a key. For the operator, or the party with an admin key.
    #[command(
        after_help = "Example:\n  headwater party revoke-key 417/9526543000105 --key-id 39c62a5bd1f0c4f6b1b9ad5c0e8d2f3a7c41e6508b9d2f4a6c8e0b1d3f507294 --compromised-since 2026-05-01T00:00:00Z"
    )]
    RevokeKey {
        /// Party that owns the key.
        #[arg(value_parser = PartyKey::parse)]
        whom: PartyKey,
        /// Id of the key, in 64 hex digits.
        #[arg(long)]
        key_id: Hash,
        /// The key is in other hands from now on: from the moment that the ledger records this.
        #[arg(long, conflicts_with_all = ["retired_from", "compromised_since"])]
        compromised: bool,
        /// The key was in other hands from this moment on.
        #[arg(long, conflicts_with = "retired_from")]
        compromised_since: Option<Timestamp>,
        /// The key is retired from this moment on. Without any of these flags, the key is retired from the moment that
        /// the ledger records this.
        #[arg(long)]
        retired_from: Option<Timestamp>,
        #[command(flatten)]
        signer: Signer,
    },
    /// Affirm the events that your compromised key signed below an entry, with exceptions. For the party, with another admin key.
    ///
    /// First, the command lists the number of these events by kind, and the newest 64 recalls, lifts and corrections among them.
    /// --dry-run lists them and appends nothing.
    #[command(
        after_help = "Example:\n  headwater party reaffirm --key-id 39c62a5bd1f0c4f6b1b9ad5c0e8d2f3a7c41e6508b9d2f4a6c8e0b1d3f507294 --below 48211 --except 5f024be19d7c8a36510f2e4d6b8c9a0113f57e9d2b4c6a80d1e3f5a7092b4c6d --party 417/9526543000105 --role brand --key brand-admin.key --policy policy"
    )]
    Reaffirm {
        /// Id of the compromised key, in 64 hex digits.
        #[arg(long)]
        key_id: Hash,
        /// Log index below which the events lie.
        #[arg(long)]
        below: u64,
        /// Hash of an event that is not yours, in 64 hex digits. Up to 512 times.
        #[arg(long)]
        except: Vec<Hash>,
        #[command(flatten)]
        signer: Signer,
    },
    /// Grant a company prefix, or an exact GTIN. For the operator.
    #[command(after_help = "Example:\n  headwater party grant-prefix 417/9526543000105 9526543")]
    GrantPrefix {
        /// Party that gets the prefix.
        #[arg(value_parser = PartyKey::parse)]
        whom: PartyKey,
        /// Company prefix or exact GTIN to grant.
        #[arg(value_parser = CompanyPrefix::parse)]
        prefix: CompanyPrefix,
        #[command(flatten)]
        signer: Signer,
    },
    /// Grant a role. For the operator.
    #[command(after_help = "Example:\n  headwater party grant-role 417/9526543000105 producer")]
    GrantRole {
        /// Party that gets the role.
        #[arg(value_parser = PartyKey::parse)]
        whom: PartyKey,
        /// Role to grant, such as producer.
        granted: Role,
        #[command(flatten)]
        signer: Signer,
    },
    /// Record the accreditation of a laboratory or certifier. For the operator.
    #[command(
        after_help = "Example:\n  headwater party accredit 417/9521111000105 RvA:L042:2025-01-01:2028-12-31 --method \"ISO 14501\""
    )]
    Accredit {
        /// Laboratory or certifier that is accredited.
        #[arg(value_parser = PartyKey::parse)]
        whom: PartyKey,
        /// Accreditation to record: BODY:NUMBER:FIRST-DAY:LAST-DAY.
        accreditation: String,
        /// Method within the scope; without this flag, all methods are in scope.
        #[arg(long)]
        method: Vec<String>,
        #[command(flatten)]
        signer: Signer,
    },
    /// Dock points from a brand. For the platform.
    #[command(
        after_help = "Example:\n  headwater party points 417/9526543000105 --number 2 --rule LABEL-3 --reason \"the origin was wrong\""
    )]
    Points {
        /// Brand that loses the points.
        #[arg(value_parser = PartyKey::parse)]
        whom: PartyKey,
        /// Number of points to dock.
        #[arg(long)]
        number: u64,
        /// Rule that the brand broke, such as LABEL-3.
        #[arg(long)]
        rule: String,
        /// Reason, as TEXT or LANG=TEXT.
        #[arg(long, required = true)]
        reason: Vec<String>,
        #[command(flatten)]
        signer: Signer,
    },
}

/// Let another party sign for your goods.
#[derive(Args)]
pub struct Delegate {
    /// Party that may sign for your goods.
    #[arg(long, value_parser = PartyKey::parse)]
    to: PartyKey,
    /// Kind of events, such as shipment_leg. May be given more than once.
    #[arg(long, required = true)]
    kind: Vec<Kind>,
    /// Delegate for everything under this company prefix.
    #[arg(long, required_unless_present = "about", value_parser = CompanyPrefix::parse)]
    prefix: Vec<CompanyPrefix>,
    /// Delegate for this subject; a model includes its lots and items.
    #[arg(long)]
    about: Vec<String>,
    /// End of the delegation; without this flag, the delegation holds until it is ended.
    #[arg(long)]
    until: Option<Timestamp>,
    /// End the delegation instead.
    #[arg(long)]
    end: bool,
    #[command(flatten)]
    signer: Signer,
}

/// Signs a party event that occurs now.
fn act(signer: &Signer, subjects: &[String], action: Value) -> anyhow::Result<()> {
    let now = Timestamp::from_millisecond(i64::try_from(now_ms()?)?)?;
    let named: Vec<Value> = subjects.iter().map(|key| json!({"key": key})).collect();
    let document = json!({"occurred_at": now, "subjects": named, "body": {"party_event": {"action": action}}});
    signer.say(given(document)).map(|_| ())
}

/// Reads a proof of possession: the party that is to own the key, and the action that gives it the key.
fn proof(path: &Path) -> anyhow::Result<(String, Value)> {
    let mut document: Value = serde_json::from_str(&read_text(path)?).with_context(|| path.display().to_string())?;
    let party = document["party"].as_str().map(str::to_owned);
    let party = party.with_context(|| format!("{}: is not a proof of headwater key prove", path.display()))?;
    Ok((party, json!({"add_key": document["add_key"].take()})))
}

pub fn run(command: PartyCommand) -> anyhow::Result<()> {
    match command {
        PartyCommand::Register { whom, name, country, roles, add_key, prefix, signer } => {
            let party = whom.to_string();
            let proofs = add_key.iter().map(|path| proof(path)).collect::<anyhow::Result<Vec<_>>>()?;
            for (named, _) in &proofs {
                ensure!(*named == party, "a proof is of {named}, not of {party}");
            }
            signer.signs(1 + proofs.len() + prefix.len())?;
            let mut roles: Vec<Role> = roles;
            roles.sort_unstable();
            roles.dedup();
            let register = json!({"names": texts(&name)?, "country": country, "roles": roles});
            act(&signer, std::slice::from_ref(&party), json!({"register": register}))?;
            for (_, add_key) in proofs {
                act(&signer, std::slice::from_ref(&party), add_key)?;
            }
            prefix.iter().try_for_each(|prefix| grant_prefix(&signer, &party, prefix))
        }
        PartyCommand::AddKey { proof: path, signer } => {
            let (party, add_key) = proof(&path)?;
            act(&signer, &[party], add_key)
        }
        PartyCommand::RevokeKey { whom, key_id, compromised, compromised_since, retired_from, signer } => {
            let is_compromised = compromised || compromised_since.is_some();
            let reason = if is_compromised { "compromised" } else { "retired" };
            // Without a time, the revocation takes the recorded time of its entry: no other clock counts, and a thief
            // gets no moment to sign.
            let at_ms = compromised_since.or(retired_from).map(Timestamp::as_millisecond);
            let revoke = json!({"key_id": key_id, "reason": reason, "at_ms": at_ms});
            act(&signer, &[whom.to_string()], json!({"revoke_key": revoke}))
        }
        PartyCommand::Reaffirm { key_id, below, except, signer } => {
            let except: BTreeSet<Hash> = except.into_iter().collect();
            let party = signer.party()?.clone();
            let node = signer.node();
            Review::read(node, &party, key_id, below, &except)?.show(&node.url, except.len());
            let reaffirm = json!({"key_id": key_id, "below": below, "except": except});
            act(&signer, &[party.to_string()], json!({"reaffirm": reaffirm}))
        }
        PartyCommand::GrantPrefix { whom, prefix, signer } => grant_prefix(&signer, &whom.to_string(), &prefix),
        PartyCommand::GrantRole { whom, granted, signer } => {
            act(&signer, &[whom.to_string()], json!({"grant_role": {"role": granted}}))
        }
        PartyCommand::Accredit { whom, accreditation: text, method, signer } => {
            let accredit = json!({"accreditation": accreditation(&text)?, "methods": method});
            act(&signer, &[whom.to_string()], json!({"accredit": accredit}))
        }
        PartyCommand::Points { whom, number, rule, reason, signer } => {
            let points = json!({"number": number, "rule": rule, "reason": texts(&reason)?});
            act(&signer, &[whom.to_string()], json!({"points": points}))
        }
    }
}

fn grant_prefix(signer: &Signer, party: &str, prefix: &CompanyPrefix) -> anyhow::Result<()> {
    let subjects = [party.to_owned(), format!("gcp/{}", prefix.as_str())];
    act(signer, &subjects, json!({"grant_prefix": {"prefix": prefix}}))
}

pub fn delegate(arguments: Delegate) -> anyhow::Result<()> {
    let Delegate { to, kind, prefix, about, until, end, signer } = arguments;
    let key = |party: &PartyKey| Subject::Party(party.clone()).index_key();
    let grantor = signer.party()?;
    let between = Subject::Delegation { grantor: key(grantor), grantee: key(&to) }.to_string();
    if end {
        let ended = json!({"grantor": grantor, "grantee": to});
        return act(&signer, &[between], json!({"end_delegation": ended}));
    }
    let mut prefixes: Vec<String> = prefix.iter().map(|prefix| prefix.as_str().to_owned()).collect();
    prefixes.sort();
    let (mut subjects, mut kinds) = (about, kind);
    subjects.sort();
    kinds.sort_unstable();
    kinds.dedup();
    let interval = until.map(|until| json!({"from_ms": 0, "until_ms": until.as_millisecond()}));
    let delegate = json!({"grantor": grantor, "grantee": to, "kinds": kinds, "subjects": subjects,
        "prefixes": prefixes, "interval": interval});
    act(&signer, &[between], json!({"delegate": delegate}))
}
