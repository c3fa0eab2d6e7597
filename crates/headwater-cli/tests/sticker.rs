//! Tests of stickers as a brand makes them: serials, the commitment to them, and a sheet that another program reads.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use headwater_event::gs1::Serial;
use headwater_event::kind::sticker::ItemCode;
use headwater_event::subject::Subject;
use headwater_label::Layout;
use headwater_testing::node::RealNode;
use headwater_testing::tools::not_run;
use headwater_testing::world::World;
use headwater_trace::set::SetManifest;
use ledger_node::settings::Settings;
use serde_json::Value;

const LOT: &str = "01/09526543000013/10/L26-0417";
const COUNT: usize = 10_000;
/// Distance, in stickers, between those of a sheet that are read back.
const STRIDE: usize = 100;
const DPI: u32 = 300;
const UM_PER_INCH: u32 = 25_400;

fn headwater(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_headwater")).args(arguments).output().unwrap()
}

fn done(arguments: &[&str]) -> String {
    let output = headwater(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn issue(out: &Path, count: usize, more: &[&str]) -> Output {
    let (count, out) = (count.to_string(), out.display().to_string());
    let base = "https://id.trace.example";
    let arguments =
        ["sticker", "issue", "--lot", LOT, "--count", &count, "--batch", "B-17", "--base", base, "--out", &out];
    headwater(&[&arguments, more].concat())
}

fn rows(folder: &Path) -> Vec<csv::StringRecord> {
    csv::Reader::from_path(folder.join("stickers.csv")).unwrap().records().map(Result::unwrap).collect()
}

#[test]
fn serials_cannot_be_guessed_and_the_commitment_is_to_exactly_them() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("B-17");
    assert!(issue(&folder, 500, &["--codes"]).status.success());
    let rows = rows(&folder);
    let serials: BTreeSet<&str> = rows.iter().map(|row| row.get(3).unwrap()).collect();
    assert_eq!((rows.len(), serials.len()), (500, 500));
    let alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    assert!(serials.iter().all(|serial| serial.len() == 13 && serial.chars().all(|c| alphabet.contains(c))));
    let used: BTreeSet<char> = serials.iter().flat_map(|serial| serial.chars()).collect();
    assert_eq!(used.len(), 32, "every symbol is drawn");

    let manifest = SetManifest::parse(&fs::read(folder.join("manifest")).unwrap()).unwrap();
    let draft: Value = serde_json::from_slice(&fs::read(folder.join("commissioning.json")).unwrap()).unwrap();
    let committed = &draft["body"]["commissioning"]["form"]["committed"];
    assert_eq!(committed["items_root"], manifest.index().root().to_string());
    for row in &rows {
        let item = Subject::parse(&format!("01/09526543000013/21/{}", row.get(3).unwrap())).unwrap();
        let code = ItemCode::parse(row.get(4).unwrap()).unwrap();
        assert_eq!(manifest.index().find(&item.index_key()).unwrap().head, code.committed(&item));
        assert_eq!(row.get(0).unwrap(), format!("https://id.trace.example/{LOT}/21/{}", row.get(3).unwrap()));
    }
    let never = Subject::Item(manifest.gtin.clone(), Serial::parse("7KQ2M9XW4TBHC").unwrap());
    assert_eq!(manifest.index().find(&never.index_key()), None);

    let (sheet, csv) = (folder.join("sheet.pdf"), folder.join("stickers.csv"));
    let (sheet, csv) = (sheet.to_str().unwrap(), csv.to_str().unwrap());
    let draw = ["sticker", "sheet", csv, "--brand", "Polderlicht", "--layout", "a4", "--out"];
    done(&[&draw[..], &[sheet]].concat());
    let key = place.path().join("brand.key");
    let new_key = ["key", "new", key.to_str().unwrap()];
    done(&new_key);
    for (arguments, kept) in [([&draw[..], &[sheet]].concat(), sheet), (new_key.to_vec(), new_key[2])] {
        let before = fs::read(kept).unwrap();
        let refused = headwater(&arguments);
        let talk = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && talk.contains("is there already"), "{arguments:?}: {talk}");
        assert_eq!(fs::read(kept).unwrap(), before, "{kept}");
    }
    let again = issue(&folder, 500, &[]);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("is there already"));
    assert_eq!(self::rows(&folder).len(), 500, "what was drawn stays");
}

