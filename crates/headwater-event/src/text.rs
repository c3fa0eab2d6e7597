//! Texts in events. Each field has its own character set, checked as ranges of code points, so that every reader decides alike
//! without Unicode tables.

use std::fmt;

use crate::codec::CodecError;

/// Largest number of characters of a code.
pub const CODE_CHARS_MAX: usize = 64;
/// Largest number of characters of an address on the web.
pub const URI_CHARS_MAX: usize = 512;
/// Largest number of bytes of a text.
pub const TEXT_BYTES_MAX: usize = 2_000;
/// Largest number of characters of a language tag (BCP 47 gives no limit; RFC 5646 section 4.4.1 calls 35 enough).
pub const LANG_CHARS_MAX: usize = 35;

/// Implements serde and [`Scalar`](crate::draft::Scalar) for a type as the text itself, read by the type's own `parse`.
macro_rules! text_serde {
    ($($name:ty),+ $(,)?) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl $crate::draft::Scalar for $name {
            fn of_text(text: &str) -> Result<Self, $crate::codec::CodecError> {
                Self::parse(text).map_err(|error| $crate::codec::CodecError::from_rule(text, error))
            }
        }
    )+};
}

/// Implements [`Value`](crate::codec::Value) and serde for a type that is a text, read by its own `parse` and written as `Display`.
macro_rules! text_value {
    ($($name:ty),+ $(,)?) => {$(
        impl $crate::codec::Value for $name {
            fn read(payload: $crate::codec::Payload<'_>) -> Result<Self, $crate::codec::CodecError> {
                let text = payload.text()?;
                Self::parse(text).map_err(|error| $crate::codec::CodecError::from_rule(text, error))
            }

            fn write(&self, out: &mut $crate::codec::FieldWriter<'_>) {
                out.bytes(self.to_string().as_bytes());
            }

            fn proto(_: &mut $crate::schema::Schema) -> &'static str {
                "string"
            }

            fn form() -> &'static str {
                stringify!($name)
            }
        }

        $crate::text::text_serde!($name);
    )+};
}

/// Declares text types of one rule each: a new type with `parse`, whose one argument is the text.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident($text:ident) = $holds:expr, $rule:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(String);

        impl $name {
            /// Checks a text against the rule of this type.
            pub fn parse($text: &str) -> Result<Self, $crate::codec::CodecError> {
                let holds: bool = $holds;
                if holds { Ok(Self($text.to_owned())) } else { Err($crate::codec::CodecError::value($text, $rule)) }
            }

            /// The text as checked.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        $crate::text::text_value!($name);
    )+};
}

/// Implements [`Keyed`](crate::codec::Keyed) by the text itself.
macro_rules! text_keyed {
    ($($name:ty),+ $(,)?) => {$(
        impl $crate::codec::Keyed for $name {
            fn sort_key(&self) -> Vec<u8> {
                self.to_string().into_bytes()
            }
        }
    )+};
}

pub(crate) use {text_keyed, text_serde, text_value, texts};

texts! {
    /// A number, id, method or name of a standard: printable ASCII.
    Code(text) = (1..=CODE_CHARS_MAX).contains(&text.len()) && text.bytes().all(|b| (0x20..=0x7e).contains(&b)) && text.trim() == text,
        "is not a code: 1 to 64 printable ASCII characters without a space at either end";
    /// An address on the web. Readers show the address and never fetch it.
    Uri(text) = (1..=URI_CHARS_MAX).contains(&text.len()) && text.bytes().all(|b| (0x21..=0x7e).contains(&b)),
        "is not a URI: 1 to 512 printable ASCII characters without space";
    /// Text for people, on one or more lines.
    Text(text) = (1..=TEXT_BYTES_MAX).contains(&text.len()) && !text.starts_with(blank) && !text.ends_with(blank) && is_seen(text),
        "is not a text: 1 to 2000 bytes that show something, without a space at either end and without characters that control, hide or show nothing";
    /// A language tag (BCP 47), in its one spelling.
    Lang(text) = well_formed_lang(text), "is not a language tag in the one spelling of BCP 47, such as en, zh-Hans or nl-NL; und is not a language";
    /// A media type in lower case, such as image/png.
    MediaType(text) = well_formed_media_type(text), "is not a media type: type/subtype in lower case";
}

