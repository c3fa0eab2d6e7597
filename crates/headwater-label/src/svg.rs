//! A page of stickers as SVG, in millimetres, with letters that the viewer chooses.

use std::fmt::Write as _;

use crate::LabelError;
use crate::layout::Layout;
use crate::sticker::{Sticker, letter_um};

/// Draws the pages of these stickers.
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
        let symbol = sticker.symbol()?;
        let module = layout.module(&symbol, sticker.address())?;
        let symbol_um = module * symbol.side() as u32;
        let (left, top) = layout.at(place);
        let (x, y) = layout.symbol_corner(symbol_um);
        let _ = writeln!(
            text,
            "<path shape-rendering=\"crispEdges\" transform=\"translate({} {}) scale({module})\" d=\"{}\"/>",
            left + x,
            top + y,
            symbol.to_path()
        );
        let (from, room) = layout.beside(symbol_um);
        let size = letter_um(sticker.lines(), room, layout.label.1);
        for (line, said) in sticker.lines().iter().enumerate() {
            let below = top + y + size * 13 / 10 * (line as u32 + 1) + module;
            let _ = writeln!(
                text,
                "<text x=\"{}\" y=\"{below}\" font-size=\"{size}\" font-family=\"Helvetica,Arial,sans-serif\">{}</text>",
                left + from,
                escape(said)
            );
        }
    }
    Ok(text + "</svg>\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
