//! Deletes the rows of the tables of the Rust verifier, one at a time, and lists the rows whose deletion nothing notices:
//!   cargo run -p headwater-rows -- [FILE...]
//!
//! A row is an arm of a match, an alternative of a pattern, or an element of an array. The compiler notices the deletion of some rows,
//! and checks many deletions in one run. For each other row the program builds a copy of the crates, which answers every vector. When
//! all answers are as expected, the tests of the row's crate run.

mod deletion;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::sync::Mutex;
use std::thread;

use deletion::{Deletion, rows, without};
use serde_json::Value;

/// Folders of the crates whose tables lose rows.
const CRATES: [&str; 2] = ["crates/headwater-event", "crates/headwater-trace"];
/// Folders of the other crates that a copy needs.
const BESIDE: [&str; 2] = ["crates/headwater-tlog", "tests/answers"];
/// Largest number of arms of one match that the compiler checks, one arm in each round.
const ROUNDS_MAX: usize = 100;
/// Number of the compiler's error about a match that is not exhaustive.
const NOT_EXHAUSTIVE: &str = "E0004";

/// A row of a source file of the crates.
struct Row {
    file: PathBuf,
    deletion: Deletion,
}

/// A copy of the crates in a temporary folder.
struct Copy {
    folder: tempfile::TempDir,
    root: PathBuf,
}

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("rows: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Deletes each row of the files whose paths end as asked, and counts the rows whose deletion nothing notices.
fn run(asked: &[String]) -> io::Result<usize> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let mut all = Vec::new();
    for place in CRATES {
        collect(&root, &Path::new(place).join("src"), asked, &mut all)?;
    }
    let total = all.len();
    let open = by_compiler(&Copy::of(&root)?, &all)?;
    say(&format!("{total} rows, {} missed by the compiler among many", total - open.len()));
    let unnoticed = Mutex::new(Vec::new());
    let rest = open.len();
    let queue = Mutex::new(open.into_iter().enumerate());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let work = || -> io::Result<()> {
            let copy = Copy::of(&root)?;
            loop {
                let next = queue.lock().ok().and_then(|mut queue| queue.next());
                let Some((done, at)) = next else { return Ok(()) };
                if done > 0 && done % 25 == 0 {
                    say(&format!("{done} of {rest}"));
                }
                if let (false, Ok(mut unnoticed)) = (copy.misses(&all[at])?, unnoticed.lock()) {
                    say(&format!("noticed by nothing: {}", all[at].name()));
                    unnoticed.push(at);
                }
            }
        };
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|worker| worker.join().map_err(|_| io::Error::other("a worker panicked"))?)
    })?;
    let count = unnoticed.into_inner().map(|rows| rows.len()).unwrap_or_default();
    say(&format!("{total} rows, {} missed when they are gone", total - count));
    Ok(count)
}

fn collect(root: &Path, place: &Path, asked: &[String], all: &mut Vec<Row>) -> io::Result<()> {
    let mut entries = fs::read_dir(root.join(place))?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let file = place.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(root, &file, asked, all)?;
        } else if asked.is_empty() || asked.iter().any(|end| file.ends_with(end)) {
            let found = rows(&fs::read_to_string(entry.path())?).map_err(io::Error::other)?;
            all.extend(found.into_iter().map(|deletion| Row { file: file.clone(), deletion }));
        }
    }
    Ok(())
}

/// Returns the rows whose deletion the compiler does not notice. Each round deletes one arm of every match.
fn by_compiler(copy: &Copy, all: &[Row]) -> io::Result<Vec<usize>> {
    let mut missed = BTreeSet::new();
    for (round, place) in (0..ROUNDS_MAX).flat_map(|round| CRATES.map(|place| (round, place))) {
        let mut seen: Vec<(&Path, (usize, usize), usize)> = Vec::new();
        let mut gone = Vec::new();
        for (at, row) in all.iter().enumerate() {
            let Some(asked) = row.deletion.of_match.filter(|_| row.file.starts_with(place)) else { continue };
            let place = (row.file.as_path(), asked);
            let arm = seen.iter().filter(|(file, of, _)| (*file, *of) == place).count();
            seen.push((place.0, place.1, at));
            // A match inside a deleted arm is skipped: the compiler cannot see it, so that a copy has to notice its rows.
            let is_inside = |other: &&usize| {
                all[**other].file == row.file && all[**other].deletion.bytes.contains(&row.deletion.bytes.start)
            };
            if arm == round && !gone.iter().any(|other| is_inside(&other)) {
                gone.push(at);
            }
        }
        if gone.is_empty() {
            continue;
        }
        let places = copy.not_exhaustive(all, &gone, place)?;
        let is_missed = |at: &usize| {
            let row = &all[*at];
            row.deletion.of_match.is_some_and(|place| places.contains(&(row.file.clone(), place)))
        };
        missed.extend(gone.into_iter().filter(is_missed));
    }
    Ok((0..all.len()).filter(|at| !missed.contains(at)).collect())
}

