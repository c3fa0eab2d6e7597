//! Writes the vectors and the worked examples from fixed seeds. With `--check`, compares the files with the result instead.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use headwater_tests::{examples, vectors};

fn main() -> ExitCode {
    let check = std::env::args().nth(1).as_deref() == Some("--check");
    let (folder, mut wanted) = (vectors::folder(), vectors::files());
    let mut found = read(&folder).unwrap_or_default();
    let path = examples::path().display().to_string();
    found.insert(path.clone(), fs::read_to_string(&path).unwrap_or_default());
    wanted.insert(path, examples::text());
    let differs: Vec<&String> = wanted
        .keys()
        .chain(found.keys().filter(|path| !wanted.contains_key(*path)))
        .filter(|path| wanted.get(*path) != found.get(*path))
        .collect();
    let mut talk = std::io::stderr();
    for path in &differs {
        let _ = writeln!(talk, "{}{path}", if check { "differs: " } else { "" });
        if !check && let Err(error) = put(&folder.join(path), wanted.get(*path)) {
            let _ = writeln!(talk, "{path}: {error}");
            return ExitCode::FAILURE;
        }
    }
    let _ =
        writeln!(talk, "{} files, {} of them {}", wanted.len(), differs.len(), if check { "old" } else { "written" });
    if check && !differs.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn read(folder: &Path) -> std::io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for area in fs::read_dir(folder)? {
        let area = area?.path();
        for file in fs::read_dir(&area)? {
            let path = file?.path();
            let below = path.strip_prefix(folder).map(|path| path.display().to_string()).unwrap_or_default();
            files.insert(below, fs::read_to_string(path)?);
        }
    }
    Ok(files)
}

fn put(path: &Path, text: Option<&String>) -> std::io::Result<()> {
    match text {
        None => fs::remove_file(path),
        Some(text) => {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, text)
        }
    }
}
