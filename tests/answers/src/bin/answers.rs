//! Answers every vector below a folder, and reports the first vector with another answer: `answers tests/vectors`.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

fn main() -> ExitCode {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "tests/vectors".into()));
    let said = match first_other(&folder) {
        Ok(None) => return ExitCode::SUCCESS,
        Ok(Some(other)) => other,
        Err(error) => format!("{}: {error}", folder.display()),
    };
    let _ = writeln!(io::stdout(), "{said}");
    ExitCode::FAILURE
}

fn first_other(folder: &Path) -> io::Result<Option<String>> {
    for area in fs::read_dir(folder)? {
        let area = area?;
        for file in fs::read_dir(area.path())? {
            let path = file?.path();
            let vector: Value = serde_json::from_slice(&fs::read(&path)?)?;
            if let Err(difference) = headwater_answers::check(&area.file_name().to_string_lossy(), &vector) {
                return Ok(Some(format!("{}: {difference}", path.display())));
            }
        }
    }
    Ok(None)
}
