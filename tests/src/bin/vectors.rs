//! Writes the vectors and the worked examples from fixed seeds, and removes each file without a case. With `--finish AREA…`, adds the
//! vectors of these areas to the list of final vectors too.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use headwater_tests::vectors::finals::Finals;
use headwater_tests::{examples, vectors};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let finished = match arguments.split_first() {
        None => &[],
        Some((flag, areas)) if flag == "--finish" && !areas.is_empty() => areas,
        Some(_) => return fail("usage: vectors [--finish AREA...]"),
    };
    match write(finished) {
        Ok(report) => {
            let _ = writeln!(io::stderr(), "{report}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error),
    }
}

fn fail(error: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{error}");
    ExitCode::FAILURE
}

fn write(finished: &[String]) -> Result<String, String> {
    let (folder, files, mut finals) = (vectors::folder(), vectors::files(), Finals::read());
    let changed = finals.changed(&files);
    if !changed.is_empty() {
        let why = "final vectors never change, and nothing was written";
        return Err(format!("{}\n{why}: give the new case a name of its own", changed.join("\n")));
    }
    for area in finished {
        if finals.add(area, &files) == 0 {
            return Err(format!("{area}: no area with vectors that are not final yet"));
        }
    }
    let found = read(&folder).unwrap_or_default();
    let is_old = |path: &&String| files.get(*path) != found.get(*path);
    let removed = found.keys().filter(|path| !files.contains_key(*path));
    let old: Vec<&String> = files.keys().chain(removed).filter(is_old).collect();
    for path in &old {
        put(&folder.join(path), files.get(*path)).map_err(|error| format!("{path}: {error}"))?;
    }
    for (path, text) in [(examples::path(), examples::text()), (Finals::path(), finals.to_string())] {
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let names: String = old.iter().map(|path| format!("{path}\n")).collect();
    Ok(format!("{names}{} vectors, {} of them written", files.len(), old.len()))
}

fn read(folder: &Path) -> io::Result<BTreeMap<String, String>> {
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

/// Writes a file, or removes the file when it has no text.
fn put(path: &Path, text: Option<&String>) -> io::Result<()> {
    match text {
        None => fs::remove_file(path),
        Some(text) => {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, text)
        }
    }
}
