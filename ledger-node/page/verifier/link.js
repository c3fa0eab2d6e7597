// Label of a product: a GS1 Digital Link (proto/README.md, "Subjects and labels").

import { utf8 } from './bytes.js'
import { daysOf, isCset82, isForm } from './forms.js'
import { demand, refuse, Refusal } from './refusal.js'
import { escape, gs1, unescape } from './subject.js'

/**
 * Label of a product, as its link states it.
 * @typedef {object} Label
 * @property {string | null} subject - Key of the subject; null for a location or a third party's serial.
 * @property {string | null} lot - Key of the lot that the label claims beside a serial.
 * @property {string | null} [path] - Path of both, in one spelling; absent without a link.
 * @property {Object<string, string>} dates - Dates as YYMMDD, by application identifier.
 * @property {Remark[]} remarks - Attributes that are not read.
 */

/**
 * Attribute of a label that is not read.
 * @typedef {object} Remark
 * @property {string} attribute - Application identifier; empty for the whole query.
 * @property {string} value - Value as the link spells it.
 * @property {string} rule - Rule that the attribute breaks: `TooLong`, `Repeated`, `Identity`, `Escape`, `Value`, `Date` or `OtherLot`.
 */

/** Longest address without its query, and longest query, in bytes. */
const LINK_MAX = 2048
const KEYS = { '01': 'Gtin', '00': 'Sscc', '417': 'Gln', '414': 'Gln' }
/** Qualifiers after a GTIN, in this order; or 235 alone. */
const QUALIFIERS = ['22', '10', '21']
const THIRD_PARTY_MAX = 28
const NEVER_BEFORE = [...QUALIFIERS, '235', '254']
/** Identifiers that count in the path only. A query may claim a lot beside an item. */
const OF_THE_PATH = [...Object.keys(KEYS), '22', '21', '235', '254']
/** Dates that a label can carry: production, packaging, best-before, sell-by, expiry. */
const DATES = ['11', '13', '15', '16', '17']

const valueOf = (escaped) => unescape(escaped) ?? refuse('Escape')

/** Whether YYMMDD can be a day; the year 00 can be a leap year. */
function dateCanBe(yymmdd) {
  if (!/^\d{6}$/.test(yymmdd)) return false
  const [year, month, day] = yymmdd.match(/../g).map(Number)
  return month >= 1 && month <= 12 && day <= daysOf(2000 + year, month)
}

/** Reads a key with its qualifiers. Returns the key of the `subject`, null for none, of the `model`, and the numbers `lot` and `serial`. */
function readKey([ai, key, ...rest]) {
  demand(key !== undefined && rest.length % 2 === 0, 'NoKey')
  const isPair = (name) => rest.length === 2 && rest[0] === name
  demand(ai === '01' || !rest.length || (ai === '414' && isPair('254')), 'Qualifier')
  gs1(KEYS[ai], key)
  if (ai === '01' && isPair('235')) {
    const serial = valueOf(rest[1])
    demand(isCset82(serial) && serial.length <= THIRD_PARTY_MAX, 'Qualifier')
    return { subject: null }
  }
  const told = {}
  for (let i = 0, next = 0; i < rest.length; i += 2) {
    const text = valueOf(rest[i + 1])
    const place = ai === '01' ? QUALIFIERS.indexOf(rest[i], next) : 0
    demand(place >= 0, 'Qualifier')
    next = place + 1
    told[rest[i]] = gs1('LotNumber', text)
  }
  const [lot, serial] = [told['10'], told['21']]
  const model = `${ai}/${key}`
  const subject = serial ? `${model}/21/${escape(serial)}` : lot ? `${model}/10/${escape(lot)}` : model
  return { subject: ai === '414' ? null : subject, model, lot, serial }
}

const canBeRead = (segments) => {
  try {
    return !!readKey(segments)
  } catch (e) {
    if (e instanceof Refusal) return false
    throw e
  }
}

/** Whether the part before the key holds a piece of a key: then an identifier would be passed over. */
const holdsPartOfKey = (stem) =>
  stem.some((segment, at) => NEVER_BEFORE.includes(unescape(segment)) ||
    (Object.hasOwn(KEYS, segment) && at + 1 < stem.length && canBeRead(stem.slice(at, at + 2))))

