// Amounts in units of one kind, compared exactly (proto/README.md, "Findings"): 0.5 mg/kg and 500 µg/kg are equal.

import { scaleOf } from './codes.js'
import { scaled } from './forms.js'

/**
 * Amount that can be compared.
 * @typedef {object} Amount
 * @property {bigint} value - Value in whole numbers of 10^-12.
 * @property {string} uom - Unit by its code of UNECE Recommendation 20.
 * @property {import('./messages.js').Quantity} [per] - Portion that the value is per.
 */

/**
 * Returns the value in whole numbers of 10^-12, the kind and power of ten of its unit, and the portion that the value is per.
 * @param {Amount} amount
 */
const parts = ({ value, uom, per }) => {
  const [kind, power] = scaleOf(uom)
  if (!per) return { value, kind, power, portion: 10n ** 12n }
  const [of, below] = scaleOf(per.uom)
  return { value, kind: `${kind}/${of}`, power: power - below, portion: scaled(per.value) }
}

/**
 * Returns -1, 0 or 1 when the first is less than, as much as, or more than the second; undefined when they measure different things.
 * @param {Amount} one
 * @param {Amount} two
 * @returns {-1 | 0 | 1 | undefined}
 */
export function compare(one, two) {
  const [a, b] = [parts(one), parts(two)]
  if (a.kind !== b.kind || a.portion <= 0n || b.portion <= 0n) return undefined
  const tens = (power) => 10n ** BigInt(Math.max(power, 0))
  const left = a.value * b.portion * tens(a.power - b.power)
  const right = b.value * a.portion * tens(b.power - a.power)
  return left < right ? -1 : left > right ? 1 : 0
}
