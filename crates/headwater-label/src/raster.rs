//! Pages of stickers as PNG, black on white: whole pixels for every module, and letters of pixels.

use crate::LabelError;
use crate::bitmap::Bitmap;
use crate::dpi::Dpi;
use crate::layout::{Grid, Layout};
use crate::letters::{Face, WIDTH_MIN};
use crate::pages;
use crate::sticker::{Sticker, longest};

/// Largest width or height of a page, in pixels. A4 at 600 dpi is 7,016 high.
pub const SIDE_PIXELS_MAX: u32 = 8_192;

/// Draws the pages of these stickers on all cores, one file per page. `progress` gets the number of stickers that are drawn.
pub fn draw(
    stickers: &[Sticker],
    layout: &Layout,
    dpi: Dpi,
    progress: impl Fn(usize) + Sync,
) -> Result<Vec<Vec<u8>>, LabelError> {
    pages::draw(stickers, layout, |on_page| page(on_page, layout, dpi), progress)
}

fn page(stickers: &[Sticker], layout: &Layout, dpi: Dpi) -> Result<Vec<u8>, LabelError> {
    let grid = Grid::Pixels(dpi);
    let (width, height) = (grid.nearest(layout.page.0), grid.nearest(layout.page.1));
    if width.max(height) > SIDE_PIXELS_MAX {
        return Err(LabelError::TooLarge { width, height, max: SIDE_PIXELS_MAX });
    }
    let mut picture = Bitmap::white(width, height);
    for (place, sticker) in stickers.iter().enumerate() {
        let placed = layout.place(sticker, place, grid)?;
        placed.symbol.blacken(&mut picture, placed.corner, placed.module);
        let face = Face::within(placed.room / longest(sticker.lines()), placed.pitch())
            .ok_or_else(|| crowded(sticker.lines(), placed.room, dpi))?;
        for (line, said) in sticker.lines().iter().enumerate() {
            face.draw(&mut picture, said, placed.text, placed.baseline(line))?;
        }
    }
    picture.encode(Some(dpi))
}

/// Error for the longest line, which has no room.
fn crowded(lines: &[String], room: u32, dpi: Dpi) -> LabelError {
    let text = lines.iter().max_by_key(|line| line.chars().count()).cloned().unwrap_or_default();
    LabelError::Crowded { text, letters_max: room / WIDTH_MIN, dpi }
}

#[cfg(test)]
mod tests {
    use headwater_event::digital_link::DigitalLink;

    use super::*;
    use crate::{QUIET_ZONE, latin};

    const LINK: &str = "01/09526543000013/10/L26-0417/21/7KQ2M9XW4TBHC";

    fn sticker(brand: &str) -> Sticker {
        Sticker::new(&DigitalLink::parse_path(LINK).unwrap(), "https://id.trace.example", Some(brand))
    }

    fn drawn(stickers: &[Sticker], layout: &Layout, dpi: Dpi) -> Vec<Bitmap> {
        let files = draw(stickers, layout, dpi, |_| {}).unwrap();
        let pages = files.iter().map(|file| {
            let (picture, per_metre) = Bitmap::decode(file);
            assert_eq!(per_metre, Some((dpi.per_metre(), dpi.per_metre())));
            picture
        });
        pages.collect()
    }

    fn refused(brand: &str, layout: &Layout, dpi: Dpi) -> String {
        draw(&[sticker(brand)], layout, dpi, |_| {}).unwrap_err().to_string()
    }

