//! One result of a test, in parts separated by semicolons. Text that does not belong to a part is refused.

use anyhow::{Context as _, bail, ensure};
use headwater_event::draft::Draft as _;
use headwater_event::kind::lab_inspection::{
    AnalyteDraft, LimitDraft, Operator, TestResult, TestResultDraft, TestVerdict, UncertaintyDraft,
};
use headwater_event::measure::Quantity;
use headwater_event::text::{Code, Decimal, Text};
use headwater_event::transport::Unit;

use crate::units::{measured_unit, portion};
use crate::values::text;

/// Form of a result, for error messages.
const FORM: &str = "\"ANALYTE = VALUE UNIT ± UNCERTAINTY; limit <= VALUE UNIT; method METHOD\"";

const OPERATORS: &[(&str, Operator)] = &[
    ("<=", Operator::Le),
    (">=", Operator::Ge),
    ("≤", Operator::Le),
    ("≥", Operator::Ge),
    ("<", Operator::Lt),
    (">", Operator::Gt),
    ("=", Operator::Eq),
];
const NOT_DETECTED: &[&str] = &["not detected", "nd"];
const DETECTED: &str = "detected";

/// Unit of a value, with the portion of the sample that the value refers to.
type Measure = (Unit, Option<Quantity>);

/// A result as a laboratory writes it, before a decision rule gives it a verdict.
#[derive(Clone)]
pub struct Test {
    text: String,
    /// Result with the verdict that its text states, or else with inconclusive in the place of a verdict.
    result: TestResult,
    is_stated: bool,
}

impl Test {
    /// Reads a result in the form in [`FORM`].
    pub fn parse(text: &str) -> Result<Self, String> {
        let read = read(text).with_context(|| format!("a result reads {FORM}"));
        let (result, is_stated) = read.map_err(|error| format!("{error:#}"))?;
        Ok(Self { text: text.to_owned(), result, is_stated })
    }

    /// Returns the result with the verdict that follows from value and limit by a decision rule, unless its text states a
    /// verdict. A stated verdict that contradicts value and limit is refused.
    pub fn judged(&self, rule: &Text) -> anyhow::Result<TestResult> {
        let (rule, conformity) = (rule.as_str(), self.result.conformity());
        let verdict = if self.is_stated { self.result.verdict } else { conformity.verdict(rule) };
        ensure!(
            self.result.limit.is_none() || !conformity.contradicts(verdict, Some(rule)),
            "--test {:?}: verdict: {verdict} is not what value and limit say by the rule {rule:?}",
            self.text
        );
        Ok(TestResult { verdict, ..self.result.clone() })
    }
}

/// Reads a result, and whether its text states the verdict.
fn read(test: &str) -> anyhow::Result<(TestResult, bool)> {
    let mut parts = test.split(';').map(str::trim);
    let (mut test, measure) = found(parts.next().unwrap_or_default())?;
    let mut stated = None;
    for part in parts {
        let (name, rest) =
            part.split_once(' ').with_context(|| format!("{part:?} is not a part: a name and a value"))?;
        let (name, rest) = (name.trim_end_matches(':'), rest.trim());
        let is_second = match name {
            "limit" => test.limit.replace(limit(rest, &measure)?).is_some(),
            "method" => test.method.replace(Code::parse(rest).context("method")?).is_some(),
            "lod" => test.lod.replace(same_unit(name, rest, &measure)?).is_some(),
            "loq" => test.loq.replace(same_unit(name, rest, &measure)?).is_some(),
            "cas" => {
                let analyte = test.analyte.get_or_insert_default();
                analyte.cas.replace(Code::parse(rest).context("cas")?).is_some()
            }
            "verdict" => stated.replace(rest.parse::<TestVerdict>().context("verdict")?).is_some(),
            _ => bail!("{name:?} is not a part of a result: limit, method, lod, loq, cas or verdict"),
        };
        ensure!(!is_second, "{name}: twice");
    }
    ensure!(test.method.is_some(), "method: is missing; write \"; method ISO 14501\"");
    test.verdict = Some(stated.unwrap_or(TestVerdict::Inconclusive));
    Ok((test.completed()?, stated.is_some()))
}

