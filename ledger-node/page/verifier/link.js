// What the label of a product says: a GS1 Digital Link (proto/README.md, "Subjects and labels").

import { utf8 } from './bytes.js'
import { daysOf, isCset82 } from './forms.js'
import { demand, refuse, Refusal } from './refusal.js'
import { escape, gs1, unescape } from './subject.js'

const LINK_MAX = 2048
const KEYS = { '01': 'Gtin', '00': 'Sscc', '417': 'Gln', '414': 'Gln' }
/** Behind a GTIN, in this order; or 235 alone. */
const QUALIFIERS = ['22', '10', '21']
const THIRD_PARTY_MAX = 28
const OF_THE_PATH = [...Object.keys(KEYS), ...QUALIFIERS, '235', '254']
const DATES = ['11', '13', '15', '16', '17']

const valueOf = (escaped) => unescape(escaped) ?? refuse('Escape')

/** Whether YYMMDD can be a day; the year 00 can be a leap year. */
function dateCanBe(yymmdd) {
  if (!/^\d{6}$/.test(yymmdd)) return false
  const [year, month, day] = yymmdd.match(/../g).map(Number)
  return month >= 1 && month <= 12 && day <= daysOf(2000 + year, month)
}

/** The subject that a key with its qualifiers names, null for none, and its `lot`. */
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
  const [lot, item] = ['10', '21'].map((name) => told[name] && `01/${key}/${name}/${escape(told[name])}`)
  return { subject: ai === '414' ? null : item ?? lot ?? `${ai}/${key}`, lot, item }
}

/** Reads the key at the rightmost place where all that follows can be read; else what is wrong at the leftmost. */
function findKey(segments) {
  let failure
  for (let at = segments.length - 1; at >= 0; at--) {
    if (!Object.hasOwn(KEYS, segments[at])) continue
    try {
      return readKey(segments.slice(at))
    } catch (e) {
      failure = e
    }
    if (!(failure instanceof Refusal)) break
  }
  throw failure ?? new Refusal('NoKey')
}

function readQuery(query, isOne) {
  const attributes = new Map()
  for (const pair of query.split('&')) {
    const [name, ...parts] = pair.split('=')
    if (!/^\d+$/.test(name)) continue
    demand(!attributes.has(name) && !OF_THE_PATH.includes(name) && (name !== '17' || isOne), 'Attribute')
    const value = valueOf(parts.join('=').replaceAll('+', ' '))
    demand(isCset82(value), 'Attribute')
    demand(!DATES.includes(name) || dateCanBe(value), 'Date')
    attributes.set(name, value)
  }
  return attributes
}

/**
 * Reads a label: `subject` is its key, null for a place or a third party's serial; `lot` the key of the lot beside a serial; `expiry` (AI 17)
 * and `bestBefore` (AI 15) are YYMMDD; each null when it is not told.
 * Refuses `TooLong`, `Address`, `NoKey`, `Qualifier`, `Escape`, `Gs1`, `Attribute`, `Date`.
 */
export function parseLink(link) {
  demand(utf8(link).length <= LINK_MAX, 'TooLong')
  const [, path, query = ''] = /^https?:\/\/[^/?]+\/([^?]*)(?:\?(.*))?$/is.exec(link.split('#')[0]) ?? []
  demand(path !== undefined, 'Address')
  const { subject, lot, item } = findKey(path.replace(/^\/+|\/+$/g, '').split('/'))
  const attributes = readQuery(query, item ?? lot)
  return { subject, lot: (item && lot) ?? null, expiry: attributes.get('17') ?? null, bestBefore: attributes.get('15') ?? null }
}

/** The day that YYMMDD means: of the years that it can, the one from 49 before today's to 50 behind; a day of 00 is the last. */
export function dayOfLabel(yymmdd, today) {
  const [yy, month, day] = yymmdd.match(/../g).map(Number)
  const first = +today.slice(0, 4) - 49
  const year = first + ((((yy - first) % 100) + 100) % 100)
  return [year, month, day || daysOf(year, month)].map((n) => String(n).padStart(2, '0')).join('-')
}