#[test]
fn a_sticker_of_a_committed_lot_has_a_story_and_a_serial_that_was_never_drawn_has_none() {
    let (world, place) = (World::new(), tempfile::tempdir().unwrap());
    let home = place.path().join("node");
    fs::create_dir(&home).unwrap();
    let running = RealNode::start(&world, &home, &Settings::default());
    let (key, party) = (place.path().join("dairy.key"), world.dairy.party.to_string());
    headwater_key::write(&key, &world.dairy.events_seed()).unwrap();
    let says = |arguments: &[&str]| {
        let command = Command::new(env!("CARGO_BIN_EXE_headwater"))
            .current_dir(place.path())
            .env("HEADWATER_URL", running.url())
            .env("HEADWATER_POLICY", running.home.policy())
            .env("HEADWATER_PARTY", &party)
            .env("HEADWATER_ROLE", "brand")
            .env("HEADWATER_KEY", &key)
            .args(arguments)
            .output();
        let output = command.unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), told)
    };
    let good = |arguments: &[&str]| {
        let (is_done, told) = says(arguments);
        assert!(is_done, "{arguments:?}: {told}");
        told
    };
    let lot = format!("{LOT}=900 KGM");
    let made = ["--date", "2026-04-17", "--country", "NL", "--expiry", "2099-12-31", "--place", "NL, Polderdijk 12"];
    good(&[&["event", "production", "--subject", &lot][..], &made].concat());
    let folder = place.path().join("B-17");
    assert!(issue(&folder, 1_000, &[]).status.success());
    good(&["event", "commissioning", "B-17/commissioning.json", "--receipt", "B-17/receipt"]);
    let (is_done, told) = says(&["attach", "B-17/stickers.csv", "--receipt", "B-17/receipt"]);
    assert!(!is_done && told.contains("announces no such file"), "{told}");
    good(&["key", "new", "stranger.key"]);
    let (is_done, told) = says(&["attach", "B-17/manifest", "--receipt", "B-17/receipt", "--key", "stranger.key"]);
    assert!(!is_done && told.contains("403") && told.contains("has no key"), "{told}");
    assert!(good(&["attach", "B-17/manifest", "--receipt", "B-17/receipt"]).ends_with("B-17/manifest\n"));
    let never = "019ab1c2-7000-7000-8000-000000000001";
    let (is_done, told) = says(&["attach", "B-17/manifest", "--event", never]);
    assert!(!is_done && told.contains(never), "{told}");
    let rows = rows(&folder);
    let told = good(&["history", &rows[500][0]]);
    assert!(told.contains("items behind one commitment: 1000") && told.contains("NOT_YET_SOLD"), "{told}");
    // A link of GTIN and serial alone finds the set.
    let serial = rows[500][0].rsplit_once('/').unwrap().1;
    let alone = good(&["history", &format!("{}/21/{serial}", LOT.split_once("/10/").unwrap().0)]);
    assert!(alone.contains("items behind one commitment: 1000") && alone.contains("NOT_YET_SOLD"), "{alone}");
    let (_, told) = says(&["history", &format!("https://id.trace.example/{LOT}/21/7KQ2M9XW4TBHC")]);
    assert!(told.contains("NEVER_ISSUED"), "{told}");
}

