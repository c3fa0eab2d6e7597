//! Content of a sticker: the symbol, and beside it the text that a person reads or types.

use headwater_event::digital_link::DigitalLink;
use headwater_event::subject::Subject;

use crate::LabelError;
use crate::symbol::Symbol;

/// Symbols in one group of a serial. Serials are printed in groups, so that they can be read out.
const GROUP: usize = 4;
/// Number of groups of a serial on one line.
const GROUPS_PER_LINE: usize = 2;

/// Sticker with the address in its symbol and the lines beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sticker {
    address: String,
    lines: Vec<String>,
}

impl Sticker {
    /// Makes the sticker of a link below `base`, which ends without a slash.
    pub fn new(link: &DigitalLink, base: &str, brand: Option<&str>) -> Self {
        let mut lines: Vec<String> = brand.map(str::to_owned).into_iter().collect();
        let subject = link.subject();
        if let Some(gtin) = subject.as_ref().and_then(Subject::gtin) {
            lines.push(format!("(01) {gtin}"));
        }
        if let Some(Subject::Lot(_, lot)) = link.lot() {
            lines.push(format!("(10) {lot}"));
        }
        match &subject {
            Some(Subject::Item(_, serial)) => {
                let groups: Vec<String> = serial.as_str().as_bytes().chunks(GROUP).map(ascii).collect();
                for (at, line) in groups.chunks(GROUPS_PER_LINE).enumerate() {
                    let name = if at == 0 { "(21) " } else { "" };
                    lines.push(format!("{name}{}", line.join(" ")));
                }
            }
            Some(Subject::LogisticUnit(sscc)) => lines.push(format!("(00) {sscc}")),
            _ => {}
        }
        lines.extend(link.dates().iter().map(|(kind, date)| format!("({}) {date}", kind.ai())));
        Self { address: link.address(base), lines }
    }

    /// Address that the symbol encodes.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Lines of text beside the symbol.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// QR symbol of the address.
    pub fn symbol(&self) -> Result<Symbol, LabelError> {
        Symbol::encode(&self.address)
    }
}

/// Text of a part of a serial, which is ASCII (GS1 CSET 82).
fn ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Height of letters where there is room, in micrometres.
pub(crate) const LETTER_TARGET_UM: u32 = 2_100;

/// Largest height of letters at which every line fits, up to `target`. In the letters of office printers, few are wider
/// than six tenths of their height.
pub(crate) fn letter_size(lines: &[String], (width, height): (u32, u32), target: u32) -> u32 {
    let beside = width * 10 / (longest(lines) * 6);
    let below = height * 10 / (lines.len().max(1) as u32 * 13);
    target.min(beside).min(below)
}

/// Number of letters in the longest line, at least 1.
pub(crate) fn longest(lines: &[String]) -> u32 {
    lines.iter().map(|line| line.chars().count()).max().unwrap_or(1).max(1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sticker(path: &str, brand: Option<&str>) -> Sticker {
        Sticker::new(&DigitalLink::parse_path(path).unwrap(), "https://id.trace.example", brand)
    }

    #[test]
    fn what_a_person_reads() {
        let item = sticker("01/09526543000013/10/L26-0417/21/7KQ2M9XW4TBHC?17=271231", Some("Polderlicht"));
        assert_eq!(item.address(), "https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4TBHC?17=271231");
        let lines = ["Polderlicht", "(01) 09526543000013", "(10) L26-0417", "(21) 7KQ2 M9XW", "4TBH C", "(17) 271231"];
        assert_eq!(item.lines(), lines);
        assert_eq!(sticker("00/195265430000000010", None).lines(), ["(00) 195265430000000010"]);
        assert_eq!(sticker("01/09526543000013/21/A%2FB", None).lines(), ["(01) 09526543000013", "(21) A/B"]);
    }
}
