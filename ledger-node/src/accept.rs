//! Choice of the offered media type that a request prefers (RFC 9110 section 12.5.1).

use axum::http::{HeaderMap, header};

/// Preference for a media type: its weight in thousandths, then how exactly a range names the type.
type Wish = (u16, u8);

/// The media types that a request accepts.
pub struct Accept {
    ranges: Vec<Range>,
}

struct Range {
    kind: String,
    subtype: String,
    weight: u16,
}

impl Accept {
    /// Reads the `Accept` header; a request without this header accepts everything.
    pub fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
        Self { ranges: lines.flat_map(|line| line.split(',')).filter_map(Range::parse).collect() }
    }

    /// Returns how much a type is wanted; `None` when the type is not wanted. Of several ranges, the one that names the type most exactly
    /// counts.
    pub fn wish(&self, media_type: &str) -> Option<Wish> {
        if self.ranges.is_empty() {
            return Some((1_000, 0));
        }
        let exactly = self.ranges.iter().filter_map(|range| Some((range.exactness(media_type)?, range.weight)));
        exactly.max().filter(|(_, weight)| *weight > 0).map(|(exactness, weight)| (weight, exactness))
    }

    /// Returns the type that is wanted most; of equal types, the first. The first also answers a request that wants none of them.
    pub fn best<'a>(&self, first: &'a str, others: &[&'a str]) -> &'a str {
        let mut best = (self.wish(first), first);
        for other in others {
            let wish = self.wish(other);
            if wish > best.0 {
                best = (wish, other);
            }
        }
        best.1
    }
}

impl Range {
    /// Parses `type/subtype;…;q=0.5`. A range of another form, or with an invalid weight, is passed over.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = weight.map_or(Some(1_000), thousandths)?;
        Some(Self { kind: kind.to_ascii_lowercase(), subtype: subtype.to_ascii_lowercase(), weight })
    }

    fn exactness(&self, media_type: &str) -> Option<u8> {
        let (kind, subtype) = media_type.split_once('/')?;
        match (self.kind.as_str(), self.subtype.as_str()) {
            ("*", "*") => Some(0),
            (asked, "*") if asked == kind => Some(1),
            (asked, exact) if asked == kind && exact == subtype => Some(2),
            _ => None,
        }
    }
}

/// Parses a weight from 0 to 1 with at most three digits after the point, into thousandths.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_weight = matches!(whole, "0" | "1") && part.len() <= 3 && part.bytes().all(|digit| digit.is_ascii_digit());
    let weight: u16 = is_weight.then(|| format!("{whole}{part:0<3}").parse().ok())??;
    (weight <= 1_000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const HTML: &str = "text/html";
    const LINKSET: &str = "application/linkset+json";
    const JSON: &str = "application/json";

    fn best(accept: &[&str]) -> &'static str {
        let mut headers = HeaderMap::new();
        for line in accept {
            headers.append(header::ACCEPT, HeaderValue::from_str(line).unwrap());
        }
        Accept::of(&headers).best(HTML, &[LINKSET, JSON])
    }

    #[test]
    fn weights_are_honoured() {
        for (accept, expected) in [
            ("text/html, application/json;q=0.1", HTML),
            ("text/html;q=0.1, application/json", JSON),
            ("application/json;q=0.9, application/linkset+json", LINKSET),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
            ("application/json, text/plain, */*", JSON),
            ("application/*, text/html;q=0.5", LINKSET),
            ("application/*;q=0.4, application/linkset+json;q=0, text/html;q=0.3", JSON),
            ("*/*;q=0.5, text/html;q=0", LINKSET),
            ("application/json ; q=0.5 , text/html; q=0.6", HTML),
            ("APPLICATION/JSON;charset=utf-8;Q=1.000", JSON),
            ("application/json;q=2, text/html;q=0.1", HTML),
            ("application/json;q=1.5, text/html;q=0.1", HTML),
            ("text/html, application/json", HTML),
            ("*/*", HTML),
            ("image/png", HTML),
            ("application/json;q=0", HTML),
            ("", HTML),
        ] {
            assert_eq!(best(&[accept]), expected, "{accept}");
        }
        assert_eq!(best(&["text/html;q=0.5", "application/json"]), JSON);
        assert_eq!(best(&[]), HTML);
    }
}
