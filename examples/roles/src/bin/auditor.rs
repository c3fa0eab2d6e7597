//! An auditor replays a whole ledger, and cosigns its checkpoint. Arguments: URL POLICY NAME KEY-FILE.

use anyhow::Context as _;
use headwater_tlog::note::{KeyKind, NoteSigner};
use headwater_trace::policy::TrustPolicy;
use role_examples::now;
use verifier_cli::audit::AuditSettings;
use verifier_cli::fetch::Remote;
use verifier_cli::vouched::Vouched;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, policy, name, key] = arguments.as_slice() else {
        anyhow::bail!(
            "usage: URL POLICY NAME KEY-FILE, such as http://localhost:8080 policy auditor.example auditor.key"
        );
    };
    let policy = TrustPolicy::parse(&std::fs::read_to_string(policy).context("the policy")?)?;
    let auditor = NoteSigner::new(name, KeyKind::Cosigner, headwater_key::read(key.as_ref())?)?;
    // The key never cosigns a log that forks from the log that it cosigned before.
    let mut vouched = Vouched::open(&Vouched::beside(key.as_ref(), &policy.ledger_id()), &policy)?;
    let settings = AuditSettings { policy: &policy, vouched: Some(&vouched) };
    // The audit checks every entry, signature, right, chain, index head and tile. It reports a contradiction as a portable proof.
    let report = settings.audit_url(url, |_, _| {})?;
    print!("{}", report.lines(now()?));
    Remote::new(url).add_cosignatures(&vouched.cosign(&report, &auditor, now()?)?)?;
    println!("  cosigned by {name}");
    Ok(())
}
