//! Letters of pixels, in the sizes that they were drawn in and in whole multiples of those sizes, so that no edge is blurred.

use embedded_graphics::geometry::{OriginDimensions as _, Point};
use embedded_graphics::image::GetPixel as _;
use embedded_graphics::mono_font::{MonoFont, iso_8859_1};
use embedded_graphics::pixelcolor::BinaryColor;

use crate::LabelError;
use crate::bitmap::Bitmap;
use crate::latin;

/// Fonts from narrow to wide. Of two equally wide fonts, the higher is taken. All letters of one font are equally wide.
static FONTS: [&MonoFont<'static>; 8] = [
    &iso_8859_1::FONT_5X8,
    &iso_8859_1::FONT_6X10,
    &iso_8859_1::FONT_6X13,
    &iso_8859_1::FONT_7X14,
    &iso_8859_1::FONT_8X13,
    &iso_8859_1::FONT_9X15,
    &iso_8859_1::FONT_9X18,
    &iso_8859_1::FONT_10X20,
];
/// Width of the narrowest letters in pixels. Narrower letters exist, but people cannot read them on a label.
pub(crate) const WIDTH_MIN: u32 = 5;
/// Largest side of the square that a pixel of a letter becomes: enough for the largest letters at 600 dpi.
const SCALE_MAX: u32 = 4;

/// Letters of one font and scale.
#[derive(Clone, Copy)]
pub(crate) struct Face {
    font: &'static MonoFont<'static>,
    scale: u32,
}

impl Face {
    /// The widest letters that fit into this width and height. Smooth letters that are nearly as wide go before stepped ones.
    pub fn within(width: u32, height: u32) -> Option<Self> {
        let widest = |scale: u32| {
            let faces = FONTS.iter().map(|font| Self { font, scale });
            faces.filter(|face| face.width() <= width && face.height() <= height).max_by_key(|face| face.width())
        };
        let faces: Vec<Self> = (1..=SCALE_MAX).filter_map(widest).collect();
        let most = faces.iter().map(Self::width).max()?;
        faces.into_iter().find(|face| face.width() * 4 >= most * 3)
    }

    fn width(&self) -> u32 {
        self.font.character_size.width * self.scale
    }

    fn height(&self) -> u32 {
        self.font.character_size.height * self.scale
    }

    /// Draws a line of text that begins at `left`, with its baseline at `baseline`.
    pub fn draw(self, picture: &mut Bitmap, text: &str, left: u32, baseline: u32) -> Result<(), LabelError> {
        let top = baseline.saturating_sub(self.font.baseline * self.scale);
        for (place, letter) in (0..).zip(latin::bytes(text)?) {
            let corner = left + place * self.width();
            for (x, y) in self.ink(char::from(letter)) {
                picture.blacken((corner + x * self.scale, top + y * self.scale), (self.scale, self.scale));
            }
        }
        Ok(())
    }

    /// Dark pixels of a letter before scaling, from its upper left corner.
    fn ink(self, letter: char) -> impl Iterator<Item = (u32, u32)> {
        let (size, image) = (self.font.character_size, &self.font.image);
        let index = self.font.glyph_mapping.index(letter) as u32;
        let per_row = image.size().width / size.width;
        let (left, top) = (index % per_row * size.width, index / per_row * size.height);
        let all = (0..size.height).flat_map(move |y| (0..size.width).map(move |x| (x, y)));
        let is_dark = move |(x, y): &(u32, u32)| {
            image.pixel(Point::new((left + x) as i32, (top + y) as i32)) == Some(BinaryColor::On)
        };
        all.filter(is_dark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_latin_1_is_drawn_and_is_not_the_sign_for_a_missing_one() {
        for font in FONTS {
            let face = Face { font, scale: 1 };
            let drawn = |letter: char| face.ink(letter).collect::<Vec<_>>();
            let missing = drawn('圩');
            for letter in (0x20_u8..=0x7e).chain(0xa0..=0xff).map(char::from) {
                let is_blank = matches!(letter, ' ' | '\u{a0}');
                assert_eq!(drawn(letter).is_empty(), is_blank, "{letter:?} at {:?}", font.character_size);
                assert!(drawn(letter) != missing || letter == '?', "{letter:?} at {:?}", font.character_size);
            }
            assert!(drawn('e') != drawn('é') && drawn('o') != drawn('ø') && drawn('u') != drawn('ü'));
        }
    }

    #[test]
    fn letters_are_as_wide_as_fits_and_smooth_where_that_costs_little() {
        let within = |width, height| {
            let face = Face::within(width, height)?;
            Some((face.font.character_size.width, face.font.character_size.height, face.scale))
        };
        assert_eq!(within(7, 14), Some((7, 14, 1)));
        assert_eq!(within(9, 40), Some((9, 18, 1)), "of two as wide, the higher");
        assert_eq!(within(9, 17), Some((9, 15, 1)), "lower where there is no height");
        assert_eq!(within(12, 31), Some((10, 20, 1)), "6 by 13, doubled, is wider and stepped");
        assert_eq!(within(14, 31), Some((7, 14, 2)));
        assert_eq!(within(22, 48), Some((10, 20, 2)));
        assert_eq!(within(WIDTH_MIN, 8), Some((5, 8, 1)));
        assert_eq!(within(WIDTH_MIN - 1, 8), None);
        assert_eq!(within(WIDTH_MIN, 7), None);
    }

    #[test]
    fn letters_stand_on_their_line() {
        let face = Face::within(14, 31).unwrap();
        let mut picture = Bitmap::white(14, 40);
        face.draw(&mut picture, "H", 0, 30).unwrap();
        let rows: Vec<u32> = (0..40).filter(|y| (0..14).any(|x| picture.is_black(x, *y))).collect();
        let (first, last) = (rows[0], *rows.last().unwrap());
        assert!((30..=31).contains(&last) && last - first + 1 == 20, "10 rows, doubled, from {first} to {last}");
        let refused = face.draw(&mut picture, "H圩", 0, 30).unwrap_err();
        assert!(matches!(&refused, LabelError::Letter { text, letter: '圩' } if text == "H圩"), "{refused}");
    }
}
