//! A link as a QR code, on a sticker, on a sheet of stickers: every format is drawn from the same stickers and layout.
//!
//! **In scope:** the symbol, the text beside it, the layout of both on a sheet or a roll, and the drawing of all of it.
//! **Out of scope:** the link that a label carries (`headwater-event::digital_link`), the making of serials, and
//! whether a product may be printed.
//!
//! ```text
//! DigitalLink -- Sticker::new --> Sticker -- symbol --> Symbol -- to_terminal, to_svg, to_png --> one code
//!                                    |
//!                        stickers, Layout::A4 or Layout::ROLL
//!                                    |-- pdf::draw ----> one file of pages
//!                                    |-- svg::draw ----> an SVG for each page
//!                                    |-- raster::draw -> a PNG for each page
//!                                    |-- zpl::draw ----> commands for a label printer
//! ```
//!
//! A sheet with one sticker, as PDF:
//!
//! ```
//! use headwater_event::digital_link::DigitalLink;
//! use headwater_label::{Layout, Sticker, pdf};
//!
//! let link = DigitalLink::parse_path("01/09526543000013/10/L26-0417/21/7KQ2M9XW4TBHC")?;
//! let sticker = Sticker::new(&link, "https://id.trace.example", Some("Polderlicht"));
//! let file = pdf::draw(&[sticker], &Layout::A4, |_| {})?;
//! assert!(file.starts_with(b"%PDF-"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bitmap;
mod dpi;
mod latin;
mod layout;
mod letters;
mod pages;
pub mod pdf;
pub mod raster;
mod sticker;
pub mod svg;
mod symbol;
pub mod zpl;

pub use dpi::Dpi;
pub use layout::Layout;
pub use sticker::Sticker;
pub use symbol::{PIXELS_MAX, QUIET_ZONE, Symbol};

/// Reason why a label cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// Text that is too long for a symbol.
    #[error("{chars} characters do not fit a QR code")]
    TooLong {
        /// Number of characters in the text.
        chars: usize,
    },
    /// Picture that cannot be written.
    #[error("the picture cannot be written")]
    Picture(#[from] png::EncodingError),
    /// Symbol that would be finer than a phone reads.
    #[error(
        "{address:?} needs modules of {module_um} µm to fit the label; phones read {min_um} µm and more. Shorten the address or take a larger layout"
    )]
    TooFine {
        /// Address that the symbol encodes.
        address: String,
        /// Width that a module would have, in micrometres.
        module_um: u32,
        /// Width that a module has to have, in micrometres.
        min_um: u32,
    },
    /// Symbol that fits the label, but not in whole pixels that are wide enough.
    #[error(
        "{address:?} has room for modules of {module_um} µm on the label; of whole pixels at {dpi} dpi, phones read {needed_um} µm and more. Shorten the address, or take a larger layout or more dpi"
    )]
    TooCoarse {
        /// Address that the symbol encodes.
        address: String,
        /// Width that a module may have, in micrometres.
        module_um: u32,
        /// Resolution in pixels per inch.
        dpi: Dpi,
        /// Smallest width in whole pixels that phones read, in micrometres.
        needed_um: u32,
    },
    /// Line that is longer than the label has room for, even in the smallest letters of pixels.
    #[error(
        "{text:?} has {} letters; beside the symbol there is room for {letters_max} at {dpi} dpi. Shorten it, or take more dpi", text.chars().count()
    )]
    Crowded {
        /// Longest line of the label.
        text: String,
        /// Number of letters that there is room for.
        letters_max: u32,
        /// Resolution in pixels per inch.
        dpi: Dpi,
    },
    /// Letter that is neither in the font of every PDF reader nor in the letters of pixels.
    #[error("{text:?} has the letter {letter:?}, which is not in ISO 8859-1: PDF and PNG cannot show it, SVG can")]
    Letter {
        /// Text that contains the letter.
        text: String,
        /// Letter that cannot be drawn.
        letter: char,
    },
    /// Resolution that labels are not drawn at.
    #[error("labels are drawn at 203, 300 or 600 dpi, not at {given:?}")]
    Resolution {
        /// Text that was given as the resolution.
        given: String,
    },
    /// Picture with more pixels than a picture may have.
    #[error("a page of {width} by {height} pixels is larger than {max} on a side")]
    TooLarge {
        /// Width of the page in pixels.
        width: u32,
        /// Height of the page in pixels.
        height: u32,
        /// Largest width or height in pixels.
        max: u32,
    },
}
