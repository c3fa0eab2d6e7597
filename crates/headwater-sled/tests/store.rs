//! The suite that every store passes, on a real disk, and the faults that only a disk can have.

use headwater_ledger::store::Store;
use headwater_ledger::testing::conformance;
use headwater_sled::{Founding, SledError, SledStore};

#[tokio::test]
async fn it_conforms() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ledger");
    let founding = Founding::begin(&path).unwrap();
    conformance(founding.store()).await;
    let head = founding.store().head().await.unwrap();
    founding.finish().unwrap();
    let reopened = SledStore::open(&path).unwrap();
    assert_eq!(reopened.head().await.unwrap(), head);
}

#[tokio::test]
async fn opening_never_creates_and_founding_never_overwrites() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ledger");
    assert!(matches!(SledStore::open(&path), Err(SledError::Absent { .. })));
    assert!(!path.exists());
    Founding::begin(&path).unwrap().finish().unwrap();
    assert!(matches!(Founding::begin(&path), Err(SledError::Present { .. })));
    assert_eq!(SledStore::open(&path).unwrap().head().await.unwrap(), None);
}

#[tokio::test]
async fn a_second_process_is_refused_and_a_half_written_snapshot_is_moved_aside() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ledger");
    Founding::begin(&path).unwrap().finish().unwrap();
    std::fs::write(path.join("snap.00000000000000FF.generating"), b"half").unwrap();
    let first = SledStore::open(&path).unwrap();
    assert!(matches!(SledStore::open(&path), Err(SledError::Locked { .. })));
    drop(first);
    assert!(SledStore::open(&path).is_ok());
}
