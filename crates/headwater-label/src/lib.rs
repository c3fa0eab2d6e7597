//! A link as a QR code, on a sticker, on a sheet of stickers.
//!
//! **In scope:** the symbol, what stands beside it, where both lie on a sheet or a roll, and drawing all of it. **Out of scope:**
//! which link a label carries (`headwater-event::digital_link`), who makes serials, and whether a product may be printed.
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

pub use layout::Layout;
pub use raster::Dpi;
pub use sticker::Sticker;
pub use symbol::{PIXELS_MAX, QUIET_ZONE, Symbol};

/// Why there is no label.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// Too long for a symbol.
    #[error("{chars} characters do not fit a QR code")]
    TooLong {
        /// How many there are.
        chars: usize,
    },
    /// The picture cannot be written.
    #[error("the picture cannot be written: {why}")]
    Picture {
        /// Why.
        why: String,
    },
    /// The symbol would be finer than a phone reads.
    #[error(
        "{address:?} needs modules of {module_um} µm to fit the label; phones read {min_um} µm and more. Shorten the address or take a larger layout"
    )]
    TooFine {
        /// What is encoded.
        address: String,
        /// How wide a module would be.
        module_um: u32,
        /// How wide it has to be.
        min_um: u32,
    },
    /// The symbol fits the label, and whole pixels that are wide enough do not.
    #[error(
        "{address:?} has room for modules of {module_um} µm on the label; of whole pixels at {dpi} dpi, phones read {needed_um} µm and more. Shorten the address, or take a larger layout or more dpi"
    )]
    TooCoarse {
        /// What is encoded.
        address: String,
        /// How wide a module may be.
        module_um: u32,
        /// Pixels to an inch.
        dpi: Dpi,
        /// How wide the smallest is that phones read.
        needed_um: u32,
    },
    /// A line is longer than the label has room for, even in the smallest letters of pixels.
    #[error(
        "{text:?} has {} letters; beside the symbol there is room for {letters_max} at {dpi} dpi. Shorten it, or take more dpi", text.chars().count()
    )]
    Crowded {
        /// The line.
        text: String,
        /// How many letters there is room for.
        letters_max: u32,
        /// Pixels to an inch.
        dpi: Dpi,
    },
    /// A letter that neither the letters of every PDF reader have nor those of pixels.
    #[error("{text:?} has the letter {letter:?}, which is not in ISO 8859-1: PDF and PNG cannot show it, SVG can")]
    Letter {
        /// The text.
        text: String,
        /// The letter.
        letter: char,
    },
    /// Not what labels are drawn at.
    #[error("labels are drawn at 203, 300 or 600 dpi, not at {given:?}")]
    Resolution {
        /// What was given.
        given: String,
    },
    /// More pixels than a picture has.
    #[error("a page of {width} by {height} pixels is larger than {max} on a side")]
    TooLarge {
        /// Pixels beside each other.
        width: u32,
        /// Pixels below each other.
        height: u32,
        /// How many there may be.
        max: u32,
    },
}
