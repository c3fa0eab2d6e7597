//! Where stickers lie: on sheets that offices print, and on rolls. Lengths are in micrometres.

use crate::LabelError;
use crate::raster::Dpi;
use crate::sticker::{LETTER_TARGET_UM, Sticker, letter_size};
use crate::symbol::{QUIET_ZONE, Symbol};

/// No module is finer (GS1 General Specifications, symbol specification tables for Digital Link).
pub const MODULE_MIN_UM: u32 = 396;
/// What is aimed at where there is room.
pub const MODULE_TARGET_UM: u32 = 495;
/// Paper that is left free between the edge of a label and what is on it.
const EDGE_UM: u32 = 500;
const UM_PER_INCH: u64 = 25_400;

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

    /// How wide a module is: as wide as is aimed at, or as the label has room. Whole steps, so that no module is wider than another.
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

    /// Where the sticker at a place of its page lies, and what is on it, in the steps of a grid.
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
        // The symbol stands in the middle of the label's height.
        let corner = (grid.nearest(left) + edge, grid.nearest(top) + height.saturating_sub(symbol_side) / 2);
        Ok(Placed { symbol, module, corner, text: grid.nearest(left) + beside, room, letter })
    }
}

/// What places are counted in: micrometres, or the pixels of a picture. A length is rounded once, where it is used, so that the last
/// label of a page lies as true as the first.
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

    // No grid is finer than micrometres, so what a length becomes fits what it was.

    /// The whole steps that a length has room for.
    fn floor(self, um: u32) -> u32 {
        (u64::from(um) * self.per_inch() / UM_PER_INCH) as u32
    }

    /// The whole steps that a length fits.
    fn ceil(self, um: u32) -> u32 {
        (u64::from(um) * self.per_inch()).div_ceil(UM_PER_INCH) as u32
    }

    /// The step that a length ends at.
    pub fn nearest(self, um: u32) -> u32 {
        ((u64::from(um) * self.per_inch() + UM_PER_INCH / 2) / UM_PER_INCH) as u32
    }

    /// How long some steps of a label are: few enough.
    fn um(self, steps: u32) -> u32 {
        (u64::from(steps) * UM_PER_INCH / self.per_inch()) as u32
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
    /// How long they may be.
    pub room: u32,
    /// How high letters are.
    pub letter: u32,
}

impl Placed {
    /// From one line to the next.
    pub fn pitch(&self) -> u32 {
        self.letter * 13 / 10
    }

    /// Where a line of text stands: capitals, seven tenths as high as letters may be, begin level with the dark modules.
    pub fn baseline(&self, line: usize) -> u32 {
        self.corner.1 + QUIET_ZONE as u32 * self.module + self.letter * 7 / 10 + self.pitch() * line as u32
    }
}
