//! Stickers for label printers that read ZPL II, at 203 dpi (8 dots per millimetre), one label per sticker. The printer
//! draws the symbol.

use std::fmt::Write as _;

use crate::LabelError;
use crate::layout::{Layout, MODULE_MIN_UM};
use crate::sticker::{LETTER_TARGET_UM, Sticker, letter_size};

const DOT_UM: u32 = 125;
/// Width of a module in dots: half a millimetre.
const MODULE_DOTS: u32 = 4;

/// Draws one label for each sticker, of the size of a layout's labels.
pub fn draw(stickers: &[Sticker], layout: &Layout) -> Result<String, LabelError> {
    let mut text = String::new();
    let (width, height) = (layout.label.0 / DOT_UM, layout.label.1 / DOT_UM);
    for sticker in stickers {
        let side = sticker.symbol()?.side() as u32 * MODULE_DOTS;
        if side > height.min(width) {
            let module_um = height.min(width) * DOT_UM / (side / MODULE_DOTS);
            let address = sticker.address().to_owned();
            return Err(LabelError::TooFine { address, module_um, min_um: MODULE_MIN_UM.max(MODULE_DOTS * DOT_UM) });
        }
        let quiet = crate::QUIET_ZONE as u32 * MODULE_DOTS;
        let top = (height - side) / 2;
        // The data begins with the error correction level, M, and the input mode, A for automatic.
        let _ = write!(
            text,
            "^XA^CI28^PW{width}^LL{height}^FO{quiet},{}^BQN,2,{MODULE_DOTS}^FH_^FDMA,{}^FS",
            top + quiet,
            escape(sticker.address())
        );
        let room = ((width - side) * DOT_UM, layout.label.1);
        let size = letter_size(sticker.lines(), room, LETTER_TARGET_UM) / DOT_UM;
        for (line, said) in sticker.lines().iter().enumerate() {
            let below = top + quiet + size * 13 / 10 * line as u32;
            let _ = write!(text, "^FO{side},{below}^A0N,{size},{size}^FH_^FD{}^FS", escape(said));
        }
        text += "^XZ\n";
    }
    Ok(text)
}

/// Replaces each character that would begin a command by its number.
fn escape(text: &str) -> String {
    text.replace('_', "_5F").replace('^', "_5E").replace('~', "_7E")
}

#[cfg(test)]
mod tests {
    use headwater_event::digital_link::DigitalLink;

    use super::*;

    #[test]
    fn nothing_on_a_sticker_begins_a_command() {
        let link = DigitalLink::parse_path("01/09526543000013/21/A_B").unwrap();
        let sticker = Sticker::new(&link, "https://id.trace.example", Some("^XZ~JA_"));
        let text = draw(&[sticker], &Layout::ROLL).unwrap();
        assert!(text.starts_with("^XA^CI28^PW320^LL240^FO16,"), "{text}");
        assert!(text.contains("^FH_^FDMA,https://id.trace.example/01/09526543000013/21/A_5FB^FS"), "{text}");
        assert!(text.contains("^FH_^FD_5EXZ_7EJA_5F^FS"), "{text}");
        assert_eq!(text.matches("^XZ").count(), 1);
    }
}
