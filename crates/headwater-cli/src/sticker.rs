//! `headwater sticker`: serials that cannot be guessed, the commitment to them, and sheets to print.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use clap::builder::{PathBufValueParser, TypedValueParser as _};
use clap::{Args, Subcommand, ValueEnum};
use headwater_client::draft::{CompleteDraft, OccurredAt};
use headwater_event::base_url::BaseUrl;
use headwater_event::codec::Message as _;
use headwater_event::digital_link::DigitalLink;
use headwater_event::document::{Attachment, AttachmentRole};
use headwater_event::event::SubjectRef;
use headwater_event::gs1::{Gtin, LotNumber, Serial};
use headwater_event::kind::KindBody;
use headwater_event::kind::commissioning::{Commissioning, Committed, Form};
use headwater_event::kind::sticker::ItemCode;
use headwater_event::place::UtcOffset;
use headwater_event::subject::Subject;
use headwater_event::text::{Code, MediaType, Text};
use headwater_key::new_file::{NewFile, Readers};
use headwater_label::{Dpi, Layout, Sticker, pdf, raster, svg, zpl};
use headwater_tlog::hash::Hash;
use headwater_trace::set::{MANIFEST_TYPE, SetItem, SetManifest};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::values::{lot, value};
use crate::{now_ms, print};

/// Largest number of stickers of one commitment, as a manifest holds.
const COUNT_MAX: u64 = 1_000_000;
/// Symbols of a serial: 32 symbols, without I, O, 0 and 1, which look alike. None needs an escape in a link.
const SERIAL_SYMBOLS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Number of symbols in a serial: 65 random bits, so that a serial alone resists guessing.
const SERIAL_LENGTH: usize = 13;

#[derive(Subcommand)]
pub enum StickerCommand {
    /// Draw serials for the items of a lot, and write the files to sign, to upload and to print.
    #[command(
        after_help = "Example:\n  headwater sticker issue --lot 01/09526543000013/10/L26-0417 --count 10000 --batch B-17 --base https://id.trace.example --out B-17\n\nThen sign the commitment, upload its list, and print:\n  headwater event commissioning B-17/commissioning.json --receipt B-17/receipt\n  headwater attach B-17/manifest --receipt B-17/receipt\n  headwater sticker sheet B-17/stickers.csv --out B-17/stickers.pdf"
    )]
    Issue(Issue),
    /// Draw sheets or rolls of stickers.
    #[command(
        after_help = "Example:\n  headwater sticker sheet B-17/stickers.csv --brand Polderlicht --layout a4 --out B-17/stickers.pdf\n\nFor a label printer of 203 dpi, a picture a label, B-17/stickers.1.png and on:\n  headwater sticker sheet B-17/stickers.csv --brand Polderlicht --layout roll --dpi 203 --out B-17/stickers.png"
    )]
    Sheet(Sheet),
}

#[derive(Args)]
pub struct Issue {
    /// Lot that the items belong to.
    #[arg(long, value_parser = lot)]
    lot: (Gtin, LotNumber),
    /// Number of stickers, from 1 to 1,000,000.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=COUNT_MAX))]
    count: u64,
    /// Name of the sticker batch.
    #[arg(long, value_parser = value::<Code>)]
    batch: Code,
    /// Base of the addresses, such as <https://id.trace.example>.
    #[arg(long, value_parser = base)]
    base: BaseUrl,
    /// Draw a code for each sticker, to be printed under a scratch layer.
    #[arg(long)]
    codes: bool,
    /// Folder for the files, which the command makes.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Args)]
pub struct Sheet {
    /// List that `issue` wrote; its column `address` is drawn.
    stickers: PathBuf,
    /// Brand to name on each sticker.
    #[arg(long, value_parser = value::<Text>)]
    brand: Option<Text>,
    /// Paper to print on.
    #[arg(long, value_enum, default_value_t = Paper::A4)]
    layout: Paper,
    /// File to write, by its name a PDF, ZPL, SVG or PNG; of SVG and PNG one file per page.
    #[arg(long, value_parser = PathBufValueParser::new().try_map(Drawing::at))]
    out: Drawing,
    /// Pixels per inch of a PNG: 203, 300 or 600; without this flag, 300.
    #[arg(long, value_parser = Dpi::parse)]
    dpi: Option<Dpi>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Paper {
    /// A4 sheet of 5 by 13 labels of 38.1 by 21.2 mm.
    A4,
    /// Roll of labels of 40 by 30 mm.
    Roll,
}

/// File to draw stickers into, and its format, which follows from its name.
#[derive(Clone)]
struct Drawing {
    path: PathBuf,
    format: Format,
}

/// Format of a drawing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Pdf,
    Zpl,
    Svg,
    Png,
}

impl Drawing {
    fn at(path: PathBuf) -> Result<Self, &'static str> {
        let format = match path.extension().and_then(|extension| extension.to_str()) {
            Some("pdf") => Format::Pdf,
            Some("zpl") => Format::Zpl,
            Some("svg") => Format::Svg,
            Some("png") => Format::Png,
            _ => return Err("a file ends in .pdf, .zpl, .svg or .png"),
        };
        Ok(Self { path, format })
    }
}

