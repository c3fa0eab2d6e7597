//! The demo plays to its end, and says what the README promises.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use headwater_event::subject::Subject;
use headwater_tlog::checkpoint::CosignTime;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::verify::verify;
use headwater_trace::walk::Asked;

#[test]
fn it_plays_to_its_end() {
    let out = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dutch-milk"))
        .args(["--once", "--listen", "127.0.0.1:0", "--out"])
        .arg(out.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let promises = [
        ("verify", "VALID"),
        ("tamper", "SIGNATURE_INVALID"),
        ("invent", "UNKNOWN_ID"),
        ("recall", "RECALLED"),
        ("withhold", "SIGNATURE_INVALID"),
        ("audited", "VALID"),
    ];
    for (what, verdict) in promises {
        assert!(said.lines().any(|line| line.starts_with(what) && line.ends_with(verdict)), "{what} {verdict}\n{said}");
    }
    let story = ["pass, 2 of 2 passed", "flight WX0895, awb 176-12345675", "import released", "complete as audited on"];
    for line in story {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let bytes = std::fs::read(out.path().join("milk.trace")).unwrap();
    let policy = TrustPolicy::parse(&std::fs::read_to_string(out.path().join("milk.policy")).unwrap()).unwrap();
    let asked = Asked { subject: Subject::parse("01/09526543000013/21/7KQ2M9XW4T").unwrap(), lot: None };
    assert!(verify(&bytes, &asked, &policy, CosignTime::new(ledger_node::clock::now_ms() / 1000).unwrap()).is_ok());
    assert_eq!(unseen_changes(&bytes, &policy, &asked), Vec::<usize>::new());
}

/// Every byte of the trace that the demo leaves behind, changed in turn.
fn unseen_changes(bytes: &[u8], policy: &TrustPolicy, asked: &Asked) -> Vec<usize> {
    let now = CosignTime::new(ledger_node::clock::now_ms() / 1000).unwrap();
    let cores = std::thread::available_parallelism().unwrap().get();
    std::thread::scope(|scope| {
        let part = |core: usize| {
            scope.spawn(move || {
                let unseen = (core..bytes.len()).step_by(cores).filter(|at| {
                    let mut changed = bytes.to_vec();
                    changed[*at] ^= 1 << (at % 8);
                    verify(&changed, asked, policy, now).is_ok()
                });
                unseen.collect::<Vec<usize>>()
            })
        };
        let parts: Vec<_> = (0..cores).map(part).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}
