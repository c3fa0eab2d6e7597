//! Subjects in their one spelling, and the links on labels.

use serde_json::json;

use super::Case;

pub(super) fn cases() -> Vec<Case> {
    let input = |key: &str| json!({"subject": key});
    let ok = |name, about, key: &str| Case::ok("subject", name, about, input(key));
    let no = |name, about, key: &str, error| Case::refused("subject", name, about, input(key), error);
    let parties = "aa".repeat(32) + "/" + &"bb".repeat(32);
    vec![
        ok("model", "a model", "01/09526543000013"),
        ok("lot", "a lot", "01/09526543000013/10/L26-0417"),
        ok("item", "an item", "01/09526543000013/21/7KQ2M9XW4T"),
        ok("item-escaped", "a slash in a serial is escaped in upper case", "01/09526543000013/21/A%2FB"),
        ok("logistic-unit", "a logistic unit", "00/195265430000000010"),
        ok("party-gln", "a party by its GLN", "417/9526543000105"),
        ok("party-lei", "a party by its LEI", "lei/9999000HEADWATERX122"),
        ok("party-uscc", "a party by its USCC", "uscc/91310000MADEMX001T"),
        ok("company-prefix", "a company prefix", "gcp/9526543"),
        ok("exact-gtin", "an exact GTIN in the place of a prefix", "gcp/09526543000013"),
        ok("delegation", "a delegation between two parties", &format!("deleg/{parties}")),
        no("gtin-luhn", "a check digit that Luhn would give", "01/09526543000017", "Gs1").cause("CheckDigit"),
        no("gtin-13", "a GTIN that is not padded", "01/9526543000013", "Gs1").cause("Syntax"),
        no("sscc-check-digit", "a wrong check digit of an SSCC", "00/195265430000000011", "Gs1").cause("CheckDigit"),
        no("gln-check-digit", "a wrong check digit of a GLN", "417/9526543000101", "Gs1").cause("CheckDigit"),
        no("lei-check-digits", "wrong check digits of a LEI", "lei/9999000HEADWATERX123", "Organisation"),
        no("uscc-check-digit", "a wrong check character of a USCC", "uscc/91310000MADEMX0015", "Organisation"),
        no("lot-with-space", "a space in a lot number", "01/09526543000013/10/L26%200417", "Gs1").cause("Syntax"),
        no("lot-too-long", "21 characters in a lot number", "01/09526543000013/10/ABCDEFGHIJKLMNOPQRSTU", "Gs1")
            .cause("Syntax"),
        no("escape-lower-case", "an escape in lower case", "01/09526543000013/21/A%2fB", "Spelling"),
        no("escape-needless", "an escape that is not needed", "01/09526543000013/21/%41B", "Spelling"),
        no("not-escaped", "a character that is not escaped", "01/09526543000013/21/A(B", "Spelling"),
        no("qualifiers-swapped", "a serial before a lot", "01/09526543000013/21/7KQ2M9XW4T/10/L26-0417", "Unknown"),
        no(
            "lot-and-serial",
            "a lot and a serial: an item is named by its serial alone",
            "01/09526543000013/10/L/21/S",
            "Unknown",
        ),
        no(
            "delegation-upper-case",
            "upper-case digits in a delegation",
            &format!("deleg/{}", parties.to_uppercase()),
            "Spelling",
        ),
        ok("register", "the register of a model's sets", "sets/09526543000013"),
        ok("list", "the list of a lot's items", "items/09526543000013/L%2F1"),
        no("list-escape-lower-case", "an escape in lower case in a list", "items/09526543000013/L%2f1", "Spelling"),
        no("list-of-a-model", "a list of no lot", "items/09526543000013", "Unknown"),
        no("register-of-a-lot", "a register of a lot", "sets/09526543000013/L", "Unknown"),
        no("delegation-of-no-hashes", "a delegation between what are no hashes", "deleg/aa/bb", "Unknown"),
        no("161-characters", "a key of 161 characters", &format!("deleg/{parties}/{}", "c".repeat(25)), "Unknown"),
        no("unknown-key", "a key that no subject has", "8004/9526543TRUCK12", "Unknown"),
        no("empty", "no text at all", "", "Unknown"),
    ]
}