/// Reads the base of addresses. A base that contains a part of a key would give every label another meaning.
fn base(text: &str) -> Result<BaseUrl, String> {
    let base: BaseUrl = value(text)?;
    match DigitalLink::parse(&format!("{base}/01/00000000000000")) {
        Ok(_) => Ok(base),
        Err(error) => Err(format!("no label can be below it: {error}")),
    }
}

/// Row of the list of stickers.
#[derive(Serialize, Deserialize)]
struct Row {
    address: String,
    gtin: String,
    lot: String,
    serial: String,
    code: Option<String>,
}

pub fn run(command: StickerCommand) -> anyhow::Result<()> {
    match command {
        StickerCommand::Issue(issue) => issue.run(),
        StickerCommand::Sheet(sheet) => sheet.run(),
    }
}

fn bar(count: u64, what: &'static str) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len}  {per_sec}  {eta} left")?;
    Ok(ProgressBar::new(count).with_style(style).with_message(what))
}

/// Draws a serial that cannot be guessed.
fn serial() -> anyhow::Result<Serial> {
    let symbol = |byte: u8| char::from(SERIAL_SYMBOLS[usize::from(byte % 32)]);
    Ok(Serial::parse(&headwater_key::draw::<SERIAL_LENGTH>()?.map(symbol).iter().collect::<String>())?)
}

impl Issue {
    fn run(&self) -> anyhow::Result<()> {
        let (gtin, lot) = &self.lot;
        let subject = Subject::Lot(gtin.clone(), lot.clone());
        let link = |serial: &Serial| {
            let path = format!("{subject}/21/{serial}");
            Ok::<_, anyhow::Error>(DigitalLink::parse_path(&path)?.address(self.base.as_str()))
        };
        let mut drawn: BTreeMap<Serial, Option<ItemCode>> = BTreeMap::new();
        let progress = bar(self.count, "drawing serials")?;
        while (drawn.len() as u64) < self.count {
            let code = || anyhow::Ok(ItemCode::of_random(headwater_key::draw()?)?);
            drawn.insert(serial()?, self.codes.then(code).transpose()?);
            progress.set_position(drawn.len() as u64);
        }
        progress.finish_and_clear();

        let item = |(serial, code): (&Serial, &Option<ItemCode>)| SetItem {
            serial: serial.clone(),
            code: code.as_ref().map(|code| code.committed(&Subject::Item(gtin.clone(), serial.clone()))),
        };
        let manifest = SetManifest { gtin: gtin.clone(), items: drawn.iter().map(item).collect() };
        let bytes = manifest.encode();
        let items_root = manifest.index().root();
        let form = Form::Committed(Committed { count: self.count, items_root, manifest: 0 });
        let body = KindBody::Commissioning(Commissioning {
            refs: Vec::new(),
            commitments: Vec::new(),
            sticker_batch: self.batch.clone(),
            form,
        });
        let manifest = Attachment {
            sha256: Hash::plain(&bytes),
            size: bytes.len() as u64,
            media_type: MediaType::parse(MANIFEST_TYPE)?,
            role: AttachmentRole::Other,
            uri: None,
            lang: None,
            title: Vec::new(),
            access: None,
            chunk_root: None,
        };
        let content = CompleteDraft {
            occurred_at: OccurredAt { ms: now_ms()?, offset: UtcOffset::default() },
            principal: None,
            subjects: vec![SubjectRef { key: subject.clone(), quantity: None, lot: None }],
            place: None,
            attachments: vec![manifest],
            notes: Vec::new(),
            body,
        };

        fs::create_dir_all(&self.out).with_context(|| self.out.display().to_string())?;
        let new = |name: &str, readers| NewFile::create(&self.out.join(name), readers);
        // The codes let their holder claim the items: only the owner may read the list.
        let readers = if self.codes { Readers::Owner } else { Readers::All };
        let stickers = new("stickers.csv", readers)?;
        let (listed, to_sign) = (new("manifest", Readers::All)?, new("commissioning.json", Readers::All)?);
        let mut list = csv::Writer::from_writer(Vec::new());
        for (serial, code) in &drawn {
            list.serialize(Row {
                address: link(serial)?,
                gtin: gtin.to_string(),
                lot: lot.to_string(),
                serial: serial.to_string(),
                code: code.as_ref().map(ToString::to_string),
            })?;
        }
        stickers.keep(&list.into_inner().map_err(|error| error.into_error())?)?;
        listed.keep(&bytes)?;
        to_sign.keep(format!("{}\n", serde_json::to_string_pretty(&content)?).as_bytes())?;
        let folder = self.out.display();
        print(&format!(
            "serials of {1}: {0}\nroot {items_root}\nnext headwater event commissioning {folder}/commissioning.json --receipt {folder}/receipt\n     headwater attach {folder}/manifest --receipt {folder}/receipt\n     headwater sticker sheet {folder}/stickers.csv --out {folder}/stickers.pdf\n",
            self.count, subject
        ))
    }
}

