//! Where stickers lie: on sheets that offices print, and on rolls. Lengths are in micrometres.

use crate::LabelError;
use crate::sticker::{Sticker, letter_um};
use crate::symbol::Symbol;

/// No module is finer (GS1 General Specifications, symbol specification tables for Digital Link).
pub const MODULE_MIN_UM: u32 = 396;
/// What is aimed at where there is room.
pub const MODULE_TARGET_UM: u32 = 495;
/// Paper that is left free between the edge of a label and what is on it.
const EDGE_UM: u32 = 500;

/// A page of labels, or a roll, which is pages of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// The page.
    pub page: (u32, u32),
    /// How many labels lie beside and below each other.
    pub grid: (u32, u32),
    /// One label.
    pub label: (u32, u32),
    /// The corner of the first.
    pub corner: (u32, u32),
    /// From one corner to the next.
    pub pitch: (u32, u32),
}

impl Layout {
    /// A4 with 5 by 13 labels of 38.1 by 21.2 mm.
    pub const A4: Self = Self {
        page: (210_000, 297_000),
        grid: (5, 13),
        label: (38_100, 21_200),
        corner: (4_750, 10_700),
        pitch: (40_600, 21_200),
    };
    /// A roll of labels of 40 by 30 mm.
    pub const ROLL: Self =
        Self { page: (40_000, 30_000), grid: (1, 1), label: (40_000, 30_000), corner: (0, 0), pitch: (40_000, 30_000) };

    /// Labels on a page.
    pub fn labels(&self) -> usize {
        (self.grid.0 * self.grid.1) as usize
    }

    /// The corner of the label at a place of its page: from the left and from the top.
    pub fn at(&self, place: usize) -> (u32, u32) {
        // A grid has few labels.
        let (column, row) = (place as u32 % self.grid.0, place as u32 / self.grid.0);
        (self.corner.0 + column * self.pitch.0, self.corner.1 + row * self.pitch.1)
    }

    /// How wide a module is: as wide as is aimed at, or as the label has room.
    fn module(&self, symbol: &Symbol, address: &str) -> Result<u32, LabelError> {
        let room = self.label.1.min(self.label.0) - 2 * EDGE_UM;
        let module_um = (room / symbol.side() as u32).min(MODULE_TARGET_UM);
        if module_um < MODULE_MIN_UM {
            let address = address.to_owned();
            return Err(LabelError::TooFine { address, module_um, min_um: MODULE_MIN_UM });
        }
        Ok(module_um)
    }

    /// Where the sticker at a place of its page lies, and what is on it.
    pub(crate) fn place(&self, sticker: &Sticker, place: usize) -> Result<Placed, LabelError> {
        let symbol = sticker.symbol()?;
        let module = self.module(&symbol, sticker.address())?;
        let symbol_um = module * symbol.side() as u32;
        let (left, top) = self.at(place);
        let beside = EDGE_UM + symbol_um;
        let letter = letter_um(sticker.lines(), self.label.0.saturating_sub(beside + EDGE_UM), self.label.1);
        // The symbol stands in the middle of the label's height.
        let corner = (left + EDGE_UM, top + self.label.1.saturating_sub(symbol_um) / 2);
        Ok(Placed { symbol, module, corner, text: left + beside, letter })
    }
}

/// A sticker on its page, counted from the upper left corner.
pub(crate) struct Placed {
    pub symbol: Symbol,
    /// How wide a module is.
    pub module: u32,
    /// Where the quiet zone begins.
    pub corner: (u32, u32),
    /// Where lines begin.
    pub text: u32,
    /// How high letters are.
    pub letter: u32,
}

impl Placed {
    /// Where a line of text stands.
    pub fn baseline(&self, line: usize) -> u32 {
        self.corner.1 + self.letter * 13 / 10 * (line as u32 + 1) + self.module
    }
}
