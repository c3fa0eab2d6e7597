//! Pages of stickers as SVG, in millimetres, with letters that the viewer chooses.

use std::fmt::Write as _;

use crate::LabelError;
use crate::layout::{Grid, Layout};
use crate::sticker::Sticker;

/// Draws the pages of these stickers, one SVG document per page.
pub fn draw(stickers: &[Sticker], layout: &Layout) -> Result<Vec<String>, LabelError> {
    stickers.chunks(layout.labels()).map(|on_page| page(on_page, layout)).collect()
}

fn page(stickers: &[Sticker], layout: &Layout) -> Result<String, LabelError> {
    let (width, height) = layout.page;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}mm\" height=\"{}mm\" viewBox=\"0 0 {width} {height}\">\n\
         <path fill=\"#fff\" d=\"M0 0h{width}v{height}H0z\"/>\n",
        f64::from(width) / 1_000.0,
        f64::from(height) / 1_000.0
    );
    for (place, sticker) in stickers.iter().enumerate() {
        let placed = layout.place(sticker, place, Grid::Micrometres)?;
        let (x, y) = placed.corner;
        let _ = writeln!(
            text,
            "<path shape-rendering=\"crispEdges\" transform=\"translate({x} {y}) scale({})\" d=\"{}\"/>",
            placed.module,
            placed.symbol.to_path()
        );
        for (line, said) in sticker.lines().iter().enumerate() {
            let (x, y, size) = (placed.text, placed.baseline(line), placed.letter);
            let _ = writeln!(
                text,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-family=\"Helvetica,Arial,sans-serif\">{}</text>",
                escape(said)
            );
        }
    }
    Ok(text + "</svg>\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
