// Forms of texts (proto/README.md, "Canonical bytes"): each is a pattern, and for digits to check, also a check.

import { utf8 } from './bytes.js'

const CSET82 = '[!"%&\'()*+,\\-./0-9:;<=>?A-Z_a-z]'
const digits = (text) => Array.from(text, Number)

/**
 * Whether the last digit completes the sum of GS1's weights.
 * @param {string} text
 * @returns {boolean}
 */
export const gs1Check = (text) =>
  digits(text).reverse().reduce((sum, digit, i) => sum + digit * (i % 2 ? 3 : 1), 0) % 10 === 0

/** Whether the last digit of an IMO number completes its weighted sum. */
const shipCheck = (text) => digits(text).slice(0, 6).reduce((sum, digit, i) => sum + digit * (7 - i), 0) % 10 === +text[6]

/** Returns the value of a character in a container number. Letters count from 10 and skip the multiples of 11. */
const containerValue = (c) => {
  const n = parseInt(c, 36)
  return n < 10 ? n : n + Math.floor((n - 1) / 10)
}
const containerCheck = (text) =>
  (Array.from(text.slice(0, 10)).reduce((sum, c, i) => sum + containerValue(c) * 2 ** i, 0) % 11) % 10 === +text[10]

const waybillCheck = (text) => +text.slice(4, 11) % 7 === +text[11]
const leiCheck = (text) => Array.from(text).reduce((rest, c) => +`${rest}${parseInt(c, 36)}` % 97, 0) === 1

const USCC = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const usccCheck = (text) => {
  let sum = 0, weight = 1
  for (const c of text.slice(0, 17)) (sum += USCC.indexOf(c) * weight), (weight = (weight * 3) % 31)
  return (sum + USCC.indexOf(text[17])) % 31 === 0
}

/** Whether a day exists, from the year 1900 on. */
const dayExists = (text) => {
  const [year, month, day] = text.split('-').map(Number)
  return year >= 1900 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
}
/**
 * Returns the number of days in a month, which counts from 1.
 * @param {number} year
 * @param {number} month
 * @returns {number}
 */
export const daysOf = (year, month) => new Date(Date.UTC(year, month, 0)).getUTCDate()

/** Characters that hide, or that show nothing. */
const UNSEEN =
  /[\0-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ue000-\uf8ff\ufdd0-\ufdef\u{1bca0}-\u{1bca3}\u{1d159}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\u{f0000}-\u{10ffff}]/u
/** Joiners and selectors where they change how their neighbours are seen. */
const SEEN_BESIDE = [
  /([\u1820-\u18aa])[\u180b-\u180f]/gu,
  /([\u0600-\u1fff\u2190-\u2bff\ua800-\uabff\ufe0f\u{10a00}-\u{1faff}])[\u200c\u200d](?=[\u0600-\u1fff\u2190-\u2bff\ua800-\uabff\u{10a00}-\u{1faff}])/gu,
  /([\u203c-\u205e\u2060-\u27ff\u2801-\u2fff\u3001-\ufdff\ufe10-\u{10ffff}])[\ufe00-\ufe0f]/gu,
]
/** Blanks at an end of a text, or nothing but blanks and line feeds. Of the characters of \s, `UNSEEN` has those that are neither. */
const BLANK_ENDS = /^(?!\n)[\s\u2800]|(?!\n)[\s\u2800]$|^[\s\u2800]*$/
const isText = (text) => {
  if (/^(?! )[ -~]{1,1999}[!-~]$/.test(text)) return true
  const plain = SEEN_BESIDE.reduce((rest, pattern) => rest.replace(pattern, '$1'), text)
  return utf8(text).length <= 2000 && !UNSEEN.test(plain) && !BLANK_ENDS.test(plain) && !Array.from(text).some((c) => (c.codePointAt(0) & 0xfffe) === 0xfffe)
}

/** Whether no variant of a language tag is repeated. */
const variantsDiffer = (text) => {
  const variants = text.match(/-([a-z\d]{5,8}|\d[a-z\d]{3})(?=-|$)/g) ?? []
  return new Set(variants).size === variants.length
}

const whole = (pattern) => new RegExp(`^(?:${pattern})$`)
/**
 * Whether a text has only characters of CSET 82, and at least one of them.
 * @param {string} text
 * @returns {boolean}
 */
export const isCset82 = (text) => whole(`${CSET82}+`).test(text)
const FORMS = {
  Code: [/^(?! )[ -~]{0,63}[!-~]$/],
  Uri: [/^[!-~]{1,512}$/],
  Text: [/^[^]+$/, isText],
  Lang: [/^(?!und(-|$))(?=.{2,35}$)[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?(-([a-z\d]{5,8}|\d[a-z\d]{3}))*$/, variantsDiffer],
  MediaType: [/^(?=.{3,64}$)[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/],
  Decimal: [/^(?!-0(\.0*)?$)-?(0|[1-9]\d{0,17})(\.\d{1,12})?$/],
  Date: [/^\d{4}-\d\d-\d\d$/, dayExists],
  Origin: [/^[!-*,-~]{1,255}$/],
  Gtin: [/^\d{14}$/, gs1Check],
  Sscc: [/^\d{18}$/, gs1Check],
  Gln: [/^\d{13}$/, gs1Check],
  LotNumber: [whole(`${CSET82}{1,20}`)],
  Asset: [whole(`8003/0\\d{13}${CSET82}{0,16}|8004/(?=\\d{4})${CSET82}{5,30}`), (text) => text[3] === '4' || gs1Check(text.slice(6, 19))],
  Country: [/^[A-Z]{2}$/],
  Airport: [/^[A-Z]{3}$/],
  Unit: [/^[A-Z0-9]{2,3}$/],
  Subdivision: [/^[A-Z]{2}-[A-Z0-9]{1,3}$/],
  Locode: [/^[A-Z]{2}[A-Z2-9]{3}$/],
  Ship: [/^\d{7}$/, shipCheck],
  Container: [/^[A-Z]{3}[UJZ]\d{7}$/, containerCheck],
  HsCode: [/^(\d{6}|\d{8}|\d{10}|\d{13})$/],
  ItemCode: [/^[0-9A-HJKMNP-TV-Z]{16}$/],
  AirWaybill: [/^\d{3}-\d{8}$/, waybillCheck],
  Lei: [/^[A-Z0-9]{18}\d\d$/, leiCheck],
  Uscc: [whole(`[${USCC}]{18}`), usccCheck],
}
FORMS.Serial = FORMS.Extension = FORMS.LotNumber
FORMS.CompanyPrefix = [/^(\d{4,12}|\d{14})$/, (text) => text.length < 14 || gs1Check(text)]

/**
 * Returns 'Syntax' or 'CheckDigit' when `text` does not have the form, else undefined.
 * @param {string} form
 * @param {string} text
 * @returns {'Syntax' | 'CheckDigit' | undefined}
 */
export function fault(form, text) {
  const [pattern, check] = FORMS[form]
  return !pattern.test(text) ? 'Syntax' : check && !check(text) ? 'CheckDigit' : undefined
}

/**
 * Whether a text has the form of this name.
 * @param {string} form
 * @param {string} text
 * @returns {boolean}
 */
export const isForm = (form, text) => form in FORMS && !fault(form, text)

/**
 * Returns a Decimal as a whole number of 10^-12.
 * @param {string} text
 * @returns {bigint}
 */
export function scaled(text) {
  const [units, places = ''] = text.split('.')
  return BigInt(units + places.padEnd(12, '0'))
}
