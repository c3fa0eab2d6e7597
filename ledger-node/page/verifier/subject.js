// Subjects of entries, by their keys (proto/README.md, "Subjects and labels").

import { concat, hex, utf8 } from './bytes.js'
import { fault, isForm } from './forms.js'
import { demand, refuse, Refusal } from './refusal.js'
import { sha256 } from './sha256.js'

const KEY_MAX = 160

/** Returns `text` when it has this form of GS1; else refuses `Gs1` (`Syntax`, `CheckDigit`). */
export const gs1 = (form, text) => {
  const name = fault(form, text)
  if (name) refuse('Gs1', '', new Refusal(name))
  return text
}
const organisation = (form, text) => demand(isForm(form, text), 'Organisation')

/** Decodes percent-escapes; undefined when one is broken or the bytes are not UTF-8. */
export function unescape(escaped) {
  try {
    return decodeURIComponent(escaped)
  } catch {
    return undefined
  }
}

/** Returns a lot or serial in its one spelling in a key. */
export const escape = (text) =>
  text.replace(/[^A-Za-z0-9._-]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0'))

/** Returns the lot or serial that a key contains in its one spelling. */
function unescapeStrictly(escaped) {
  const text = gs1('LotNumber', unescape(escaped) ?? refuse('Unknown'))
  demand(escape(text) === escaped, 'Spelling')
  return text
}

const model = (gtin) => ({ gtin: gs1('Gtin', gtin), model: `01/${gtin}` })
const FAMILIES = {
  '01/': ([gtin]) => ({ kind: 'model', ...model(gtin) }),
  '01/10/': ([gtin, lot]) => ({ kind: 'lot', ...model(gtin), lot: unescapeStrictly(lot) }),
  '01/21/': ([gtin, serial]) => ({ kind: 'item', ...model(gtin), serial: unescapeStrictly(serial) }),
  '00/': ([sscc]) => ({ kind: 'logistic_unit', sscc: gs1('Sscc', sscc) }),
  '417/': ([gln]) => gs1('Gln', gln) && { kind: 'party' },
  'lei/': ([lei]) => organisation('Lei', lei) && { kind: 'party' },
  'uscc/': ([uscc]) => organisation('Uscc', uscc) && { kind: 'party' },
  'sets/': ([gtin]) => ({ kind: 'register', ...model(gtin) }),
  items: ([gtin, lot]) => ({ kind: 'list', ...model(gtin), lot: unescapeStrictly(lot) }),
  'gcp/': ([prefix]) => ({ kind: 'prefix', prefix: gs1('CompanyPrefix', prefix) }),
  deleg(keys) {
    demand(keys.every((k) => /^[0-9A-Fa-f]{64}$/.test(k)), 'Unknown')
    demand(keys.every((k) => k === k.toLowerCase()), 'Spelling')
    return { kind: 'delegation' }
  },
}

/** Parses the key of a subject: its kind, and of goods `gtin`, `model`, `lot`, `serial`, `sscc`. */
export function parseSubject(key) {
  demand(utf8(key).length <= KEY_MAX, 'Unknown')
  const [first, second, third, fourth, more] = key.split('/')
  const isPair = (first === 'deleg' || first === 'items') && third !== undefined && fourth === undefined
  const [family, values] =
    isPair ? [first, [second, third]]
    : third === undefined ? [`${first}/`, [second]]
    : [`${first}/${third}/`, [second, fourth]]
  demand(second !== undefined && (third === undefined || values[1] !== undefined) && more === undefined, 'Unknown')
  demand(Object.hasOwn(FAMILIES, family), 'Unknown')
  return { key, ...FAMILIES[family](values) }
}

/** Keys of the register of a model's sets, and of the list of a lot's items that were commissioned one by one. */
export const registerOf = ({ gtin }) => `sets/${gtin}`
export const listOf = ({ gtin, lot }) => lot && `items/${gtin}/${escape(lot)}`

/** Hash of a subject's key: K = H(05 | key). */
export const K = (key) => sha256(concat(5, utf8(key)))

/** Returns the key of the delegation from the first party to the second. */
export const delegation = (grantor, grantee) => `deleg/${hex(K(grantor))}/${hex(K(grantee))}`

/** Whether a company prefix, or an exact GTIN, covers goods. */
export function covers(prefix, { gtin, sscc }) {
  if (prefix.length === 14) return gtin === prefix
  return (sscc ?? (gtin?.startsWith('000000') ? '' : gtin) ?? '').startsWith(prefix, 1)
}

/** Whether two prefixes have goods in common. */
export const overlap = (a, b) =>
  a.length === 14 ? covers(b, { gtin: a }) : b.length === 14 ? covers(a, { gtin: b }) : a.startsWith(b) || b.startsWith(a)