impl Row {
    fn name(&self) -> String {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(&self.file))
            .unwrap_or_default();
        let row = text.get(self.deletion.bytes.clone()).unwrap_or_default();
        let row: String = row.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect();
        format!("{}:{}: {row}", self.file.display(), self.deletion.line)
    }
}

impl Copy {
    fn of(root: &Path) -> io::Result<Self> {
        let copy = Self { folder: tempfile::tempdir()?, root: root.to_owned() };
        for place in CRATES.iter().chain(&BESIDE) {
            copy_folder(&root.join(place), &copy.folder.path().join(place))?;
        }
        copy_folder(&root.join("proto"), &copy.folder.path().join("proto"))?;
        fs::copy(root.join("Cargo.lock"), copy.folder.path().join("Cargo.lock"))?;
        let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
        let members: Vec<String> = CRATES.iter().chain(&BESIDE).map(|place| format!("\"{place}\"")).collect();
        let members = format!("members = [{}]", members.join(", "));
        let lines = manifest.lines().map(|line| if line.starts_with("members = ") { members.as_str() } else { line });
        fs::write(copy.folder.path().join("Cargo.toml"), lines.collect::<Vec<_>>().join("\n"))?;
        Ok(copy)
    }

    fn cargo(&self, arguments: &[&str]) -> io::Result<Output> {
        let mut cargo = Command::new("cargo");
        cargo
            .current_dir(self.folder.path())
            .env("RUSTFLAGS", "-A warnings -C debuginfo=0")
            .env_remove("CARGO_TARGET_DIR");
        cargo.args(arguments).arg("--quiet").output()
    }

    fn write(&self, file: &Path, change: impl Fn(String) -> String) -> io::Result<()> {
        fs::write(self.folder.path().join(file), change(fs::read_to_string(self.root.join(file))?))
    }

    /// Deletes these arms, and returns the matches that the compiler refuses.
    fn not_exhaustive(
        &self,
        all: &[Row],
        gone: &[usize],
        place: &str,
    ) -> io::Result<BTreeSet<(PathBuf, (usize, usize))>> {
        let files: BTreeSet<&PathBuf> = gone.iter().map(|at| &all[*at].file).collect();
        for file in &files {
            let own = || gone.iter().map(|at| &all[*at]).filter(|row| row.file == **file);
            self.write(file, |text| own().fold(text, |text, row| without(&text, &row.deletion.bytes)))?;
        }
        let output = self.cargo(&["check", "-p", &name_of(Path::new(place)), "--message-format", "json"])?;
        for file in files {
            self.write(file, |text| text)?;
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let refused = messages.filter(|message| message["message"]["code"]["code"] == NOT_EXHAUSTIVE);
        let place = |message: Value| {
            let spans = message["message"]["spans"].as_array()?;
            let span = spans.iter().find(|span| span["is_primary"] == true)?;
            let number = |name: &str| usize::try_from(span[name].as_u64()?).ok();
            Some((
                PathBuf::from(span["file_name"].as_str()?),
                (number("line_start")?, number("column_start")?.checked_sub(1)?),
            ))
        };
        Ok(refused.filter_map(place).collect())
    }

    /// Whether a vector or a test of the crate fails without the row.
    fn misses(&self, row: &Row) -> io::Result<bool> {
        self.write(&row.file, |text| without(&text, &row.deletion.bytes))?;
        let vectors = self.root.join("tests/vectors");
        let vectors = vectors.to_string_lossy();
        let answered = self.cargo(&["run", "-p", "headwater-answers", "--bin", "answers", "--", &vectors])?;
        let place = CRATES.iter().find(|place| row.file.starts_with(place)).copied().unwrap_or_default();
        let tested = || self.cargo(&["test", "-p", &name_of(Path::new(place)), "--lib"]);
        let missed = !answered.status.success() || !tested()?.status.success();
        self.write(&row.file, |text| text)?;
        Ok(missed)
    }
}

/// The name of the crate in a folder, which is the name of the folder.
fn name_of(place: &Path) -> String {
    place.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?
        } else {
            fs::copy(entry.path(), &to).map(|_| ())?
        }
    }
    Ok(())
}
