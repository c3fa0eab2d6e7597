//! Conformity: the exact verdict that follows from a value and its limit, and the verdicts that a decision rule leaves to the laboratory.

use std::cmp::Ordering;

use super::{Operator, TestResult, TestVerdict};
use crate::amount::Amount;

/// The decision rule that compares the value alone with its limit.
pub const SIMPLE_ACCEPTANCE: &str = "simple acceptance";
/// The decision rule by which a result passes only when all of value ± uncertainty conforms.
pub const GUARD_BAND: &str = "guard band";

/// The verdicts that follow from the value and the limit of a result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conformity {
    /// Verdict of the value alone; `None` when the verdict cannot be decided.
    pub simple: Option<TestVerdict>,
    /// Verdict of all of value ± uncertainty; `None` when the interval lies on both sides of the limit, or cannot be decided.
    pub banded: Option<TestVerdict>,
}

impl Conformity {
    /// Returns the verdict under a decision rule; inconclusive when the rule does not decide.
    pub fn verdict(self, rule: &str) -> TestVerdict {
        let by_value = self.simple.filter(|_| rule == SIMPLE_ACCEPTANCE);
        self.banded.or(by_value).unwrap_or(TestVerdict::Inconclusive)
    }

    /// Describes the verdict of value and limit under a rule, for a finding.
    pub fn words(self, rule: Option<&str>) -> String {
        match (self.banded, self.simple) {
            (Some(decided), _) => format!("value and limit say {decided}"),
            (None, Some(decided)) => format!(
                "the value says {decided}, and its uncertainty reaches over the limit: {} does not say this",
                rule.unwrap_or("the rule")
            ),
            (None, None) => {
                "does not follow: value and limit decide in units of one kind; not detected decides with a limit of \
                             detection under the limit, or against nd in a portion that is not smaller than the limit's"
                    .to_owned()
            }
        }
    }

    /// Whether a verdict contradicts value and limit under a rule. A rule other than [`SIMPLE_ACCEPTANCE`] and [`GUARD_BAND`] is in words;
    /// under such a rule any verdict may stay when the uncertainty reaches over the limit.
    pub fn contradicts(self, verdict: TestVerdict, rule: Option<&str>) -> bool {
        if let Some(decided) = self.banded {
            return verdict != decided;
        }
        match (self.simple, rule) {
            (None, _) | (_, Some(GUARD_BAND)) => verdict == TestVerdict::Pass,
            (Some(decided), Some(SIMPLE_ACCEPTANCE)) => verdict != decided && verdict != TestVerdict::Inconclusive,
            _ => false,
        }
    }
}

impl TestResult {
    /// Returns the verdicts of value and limit; both are `None` without a limit.
    pub fn conformity(&self) -> Conformity {
        let decided = |shift: i128| self.decide(shift);
        let simple = decided(0);
        let banded = match &self.uncertainty {
            None => simple,
            Some(uncertainty) => {
                let (below, above) = (decided(-uncertainty.value.pico()), decided(uncertainty.value.pico()));
                let around = uncertainty.value.pico();
                // An `eq` limit can lie between the two ends of the interval, both of which miss it.
                let misses = self.order(-around) == self.order(around);
                let is_one = self.limit.as_ref().is_some_and(|limit| limit.operator == Operator::Eq);
                simple.filter(|_| below == simple && above == simple && (misses || !is_one))
            }
        };
        Conformity { simple, banded }
    }

    /// Compares the value plus `shift`, in units of 10^-12, with the value of the limit. With nd, the limit of detection is the value.
    fn order(&self, shift: i128) -> Option<Ordering> {
        let limit = self.limit.as_ref()?;
        let bound = Amount { pico: limit.value.as_ref()?.pico(), unit: &limit.uom, per: limit.per.as_ref() };
        let value = if self.operator == Operator::Nd { &self.lod } else { &self.value };
        let pico = value.as_ref()?.pico() + shift;
        Amount { pico, unit: &self.uom, per: self.per.as_ref() }.compare(&bound)
    }

    /// Returns the verdict that follows from the limit and from the value plus `shift`, in units of 10^-12.
    fn decide(&self, shift: i128) -> Option<TestVerdict> {
        let limit = self.limit.as_ref()?;
        let conforms = if limit.operator == Operator::Nd {
            let nothing = self.value.as_ref().is_none_or(|value| value.pico() <= 0);
            let found = match self.operator {
                Operator::Nd => false,
                Operator::Gt | Operator::Ge | Operator::Eq if !nothing || self.operator == Operator::Gt => true,
                _ => return None,
            };
            let one = |unit, per| Amount { pico: 1, unit, per };
            one(&self.uom, None).compare(&one(&limit.uom, None))?;
            // A substance found in a part is in the whole; a substance absent from the whole is absent from each part.
            let density = one(&self.uom, self.per.as_ref()).compare(&one(&self.uom, limit.per.as_ref()))?;
            let reaches = if found { density.is_ge() } else { density.is_le() };
            reaches.then_some(!found)
        } else {
            decide(self.operator, self.order(shift)?, limit.operator)
        };
        conforms.map(|conforms| if conforms { TestVerdict::Pass } else { TestVerdict::Fail })
    }
}

