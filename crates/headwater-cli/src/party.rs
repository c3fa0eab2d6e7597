//! `headwater party` and `headwater delegate`: the rights of parties.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::ensure;
use clap::{Args, Subcommand};
use headwater_client::draft::{Draft, OccurredAt};
use headwater_event::codec::Set;
use headwater_event::event::Role;
use headwater_event::gs1::CompanyPrefix;
use headwater_event::kind::Kind;
use headwater_event::kind::lab_inspection::AccreditationDraft;
use headwater_event::kind::party::{
    AccreditDraft, DelegateDraft, EndDelegationDraft, GrantPrefixDraft, GrantRoleDraft, IntervalDraft,
    PartyActionDraft, PartyEventDraft, PointsDraft, ReaffirmDraft, RegisterDraft, RevocationReason, RevokeKeyDraft,
};
use headwater_event::place::{LangText, UtcOffset};
use headwater_event::subject::{PartyKey, Subject};
use headwater_event::text::Code;
use headwater_event::transport::Country;
use headwater_tlog::hash::Hash;

use crate::affirm::Review;
use crate::key::Proof;
use crate::now_ms;
use crate::signer::Signer;
use crate::values::{accreditation, moment, named, text, texts, value};

#[derive(Subcommand)]
pub enum PartyCommand {
    /// Register a party with its roles, and with its keys and prefixes when they are given. For the operator.
    #[command(
        after_help = "Example:\n  headwater party register 417/9526543000105 --name \"Polderlicht Dairy\" --country NL --as brand --add-key brand.proof --add-key brand-admin.proof --prefix 9526543 --party 417/9520000000103 --role platform --key node/operator-admin.key --policy policy"
    )]
    Register {
        /// Party: 417/GLN, lei/LEI or uscc/CODE.
        #[arg(value_parser = value::<PartyKey>)]
        whom: PartyKey,
        /// Name of the party, as TEXT or LANG=TEXT.
        #[arg(long, required = true, value_parser = text)]
        name: Vec<LangText>,
        /// Country of the party, such as NL.
        #[arg(long, value_parser = value::<Country>)]
        country: Country,
        /// Role of the party: brand, producer, carrier, distributor, customs, lab, certifier, regulator, platform or auditor.
        #[arg(long = "as", required = true, value_parser = value::<Role>)]
        roles: Vec<Role>,
        /// Proof that `headwater key prove` printed.
        #[arg(long)]
        add_key: Vec<PathBuf>,
        /// GS1 company prefix, or the exact GTIN of a product.
        #[arg(long, value_parser = value::<CompanyPrefix>)]
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
        #[arg(value_parser = value::<PartyKey>)]
        whom: PartyKey,
        /// Id of the key, in 64 hex digits.
        #[arg(long, value_parser = value::<Hash>)]
        key_id: Hash,
        /// The key is in other hands from now on: from the moment that the ledger records this.
        #[arg(long, conflicts_with_all = ["retired_from", "compromised_since"])]
        compromised: bool,
        /// The key was in other hands from this moment on.
        #[arg(long, conflicts_with = "retired_from", value_parser = moment)]
        compromised_since: Option<u64>,
        /// The key is retired from this moment on. Without any of these flags, the key is retired from the moment that
        /// the ledger records this.
        #[arg(long, value_parser = moment)]
        retired_from: Option<u64>,
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
        #[arg(long, value_parser = value::<Hash>)]
        key_id: Hash,
        /// Log index below which the events lie.
        #[arg(long)]
        below: u64,
        /// Hash of an event that is not yours, in 64 hex digits. Up to 512 times.
        #[arg(long, value_parser = value::<Hash>)]
        except: Vec<Hash>,
        #[command(flatten)]
        signer: Signer,
    },
    /// Grant a company prefix, or an exact GTIN. For the operator.
    #[command(after_help = "Example:\n  headwater party grant-prefix 417/9526543000105 9526543")]
    GrantPrefix {
        /// Party that gets the prefix.
        #[arg(value_parser = value::<PartyKey>)]
        whom: PartyKey,
        /// Company prefix or exact GTIN to grant.
        #[arg(value_parser = value::<CompanyPrefix>)]
        prefix: CompanyPrefix,
        #[command(flatten)]
        signer: Signer,
    },
    /// Grant a role. For the operator.
    #[command(after_help = "Example:\n  headwater party grant-role 417/9526543000105 producer")]
    GrantRole {
        /// Party that gets the role.
        #[arg(value_parser = value::<PartyKey>)]
        whom: PartyKey,
        /// Role to grant, such as producer.
        #[arg(value_parser = value::<Role>)]
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
        #[arg(value_parser = value::<PartyKey>)]
        whom: PartyKey,
        /// Accreditation to record: BODY:NUMBER:FIRST-DAY:LAST-DAY.
        #[arg(value_parser = accreditation)]
        accreditation: AccreditationDraft,
        /// Method within the scope; without this flag, all methods are in scope.
        #[arg(long, value_parser = value::<Code>)]
        method: Vec<Code>,
        #[command(flatten)]
        signer: Signer,
    },
    /// Dock points from a brand. For the platform.
    #[command(
        after_help = "Example:\n  headwater party points 417/9526543000105 --number 2 --rule LABEL-3 --reason \"the origin was wrong\""
    )]
    Points {
        /// Brand that loses the points.
        #[arg(value_parser = value::<PartyKey>)]
        whom: PartyKey,
        /// Number of points to dock.
        #[arg(long)]
        number: u64,
        /// Rule that the brand broke, such as LABEL-3.
        #[arg(long, value_parser = value::<Code>)]
        rule: Code,
        /// Reason, as TEXT or LANG=TEXT.
        #[arg(long, required = true, value_parser = text)]
        reason: Vec<LangText>,
        #[command(flatten)]
        signer: Signer,
    },
}