#[test]
fn wrong_stickers_are_told_apart() {
    let place = tempfile::tempdir().unwrap();
    let list = place.path().join("stickers.csv");
    let sheet = |row: &str, brand: &str, out: &str, more: &[&str]| {
        fs::write(&list, format!("address,gtin,lot,serial,code\n{row},,,,\n")).unwrap();
        let (list, out) = (list.display().to_string(), place.path().join(out).display().to_string());
        let output = headwater(&[&["sticker", "sheet", &list, "--brand", brand, "--out", &out], more].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let good = "https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4TBHC";
    for (brand, out, more) in [
        ("Polderlicht", "a.pdf", &[][..]),
        ("圩光乳业", "a.svg", &[]),
        ("Crème Brûlée", "a.png", &[]),
        ("Polderlicht", "b.png", &["--layout", "roll", "--dpi", "203"]),
    ] {
        assert_eq!(sheet(good, brand, out, more), (Some(0), String::new()));
    }
    for (row, brand, out, more, why) in [
        (good, "圩光乳业", "c.pdf", &[][..], "\"圩光乳业\" has the letter '圩', which is not in ISO 8859-1"),
        (good, "圩光乳业", "c.png", &[], "\"圩光乳业\" has the letter '圩', which is not in ISO 8859-1"),
        (good, "Polderlicht", "c.png", &["--dpi", "203"], "of whole pixels at 203 dpi, phones read 500 µm and more"),
        (good, "Polderlicht", "c.pdf", &["--dpi", "300"], "c.pdf has none"),
        (good, &"x".repeat(60), "c.png", &[], "has 60 letters; beside the symbol there is room for"),
        ("https://id.trace.example/01/09526543000014", "Polderlicht", "c.pdf", &[], "check digit is wrong"),
        ("https://id.trace.example/01/09526543000013/21/A%2fB", "Polderlicht", "c.pdf", &[], "one spelling"),
        (
            &format!("https://{}.example/01/09526543000013", "x".repeat(180)),
            "Polderlicht",
            "c.pdf",
            &[],
            "Shorten the address",
        ),
        (
            &format!("https://{}.example/01/09526543000013", "x".repeat(180)),
            "Polderlicht",
            "c.png",
            &[],
            "phones read 396 µm",
        ),
    ] {
        let (code, told) = sheet(row, brand, out, more);
        assert!(code == Some(1) && told.contains(why), "{row}: {told}");
    }
    let (code, told) = sheet(good, "Polderlicht", "c.gif", &[]);
    let why = "c.gif' for '--out <OUT>': a file ends in .pdf, .zpl, .svg or .png";
    assert!(code == Some(2) && told.contains(why), "{told}");
    let (code, told) = sheet(good, "Polderlicht", "c.png", &["--dpi", "150"]);
    let why = "invalid value '150' for '--dpi <DPI>': labels are drawn at 203, 300 or 600 dpi, not at \"150\"";
    assert!(code == Some(2) && told.contains(why), "{told}");
    let mut files: Vec<String> =
        fs::read_dir(place.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["a.1.png", "a.1.svg", "a.pdf", "b.1.png", "stickers.csv"], "what is refused leaves no file");
}

/// Text that an independent decoder reads from a picture, or from the part of the picture that brackets name.
fn zbar(picture: &str) -> Option<String> {
    let read = Command::new("zbarimg").args(["--quiet", "--raw", picture]).output().unwrap();
    Some(String::from_utf8(read.stdout).unwrap().trim_end().to_owned()).filter(|text| !text.is_empty())
}

fn has(program: &str, flag: &str) -> bool {
    Command::new(program).arg(flag).output().is_ok()
}

#[test]
fn another_program_reads_stickers_that_are_pictures() {
    if !has("zbarimg", "--version") {
        return not_run("zbarimg is not here");
    }
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("B-17");
    let layout = Layout::A4;
    let count = layout.labels() + 2;
    assert!(issue(&folder, count, &[]).status.success());
    let (list, rows) = (folder.join("stickers.csv").display().to_string(), rows(&folder));
    let mut wrong = Vec::new();
    for (paper, dpi, pages) in [("roll", 203, count), ("roll", 300, count), ("a4", 300, 2), ("a4", 600, 2)] {
        let file = |page: &str| folder.join(format!("{paper}-{dpi}{page}.png")).display().to_string();
        let (dpi_text, out) = (dpi.to_string(), file(""));
        let flags = ["--brand", "Crème Brûlée", "--layout", paper, "--dpi", &dpi_text, "--out", &out];
        let told = done(&[&["sticker", "sheet", &list], &flags[..]].concat());
        assert_eq!(told, format!("stickers in {} to {}: {count}\n", file(".1"), file(&format!(".{pages}"))));
        let pixels = |um: u32| um * dpi / UM_PER_INCH;
        let read = |at: usize| match paper {
            "roll" => zbar(&file(&format!(".{}", at + 1))),
            _ => {
                let (left, top) = layout.at(at % layout.labels());
                let (width, height) = (pixels(layout.label.0), pixels(layout.label.1));
                let page = file(&format!(".{}", at / layout.labels() + 1));
                zbar(&format!("{page}[{width}x{height}+{}+{}]", pixels(left), pixels(top)))
            }
        };
        // The first sticker, some between, and those of the last page.
        let some = (0..count).step_by(16).chain([count - 2, count - 1]);
        wrong.extend(some.filter(|at| read(*at).as_deref() != rows[*at].get(0)).map(|at| (paper, dpi, at)));
    }
    assert_eq!(wrong, Vec::new(), "stickers that are read otherwise than printed");
}

/// Text that an independent decoder reads from one label of a sheet.
fn read_back(sheet: &Path, place: usize) -> Option<String> {
    let layout = Layout::A4;
    let pixels = |um: u32| (um * DPI / UM_PER_INCH).to_string();
    let (left, top) = layout.at(place % layout.labels());
    let (page, prefix) = ((place / layout.labels() + 1).to_string(), sheet.with_extension(place.to_string()));
    let drawn = Command::new("pdftoppm")
        .args(["-singlefile", "-gray", "-r", &DPI.to_string(), "-f", &page, "-l", &page])
        .args(["-x", &pixels(left), "-y", &pixels(top), "-W", &pixels(layout.label.0), "-H", &pixels(layout.label.1)])
        .args([sheet, &prefix])
        .status();
    assert!(drawn.unwrap().success());
    let picture = sheet.with_extension(format!("{place}.pgm"));
    let read = zbar(&picture.display().to_string());
    fs::remove_file(picture).unwrap();
    read
}

#[test]
fn another_program_reads_the_stickers_of_a_large_sheet() {
    if !has("pdftoppm", "-v") || !has("zbarimg", "--version") {
        return not_run("pdftoppm and zbarimg are not here");
    }
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("B-17");
    assert!(issue(&folder, COUNT, &[]).status.success());
    let (list, sheet) = (folder.join("stickers.csv"), folder.join("stickers.pdf"));
    let (list, out) = (list.display().to_string(), sheet.display().to_string());
    assert!(done(&["sticker", "sheet", &list, "--brand", "Polderlicht", "--out", &out]).ends_with(": 10000\n"));
    let rows = rows(&folder);
    let wrong: Vec<usize> = (0..COUNT)
        .step_by(STRIDE)
        .filter(|place| read_back(&sheet, *place).as_deref() != rows[*place].get(0))
        .collect();
    assert_eq!(wrong, Vec::<usize>::new(), "stickers that are read otherwise than printed");
}