/// Whether a character is as wide as a space and shows nothing.
fn blank(character: char) -> bool {
    matches!(u32::from(character), 0x20 | 0xa0 | 0x1680 | 0x2000..=0x200a | 0x202f | 0x205f | 0x2800 | 0x3000)
}

/// Whether a character is allowed beside any other: a line feed, or a character that is not for control or direction, not invisible,
/// not private and not a noncharacter.
fn plain(character: char) -> bool {
    let code = u32::from(character);
    character == '\n'
        || !matches!(code,
            0x0..=0x1f | 0x7f..=0x9f | 0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x200b | 0x200e..=0x200f
            | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xe000..=0xf8ff | 0xfdd0..=0xfdef
            | 0x1bca0..=0x1bca3 | 0x1d159 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff | 0xf0000..=0x10ffff)
            && code & 0xfffe != 0xfffe
}

/// Whether a character is of a script or picture that a joiner can join. A joiner changes the display only between two of them.
fn joins(character: char) -> bool {
    matches!(u32::from(character), 0x600..=0x1fff | 0x2190..=0x2bff | 0xa800..=0xabff | 0x10a00..=0x1faff)
}

/// Whether a text shows something and hides nothing: a joiner or selector is allowed only where it changes its neighbours.
fn is_seen(text: &str) -> bool {
    let mut before = '\n';
    let mut shows = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let behind = u32::from(before);
        let changes = match u32::from(character) {
            0x200c | 0x200d => {
                (joins(before) || before == '\u{fe0f}') && characters.peek().is_some_and(|next| joins(*next))
            }
            0xfe00..=0xfe0f => behind >= 0x203c && !matches!(behind, 0xfe00..=0xfe0f) && !blank(before),
            0x180b..=0x180f => matches!(behind, 0x1820..=0x18aa),
            _ => {
                shows |= character != '\n' && !blank(character);
                plain(character)
            }
        };
        if !changes {
            return false;
        }
        before = character;
    }
    shows
}

/// Whether a tag is a language, then script, region and variants: RFC 5646 section 2.1 without extensions and private use, in the
/// case that section 2.1.1 recommends, with no variant twice.
fn well_formed_lang(tag: &str) -> bool {
    let mut parts = tag.split('-').peekable();
    let lower = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase());
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if tag.len() > LANG_CHARS_MAX
        || !parts.next().is_some_and(|language| matches!(language.len(), 2 | 3) && lower(language) && language != "und")
    {
        return false;
    }
    parts.next_if(|script| script.len() == 4 && script.as_bytes()[0].is_ascii_uppercase() && lower(&script[1..]));
    parts.next_if(|region| match region.len() {
        2 => region.bytes().all(|byte| byte.is_ascii_uppercase()),
        3 => digits(region),
        _ => false,
    });
    let variants: Vec<&str> = parts.collect();
    variants.iter().enumerate().all(|(at, variant)| {
        variant.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            && ((5..=8).contains(&variant.len()) || variant.len() == 4 && digits(&variant[..1]))
            && !variants[..at].contains(variant)
    })
}

fn well_formed_media_type(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$&-^_.+".contains(&b))
    };
    text.len() <= CODE_CHARS_MAX && text.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

/// A decimal number that keeps its digits: a laboratory's 0.50 is not 0.5. Values compare as integers of 10^-12 by [`Decimal::pico`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decimal(String);

impl Decimal {
    /// Largest number of digits behind the point.
    pub const PLACES: usize = 12;

