//! This implementation gives the expected answer for every vector, and the folder contains exactly the generated files.

use std::fs;

use headwater_tests::{examples, vectors};

/// Number of vectors. A vector that is added or removed changes this line.
const COUNT: usize = 1790;

#[test]
fn each_vector_is_met() {
    let (mut met, mut differs) = (0, Vec::new());
    for area in fs::read_dir(vectors::folder()).unwrap() {
        let area = area.unwrap();
        for file in fs::read_dir(area.path()).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            match headwater_answers::check(area.file_name().to_str().unwrap(), &serde_json::from_str(&text).unwrap()) {
                Ok(()) => met += 1,
                Err(difference) => differs.push(format!("{}: {difference}", path.display())),
            }
        }
    }
    assert!(differs.is_empty(), "{}", differs.join("\n"));
    assert_eq!(met, COUNT, "a vector came or went");
}

#[test]
fn the_folder_holds_what_would_be_written() {
    for (path, wanted) in vectors::files() {
        let found = fs::read_to_string(vectors::folder().join(&path)).unwrap_or_default();
        assert!(found == wanted, "{path} is old: cargo run -p headwater-tests --bin vectors");
    }
    let found = fs::read_to_string(examples::path()).unwrap_or_default();
    assert!(found == examples::text(), "the worked examples are old: cargo run -p headwater-tests --bin vectors");
}
