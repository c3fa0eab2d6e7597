//! Sheets of stickers as PDF: vectors on a grid of micrometres, in the font that every reader has.

use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref, Str};

use crate::layout::{Grid, Layout};
use crate::sticker::Sticker;
use crate::{LabelError, latin, pages};

/// Level of compression, of 1 to 10: a higher level costs time and hardly saves bytes.
const COMPRESSION: u8 = 6;
/// Length of a micrometre in points.
const POINT: f32 = 72.0 / 25_400.0;
const FONT: Name<'static> = Name(b"F");

/// Draws the sheets of these stickers on all cores. `progress` gets the number of stickers that are drawn.
pub fn draw(stickers: &[Sticker], layout: &Layout, progress: impl Fn(usize) + Sync) -> Result<Vec<u8>, LabelError> {
    let content = |on_page: &[Sticker]| Ok(compress_to_vec_zlib(&page(on_page, layout)?, COMPRESSION));
    let contents = pages::draw(stickers, layout, content, progress)?;
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

fn page(stickers: &[Sticker], layout: &Layout) -> Result<Vec<u8>, LabelError> {
    let mut content = Content::new();
    content.transform([POINT, 0.0, 0.0, POINT, 0.0, 0.0]);
    for (place, sticker) in stickers.iter().enumerate() {
        let placed = layout.place(sticker, place, Grid::Micrometres)?;
        let (x, y) = placed.corner;
        let module = placed.module as f32;
        // PDF counts from the bottom of a page; the symbol is drawn from its upper corner down, one unit per module.
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
            content.show(Str(latin::bytes(said)?.as_slice()));
        }
        content.end_text();
    }
    Ok(content.finish().to_vec())
}