    #[test]
    fn each_module_has_its_pixels_and_the_quiet_zone_none() {
        for (layout, dpi, pixels) in [
            (Layout::ROLL, Dpi::THERMAL, 4),
            (Layout::ROLL, Dpi::OFFICE, 6),
            (Layout::ROLL, Dpi::FINE, 12),
            (Layout::A4, Dpi::OFFICE, 5),
            (Layout::A4, Dpi::FINE, 11),
        ] {
            let all = vec![sticker("Polderlicht"); layout.labels() + 1];
            let pages = drawn(&all, &layout, dpi);
            assert_eq!(pages.len(), 2);
            let symbol = all[0].symbol().unwrap();
            let side = symbol.side() as u32 * pixels;
            let places = (0..layout.labels()).map(|place| (&pages[0], place)).chain([(&pages[1], 0)]);
            for (page, place) in places {
                let placed = layout.place(&all[0], place, Grid::Pixels(dpi)).unwrap();
                assert_eq!(placed.module, pixels);
                let (left, top) = placed.corner;
                let dark = |at: u32| (at / pixels).checked_sub(QUIET_ZONE as u32).map(|module| module as usize);
                for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
                    let expected = dark(y).zip(dark(x)).is_some_and(|(row, column)| symbol.is_dark(row, column));
                    assert_eq!(page.is_black(left + x, top + y), expected, "label {place} at {dpi} dpi, {x} {y}");
                }
            }
        }
    }

    #[test]
    fn text_is_drawn_whole_beside_the_symbol() {
        for (dpi, page) in [(Dpi::THERMAL, (320, 240)), (Dpi::OFFICE, (472, 354)), (Dpi::FINE, (945, 709))] {
            let sticker = sticker("Crème Brûlée");
            let [picture] = &drawn(std::slice::from_ref(&sticker), &Layout::ROLL, dpi)[..] else { panic!("one page") };
            assert_eq!(picture.size(), page);
            let placed = Layout::ROLL.place(&sticker, 0, Grid::Pixels(dpi)).unwrap();
            let right = placed.text + placed.room;
            for line in 0..sticker.lines().len() {
                let below = placed.baseline(line);
                assert!(picture.ink((placed.text, below - placed.letter / 2), (right, below)) > 0, "line {line}");
            }
            let last = placed.baseline(sticker.lines().len() - 1);
            assert_eq!(picture.ink((placed.text, last + placed.pitch()), page), 0, "nothing below the last line");

            // Drawn alone, on a picture that cuts nothing, the lines have the same ink as beside the symbol.
            let mut alone = Bitmap::white(4 * page.0, 4 * page.1);
            let face = Face::within(placed.room / longest(sticker.lines()), placed.pitch()).unwrap();
            for (line, said) in sticker.lines().iter().enumerate() {
                face.draw(&mut alone, said, page.0, page.1 + placed.baseline(line)).unwrap();
            }
            let text = alone.ink((0, 0), alone.size());
            assert_eq!(picture.ink((placed.text, 0), (right, page.1)), text);
            let dark: usize = placed.symbol.runs().map(|(_, _, length)| length).sum();
            assert_eq!(picture.ink((0, 0), page), dark * (placed.module * placed.module) as usize + text);
        }
    }

    #[test]
    fn capitals_begin_level_with_the_symbol() {
        for dpi in Dpi::ALL {
            let sticker = sticker("HEH");
            let placed = Layout::ROLL.place(&sticker, 0, Grid::Pixels(dpi)).unwrap();
            let picture = &drawn(&[sticker], &Layout::ROLL, dpi)[0];
            let (width, height) = picture.size();
            let top = (0..height).find(|y| picture.ink((placed.text, *y), (width, y + 1)) > 0).unwrap();
            let symbol = (0..height).find(|y| picture.ink((0, *y), (placed.text, y + 1)) > 0).unwrap();
            assert!(top.abs_diff(symbol) <= placed.module, "{top} beside {symbol} at {dpi} dpi");
        }
    }

    #[test]
    fn pixels_are_as_large_as_they_say() {
        assert_eq!(Dpi::ALL.map(Dpi::per_metre), [7_992, 11_811, 23_622]);
        assert_eq!(Dpi::ALL.map(|dpi| Dpi::parse(&dpi.to_string()).unwrap()), Dpi::ALL);
        for given in ["150", "0300", "", "300.0", "-1"] {
            let refused = Dpi::parse(given).unwrap_err();
            assert!(matches!(&refused, LabelError::Resolution { given: named } if named == given), "{refused}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let address = format!("https://id.trace.example/{LINK}");
        // 41 modules of 4 pixels are 20.5 mm, and the label has room for 20.2.
        let coarse = LabelError::TooCoarse { address, module_um: 492, dpi: Dpi::THERMAL, needed_um: 500 };
        assert_eq!(refused("Polderlicht", &Layout::A4, Dpi::THERMAL), coarse.to_string());
        let long = "x".repeat(30);
        let crowded = LabelError::Crowded { text: long.clone(), letters_max: 29, dpi: Dpi::THERMAL };
        assert_eq!(refused(&long, &Layout::ROLL, Dpi::THERMAL), crowded.to_string());
        assert!(draw(&[sticker(&long[1..])], &Layout::ROLL, Dpi::THERMAL, |_| {}).is_ok());
        for (brand, letter) in [("圩光乳业", '圩'), ("A\nB", '\n'), ("5 €", '€')] {
            let error = LabelError::Letter { text: brand.to_owned(), letter }.to_string();
            assert_eq!(refused(brand, &Layout::ROLL, Dpi::OFFICE), error);
            assert_eq!(latin::bytes(brand).unwrap_err().to_string(), error);
        }
        let wide = Layout { page: (400_000, 30_000), ..Layout::ROLL };
        let large = LabelError::TooLarge { width: 9_449, height: 709, max: SIDE_PIXELS_MAX };
        assert_eq!(refused("Polderlicht", &wide, Dpi::FINE), large.to_string());
    }
}
