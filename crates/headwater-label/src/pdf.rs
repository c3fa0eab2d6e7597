//! Sheets of stickers as PDF: vectors on a grid of micrometres, in the letters that every reader has.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref, Str};

use crate::LabelError;
use crate::layout::Layout;
use crate::sticker::Sticker;

/// Of 1 to 10: more costs time and hardly saves bytes.
const COMPRESSION: u8 = 6;
/// Points in a micrometre.
const POINT: f32 = 72.0 / 25_400.0;
const FONT: Name<'static> = Name(b"F");

/// Draws the sheets of these stickers on all cores, and tells how many are drawn.
pub fn draw(stickers: &[Sticker], layout: &Layout, progress: impl Fn(usize) + Sync) -> Result<Vec<u8>, LabelError> {
    let pages: Vec<&[Sticker]> = stickers.chunks(layout.labels()).collect();
    let contents = drawn(&pages, layout, &progress)?;
    let mut pdf = Pdf::new();
    let (catalog, tree, font) = (Ref::new(1), Ref::new(2), Ref::new(3));
    // A file has far fewer objects than an i32 counts.
    let page_id = |at: usize| Ref::new(4 + 2 * at as i32);
    let content_id = |at: usize| Ref::new(5 + 2 * at as i32);
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids((0..contents.len()).map(page_id)).count(contents.len() as i32);
    pdf.type1_font(font).base_font(Name(b"Helvetica")).encoding_predefined(Name(b"WinAnsiEncoding"));
    let (width, height) = (layout.page.0 as f32 * POINT, layout.page.1 as f32 * POINT);
    for (at, content) in contents.iter().enumerate() {
        let mut page = pdf.page(page_id(at));
        page.parent(tree).media_box(Rect::new(0.0, 0.0, width, height)).contents(content_id(at));
        page.resources().fonts().pair(FONT, font);
        page.finish();
        pdf.stream(content_id(at), content).filter(Filter::FlateDecode);
    }
    Ok(pdf.finish())
}

/// The content of each page, compressed; pages are drawn side by side.
fn drawn(
    pages: &[&[Sticker]],
    layout: &Layout,
    progress: &(impl Fn(usize) + Sync),
) -> Result<Vec<Vec<u8>>, LabelError> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let done = AtomicUsize::new(0);
    let part = |pages: &[&[Sticker]]| -> Result<Vec<Vec<u8>>, LabelError> {
        let one = |stickers: &&[Sticker]| {
            let content = compress_to_vec_zlib(&page(stickers, layout)?, COMPRESSION);
            progress(done.fetch_add(stickers.len(), Ordering::Relaxed) + stickers.len());
            Ok(content)
        };
        pages.iter().map(one).collect()
    };
    thread::scope(|scope| {
        let running: Vec<_> =
            pages.chunks(pages.len().div_ceil(cores).max(1)).map(|pages| scope.spawn(|| part(pages))).collect();
        let mut contents = Vec::with_capacity(pages.len());
        for one in running {
            match one.join() {
                Ok(part) => contents.extend(part?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(contents)
    })
}

fn page(stickers: &[Sticker], layout: &Layout) -> Result<Vec<u8>, LabelError> {
    let mut content = Content::new();
    content.transform([POINT, 0.0, 0.0, POINT, 0.0, 0.0]);
    for (place, sticker) in stickers.iter().enumerate() {
        let placed = layout.place(sticker, place)?;
        let (x, y) = placed.corner;
        let module = placed.module as f32;
        // A page is counted from below; the symbol is drawn from its upper corner down, a unit a module.
        let from_below = |um: u32| (layout.page.1 - um) as f32;
        content.save_state();
        content.transform([module, 0.0, 0.0, -module, x as f32, from_below(y)]);
        let quiet = crate::QUIET_ZONE;
        for (row, column, length) in placed.symbol.runs() {
            content.rect((column + quiet) as f32, (row + quiet) as f32, length as f32, 1.0);
        }
        content.fill_nonzero();
        content.restore_state();
        content.begin_text();
        content.set_font(FONT, placed.letter as f32);
        for (line, said) in sticker.lines().iter().enumerate() {
            content.set_text_matrix([1.0, 0.0, 0.0, 1.0, placed.text as f32, from_below(placed.baseline(line))]);
            content.show(Str(&latin(said)?));
        }
        content.end_text();
    }
    Ok(content.finish().to_vec())
}

/// A text in the encoding of the letters that every reader has, where it agrees with Latin-1.
fn latin(text: &str) -> Result<Vec<u8>, LabelError> {
    let byte = |letter: char| match u32::from(letter) {
        code @ (0x20..=0x7e | 0xa0..=0xff) => Ok(code as u8),
        _ => Err(LabelError::Letter { text: text.to_owned(), letter }),
    };
    text.chars().map(byte).collect()
}
