// Numbers, units and locations, as the shopper's language writes them.

import { el } from '../dom.js'
import { locale, said, t } from '../words.js'

const UNITS = {
  GRM: 'g', KGM: 'kg', MGM: 'mg', TNE: 't', LTR: 'l', MLT: 'ml', CEL: '°C', FAH: '°F', NA: 'mg/kg', J33: 'µg/kg', L32: 'ng/kg', M1: 'mg/l', H29: 'µg/l',
  P1: '%', 59: 'ppm', 61: 'ppb', A18: 'Bq/kg', Q30: 'pH', NIU: 'IU', C62: '', H87: '', EA: '',
}

/**
 * Spells a number with as many digits as it has.
 * @param {any} value - A number, a BigInt or a decimal number as text, as `Intl.NumberFormat` takes them.
 * @returns {string}
 */
export const number = (value) => {
  const digits = (String(value).split('.')[1] ?? '').length
  return new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)
}
/**
 * Spells an amount. `text` spells its value.
 * @param {{ value?: string, uom: string, per?: import('../verifier/messages.js').Quantity }} amount
 * @param {string} [text]
 * @returns {string}
 */
export const quantity = ({ value, uom, per }, text = number(value)) =>
  `${text} ${UNITS[uom] ?? uom}`.trim() + (per ? ` / ${per.value === '1' ? '' : `${number(per.value)} `}${UNITS[per.uom] ?? per.uom}` : '')
/**
 * Spells a length of a file.
 * @param {bigint | number} bytes
 * @returns {string}
 */
export const size = (bytes) => bytes < 1000 ? `${number(bytes)} B` : `${number((Number(bytes) / (bytes < 1e6 ? 1e3 : 1e6)).toFixed(bytes < 1e5 ? 1 : 0))} ${bytes < 1e6 ? 'kB' : 'MB'}`
/**
 * Returns the name of a country.
 * @param {string} code - ISO 3166-1 code, 2 letters.
 * @returns {string}
 */
export const country = (code) => new Intl.DisplayNames(locale(), { type: 'region', fallback: 'code' }).of(code)

/**
 * Returns an age of `ms` milliseconds in words.
 * @param {number} ms
 * @returns {string}
 */
export function age(ms) {
  const [n, unit] = ms < 5_400_000 ? [ms / 60_000, 'minute'] : ms < 172_800_000 ? [ms / 3_600_000, 'hour'] : [ms / 86_400_000, 'day']
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long' }).format(Math.round(n))
}

/**
 * Returns the name of a location: its address, or else the sort and the code of its identifier.
 * @param {import('../verifier/messages.js').Place} where
 * @param {any} [vessel] - Ship, where a leg by ship begins or ends at the location.
 * @returns {HTMLElement}
 */
export function place({ address, iata, unlocode, gln, country: code }, vessel) {
  const id = iata ?? unlocode ?? gln
  const sort = unlocode ? 'UN/LOCODE' : 'GLN'
  return said(address) ?? el('span', null, [id && t(iata ? 'airport' : unlocode && vessel ? 'port' : 'location', { id, sort }), code && country(code)].filter(Boolean).join(', '))
}
