// Subjects of entries, by their keys (proto/README.md, "Subjects and labels").

import { concat, hex, utf8 } from './bytes.js'
import { fault, isForm } from './forms.js'
import { demand, refuse, Refusal } from './refusal.js'
import { sha256 } from './sha256.js'

/**
 * Subject of entries, by its key. Only goods have the optional parts, but for `prefix`.
 * @typedef {object} Subject
 * @property {string} key - Key in its one spelling.
 * @property {string} kind - `model`, `lot`, `item`, `logistic_unit`, `party`, `prefix`, `delegation`, `register` or `list`.
 * @property {string} [gtin] - GTIN of 14 digits; also of a register and a list.
 * @property {string} [model] - Key of the model with that GTIN.
 * @property {string} [lot] - Number of the lot; also of a list.
 * @property {string} [serial] - Serial of an item.
 * @property {string} [sscc] - SSCC of a logistic unit, 18 digits.
 * @property {string} [prefix] - Company prefix that the subject is about.
 */

const KEY_MAX = 160

/**
 * Returns `text` when it has this form of GS1; else refuses `Gs1` (`Syntax`, `CheckDigit`).
 * @param {string} form
 * @param {string} text
 * @returns {string}
 */
export const gs1 = (form, text) => {
  const name = fault(form, text)
  if (name) refuse('Gs1', '', new Refusal(name))
  return text
}
const organisation = (form, text) => demand(isForm(form, text), 'Organisation')

/**
 * Decodes percent-escapes; undefined when one is broken or the bytes are not UTF-8.
 * @param {string} escaped
 * @returns {string | undefined}
 */
export function unescape(escaped) {
  try {
    return decodeURIComponent(escaped)
  } catch {
    return undefined
  }
}

/**
 * Returns a lot or serial in its one spelling in a key.
 * @param {string} text
 * @returns {string}
 */
export const escape = (text) =>
  text.replace(/[^A-Za-z0-9._-]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0'))

/** Returns the lot or serial that a key contains in its one spelling. */
function unescapeStrictly(escaped) {
  const text = gs1('LotNumber', unescape(escaped) ?? refuse('Unknown'))
  demand(escape(text) === escaped, 'Spelling')
  return text
}

const model = (gtin) => ({ gtin: gs1('Gtin', gtin), model: `01/${gtin}` })
/**
 * Parsers of the values in a key, by the family of the key.
 * @type {Object<string, (values: string[]) => any>}
 */
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

/**
 * Parses the key of a subject: its kind, and of goods `gtin`, `model`, `lot`, `serial`, `sscc`.
 * @param {string} key
 * @returns {Subject}
 */
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

/**
 * Keys of the register of a model's sets, and of the list of a lot's items that were commissioned one by one.
 * @param {{ gtin?: string }} goods
 * @returns {string}
 */
export const registerOf = ({ gtin }) => `sets/${gtin}`
/**
 * Returns the key of the list of a lot; undefined for goods without a lot.
 * @param {{ gtin?: string, lot?: string }} goods
 * @returns {string | undefined}
 */
export const listOf = ({ gtin, lot }) => lot && `items/${gtin}/${escape(lot)}`

/**
 * Hash of a subject's key: K = H(05 | key).
 * @param {string} key
 * @returns {Uint8Array<ArrayBuffer>}
 */
export const K = (key) => sha256(concat(5, utf8(key)))

/**
 * Returns the key of the delegation from the first party to the second.
 * @param {string} grantor
 * @param {string} grantee
 * @returns {string}
 */
export const delegation = (grantor, grantee) => `deleg/${hex(K(grantor))}/${hex(K(grantee))}`

/**
 * Whether a company prefix, or an exact GTIN, covers goods.
 * @param {string} prefix
 * @param {{ gtin?: string, sscc?: string }} goods
 * @returns {boolean}
 */
export function covers(prefix, { gtin, sscc }) {
  if (prefix.length === 14) return gtin === prefix
  return (sscc ?? (gtin?.startsWith('000000') ? '' : gtin) ?? '').startsWith(prefix, 1)
}

/**
 * Whether two prefixes have goods in common.
 * @param {string} a
 * @param {string} b
 * @returns {boolean}
 */
export const overlap = (a, b) =>
  a.length === 14 ? covers(b, { gtin: a }) : b.length === 14 ? covers(a, { gtin: b }) : a.startsWith(b) || b.startsWith(a)