/// Let another party sign for your goods.
#[derive(Args)]
pub struct Delegate {
    /// Party that may sign for your goods.
    #[arg(long, value_parser = value::<PartyKey>)]
    to: PartyKey,
    /// Kind of events, such as shipment_leg. May be given more than once.
    #[arg(long, required = true, value_parser = value::<Kind>)]
    kind: Vec<Kind>,
    /// Delegate for everything under this company prefix.
    #[arg(long, required_unless_present = "about", value_parser = value::<CompanyPrefix>)]
    prefix: Vec<CompanyPrefix>,
    /// Delegate for this subject; a model includes its lots and items.
    #[arg(long, value_parser = value::<Subject>)]
    about: Vec<Subject>,
    /// End of the delegation; without this flag, the delegation holds until it is ended.
    #[arg(long, value_parser = moment)]
    until: Option<u64>,
    /// End the delegation instead.
    #[arg(long)]
    end: bool,
    #[command(flatten)]
    signer: Signer,
}

/// Signs a party event that occurs now.
fn act(signer: &Signer, subjects: Vec<Subject>, action: impl Into<PartyActionDraft>) -> anyhow::Result<()> {
    let occurred_at = OccurredAt { ms: now_ms()?, offset: UtcOffset::default() };
    let body = PartyEventDraft { action: Some(action.into()), ..PartyEventDraft::default() };
    let draft = Draft {
        occurred_at: Some(occurred_at),
        subjects: subjects.into_iter().map(named).collect(),
        body: Some(body.into()),
        ..Draft::default()
    };
    signer.sign_and_append(draft).map(|_| ())
}