pub(super) fn link_cases() -> Vec<Case> {
    let input = |link: &str| json!({"link": link});
    let ok = |name, about, link: &str| Case::ok("digital-link", name, about, input(link));
    let no = |name, about, link: &str, error| Case::refused("digital-link", name, about, input(link), error);
    let base = "https://id.trace.example";
    // The path names the same subject for every query.
    let beside = [
        ("no-date", "an expiry that is no date", "01/09526543000013/10/L", "17=271331"),
        ("date-of-zeros", "an expiry of zeros", "01/09526543000013/10/L", "17=000000"),
        ("expiry-of-a-model", "an expiry beside a model", "01/09526543000013", "17=271231"),
        (
            "every-date",
            "all dates that a label can carry",
            "01/09526543000013/10/L",
            "17=271231&16=271130&15=271100&13=260418&11=260417",
        ),
        ("date-twice", "two dates of one name: the first is read", "01/09526543000013/10/L", "17=271231&17=281231"),
        (
            "lot-in-the-query",
            "a lot in the query beside an item is what the label claims",
            "01/09526543000013/21/S",
            "10=L%2F1",
        ),
        (
            "no-lot-in-the-query",
            "a text beside an item that is no lot number",
            "01/09526543000013/21/S",
            "10=ABCDEFGHIJKLMNOPQRSTU",
        ),
        ("same-lot-twice", "the lot of the path once more", "01/09526543000013/10/L/21/S", "10=L"),
        ("other-lot-in-the-query", "another lot than the path's", "01/09526543000013/10/L/21/S", "10=M"),
        ("other-lot-of-a-lot", "another lot beside a lot", "01/09526543000013/10/L", "10=BB1"),
        ("lot-of-a-model", "a lot in the query does not make a model a lot", "01/09526543000013", "10=L"),
        ("serial-of-a-model", "a serial in the query does not make a model an item", "01/09526543000013", "21=S"),
        ("content-of-a-unit", "what a pallet holds", "00/195265430000000010", "02=09526543000013&37=25&10=L"),
        ("measures", "weight and price", "01/09526543000013", "3103=000195&3922=0299&17=271231"),
        (
            "ship-to",
            "a name with a space and letters that no attribute has",
            "00/195265430000000010",
            "4300=Jan+Modaal&4301=%E8%93%9D",
        ),
        (
            "broken-escape-in-the-query",
            "an escape without digits, and bytes that are not UTF-8",
            "01/09526543000013/10/L",
            "10=%ZZ&15=%FF",
        ),
        ("empty-values", "attributes without a value", "01/09526543000013/21/S", "17=&15&10="),
        (
            "no-attributes",
            "names that are not of 2 to 4 digits, or escaped",
            "01/09526543000013/21/S",
            "1=x&12345=y&%31%37=000000&s=%ZZ&&=&17x=1",
        ),
    ];
    let long = format!("4300={}&17=271231", "A".repeat(2_048));
    let long =
        ("query-too-long", "a query of more than 2,048 bytes is not read", "01/09526543000013/10/L", long.as_str());
    let mut cases: Vec<Case> = beside
        .into_iter()
        .chain([long])
        .map(|(name, about, path, query)| ok(name, about, &format!("{base}/{path}?{query}")))
        .collect();
    cases.push(ok("fragment", "what follows # is not read", &format!("{base}/01/09526543000013/10/L#?17=000000")));
    cases.extend([
        ok(
            "item-with-lot",
            "a label of an item, with its lot",
            &format!("{base}/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T"),
        ),
        ok(
            "item-with-expiry",
            "a label with an expiry date",
            &format!("{base}/01/09526543000013/21/7KQ2M9XW4T?17=271231"),
        ),
        ok("below-a-path", "a resolver below a path", "https://example.com/some/path/01/09526543000013"),
        ok("unit", "a logistic unit", &format!("{base}/00/195265430000000010")),
        ok("party", "a party", &format!("{base}/417/9526543000105")),
        ok("location", "a location names no subject", &format!("{base}/414/9526543000105")),
        ok("location-extended", "nor does a part of one", &format!("{base}/414/9526543000105/254/A1")),
        ok("variant", "a variant before lot and serial", &format!("{base}/01/09526543000013/22/2A/10/L/21/S")),
        ok(
            "third-party",
            "a serial of a third party's names no subject",
            &format!("{base}/01/09526543000013/235/{}", "A".repeat(28)),
        ),
        ok(
            "identity-in-the-query",
            "what identifies stands in the path",
            &format!("{base}/01/09526543000013?01=09526543000013&00=1&417=1&414=1&22=1&21=1&235=1&254=1"),
        ),
        no(
            "third-party-too-long",
            "29 characters",
            &format!("{base}/01/09526543000013/235/{}", "A".repeat(29)),
            "Qualifier",
        ),
        no(
            "third-party-and-lot",
            "a lot beside a serial of a third party's",
            &format!("{base}/01/09526543000013/10/L/235/A"),
            "Qualifier",
        ),
        no("serial-of-a-unit", "a serial behind a unit", &format!("{base}/00/195265430000000010/21/S"), "Qualifier"),
        no(
            "extension-of-a-party",
            "an extension behind a party",
            &format!("{base}/417/9526543000105/254/A"),
            "Qualifier",
        ),
        no("lot-without-value", "a qualifier without its value", &format!("{base}/01/09526543000013/10"), "NoKey"),
        no(
            "variant-before-the-key",
            "a variant before the key",
            &format!("{base}/22/A/01/09526543000013"),
            "Qualifier",
        ),
        no(
            "third-party-before-the-key",
            "the same of a third party's serial",
            &format!("{base}/235/A/01/09526543000013"),
            "Qualifier",
        ),
        no(
            "extension-before-the-key",
            "the same of an extension",
            &format!("{base}/254/A/01/09526543000013"),
            "Qualifier",
        ),
        ok("foreign-query", "a query that is none of GS1's", &format!("{base}/01/09526543000013?utm_source=x")),
        no("qualifiers-swapped", "a serial before a lot", &format!("{base}/01/09526543000013/21/S/10/L"), "Qualifier"),
        no("gtin-check-digit", "a wrong check digit", &format!("{base}/01/09526543000017"), "Gs1").cause("CheckDigit"),
        no("serial-before-the-key", "a serial before the key", &format!("{base}/21/S/01/09526543000013"), "Qualifier"),
        no(
            "escaped-name-before-the-key",
            "the same with its name escaped",
            &format!("{base}/%32%31/S/01/09526543000013"),
            "Qualifier",
        ),
        no(
            "serial-like-a-key",
            "a serial that looks like the name of a key",
            &format!("{base}/01/09526543000013/21/01/09526543000013"),
            "Qualifier",
        ),
        no("two-keys", "two keys", &format!("{base}/00/195265430000000010/x/01/09526543000013"), "Qualifier"),
        no(
            "address-too-long",
            "2,049 bytes before the query",
            &format!("{base}/{}/01/09526543000013?17=271231", "x".repeat(2_007)),
            "TooLong",
        ),
        no("no-key", "no key of GS1", &format!("{base}/products/7"), "NoKey"),
        no("no-address", "no address of the web", "ftp://id.trace.example/01/09526543000013", "Address"),
        no("no-path", "a query right behind the host", "https://id.trace.example?a/01/09526543000013", "Address"),
        no(
            "no-path-but-a-fragment",
            "a fragment behind the host",
            "https://id.trace.example#a/01/09526543000013",
            "Address",
        ),
        no("bad-escape", "an escape without digits", &format!("{base}/01/09526543000013/10/A%ZZ"), "Escape"),
    ]);
    cases
}
