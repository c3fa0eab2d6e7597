//! The QR symbol, and drawings of the symbol alone.

use std::fmt::Write as _;

use qrcode::bits::encode_auto;
use qrcode::{Color, EcLevel, QrCode};

use crate::LabelError;
use crate::bitmap::Bitmap;

/// Width of the white zone around the symbol, in modules (ISO/IEC 18004 section 5.3.8).
pub const QUIET_ZONE: usize = 4;

/// Largest number of pixels on a side of a module.
pub const PIXELS_MAX: u32 = 64;

/// QR symbol with error correction M, because stickers rub off, or with a higher level that needs no higher version.
pub struct Symbol {
    modules: Vec<bool>,
    width: usize,
}

impl Symbol {
    /// Encodes a text as a symbol.
    pub fn encode(text: &str) -> Result<Self, LabelError> {
        let too_long = |_| LabelError::TooLong { chars: text.chars().count() };
        let mut bits = encode_auto(text.as_bytes(), EcLevel::M).map_err(too_long)?;
        let mut level = EcLevel::M;
        for higher in [EcLevel::Q, EcLevel::H] {
            match encode_auto(text.as_bytes(), higher) {
                Ok(corrected) if corrected.version() == bits.version() => (bits, level) = (corrected, higher),
                _ => break,
            }
        }
        let code = QrCode::with_bits(bits, level).map_err(too_long)?;
        let width = code.width();
        Ok(Self { modules: code.into_colors().into_iter().map(|color| color == Color::Dark).collect(), width })
    }

    /// Width of the symbol in modules, without the quiet zone.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether a module is dark; all modules outside the symbol are light.
    pub fn is_dark(&self, row: usize, column: usize) -> bool {
        row < self.width && column < self.width && self.modules[row * self.width + column]
    }

    /// Draws the symbol for a terminal: two rows per line in half blocks, black on white in every theme, with the quiet zone.
    pub fn to_terminal(&self) -> String {
        let dark = |row: usize, column: usize| {
            row >= QUIET_ZONE && column >= QUIET_ZONE && self.is_dark(row - QUIET_ZONE, column - QUIET_ZONE)
        };
        let side = self.side();
        let mut text = String::new();
        for row in (0..side).step_by(2) {
            text += "\x1b[30;107m";
            for column in 0..side {
                text.push(match (dark(row, column), dark(row + 1, column)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            text += "\x1b[0m\n";
        }
        text
    }

    /// Runs of dark modules: row, column and length.
    pub fn runs(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        (0..self.width).flat_map(move |row| {
            let mut column = 0;
            std::iter::from_fn(move || {
                let from = (column..self.width).find(|at| self.is_dark(row, *at))?;
                let length = (from..self.width).take_while(|at| self.is_dark(row, *at)).count();
                column = from + length;
                Some((row, from, length))
            })
        })
    }

    /// SVG path of the dark modules, one unit per module, from the corner of the quiet zone.
    pub(crate) fn to_path(&self) -> String {
        let mut path = String::new();
        for (row, column, length) in self.runs() {
            let _ = write!(path, "M{} {}h{length}v1h-{length}z", column + QUIET_ZONE, row + QUIET_ZONE);
        }
        path
    }

    /// Width of the symbol in modules, with its quiet zone.
    pub fn side(&self) -> usize {
        self.width + 2 * QUIET_ZONE
    }

    /// Draws the symbol as SVG, one unit per module: runs of dark modules in one path.
    pub fn to_svg(&self) -> String {
        let (side, path) = (self.side(), self.to_path());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>\n"
        )
    }

    /// Draws the symbol as PNG, black and white, with this many pixels on a side of each module, from 1 to [`PIXELS_MAX`].
    pub fn to_png(&self, pixels: u32) -> Result<Vec<u8>, LabelError> {
        let pixels = pixels.clamp(1, PIXELS_MAX);
        // A symbol is at most 177 modules wide.
        let side = self.side() as u32 * pixels;
        let mut picture = Bitmap::white(side, side);
        self.blacken(&mut picture, (0, 0), pixels);
        picture.encode(None)
    }

    /// Draws the dark modules, each with this many pixels on a side. The point is the corner of the quiet zone.
    pub(crate) fn blacken(&self, picture: &mut Bitmap, (left, top): (u32, u32), pixels: u32) {
        let at = |module: usize| (module + QUIET_ZONE) as u32 * pixels;
        for (row, column, length) in self.runs() {
            picture.blacken((left + at(column), top + at(row)), (length as u32 * pixels, pixels));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_drawing_shows_the_same_modules() {
        let symbol = Symbol::encode("https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T").unwrap();
        let dark = (0..symbol.width()).flat_map(|row| (0..symbol.width()).map(move |column| (row, column)));
        let dark = dark.filter(|(row, column)| symbol.is_dark(*row, *column)).count();
        let terminal = symbol.to_terminal();
        let drawn: usize = terminal
            .chars()
            .map(|c| match c {
                '█' => 2,
                '▀' | '▄' => 1,
                _ => 0,
            })
            .sum();
        assert_eq!(drawn, dark);
        let svg = symbol.to_svg();
        let parts: Vec<&str> = svg.split("v1h-").collect();
        let runs = parts[..parts.len() - 1].iter().filter_map(|part| part.rsplit('h').next()?.parse::<usize>().ok());
        assert_eq!(runs.sum::<usize>(), dark);
        let png = symbol.to_png(3).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let side = reader.next_frame(&mut pixels).unwrap().width as usize;
        assert_eq!(side, (symbol.width() + 2 * QUIET_ZONE) * 3);
        let is_black = |y: usize, x: usize| pixels[y * side.div_ceil(8) + x / 8] & (0x80 >> (x % 8)) == 0;
        let black = (0..side).map(|y| (0..side).filter(|x| is_black(y, *x)).count()).sum::<usize>();
        assert_eq!(black, dark * 9);
        assert!(is_black(QUIET_ZONE * 3, QUIET_ZONE * 3) && !is_black(QUIET_ZONE * 3 - 1, QUIET_ZONE * 3));
        // The finder pattern in the corner, and light modules around it.
        assert!((0..7).all(|at| symbol.is_dark(0, at)) && !symbol.is_dark(7, 0) && !symbol.is_dark(0, symbol.width()));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(matches!(Symbol::encode(&"x".repeat(3_000)), Err(LabelError::TooLong { chars: 3_000 })));
    }
}