impl Sheet {
    fn run(&self) -> anyhow::Result<()> {
        let layout = match self.layout {
            Paper::A4 => Layout::A4,
            Paper::Roll => Layout::ROLL,
        };
        let Drawing { path, format } = &self.out;
        if let Some(dpi) = self.dpi.filter(|_| *format != Format::Png) {
            bail!("--dpi {dpi}: {} has none; a file that ends in .png has", path.display());
        }
        let stickers = self.stickers()?;
        let progress = bar(stickers.len() as u64, "drawing stickers")?;
        let drawn = |done: usize| progress.set_position(done as u64);
        let files = match format {
            Format::Pdf => vec![(path.clone(), pdf::draw(&stickers, &layout, drawn)?)],
            Format::Zpl => vec![(path.clone(), zpl::draw(&stickers, &layout)?.into_bytes())],
            Format::Svg => self.pages("svg", svg::draw(&stickers, &layout)?.into_iter().map(String::into_bytes)),
            Format::Png => {
                let dpi = self.dpi.unwrap_or(Dpi::OFFICE);
                self.pages("png", raster::draw(&stickers, &layout, dpi, drawn)?.into_iter())
            }
        };
        // All files or none: a file that exists already is found before the first is written.
        let new: Vec<NewFile> =
            files.iter().map(|(path, _)| NewFile::create(path, Readers::All)).collect::<Result<_, _>>()?;
        for (file, (_, bytes)) in new.into_iter().zip(&files) {
            file.keep(bytes)?;
        }
        progress.finish_and_clear();
        let named = match files.as_slice() {
            [(first, _), .., (last, _)] => format!("{} to {}", first.display(), last.display()),
            [(only, _)] => only.display().to_string(),
            [] => bail!("{}: no page was drawn", path.display()),
        };
        print(&format!("stickers in {1}: {0}\n", stickers.len(), named))
    }

    /// Files of the pages, each named by the number of its page.
    fn pages(&self, kind: &str, pages: impl Iterator<Item = Vec<u8>>) -> Vec<(PathBuf, Vec<u8>)> {
        (1..).zip(pages).map(|(page, drawn)| (self.out.path.with_extension(format!("{page}.{kind}")), drawn)).collect()
    }

    fn stickers(&self) -> anyhow::Result<Vec<Sticker>> {
        let name = || self.stickers.display().to_string();
        let mut list = csv::Reader::from_path(&self.stickers).with_context(name)?;
        let mut stickers = Vec::new();
        for (line, row) in (2..).zip(list.deserialize()) {
            let at = || format!("{}: line {line}", self.stickers.display());
            let Row { address, .. } = row.with_context(at)?;
            let link = DigitalLink::parse(&address).with_context(at)?;
            let base = address.strip_suffix(&link.address("")).with_context(|| {
                format!("{}: {address:?} is not in the one spelling, {:?}", at(), link.address("https://…"))
            })?;
            ensure!((stickers.len() as u64) < COUNT_MAX, "{}: more than {COUNT_MAX} stickers", name());
            stickers.push(Sticker::new(&link, base, self.brand.as_ref().map(Text::as_str)));
        }
        ensure!(!stickers.is_empty(), "{} lists no sticker", name());
        Ok(stickers)
    }
}
