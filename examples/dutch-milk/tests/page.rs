//! The demo ends with a code on the terminal. Another program reads the code, a browser on a phone opens its link, and the phone itself
//! checks the records.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use headwater_testing::tools::{browser, not_run};
use serde_json::Value;

/// Width and height of a module in pixels, in the picture for the barcode reader.
const PIXELS: usize = 4;

/// The process of the demo, which serves until this value is dropped.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The two rows of modules that a line of the code shows: a dark module is 0, a light one 255.
fn rows(line: &str) -> [Vec<u8>; 2] {
    let cells: Vec<char> = line.replace("\u{1b}[30;107m", "").replace("\u{1b}[0m", "").chars().collect();
    let half = |dark: [char; 2]| cells.iter().map(|cell| if dark.contains(cell) { 0 } else { 255 }).collect();
    [half(['█', '▀']), half(['█', '▄'])]
}

/// The code as a picture (Netpbm), as a camera sees the terminal.
fn picture(code: &[String]) -> Vec<u8> {
    let rows: Vec<Vec<u8>> = code.iter().flat_map(|line| rows(line)).collect();
    let mut bytes = format!("P5 {} {} 255\n", rows[0].len() * PIXELS, rows.len() * PIXELS).into_bytes();
    for row in rows {
        let wide: Vec<u8> = row.iter().flat_map(|module| [*module; PIXELS]).collect();
        (0..PIXELS).for_each(|_| bytes.extend(&wide));
    }
    bytes
}

fn read_by_another(code: &[String], folder: &Path) -> String {
    let path = folder.join("code.pgm");
    std::fs::write(&path, picture(code)).unwrap();
    let output = Command::new("zbarimg").args(["--quiet", "--raw"]).arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn the_code_leads_to_a_page_that_the_phone_has_checked() {
    let Some(browser) = browser() else {
        return;
    };
    if Command::new("zbarimg").arg("--version").output().is_err() {
        return not_run("zbarimg is not here");
    }
    let out = tempfile::tempdir().unwrap();
    let demo = Command::new(env!("CARGO_BIN_EXE_dutch-milk"))
        .args(["--listen", "127.0.0.1:0", "--out"])
        .arg(out.path())
        .stdout(Stdio::piped())
        .spawn();
    let mut demo = Demo(demo.unwrap());
    let mut code = Vec::new();
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let label = loop {
        let line = lines.next().unwrap();
        if line.starts_with("\u{1b}[30;107m") {
            code.push(line);
        } else if let Some(label) = line.strip_prefix("label     ") {
            break label.to_owned();
        }
    };
    let scratch = lines.find_map(|line| line.strip_prefix("scratch   ").map(str::to_owned)).unwrap();
    let hidden = lines.next().unwrap().rsplit_once(' ').unwrap().1.to_owned();
    // The demo prints this line last, before it waits for ctrl-C.
    lines.find(|line| line.contains("ends the node")).unwrap();
    assert_eq!(read_by_another(&code, out.path()), label);
    let look = |arguments: &[&str]| -> Value {
        let output = Command::new("node").arg(browser.join("look.mjs")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let told = look(&[&label]);
    assert_eq!(
        (&told["state"], &told["headline"]),
        (&"verified".into(), &"This item’s records check out".into()),
        "{told}"
    );
    assert!(told["sentence"].as_str().unwrap().contains("as audited by auditor.example"), "{told}");
    assert_eq!(told["complaints"], serde_json::json!([]));

    // A tin of a serial set: the phone compares the code, and the ledger then records its first use.
    let enter = |code: &str| {
        let told = look(&[&scratch, "--code", code]);
        assert_eq!(told["complaints"], serde_json::json!([]), "{told}");
        ["state", "answer"].map(|name| told[name].as_str().unwrap().to_owned())
    };
    assert_eq!(enter("0000000000000000"), ["suspicious", "Does not match"]);
    assert_eq!(enter(&hidden.to_lowercase()), ["verified", "Code matches, first recorded use"]);
    let [state, answer] = enter(&hidden);
    assert!(state == "suspicious" && answer.starts_with("Matches, but its use was recorded on "), "{state}: {answer}");
}