    /// Checks a number: no exponent, no leading zero, no minus zero, at most 18 digits before the point and 12 digits behind.
    pub fn parse(text: &str) -> Result<Self, CodecError> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (unsigned, None),
        };
        let digits = |part: &str, max| (1..=max).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let holds = digits(whole, 18)
            && (whole == "0" || !whole.starts_with('0'))
            && fraction.is_none_or(|fraction| digits(fraction, Self::PLACES))
            && (text == unsigned || unsigned.bytes().any(|b| (b'1'..=b'9').contains(&b)));
        let rule = "is not a decimal: at most 18 digits, a point and 12 digits, no exponent, no leading zero, no -0";
        if holds { Ok(Self(text.to_owned())) } else { Err(CodecError::value(text, rule)) }
    }

    /// The value in units of 10^-12.
    pub fn pico(&self) -> i128 {
        let unsigned = self.0.strip_prefix('-').unwrap_or(&self.0);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = whole.bytes().chain(fraction.bytes());
        let value = digits.fold(0_i128, |value, digit| value * 10 + i128::from(digit - b'0'));
        let scaled = (fraction.len()..Self::PLACES).fold(value, |value, _| value * 10);
        if self.0.starts_with('-') { -scaled } else { scaled }
    }

    /// The number as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A day of the calendar: `YYYY-MM-DD`, from year 1900.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads a day in the form `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self, CodecError> {
        let wrong = || CodecError::value(text, "is not a date: YYYY-MM-DD of a day that exists, from 1900");
        let digits = |range| text.get(range).filter(|part: &&str| part.bytes().all(|b| b.is_ascii_digit()));
        let ([b'-', b'-'], 10) =
            ([text.as_bytes().get(4), text.as_bytes().get(7)].map(|b| b.copied().unwrap_or(0)), text.len())
        else {
            return Err(wrong());
        };
        let (Some(year), Some(month), Some(day)) = (digits(0..4), digits(5..7), digits(8..10)) else {
            return Err(wrong());
        };
        match (year.parse(), month.parse(), day.parse()) {
            (Ok(year), Ok(month), Ok(day)) => Self::new(year, month, day).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }

    /// Makes a date from 1900 to 9999; `None` when that day does not exist.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let days = match month {
            2 => 28 + u8::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        ((1900..=9999).contains(&year) && (1..=days).contains(&day)).then_some(Self { year, month, day })
    }

    /// The year, from 1900 to 9999.
    pub const fn year(&self) -> u16 {
        self.year
    }

    /// The last day that this type can hold.
    pub const LAST: Self = Self { year: 9999, month: 12, day: 31 };

    /// The day on which a moment falls, `offset_minutes` ahead of UTC; `None` outside 1900 to 9999. Counts days from 1970-01-01.
    pub fn of_ms(ms: u64, offset_minutes: i64) -> Option<Self> {
        let minutes = i64::try_from(ms / 60_000).ok()? + offset_minutes;
        let mut rest = minutes.div_euclid(24 * 60);
        let mut year = 1970_u16;
        loop {
            let days = if Self::new(year, 2, 29).is_some() { 366 } else { 365 };
            if (0..days).contains(&rest) {
                break;
            }
            (rest, year) = if rest < 0 {
                (rest + 365 + i64::from(Self::new(year - 1, 2, 29).is_some()), year - 1)
            } else {
                (rest - days, year + 1)
            };
            if !(1900..=9999).contains(&year) {
                return None;
            }
        }
        let mut month = 1;
        loop {
            let days = (28..=31).rev().find(|day| Self::new(year, month, *day).is_some())?;
            if rest < i64::from(days) {
                return Self::new(year, month, u8::try_from(rest + 1).ok()?);
            }
            rest -= i64::from(days);
            month += 1;
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

text_value!(Decimal, Date);
text_keyed!(Code);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn character_sets() {
        for good in ["a", "GB 5009.12-2023", "~"] {
            assert!(Code::parse(good).is_ok(), "{good}");
        }
        for bad in ["", " a", "a ", "é", "a\n", &"a".repeat(65)] {
            assert!(Code::parse(bad).is_err(), "{bad:?}");
        }
        for good in [
            "Weide, 2 ha",
            "奶粉",
            "two\nlines",
            "naïve",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "❤\u{fe0f}\u{200d}🔥",
            "葛\u{fe00}",
        ] {
            assert!(Text::parse(good).is_ok(), "{good}");
        }
        let hidden = [
            "\u{200b}",
            "\u{202e}x",
            "a\u{feff}b",
            "\u{e000}",
            "\u{fffe}",
            "\u{1fffe}",
            "\u{e0041}",
            "\t",
            "\r",
            "\u{85}",
            "\u{10fffd}",
        ];
        let shows_nothing = [
            "\u{3164}",
            "Polder\u{ad}licht",
            "\u{2800}",
            "\u{115f}",
            "\u{34f}",
            "\u{180e}",
            "\u{200d}",
            "\u{200c}a",
            "a\u{200d}",
            "Pol\u{200c}der",
            "蓝\u{200d}天",
            "a\u{fe0f}",
            "\u{fe0f}",
            "क\u{200d}\u{200d}ष",
            "\n",
            "\u{a0}",
            "a\u{3000}",
            "\u{ffa0}b",
            "\u{17b4}",
        ];
        for bad in hidden.iter().copied().chain(["", " a", "a "]).chain(shows_nothing) {
            assert!(Text::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["zh-Hans", "en", "nl-NL", "zh-Hant-TW", "es-419", "de-CH-1996", "sl-rozaj", "sl-rozaj-biske"] {
            assert!(Lang::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "und",
            "zh_CN",
            "",
            "x",
            "EN",
            "en-",
            "en--US",
            "en-u-co",
            "zh-cn",
            "zh-hans",
            "zh-HANS",
            "und-Latn",
            "de-DE-1996-1996",
            "sl-ROZAJ",
            "en-us",
        ] {
            assert!(Lang::parse(bad).is_err(), "{bad}");
        }
        assert!(MediaType::parse("application/pdf").is_ok());
        assert!(MediaType::parse("image/svg+xml").is_ok());
        for bad in ["pdf", "a/", "/a", "a/b/c", "Image/png", "a/b;q=1"] {
            assert!(MediaType::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn decimals_keep_their_digits_and_compare_exactly() {
        let pico = |text: &str| Decimal::parse(text).unwrap().pico();
        assert_eq!(pico("0.50"), pico("0.5"));
        assert_ne!(Decimal::parse("0.50"), Decimal::parse("0.5"));
        assert_eq!(pico("-1.5"), -1_500_000_000_000);
        assert_eq!(pico("999999999999999999.999999999999"), 999_999_999_999_999_999_999_999_999_999);
        assert!(pico("0.000000000001") == 1 && pico("0") == 0 && pico("1000") > pico("999.9"));
        for bad in [
            "",
            "-0",
            "-0.00",
            "01",
            "1.",
            ".5",
            "1e3",
            "+1",
            "NaN",
            "1.0000000000000",
            "1000000000000000000",
            "--1",
            "1,5",
        ] {
            assert!(Decimal::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn dates_exist() {
        for good in ["2026-04-17", "2028-02-29", "2000-02-29", "1900-01-01", "9999-12-31"] {
            assert_eq!(Date::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "2026-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "26-04-17",
            "2026/04/17",
            "2026-4-17",
            "1899-12-31",
            "2026-04-1é",
        ] {
            assert!(Date::parse(bad).is_err(), "{bad}");
        }
        for (month, last) in (1..).zip([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
            assert!(Date::new(2026, month, last).is_some() && Date::new(2026, month, last + 1).is_none(), "{month}");
        }
        let day = |ms, offset| Date::of_ms(ms, offset).unwrap().to_string();
        assert_eq!(day(0, 0), "1970-01-01");
        assert_eq!(day(0, -1), "1969-12-31");
        assert_eq!(day(1_767_225_600_000, 0), "2026-01-01");
        assert_eq!(day(1_767_225_600_000, -1), "2025-12-31");
        assert_eq!(day(951_782_400_000, 0), "2000-02-29");
        assert_eq!(day(951_868_799_999, 0), "2000-02-29");
        assert_eq!(Date::of_ms(u64::MAX, 0), None);
    }
}