/** Reads the key at the rightmost segment where everything after it can be read; else throws the failure of the leftmost segment. */
function findKey(segments) {
  let failure
  for (let at = segments.length - 1; at >= 0; at--) {
    if (!Object.hasOwn(KEYS, segments[at])) continue
    let read
    try {
      read = readKey(segments.slice(at))
    } catch (e) {
      if (!(e instanceof Refusal)) throw e
      failure = e
      continue
    }
    demand(!holdsPartOfKey(segments.slice(0, at)), 'Qualifier')
    return read
  }
  throw failure ?? new Refusal('NoKey')
}

/**
 * Reads one attribute into `told`, or returns the rule that it breaks. `lot` is the number in the path; `isOpen` is set when the path names
 * an item without a lot.
 */
function readAttribute(told, name, escaped, { lot, isOpen }) {
  if (OF_THE_PATH.includes(name)) return 'Identity'
  const value = unescape(escaped.replaceAll('+', ' '))
  if (value === undefined) return 'Escape'
  if (!isCset82(value)) return 'Value'
  if (DATES.includes(name)) {
    if (!dateCanBe(value)) return 'Date'
    told.dates[name] = value
    return undefined
  }
  if (name !== '10' || value === lot) return undefined
  if (lot !== undefined) return 'OtherLot'
  if (!isOpen) return 'Identity'
  if (!isForm('LotNumber', value)) return 'Value'
  told.lot = value
  return undefined
}

/**
 * Reads the claims of a query beside the path. An attribute that cannot be read becomes a remark. A name that is not of 2 to 4 digits is
 * not of GS1.
 */
function readQuery(query, path) {
  const told = { dates: {}, remarks: [] }
  if (utf8(query).length > LINK_MAX) {
    told.remarks.push({ attribute: '', value: '', rule: 'TooLong' })
    return told
  }
  const seen = new Set()
  for (const pair of query.split('&')) {
    const [name, ...parts] = pair.split('=')
    if (!/^\d{2,4}$/.test(name)) continue
    const value = parts.join('=')
    const rule = seen.has(name) ? 'Repeated' : readAttribute(told, name, value, path)
    seen.add(name)
    if (rule) told.remarks.push({ attribute: name, value, rule })
  }
  return told
}

/**
 * Reads a label.
 * `subject` is its key, null for a location or a third party's serial. `lot` is the key of the lot that the label claims beside a serial,
 * or null. `path` is the path of both, null without a subject. `dates` has the dates as YYMMDD, by application identifier. `remarks` lists
 * attributes beside the identity that are not read: `{attribute, value, rule}`.
 * Refuses `TooLong`, `Address`, `NoKey`, `Qualifier`, `Escape`, `Gs1`: for the path only.
 * @param {string} link
 * @returns {Label}
 */
export function parseLink(link) {
  const [address] = link.split(/[?#]/, 1)
  demand(utf8(address).length <= LINK_MAX, 'TooLong')
  const [, path, query = ''] = /^https?:\/\/[^/?]+\/([^?]*)(?:\?(.*))?$/is.exec(link.split('#')[0]) ?? []
  demand(path !== undefined, 'Address')
  const { subject, model, lot, serial } = findKey(path.replace(/\/+$/, '').split('/'))
  const told = readQuery(query, { lot, isOpen: serial !== undefined && lot === undefined })
  const number = serial === undefined ? undefined : lot ?? told.lot
  const claimed = number === undefined ? null : `${model}/10/${escape(number)}`
  const { dates, remarks } = told
  const asked = subject && (claimed ? `/${claimed}/21/${escape(serial)}` : `/${subject}`)
  return { subject, lot: claimed, path: asked, dates, remarks }
}

/**
 * Returns the day that YYMMDD means. Of the years that it can mean, this is the one from 49 before today's to 50 after. A day of 00 is the
 * last of the month.
 * @param {string} yymmdd
 * @param {string} today - Day as YYYY-MM-DD.
 * @returns {string}
 */
export function dayOfLabel(yymmdd, today) {
  const [yy, month, day] = yymmdd.match(/../g).map(Number)
  const first = +today.slice(0, 4) - 49
  const year = first + ((((yy - first) % 100) + 100) % 100)
  return [year, month, day || daysOf(year, month)].map((n) => String(n).padStart(2, '0')).join('-')
}
