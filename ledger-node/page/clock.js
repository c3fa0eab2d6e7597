// The clock of this device, and its uses. The clock may be wrong in either direction, and no state of the clock stops the page.

/**
 * Age of evidence by the clock of this device.
 * @typedef {object} Age
 * @property {number} since - Older time of the evidence, in milliseconds since 1970.
 * @property {number} latest - Newer time of the evidence, in milliseconds since 1970.
 * @property {number} age - Milliseconds since the older time, and at least 0.
 * @property {boolean} isOld - Whether the older time is more than a day ago.
 * @property {boolean} isAhead - Whether the newer time is later than this clock can be wrong.
 */

const OLD_MS = 86_400_000
/** Largest lag of a clock, in milliseconds, before a record counts as dated in the future. */
const AHEAD_MAX_MS = 300_000

const twoDigits = (n) => String(n).padStart(2, '0')

/**
 * Returns the day as YYYY-MM-DD, on the calendar of this device.
 * @param {number} ms
 * @returns {string}
 */
export const dayHere = (ms) => {
  const date = new Date(ms)
  return [String(date.getFullYear()).padStart(4, '0'), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join('-')
}

/**
 * Returns the age of new evidence; `now` is in milliseconds.
 * `since` and `latest` are the older and the newer of two times: of the index head, which the operator dates, and of the quorum. `isOld` is
 * set when `since` is more than a day ago. `isAhead` is set when `latest` is later than this clock can be wrong.
 * @param {import('./verifier/product.js').Result} result
 * @param {number} now
 * @returns {Age}
 */
export function ageOf({ indexHeadMs, checkpoint: { quorumTime } }, now) {
  const times = [Number(indexHeadMs), ...(quorumTime === undefined ? [] : [Number(quorumTime) * 1000])]
  const [since, latest] = [Math.min(...times), Math.max(...times)]
  return { since, latest, age: Math.max(0, now - since), isOld: now - since > OLD_MS, isAhead: latest - now > AHEAD_MAX_MS }
}