pub fn run(command: PartyCommand) -> anyhow::Result<()> {
    match command {
        PartyCommand::Register { whom, name, country, roles, add_key, prefix, signer } => {
            let proofs = add_key.iter().map(|path| Proof::read(path)).collect::<anyhow::Result<Vec<_>>>()?;
            for (Proof { party, .. }, path) in proofs.iter().zip(&add_key) {
                ensure!(*party == whom, "--add-key {}: is a proof of {party}, not of {whom}", path.display());
            }
            signer.signs(1 + proofs.len() + prefix.len())?;
            let party = || vec![Subject::Party(whom.clone())];
            let register = RegisterDraft {
                names: texts("--name", &name)?,
                country: Some(country),
                roles: Some(Set::new(roles)),
                ..RegisterDraft::default()
            };
            act(&signer, party(), register)?;
            for proof in proofs {
                act(&signer, party(), PartyActionDraft::AddKey(proof.add_key.into()))?;
            }
            prefix.into_iter().try_for_each(|prefix| grant_prefix(&signer, &whom, prefix))
        }
        PartyCommand::AddKey { proof, signer } => {
            let Proof { party, add_key } = Proof::read(&proof)?;
            act(&signer, vec![Subject::Party(party)], PartyActionDraft::AddKey(add_key.into()))
        }
        PartyCommand::RevokeKey { whom, key_id, compromised, compromised_since, retired_from, signer } => {
            let is_compromised = compromised || compromised_since.is_some();
            let reason = if is_compromised { RevocationReason::Compromised } else { RevocationReason::Retired };
            // Without a time, the revocation takes the recorded time of its entry: no other clock counts, and a thief
            // gets no moment to sign.
            let at_ms = compromised_since.or(retired_from);
            let revoke = RevokeKeyDraft { key_id: Some(key_id), reason: Some(reason), at_ms };
            act(&signer, vec![Subject::Party(whom)], revoke)
        }
        PartyCommand::Reaffirm { key_id, below, except, signer } => {
            let except: BTreeSet<Hash> = except.into_iter().collect();
            let party = signer.party()?.clone();
            let node = signer.node();
            Review::read(node, &party, key_id, below, &except)?.show(&node.url, except.len());
            let except = except.into_iter().collect();
            let reaffirm = ReaffirmDraft { key_id: Some(key_id), below: Some(below), except };
            act(&signer, vec![Subject::Party(party)], reaffirm)
        }
        PartyCommand::GrantPrefix { whom, prefix, signer } => grant_prefix(&signer, &whom, prefix),
        PartyCommand::GrantRole { whom, granted, signer } => {
            act(&signer, vec![Subject::Party(whom)], GrantRoleDraft { role: Some(granted), interval: None })
        }
        PartyCommand::Accredit { whom, accreditation, method, signer } => {
            let accredit = AccreditDraft { accreditation: Some(accreditation), methods: method };
            act(&signer, vec![Subject::Party(whom)], accredit)
        }
        PartyCommand::Points { whom, number, rule, reason, signer } => {
            let points = PointsDraft {
                number: Some(number),
                rule: Some(rule),
                reason: texts("--reason", &reason)?,
                ..PointsDraft::default()
            };
            act(&signer, vec![Subject::Party(whom)], points)
        }
    }
}

fn grant_prefix(signer: &Signer, party: &PartyKey, prefix: CompanyPrefix) -> anyhow::Result<()> {
    let subjects = vec![Subject::Party(party.clone()), Subject::Prefix(prefix.clone())];
    act(signer, subjects, GrantPrefixDraft { prefix: Some(prefix), interval: None })
}

pub fn delegate(arguments: Delegate) -> anyhow::Result<()> {
    let Delegate { to, kind, prefix, about, until, end, signer } = arguments;
    let key = |party: &PartyKey| Subject::Party(party.clone()).index_key();
    let grantor = signer.party()?.clone();
    let between = vec![Subject::Delegation { grantor: key(&grantor), grantee: key(&to) }];
    let (grantor, grantee) = (Some(grantor), Some(to));
    if end {
        return act(&signer, between, EndDelegationDraft { grantor, grantee });
    }
    let delegate = DelegateDraft {
        grantor,
        grantee,
        kinds: Some(Set::new(kind)),
        subjects: about,
        prefixes: prefix,
        interval: until.map(|until| IntervalDraft { from_ms: None, until_ms: Some(until) }),
    };
    act(&signer, between, delegate)
}