/// Makes the result of an analyte, in a unit.
fn of(analyte: &str, operator: Operator, (uom, per): &Measure) -> anyhow::Result<TestResultDraft> {
    let names = vec![text(analyte.trim()).map_err(anyhow::Error::msg)?.into()];
    Ok(TestResultDraft {
        analyte: Some(AnalyteDraft { names, ..AnalyteDraft::default() }),
        operator: Some(operator),
        uom: Some(uom.clone()),
        per: per.clone().map(Into::into),
        ..TestResultDraft::default()
    })
}

/// Reads an analyte and its result: `lead = 0.5 mg/kg ± 0.05 k=2`, `Salmonella not detected in 25 g`.
fn found(part: &str) -> anyhow::Result<(TestResultDraft, Measure)> {
    let spaced = |word: &&str| part.find(&format!(" {word} ")).map(|at| (at, at + word.len() + 2));
    let measured = OPERATORS.iter().filter_map(|(sign, word)| Some((spaced(sign)?, *word))).min_by_key(|(at, _)| at.0);
    if let Some(((at, behind), operator)) = measured {
        let (value, uncertainty) = split_uncertainty(part[behind..].trim());
        let (value, unit) = number("value", value)?;
        // The unit follows the value, the uncertainty, or both.
        let uncertainty = uncertainty.map(uncertain).transpose()?;
        let behind = uncertainty.as_ref().map_or("", |(_, behind)| behind);
        let measure = unit_of("value", if unit.is_empty() { behind } else { unit })?;
        if !behind.is_empty() {
            is_in_unit("uncertainty", behind, &measure)?;
        }
        let test = of(&part[..at], operator, &measure)?;
        let uncertainty = uncertainty.map(|(uncertainty, _)| uncertainty);
        return Ok((TestResultDraft { value: Some(value), uncertainty, ..test }, measure));
    }
    let words = NOT_DETECTED.iter().map(|word| (*word, true)).chain([(DETECTED, false)]);
    let present = words.filter_map(|(word, nothing)| {
        let padded = format!("{part} ");
        padded.find(&format!(" {word} ")).map(|at| (at, at + word.len() + 1, nothing))
    });
    let (at, behind, nothing) = present.min_by_key(|(at, ..)| *at).context(
        "a result has a sign, such as = or <, with a space at either side, or says not detected or detected",
    )?;
    let measure = qualitative(part.get(behind..).unwrap_or_default().trim())?;
    let test = of(&part[..at], if nothing { Operator::Nd } else { Operator::Gt }, &measure)?;
    let value = if nothing { None } else { Some(Decimal::parse("0")?) };
    Ok((TestResultDraft { value, ..test }, measure))
}

/// Reads a limit: `<= 1 mg/kg`, or `not detected in 25 g`. A limit without a unit has the unit and the portion of the value.
fn limit(text: &str, measure: &Measure) -> anyhow::Result<LimitDraft> {
    let (operator, value, (uom, per)) = match NOT_DETECTED.iter().find_map(|word| text.strip_prefix(word)) {
        Some(rest) if rest.trim().is_empty() => (Operator::Nd, None, measure.clone()),
        Some(rest) => (Operator::Nd, None, qualitative(rest.trim())?),
        None => {
            let (sign, operator) = OPERATORS.iter().find(|(sign, _)| text.starts_with(sign)).with_context(|| {
                format!("limit: {text:?} begins with no sign, such as <=, and not with not detected")
            })?;
            let (value, rest) = number("limit", text[sign.len()..].trim())?;
            let measure = if rest.is_empty() { measure.clone() } else { unit_of("limit", rest)? };
            (*operator, Some(value), measure)
        }
    };
    let per = per.map(Into::into);
    Ok(LimitDraft { operator: Some(operator), value, uom: Some(uom), per, source: None })
}

/// Splits a text into the number at its start and the text after the number.
fn number<'a>(part: &str, text: &'a str) -> anyhow::Result<(Decimal, &'a str)> {
    let (value, rest) = text.split_once(' ').unwrap_or((text, ""));
    let value = Decimal::parse(value).with_context(|| format!("{part}: {text:?} does not begin with a number"))?;
    Ok((value, rest.trim()))
}

