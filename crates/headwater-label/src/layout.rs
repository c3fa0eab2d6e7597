//! Layout of stickers on sheets that offices print, and on rolls. Lengths are in micrometres.

use crate::LabelError;
use crate::dpi::Dpi;
use crate::sticker::{LETTER_TARGET_UM, Sticker, letter_size};
use crate::symbol::{QUIET_ZONE, Symbol};

/// Smallest width of a module (GS1 General Specifications, symbol specification tables for Digital Link).
pub const MODULE_MIN_UM: u32 = 396;
/// Width of a module where there is room.
pub const MODULE_TARGET_UM: u32 = 495;
/// Width of the free paper between the edge of a label and its content.
const EDGE_UM: u32 = 500;
const UM_PER_INCH: u64 = 25_400;

/// Page of labels. A roll is pages of one label.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Width and height of a page.
    pub page: (u32, u32),
    /// Number of labels beside each other, and below each other.
    pub grid: (u32, u32),
    /// Width and height of a label.
    pub label: (u32, u32),
    /// Upper left corner of the first label.
    pub corner: (u32, u32),
    /// Distance from one corner to the next, across and down.
    pub pitch: (u32, u32),
}

impl Layout {
    /// A4 sheet of 5 by 13 labels of 38.1 by 21.2 mm.
    pub const A4: Self = Self {
        page: (210_000, 297_000),
        grid: (5, 13),
        label: (38_100, 21_200),
        corner: (4_750, 10_700),
        pitch: (40_600, 21_200),
    };
    /// Roll of labels of 40 by 30 mm.
    pub const ROLL: Self =
        Self { page: (40_000, 30_000), grid: (1, 1), label: (40_000, 30_000), corner: (0, 0), pitch: (40_000, 30_000) };

    /// Number of labels on a page.
    pub fn labels(&self) -> usize {
        (self.grid.0 * self.grid.1) as usize
    }

    /// Corner of the label at an index of its page: from the left and from the top.
    pub fn at(&self, place: usize) -> (u32, u32) {
        // A grid has few labels, so that the index fits u32.
        let (column, row) = (place as u32 % self.grid.0, place as u32 / self.grid.0);
        (self.corner.0 + column * self.pitch.0, self.corner.1 + row * self.pitch.1)
    }

    /// Width of a module: the target width, or as much as the label has room for. In whole steps, so that all modules
    /// are equally wide.
    fn module(&self, symbol: &Symbol, address: &str, grid: Grid) -> Result<u32, LabelError> {
        let room_um = self.label.1.min(self.label.0).saturating_sub(2 * EDGE_UM);
        let side = symbol.side() as u32;
        let module = (grid.floor(room_um) / side).min(grid.nearest(MODULE_TARGET_UM));
        if module >= grid.ceil(MODULE_MIN_UM) {
            return Ok(module);
        }
        let (address, module_um) = (address.to_owned(), (room_um / side).min(MODULE_TARGET_UM));
        Err(match grid {
            Grid::Pixels(dpi) if module_um >= MODULE_MIN_UM => {
                LabelError::TooCoarse { address, module_um, dpi, needed_um: grid.um(grid.ceil(MODULE_MIN_UM)) }
            }
            _ => LabelError::TooFine { address, module_um, min_um: MODULE_MIN_UM },
        })
    }

    /// Places the sticker at an index of its page, with its content, in the steps of a grid.
    pub(crate) fn place(&self, sticker: &Sticker, place: usize, grid: Grid) -> Result<Placed, LabelError> {
        let symbol = sticker.symbol()?;
        let module = self.module(&symbol, sticker.address(), grid)?;
        let symbol_side = module * symbol.side() as u32;
        let (left, top) = self.at(place);
        let (width, height) = (grid.floor(self.label.0), grid.floor(self.label.1));
        let edge = grid.ceil(EDGE_UM);
        let beside = edge + symbol_side;
        let room = width.saturating_sub(beside + edge);
        let letter = letter_size(sticker.lines(), (room, height), grid.nearest(LETTER_TARGET_UM));
        // The symbol is in the middle of the label's height.
        let corner = (grid.nearest(left) + edge, grid.nearest(top) + height.saturating_sub(symbol_side) / 2);
        Ok(Placed { symbol, module, corner, text: grid.nearest(left) + beside, room, letter })
    }
}

/// Unit of lengths: micrometres, or the pixels of a picture. A length is rounded once, where it is used, so that the
/// last label of a page is placed as exactly as the first.
#[derive(Clone, Copy)]
pub(crate) enum Grid {
    Micrometres,
    Pixels(Dpi),
}

impl Grid {
    fn per_inch(self) -> u64 {
        match self {
            Self::Micrometres => UM_PER_INCH,
            Self::Pixels(dpi) => u64::from(dpi.per_inch()),
        }
    }

    // No grid is finer than micrometres, so that each result fits the type of its length.

    /// Number of whole steps that fit into a length.
    fn floor(self, um: u32) -> u32 {
        (u64::from(um) * self.per_inch() / UM_PER_INCH) as u32
    }

    /// Number of whole steps that cover a length.
    fn ceil(self, um: u32) -> u32 {
        (u64::from(um) * self.per_inch()).div_ceil(UM_PER_INCH) as u32
    }

    /// Step that is nearest to the end of a length.
    pub fn nearest(self, um: u32) -> u32 {
        ((u64::from(um) * self.per_inch() + UM_PER_INCH / 2) / UM_PER_INCH) as u32
    }

    /// Length of some steps in micrometres; the steps of a label are few enough for u32.
    fn um(self, steps: u32) -> u32 {
        (u64::from(steps) * UM_PER_INCH / self.per_inch()) as u32
    }
}

/// Sticker on its page, in grid steps from the upper left corner.
pub(crate) struct Placed {
    pub symbol: Symbol,
    /// Width of a module.
    pub module: u32,
    /// Upper left corner of the quiet zone.
    pub corner: (u32, u32),
    /// Left end of the lines of text.
    pub text: u32,
    /// Width that the lines may have.
    pub room: u32,
    /// Height of the letters.
    pub letter: u32,
}

impl Placed {
    /// Distance from one line to the next.
    pub fn pitch(&self) -> u32 {
        self.letter * 13 / 10
    }

    /// Baseline of a line of text. Capitals are seven tenths as high as letters may be; those of the first line begin
    /// level with the dark modules.
    pub fn baseline(&self, line: usize) -> u32 {
        self.corner.1 + QUIET_ZONE as u32 * self.module + self.letter * 7 / 10 + self.pitch() * line as u32
    }
}
