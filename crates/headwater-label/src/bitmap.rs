//! A picture in black on white, and its PNG file.

use crate::LabelError;
use crate::dpi::Dpi;

/// Picture with one bit per pixel, counted from the upper left corner.
pub(crate) struct Bitmap {
    width: u32,
    height: u32,
    rows: Vec<u8>,
}

impl Bitmap {
    /// White picture of this size in pixels.
    pub fn white(width: u32, height: u32) -> Self {
        Self { width, height, rows: vec![0xff; width.div_ceil(8) as usize * height as usize] }
    }

    /// Makes the part of a rectangle black that lies on the picture.
    pub fn blacken(&mut self, (left, top): (u32, u32), (width, height): (u32, u32)) {
        let bytes = self.width.div_ceil(8) as usize;
        let right = left.saturating_add(width).min(self.width);
        for y in top..top.saturating_add(height).min(self.height) {
            let row = y as usize * bytes;
            for x in left..right {
                self.rows[row + x as usize / 8] &= !(0x80 >> (x % 8));
            }
        }
    }

    /// Encodes the picture as PNG, with the printed size of a pixel where the resolution is known.
    pub fn encode(&self, dpi: Option<Dpi>) -> Result<Vec<u8>, LabelError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder.set_pixel_dims(dpi.map(|dpi| {
            let per_metre = dpi.per_metre();
            png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }
        }));
        encoder.write_header()?.write_image_data(&self.rows)?;
        Ok(file)
    }

    #[cfg(test)]
    pub fn is_black(&self, x: u32, y: u32) -> bool {
        let at = y as usize * self.width.div_ceil(8) as usize + x as usize / 8;
        x < self.width && y < self.height && self.rows[at] & (0x80 >> (x % 8)) == 0
    }

    /// Picture in a PNG file, and the pixels per metre that the file states.
    #[cfg(test)]
    pub fn decode(file: &[u8]) -> (Self, Option<(u32, u32)>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut rows = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut rows).unwrap();
        assert_eq!((frame.color_type, frame.bit_depth), (png::ColorType::Grayscale, png::BitDepth::One));
        let dims = reader.info().pixel_dims.filter(|dims| dims.unit == png::Unit::Meter);
        (Self { width: frame.width, height: frame.height, rows }, dims.map(|dims| (dims.xppu, dims.yppu)))
    }

    #[cfg(test)]
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Number of black pixels in a rectangle.
    #[cfg(test)]
    pub fn ink(&self, (left, top): (u32, u32), (right, below): (u32, u32)) -> usize {
        (top..below).map(|y| (left..right).filter(|x| self.is_black(*x, y)).count()).sum()
    }
}
