// What a label says, compared with what is recorded (proto/README.md, "Story and verdict").

import { dayOfLabel } from './link.js'
import { parseSubject } from './subject.js'

/** What a label says otherwise than the records of its lot: the attribute, and what either tells. What one of them does not tell differs from nothing. */
export function differences(label, lot, production, today) {
  const found = []
  if (lot && label.lot && label.lot !== lot) found.push({ ai: '10', label: parseSubject(label.lot).lot, record: parseSubject(lot).lot })
  const date = production?.expiry_date
  const told = label.expiry && dayOfLabel(label.expiry, today)
  if (told && date && told !== date) found.push({ ai: '17', label: told, record: date })
  return found
}
