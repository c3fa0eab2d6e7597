// Scans of a label: a printed code can be photographed, so one item can be scanned in two locations at once. Scans are counted beside the
// ledger, any device can make one, and only the operator vouches for them: they change no verdict (proto/README.md, "Scans").

/**
 * Scan of a label, as the node counts it.
 * @typedef {object} Scan
 * @property {number} at - Time of the scan, in milliseconds since 1970.
 * @property {string} device - Tag of the device on that day.
 * @property {string | null} [zone] - Time zone of the device.
 * @property {string | null} [country] - ISO 3166-1 code of the country, 2 letters.
 * @property {number} [lat] - Degrees north.
 * @property {number} [lon] - Degrees east.
 * @property {number} [error_km] - Largest error of these degrees, in km.
 */

/**
 * Answer of a node about the scans of a label.
 * @typedef {object} Scans
 * @property {number} count - Number of scans that were counted.
 * @property {{ at: number, zone?: string | null } | null} [first] - Time of the first scan, in milliseconds since 1970, and its time zone.
 * @property {Scan[]} scans - Scans in the order of time.
 */

/**
 * Note on scans: its name, and its values, which depend on the note.
 * @typedef {any[]} ScanNote
 */

/**
 * Scans of a label beside a verified result.
 * @typedef {object} Looks
 * @property {number} n - Number of this scan.
 * @property {{ at: number, zone?: string | null } | null} [first] - Time of the first scan, in milliseconds since 1970, and its time zone.
 * @property {ScanNote[]} notes - Notes on the scans.
 */

const SCANS_MAX = 100_000
const SPEED_MAX_KMH = 900
const DEVICES_COMMON = 20
const EARTH_KM = 6371
const ERROR_MAX_KM = 20_100
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const TIME_MAX_MS = 8.64e15
const ZONE_MAX = 64

const isTime = (ms) => Number.isSafeInteger(ms) && ms >= 0 && ms <= TIME_MAX_MS
const isCountry = (code) => code === undefined || code === null || /^[A-Z]{2}$/.test(code)
const isZone = (zone) => zone === undefined || zone === null || (typeof zone === 'string' && zone.length <= ZONE_MAX)
const isWithin = (value, least, most) => Number.isFinite(value) && value >= least && value <= most
const hasSpot = ({ lat }) => lat !== undefined

function isScan({ at, device, zone, country, lat, lon, error_km }) {
  const isNowhere = [lat, lon, error_km].every((part) => part === undefined)
  const isSpot = isWithin(lat, -90, 90) && isWithin(lon, -180, 180) && isWithin(error_km ?? 0, 0, ERROR_MAX_KM)
  return isTime(at) && typeof device === 'string' && isZone(zone) && isCountry(country) && (isNowhere || isSpot)
}

/**
 * Reads the answer of a node about the scans of a label, in the order of time: `count`, `first`, `scans`. Returns undefined when the answer
 * cannot be read.
 * @param {string} text
 * @returns {Scans | undefined}
 */
export function parseScans(text) {
  try {
    const { count, first, scans } = JSON.parse(text)
    const isFirst = first ? isTime(first.at) && isZone(first.zone) : count === 0
    const isRead = Number.isSafeInteger(count) && count >= scans.length && isFirst && scans.length <= SCANS_MAX && scans.every(isScan)
    return isRead ? { count, first, scans: scans.sort((a, b) => a.at - b.at) } : undefined
  } catch {
    return undefined
  }
}

/**
 * Returns the least distance between two spots, in km: the great circle less both errors.
 * @param {Scan} a
 * @param {Scan} b
 * @returns {number}
 */
export function leastKm(a, b) {
  const radians = (degrees) => degrees * (Math.PI / 180)
  const half = (x, y) => Math.sin((radians(x) - radians(y)) / 2) ** 2
  const chord = half(a.lat, b.lat) + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * half(a.lon, b.lon)
  const km = 2 * EARTH_KM * Math.asin(Math.min(Math.sqrt(chord), 1))
  return Math.max(km - (a.error_km ?? 0) - (b.error_km ?? 0), 0)
}

/** Finds two scans in a row, by two devices, that lie further apart than anything travels in the time between. */
function apart(scans) {
  const placed = scans.filter(hasSpot)
  const name = ({ zone, country }) => zone ?? country ?? ''
  for (let i = 1; i < placed.length; i++) {
    const [from, to] = [placed[i - 1], placed[i]]
    const ms = to.at - from.at
    const isApart = from.device !== to.device && leastKm(from, to) > SPEED_MAX_KMH * (ms / HOUR_MS)
    if (isApart) return { places: [name(from), name(to)], minutes: Math.max(Math.ceil(ms / 60_000), 1) }
  }
}

/** Finds many devices on one day (UTC). A device has another tag on another day. */
function crowd(scans) {
  const days = new Map()
  for (const { at, device } of scans) {
    const day = Math.floor(at / DAY_MS)
    days.set(day, (days.get(day) ?? new Set()).add(device))
  }
  const devices = [...days.values()].reduce((most, { size }) => Math.max(most, size), 0)
  return devices > DEVICES_COMMON && { devices }
}

/** Returns the distributions that are facts about the product itself. */
const handed = (story) => story.filter(({ isFact, event }) => event.kind === 'distribution' && isFact)

/** Finds a scan before the product came into trade. */
function early(scans, story) {
  const first = handed(story).find(({ event }) => ['store', 'deliver', 'sell'].includes(event.body.action))
  return first && scans.some(({ at }) => at < Number(first.event.occurred_at_ms)) && {}
}

/** Finds a scan after the product was taken back, when it did not come into trade again. */
function late(scans, story) {
  const { event } = handed(story).filter(({ event }) => ['store', 'deliver', 'sell', 'return', 'destroy'].includes(event.body.action)).pop() ?? {}
  const isBack = event && ['return', 'destroy'].includes(event.body.action)
  return isBack && scans.some(({ at }) => at > Number(event.occurred_at_ms)) && {}
}

/** Finds a scan in another country than the last delivery or sale. */
function abroad(scans, story) {
  const markets = handed(story).filter(({ event }) => ['deliver', 'sell'].includes(event.body.action) && event.place?.country)
  const market = markets.pop()?.event.place.country
  const there = market && scans.find(({ country }) => country && country !== market)?.country
  return there && { there, market }
}

const NOTES = { apart, crowd, early, late, abroad }

/**
 * Returns notes on the scans of one object, each `[note, its values]`. Scans are in the order of time.
 * @param {Scan[]} scans
 * @param {import('./story.js').StoryEntry[]} story
 * @returns {ScanNote[]}
 */
export const notesOf = (scans, story) => Object.entries(NOTES).map(([name, of]) => [name, of(scans, story)]).filter(([, told]) => told)

/**
 * Returns the answer of a node beside a result: `n`, the number of this scan, which is one more when it was not `counted`; `first`, null
 * when this is the first scan; and `notes`. Returns undefined when the answer cannot be read.
 * @param {string} answer
 * @param {{ story?: import('./story.js').StoryEntry[] }} result
 * @param {boolean} counted
 * @returns {Looks | undefined}
 */
export function looksIn(answer, { story = [] }, counted) {
  const told = parseScans(answer)
  return told && { n: told.count + (counted ? 0 : 1), first: told.first, notes: notesOf(told.scans, story) }
}
