//! This implementation gives the expected answer for every vector, and the folder contains exactly the generated files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;

use headwater_tests::vectors::finals::Finals;
use headwater_tests::{examples, vectors};

/// Number of vectors. A vector that is added or removed changes this line.
const COUNT: usize = 1792;

/// Paths of the files in the folder of all vectors.
fn found() -> BTreeSet<String> {
    let areas = fs::read_dir(vectors::folder()).unwrap().map(|area| area.unwrap().path());
    let files = areas.flat_map(|area| fs::read_dir(area).unwrap().map(|file| file.unwrap().path()));
    files.map(|file| file.strip_prefix(vectors::folder()).unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn each_vector_is_met_and_written() {
    let wanted = vectors::files();
    assert_eq!(found(), wanted.keys().cloned().collect(), "cargo run -p headwater-tests --bin vectors");
    for (path, wanted) in &wanted {
        let found = fs::read_to_string(vectors::folder().join(path)).unwrap();
        assert!(found == *wanted, "{path} is old: cargo run -p headwater-tests --bin vectors");
    }
    assert_eq!(Finals::read().changed(&wanted), Vec::<&str>::new(), "final vectors never change");
    let found = fs::read_to_string(examples::path()).unwrap();
    assert!(found == examples::text(), "the worked examples are old: cargo run -p headwater-tests --bin vectors");
    assert_eq!(wanted.len(), COUNT, "a vector came or went");
}
