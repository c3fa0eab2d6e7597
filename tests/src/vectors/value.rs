//! Values that are texts on the wire.

use serde_json::json;

use super::Case;

pub(super) fn cases() -> Vec<Case> {
    let input = |kind: &str, text: &str| json!({"type": kind, "text": text});
    let ok = |name: &str, kind: &str, text: &str| {
        Case::ok("value", name, &format!("{text:?} is a {kind}"), input(kind, text))
    };
    let no = |name: &str, kind: &str, text: &str| {
        Case::refused("value", name, &format!("{text:?} is no {kind}"), input(kind, text), "Value")
    };
    let mut cases = vec![
        ok("decimal-zeros-kept", "decimal", "0.50"),
        ok("decimal-largest", "decimal", "-999999999999999999.999999999999"),
        no("decimal-minus-zero", "decimal", "-0"),
        no("decimal-minus-zero-places", "decimal", "-0.00"),
        no("decimal-exponent", "decimal", "1e3"),
        no("decimal-leading-zero", "decimal", "01"),
        no("decimal-no-places", "decimal", "1."),
        no("decimal-19-digits", "decimal", "1000000000000000000"),
        no("decimal-13-places", "decimal", "0.0000000000001"),
        ok("date-leap-day", "date", "2028-02-29"),
        no("date-no-leap-day", "date", "2026-02-29"),
        no("date-month-13", "date", "2026-13-01"),
        no("date-short", "date", "2026-1-1"),
        ok("text-line-feed", "text", "two\nlines"),
        ok("text-chinese", "text", "阪德乳粉"),
        no("text-space-at-end", "text", "milk "),
        no("text-carriage-return", "text", "a\rb"),
        no("text-right-to-left-override", "text", "a\u{202e}b"),
        no("text-zero-width-space", "text", "a\u{200b}b"),
        no("text-byte-order-mark", "text", "\u{feff}a"),
        no("text-private-use", "text", "\u{e000}"),
        no("text-noncharacter", "text", "\u{fffe}"),
        no("text-tag", "text", "\u{e0001}"),
        no("text-2001-bytes", "text", &"x".repeat(2001)),
        ok("text-joiner-between-letters", "text", "می\u{200c}خواهم"),
        ok("text-joined-picture", "text", "❤\u{fe0f}\u{200d}🔥"),
        ok("text-line-feed-at-end", "text", "a\n"),
        no("text-soft-hyphen", "text", "Polder\u{ad}licht"),
        no("text-hangul-filler", "text", "\u{3164}"),
        no("text-hangul-choseong-filler", "text", "\u{115f}"),
        no("text-grapheme-joiner", "text", "a\u{34f}b"),
        no("text-braille-blank-alone", "text", "\u{2800}"),
        no("text-no-break-space-at-end", "text", "milk\u{a0}"),
        no("text-line-feed-alone", "text", "\n"),
        no("text-joiner-alone", "text", "\u{200d}"),
        no("text-joiner-at-end", "text", "क\u{200d}"),
        no("text-joiner-between-latin-letters", "text", "Pol\u{200c}der"),
        no("text-two-joiners", "text", "क\u{200d}\u{200d}ष"),
        no("text-selector-behind-latin-letter", "text", "a\u{fe0f}"),
        no("text-mongolian-separator-alone", "text", "\u{180e}"),
        ok("text-selector-behind-ideograph", "text", "葛\u{fe00}"),
        ok("text-mongolian-separator", "text", "ᠠ\u{180e}ᠡ"),
        ok("code-64", "code", &"x".repeat(64)),
        no("code-65", "code", &"x".repeat(65)),
        no("code-space-first", "code", " x"),
        no("code-not-ascii", "code", "é"),
        ok("uri", "uri", "https://example.com/?q=1"),
        no("uri-space", "uri", "https://example.com/a b"),
        ok("lang-script", "lang", "zh-Hans"),
        no("lang-underscore", "lang", "zh_CN"),
        no("lang-und", "lang", "und"),
        no("lang-und-script", "lang", "und-Latn"),
        no("lang-region-lower-case", "lang", "zh-cn"),
        no("lang-script-lower-case", "lang", "zh-hans"),
        no("lang-variant-upper-case", "lang", "sl-ROZAJ"),
        no("lang-variant-twice", "lang", "de-1996-1996"),
        ok("lang-variants", "lang", "sl-rozaj-biske"),
        ok("media-type", "media_type", "application/pdf"),
        no("media-type-alone", "media_type", "pdf"),
        no("media-type-upper-case", "media_type", "Application/PDF"),
        ok("air-waybill", "air_waybill", "176-12345675"),
        no("air-waybill-check-digit", "air_waybill", "176-12345674"),
        ok("locode", "locode", "NLRTM"),
        no("locode-with-one", "locode", "CN01A"),
        ok("ship", "ship", "9074729"),
        no("ship-check-digit", "ship", "9074728"),
        ok("container", "container", "CSQU3054383"),
        ok("container-first-and-last-letters", "container", "VAZU1234560"),
        ok("container-middle-letters", "container", "KLMU7654323"),
        no("container-check-digit", "container", "CSQU3054384"),
        ok("hs-code", "hs_code", "0402210000"),
        no("hs-code-dot", "hs_code", "7700.00"),
        ok("item-code", "item_code", "0123456789ABCDEF"),
        no("item-code-letter-u", "item_code", "0123456789ABCDEU"),
        no("item-code-lower-case", "item_code", "0123456789abcdef"),
        ok("lang-three-letters", "lang", "yue"),
        ok("text-selector-behind-mongolian-letter", "text", "\u{1820}\u{180b}\u{200d}\u{1820}"),
        no("text-selector-behind-joiner", "text", "\u{1820}\u{200d}\u{180b}\u{1820}"),
        no("text-joined-blanks", "text", "\u{2800}\u{200d}\u{2800}"),
    ];
    // One character of each range: blanks, hidden characters, and characters that a joiner may join.
    let letter = |code: u32| char::from_u32(code).expect("a character");
    for code in [0x1680, 0x2000, 0x200a, 0x202f, 0x205f, 0x3000] {
        cases.push(no(&format!("text-blank-{code:x}-at-end"), "text", &format!("milk{}", letter(code))));
    }
    for code in [
        0x85, 0x61c, 0x1160, 0x17b4, 0x200e, 0x2028, 0x2060, 0xffa0, 0xfff9, 0xfdd0, 0x1bca0, 0x1d159, 0x1d173,
        0xe0100, 0xf0000, 0x1ffff,
    ] {
        cases.push(no(&format!("text-hidden-{code:x}"), "text", &format!("a{}b", letter(code))));
    }
    for code in [0x2194, 0xa840, 0x10a10, 0x1f469] {
        let joined = format!("{0}\u{200d}{0}", letter(code));
        cases.push(ok(&format!("text-joined-{code:x}"), "text", &joined));
    }
    cases
}