/// Reads a unit with its portion, and no text after them: `mg/kg`, `CFU/25 g`, `CFU per 25 g`, `CFU in 25 g`.
fn unit_of(part: &str, text: &str) -> anyhow::Result<Measure> {
    ensure!(!text.is_empty(), "{part}: has no unit");
    let text = text.replacen(" per ", "/", 1).replacen(" in ", "/", 1);
    let ends = match text.split_once('/') {
        // After a number, the portion's unit is one more word.
        Some((_, of)) if of.trim().starts_with(|first: char| first.is_ascii_digit()) => 2,
        Some(_) | None => 1,
    };
    let spaced = text.replace(" /", "/").replace("/ ", "/");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    if words.len() > ends {
        bail!(
            "{part}: {:?} is left over behind the unit {:?}; limit, method, lod and loq are parts of their own, behind a semicolon",
            words[ends..].join(" "),
            words[..ends].join(" ")
        );
    }
    measured_unit(&words.join(" ")).with_context(|| part.to_owned())
}

/// Reads the text after `detected` or `not detected`: `in 25 g`, a unit with its portion, or nothing.
fn qualitative(text: &str) -> anyhow::Result<Measure> {
    let counted = Unit::parse("C62")?;
    match ["in ", "per ", "/"].iter().find_map(|word| text.strip_prefix(word)) {
        Some(of) => Ok((counted, Some(portion(of.trim())?))),
        None if text.is_empty() => Ok((counted, None)),
        None => unit_of("result", text),
    }
}

/// Splits a text at ± or +/-.
fn split_uncertainty(text: &str) -> (&str, Option<&str>) {
    let split = ["±", "+/-"].iter().find_map(|sign| text.split_once(sign));
    split.map_or((text, None), |(value, uncertainty)| (value.trim(), Some(uncertainty.trim())))
}

/// Reads an uncertainty: `0.004`, then an optional unit, then an optional `k=2`. Without a factor, k is 2. Returns the
/// unit as it is written.
fn uncertain(text: &str) -> anyhow::Result<(UncertaintyDraft, String)> {
    let (value, rest) = number("uncertainty", text)?;
    let spelled = rest.replace("k =", "k=").replace("= ", "=");
    let (unit, k) = match spelled.split_once("k=") {
        Some((unit, k)) => (unit.trim_end_matches(['(', ' ']), k.trim_end_matches(')').trim()),
        None => (spelled.as_str(), "2"),
    };
    let k =
        Decimal::parse(k).with_context(|| format!("uncertainty: {rest:?} does not end with k=2 or another factor"))?;
    Ok((UncertaintyDraft { value: Some(value), k: Some(k) }, unit.trim().to_owned()))
}

/// Reads a limit of detection or quantification. The limit is in the unit of the value, which the text may repeat.
fn same_unit(part: &str, text: &str, measure: &Measure) -> anyhow::Result<Decimal> {
    let (value, unit) = number(part, text)?;
    if !unit.is_empty() {
        is_in_unit(part, unit, measure)?;
    }
    Ok(value)
}

