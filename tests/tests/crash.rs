//! `kill -9` at random moments under load: the ledger loses no acknowledged event, and always opens again.
//!
//! A child process (this test, started again) opens a ledger on disk, appends without end, and prints the leaf of every
//! acknowledged event. The parent kills one child after the other, then opens the ledger and reads each of these entries.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use headwater_sled::{Founding, SledStore};
use headwater_testing::brand::{Brand, reopen};
use headwater_testing::world::log_index;
use headwater_tlog::hash::Hash;
use headwater_trace::evidence::Extent;
use tokio::runtime::Runtime;

/// Number of times that the test kills the ledger.
const KILLS: u64 = 60;
/// Largest number of acknowledgements after which a child is killed; the smallest is 1.
const ACKNOWLEDGED_MAX: u64 = 150;
const CHILD: &str = "HEADWATER_CRASH_CHILD";

/// The code of a child process, which appends until the parent kills it.
#[test]
fn child() {
    let Some(path) = std::env::var_os(CHILD) else {
        return;
    };
    let runtime = Runtime::new().unwrap();
    let (ledger, _) = reopen(&runtime, SledStore::open(Path::new(&path)).unwrap());
    let brand = Brand::new();
    loop {
        let events: Vec<_> = (0..16)
            .map(|_| {
                let mut random = [0; 10];
                random.copy_from_slice(&headwater_key::generate().unwrap()[..10]);
                Ok(brand.event(random))
            })
            .collect();
        let answers = runtime.block_on(async {
            let admitted = ledger.admit(events.into_iter()).await;
            ledger.submit(admitted, Extent::Complete).await.answers().await
        });
        for receipt in answers {
            let receipt = receipt.unwrap();
            let line = format!("ack {} {}\n", receipt.entry.log_index, Hash::leaf(&receipt.entry.entry));
            std::io::stdout().write_all(line.as_bytes()).unwrap();
            std::io::stdout().flush().unwrap();
        }
    }
}

fn spawn(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn nothing_acknowledged_is_lost() {
    let runtime = Runtime::new().unwrap();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ledger");
    let brand = Brand::new();
    let founding = Founding::begin(&path).unwrap();
    brand.found(&runtime, founding.store());
    founding.finish().unwrap();
    let (founded, sequencing) = reopen(&runtime, SledStore::open(&path).unwrap());
    brand.register(&runtime, &founded);
    founded.close();
    drop(founded);
    runtime.block_on(sequencing).unwrap().unwrap();

    let mut acknowledged: Vec<(u64, String)> = Vec::new();
    for kill in 0..KILLS {
        // Spreads the numbers over the range, without a pattern that batches could follow.
        let wanted = kill * 7_919 % ACKNOWLEDGED_MAX;
        let mut child = spawn(&path);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut heard = 0;
        for line in lines.map_while(Result::ok) {
            if let Some((place, leaf)) = line.split("ack ").nth(1).and_then(|ack| ack.split_once(' ')) {
                acknowledged.push((place.parse().unwrap(), leaf.to_owned()));
                heard += 1;
                if heard > wanted {
                    // Events still in the pipe were acknowledged too, and are read after the kill.
                    let _ = child.kill();
                }
            }
        }
        assert!(heard > wanted, "the child of kill {kill} died by itself after {heard} acknowledgements");
        child.wait().unwrap();
    }
    // A killed process gives up its lock when the process is gone, so the last open does not wait.
    let (ledger, _) = reopen(&runtime, SledStore::open(&path).unwrap());
    assert!(acknowledged.len() as u64 >= KILLS);
    for (place, leaf) in &acknowledged {
        let entry = runtime.block_on(ledger.entries(log_index(*place), 1)).unwrap();
        assert_eq!(Hash::leaf(&entry[0]).to_string(), *leaf, "entry {place}");
    }
}
