//! Resolutions of printers.

use std::fmt;

use crate::LabelError;

/// Resolution in pixels per inch, of those that printers have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dpi(u32);

impl Dpi {
    /// 203 dpi: label printers with 8 dots per millimetre.
    pub const THERMAL: Self = Self(203);
    /// 300 dpi: printers of offices.
    pub const OFFICE: Self = Self(300);
    /// 600 dpi: printers for fine prints.
    pub const FINE: Self = Self(600);
    pub(crate) const ALL: [Self; 3] = [Self::THERMAL, Self::OFFICE, Self::FINE];

    /// Reads a resolution in dots per inch: 203, 300 or 600.
    pub fn parse(text: &str) -> Result<Self, LabelError> {
        let found = Self::ALL.into_iter().find(|dpi| dpi.to_string() == text);
        found.ok_or_else(|| LabelError::Resolution { given: text.to_owned() })
    }

    pub(crate) fn per_inch(self) -> u32 {
        self.0
    }

    /// Pixels per metre. An inch is 25.4 mm. The division drops less than 0.13 of a pixel per metre.
    pub(crate) fn per_metre(self) -> u32 {
        self.0 * 10_000 / 254
    }
}

impl fmt::Display for Dpi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
