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

mod layout;
pub mod pdf;
mod sticker;
pub mod svg;
mod symbol;
pub mod zpl;

pub use layout::Layout;
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
    /// A letter that the letters of every PDF reader do not have.
    #[error("{text:?} has the letter {letter:?}, which a PDF without a font of its own cannot show; SVG can")]
    Letter {
        /// The text.
        text: String,
        /// The letter.
        letter: char,
    },
}