fn is_in_unit(part: &str, text: &str, measure: &Measure) -> anyhow::Result<()> {
    ensure!(unit_of(part, text)? == *measure, "{part}: {text:?} is not the unit of the value, {}", measure.0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(test: &str, rule: &str) -> Result<TestResult, String> {
        Test::parse(test)?.judged(&Text::parse(rule).unwrap()).map_err(|error| error.to_string())
    }

    fn read(test: &str) -> TestResult {
        result(test, "simple acceptance").unwrap_or_else(|error| panic!("{error}"))
    }

    fn refused(test: &str) -> String {
        result(test, "simple acceptance").unwrap_err()
    }

    #[test]
    fn the_unit_of_a_limit_is_no_part_of_the_method() {
        // This text was once signed as a pass: limit 20 mg/kg, method "J33 ISO 14501".
        let wrong = refused("lead = 0.5 NA <= 20 J33 ISO 14501");
        assert!(wrong.contains("\"<= 20 J33 ISO 14501\" is left over"), "{wrong}");
        let test = read("lead = 0.5 NA; limit <= 20 J33; method ISO 14501");
        assert_eq!(test.verdict, TestVerdict::Fail);
        assert_eq!((test.limit.unwrap().uom.as_str(), test.method.as_str()), ("J33", "ISO 14501"));
        assert_eq!(read("lead = 0.5 mg/kg; method: ISO 14501; limit: <= 1 mg/kg").verdict, TestVerdict::Pass);
    }

    #[test]
    fn what_laboratories_report() {
        for (test, verdict) in [
            ("lead < 0.01 mg/kg; limit <= 0.02; method ISO 1; loq 0.01", "pass"),
            ("lead < 0.03 mg/kg; limit <= 0.02 mg/kg; method ISO 1", "inconclusive"),
            ("lead nd mg/kg; lod 0.001 mg/kg; limit <= 0.02 mg/kg; method ISO 1", "pass"),
            ("protein = 24.3 g/100 g; method ISO 8968-1", "inconclusive"),
            ("TVC = 590 CFU/g; limit <= 1000; method ISO 4833", "pass"),
            ("TVC = 590 C62/1 GRM; limit <= 1000 CFU per g; method ISO 4833", "pass"),
            ("TVC > 300 CFU/g; limit <= 1000 CFU/10 g; method ISO 4833", "fail"),
            ("Salmonella not detected in 25 g; limit not detected in 25 g; method ISO 6579-1", "pass"),
            ("Salmonella nd in 10 g; limit nd in 25 g; method ISO 6579-1", "inconclusive"),
            ("Salmonella detected in 25 g; limit not detected in 25 g; method ISO 6579-1", "fail"),
            ("pH = 6.6 ± 0.1 pH (k=2); limit >= 6.5 pH; method ISO 10523", "pass"),
            ("lead = 0.049 mg/kg ± 0.004; limit <= 0.050 mg/kg; method M; verdict inconclusive", "inconclusive"),
            ("lead = 0.049 ± 0.004 mg/kg; limit <= 0.050 mg/kg; method M", "pass"),
            ("lead = 0.049 mg/kg ± 0.004 mg/kg k=2; limit <= 0.050 mg/kg; method M", "pass"),
            ("lead = 0.049 mg/kg +/- 0.004 k=2; limit <= 50 µg/kg; method M", "pass"),
        ] {
            assert_eq!(read(test).verdict.as_str(), verdict, "{test}");
        }
        let test = read("zh=铅 = 0.049 mg/kg ± 0.004 k=2.1; cas 7439-92-1; limit <= 0.050 mg/kg; method M");
        let uncertainty = test.uncertainty.unwrap();
        assert_eq!((uncertainty.value.to_string(), uncertainty.k.to_string()), ("0.004".to_owned(), "2.1".to_owned()));
        let name = &test.analyte.names[0];
        assert_eq!((name.lang.as_str(), name.text.as_str()), ("zh", "铅"));
        assert_eq!(test.analyte.cas.unwrap().as_str(), "7439-92-1");
        let guarded = result("lead = 0.049 mg/kg ± 0.004; limit <= 0.050; method M", "guard band").unwrap();
        assert_eq!(guarded.verdict, TestVerdict::Inconclusive);
    }

    #[test]
    fn nothing_is_swallowed() {
        for (test, part) in [
            ("lead = 0.5 mg/kg", "method: is missing"),
            ("lead = 0.5; method M", "value: has no unit"),
            ("lead = 0,5 mg/kg; method M", "value: "),
            ("lead = 0.5 mgkg; method M", "unit \"mgkg\""),
            ("lead = 0.5 mg/kg dry; method M", "\"dry\" is left over"),
            ("lead = 0.5 mg/kg ± 0.1 µg/kg; method M", "uncertainty: "),
            ("lead = 0.5 mg/kg ± 0.1 mg/kg k=two; method M", "uncertainty: "),
            ("lead = 0.5 ± 0.1; method M", "value: has no unit"),
            ("lead = 0.5 mg/kg; limit 20 mg/kg; method M", "limit: "),
            ("lead = 0.5 mg/kg; limit <= 20 µg/kg ISO 1; method M", "limit: \"ISO 1\" is left over"),
            ("lead = 0.5 mg/kg; limit <= 1 mg/kg; limit <= 2 mg/kg; method M", "limit: twice"),
            ("lead = 0.5 mg/kg; ISO 14501", "\"ISO\" is not a part"),
            ("lead = 0.5 mg/kg; limit <= 0.1 mg/kg; method M; verdict pass", "verdict: pass"),
            ("lead 0.5 mg/kg; method M", "a result has a sign"),
            ("lead = 0.5 mg/kg; lod 0.1 µg/kg; method M", "lod: "),
            ("Salmonella nd in 25 g or so; method M", "unit \"g or so\""),
            ("lead = 0.5 IU; method M", "inch pound"),
        ] {
            let wrong = refused(test);
            assert!(wrong.contains(part), "{test}: {wrong}");
        }
    }
}