/// Compares the values that a result allows with a limit, by the order of the two written numbers: `Some(true)` when all of the
/// values satisfy the limit, `Some(false)` when no value does, `None` when neither follows.
fn decide(operator: Operator, value_to_limit: Ordering, wanted: Operator) -> Option<bool> {
    use Operator::{Eq, Ge, Gt, Le, Lt, Nd};
    let order = value_to_limit;
    match (operator, wanted) {
        (Eq, Lt) => Some(order.is_lt()),
        (Eq, Le) => Some(order.is_le()),
        (Eq, Gt) => Some(order.is_gt()),
        (Eq, Ge) => Some(order.is_ge()),
        (Eq, Eq) => Some(order.is_eq()),
        (Lt | Nd, Lt | Le) => order.is_le().then_some(true),
        (Le, Lt) => order.is_lt().then_some(true),
        (Le, Le) => order.is_le().then_some(true),
        (Gt, Gt | Ge) => order.is_ge().then_some(true),
        (Ge, Gt) => order.is_gt().then_some(true),
        (Ge, Ge) => order.is_ge().then_some(true),
        (Gt, Lt | Le) => order.is_ge().then_some(false),
        (Ge, Lt) => order.is_ge().then_some(false),
        (Ge, Le) => order.is_gt().then_some(false),
        (Lt | Nd, Gt | Ge) => order.is_le().then_some(false),
        (Le, Gt) => order.is_le().then_some(false),
        (Le, Ge) => order.is_lt().then_some(false),
        (_, Eq | Nd) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft;

    #[test]
    fn a_decision_is_true_of_every_value_that_the_result_allows() {
        use Operator::{Eq, Ge, Gt, Le, Lt, Nd};
        let holds = |operator, left: i128, right: i128| match operator {
            Eq => left == right,
            Lt | Nd => left < right,
            Gt => left > right,
            Le => left <= right,
            Ge => left >= right,
        };
        // Numbers are doubled, so that a value lies between any two neighbours.
        for (value, bound) in (-4..=4_i128).flat_map(|a| (-4..=4_i128).map(move |b| (2 * a, 2 * b))) {
            for operator in [Eq, Lt, Gt, Le, Ge, Nd] {
                for wanted in [Lt, Gt, Le, Ge] {
                    let allowed: Vec<bool> =
                        (-40..=40).filter(|x| holds(operator, *x, value)).map(|x| holds(wanted, x, bound)).collect();
                    let all = |expected| allowed.iter().all(|ok| *ok == expected).then_some(expected);
                    let expected = all(true).or(all(false));
                    assert_eq!(
                        decide(operator, value.cmp(&bound), wanted),
                        expected,
                        "{operator} {value} against {wanted} {bound}"
                    );
                }
            }
        }
    }

    fn result(fields: serde_json::Value) -> TestResult {
        let mut document = serde_json::json!({"analyte": {"names": [{"lang": "en", "text": "lead"}]}, "method": "M", "uom": "NA",
            "verdict": "inconclusive"});
        document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        draft::whole(document).unwrap().unwrap()
    }

    /// The verdicts that a rule accepts, by their first letters.
    fn taken(fields: serde_json::Value, rule: &str) -> String {
        let conformity = result(fields).conformity();
        let verdicts = [(TestVerdict::Pass, 'p'), (TestVerdict::Fail, 'f'), (TestVerdict::Inconclusive, 'i')];
        verdicts
            .into_iter()
            .filter(|(verdict, _)| !conformity.contradicts(*verdict, Some(rule)))
            .map(|(_, letter)| letter)
            .collect()
    }

    #[test]
    fn the_decision_rule_decides() {
        let fields = |value: &str, uncertainty: Option<&str>| {
            let uncertainty = uncertainty.map(|value| serde_json::json!({"value": value, "k": "2"}));
            serde_json::json!({"operator": "eq", "value": value, "uncertainty": uncertainty,
                "limit": {"operator": "le", "value": "0.050", "uom": "NA"}})
        };
        for (value, uncertainty, simple, guarded, words) in [
            ("0.040", Some("0.004"), "p", "p", "p"),
            ("0.049", Some("0.004"), "pi", "fi", "pfi"),
            ("0.051", Some("0.004"), "fi", "fi", "pfi"),
            ("0.060", Some("0.004"), "f", "f", "f"),
            ("0.049", None, "p", "p", "p"),
            ("0.051", None, "f", "f", "f"),
        ] {
            let of = |rule| taken(fields(value, uncertainty), rule);
            assert_eq!(
                [of(SIMPLE_ACCEPTANCE), of(GUARD_BAND), of("beyond doubt")],
                [simple, guarded, words],
                "{value} {uncertainty:?}"
            );
        }
        let one = serde_json::json!({"operator": "eq", "value": "0.055", "uncertainty": {"value": "0.01", "k": "2"},
            "limit": {"operator": "eq", "value": "0.05", "uom": "NA"}});
        assert_eq!(taken(one, SIMPLE_ACCEPTANCE), "fi");
        let words = |value: &str, uncertainty: Option<&str>| {
            result(fields(value, uncertainty)).conformity().words(Some(GUARD_BAND))
        };
        assert_eq!(words("0.060", Some("0.004")), "value and limit say fail");
        assert!(words("0.049", Some("0.004")).starts_with("the value says pass, and its uncertainty reaches"));
        assert!(Conformity { simple: None, banded: None }.words(None).starts_with("does not follow"));
        let open = result(fields("0.049", Some("0.004"))).conformity();
        let given = [SIMPLE_ACCEPTANCE, GUARD_BAND, "beyond doubt"].map(|rule| open.verdict(rule));
        assert_eq!(given, [TestVerdict::Pass, TestVerdict::Inconclusive, TestVerdict::Inconclusive]);
    }

    #[test]
    fn what_laboratories_report_is_decided() {
        let simple = |fields| result(fields).conformity().simple;
        let limit = |operator: &str, value: &str, uom: &str| serde_json::json!({"operator": operator, "value": value, "uom": uom});
        let (pass, fail) = (Some(TestVerdict::Pass), Some(TestVerdict::Fail));
        let per = |grams: &str| serde_json::json!({"value": grams, "uom": "GRM"});
        let not_found = |uom: &str, grams: &str| serde_json::json!({"operator": "nd", "uom": uom, "per": per(grams)});
        for (fields, expected) in [
            (serde_json::json!({"operator": "eq", "value": "0.5", "limit": limit("le", "20", "J33")}), fail),
            (serde_json::json!({"operator": "lt", "value": "0.01", "limit": limit("le", "20", "J33")}), pass),
            (serde_json::json!({"operator": "lt", "value": "0.03", "limit": limit("le", "20", "J33")}), None),
            (serde_json::json!({"operator": "nd", "lod": "0.001", "limit": limit("le", "0.01", "NA")}), pass),
            (serde_json::json!({"operator": "nd", "limit": limit("le", "0.01", "NA")}), None),
            (serde_json::json!({"operator": "eq", "value": "0.5", "limit": limit("le", "20", "KGM")}), None),
            (
                serde_json::json!({"operator": "gt", "value": "300", "uom": "C62", "per": per("1"),
                "limit": {"operator": "le", "value": "1000", "uom": "C62", "per": per("10")}}),
                fail,
            ),
            (
                serde_json::json!({"operator": "nd", "uom": "C62", "per": per("25"), "limit": not_found("C62", "25")}),
                pass,
            ),
            (
                serde_json::json!({"operator": "nd", "uom": "C62", "per": per("10"), "limit": not_found("C62", "25")}),
                None,
            ),
            (
                serde_json::json!({"operator": "gt", "value": "0", "uom": "C62", "per": per("10"), "limit": not_found("C62", "25")}),
                fail,
            ),
            (
                serde_json::json!({"operator": "gt", "value": "0", "uom": "C62", "per": per("50"), "limit": not_found("C62", "25")}),
                None,
            ),
            (
                serde_json::json!({"operator": "lt", "value": "10", "uom": "C62", "per": per("25"), "limit": not_found("C62", "25")}),
                None,
            ),
            (
                serde_json::json!({"operator": "nd", "lod": "0.001", "uom": "NA", "limit": limit("nd", "0", "C62")}),
                None,
            ),
            (serde_json::json!({"operator": "gt", "value": "1", "uom": "NA", "limit": limit("nd", "0", "J33")}), fail),
            (serde_json::json!({"operator": "eq", "value": "1", "uom": "NA", "limit": limit("nd", "0", "NA")}), fail),
            (serde_json::json!({"operator": "ge", "value": "1", "uom": "NA", "limit": limit("nd", "0", "NA")}), fail),
            (serde_json::json!({"operator": "ge", "value": "0", "uom": "NA", "limit": limit("nd", "0", "NA")}), None),
            (serde_json::json!({"operator": "le", "value": "1", "uom": "NA", "limit": limit("nd", "0", "NA")}), None),
            (serde_json::json!({"operator": "eq", "value": "1"}), None),
        ] {
            assert_eq!(simple(fields.clone()), expected, "{fields}");
        }
    }

    #[test]
    fn results_without_a_limit_say_nothing_together() {
        let of = |verdicts: &[(&str, bool)]| {
            let limit = serde_json::json!({"operator": "le", "value": "1", "uom": "NA"});
            let one = |(verdict, limited): &(&str, bool)| {
                result(
                    serde_json::json!({"operator": "eq", "value": "1", "verdict": verdict, "limit": limited.then_some(&limit)}),
                )
            };
            TestVerdict::of_all(&verdicts.iter().map(one).collect::<Vec<_>>())
        };
        assert_eq!(of(&[("pass", true), ("inconclusive", false)]), TestVerdict::Pass);
        assert_eq!(of(&[("pass", true), ("inconclusive", true)]), TestVerdict::Inconclusive);
        assert_eq!(of(&[("pass", true), ("inconclusive", true), ("fail", true)]), TestVerdict::Fail);
        assert_eq!(of(&[("inconclusive", false)]), TestVerdict::Inconclusive);
    }
}
