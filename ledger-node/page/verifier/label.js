// Differences between a label and the records (proto/README.md, "Subjects and labels").

import { dayOfLabel } from './link.js'
import { parseSubject } from './subject.js'

/**
 * Difference between a label and the records, or between two records.
 * @typedef {object} Difference
 * @property {string} ai - Application identifier: 10 for a lot, 11, 15 or 17 for a date.
 * @property {string} label - Value on the label; a day as YYYY-MM-DD.
 * @property {string} record - Value of the records; a day as YYYY-MM-DD.
 * @property {boolean} [twice] - Whether both values are lots of records.
 */

/**
 * Fields of a production that the dates of a label mean. No record has a packaging date (13) or a sell-by date (16).
 * @type {Object<string, string>}
 */
const RECORDED = { 11: 'production_date', 15: 'best_before', 17: 'expiry_date' }

/**
 * Returns the differences between a `label`, as `parseLink` reads it, and the records of the lot and its production: `{ai, label, record}`,
 * with lot numbers for 10 and days for dates. A value that one side lacks is not a difference.
 * @param {import('./link.js').Label} label
 * @param {string | undefined} lot - Key of the lot.
 * @param {import('./messages.js').Body | undefined} production
 * @param {string} today - Day as YYYY-MM-DD.
 * @returns {Difference[]}
 */
export function differences(label, lot, production, today) {
  const claimed = label.lot && parseSubject(label.lot).lot
  const proven = lot && parseSubject(lot).lot
  const found = claimed && proven && claimed !== proven ? [{ ai: '10', label: claimed, record: proven }] : []
  for (const [ai, yymmdd] of Object.entries(label.dates)) {
    const record = production?.[RECORDED[ai]]
    const day = dayOfLabel(yymmdd, today)
    if (record && record !== day) found.push({ ai, label: day, record })
  }
  return found
}
