// What scans say of a label: a printed code can be photographed, so the same item can be looked at in two places at once. They are counted
// beside the ledger and only the operator vouches for them (proto/README.md, "Scans").

export const SCANS_MAX = 100_000
export const SPEED_MAX_KMH = 900
export const RISK_THRESHOLD = 60
const SCANS_COMMON = 100
const DEVICES_COMMON = 20
const EARTH_KM = 6371
const ERROR_MAX_KM = 20_100
const HOUR_MS = 3_600_000
const TIME_MAX_MS = 8.64e15

const isTime = (ms) => Number.isSafeInteger(ms) && ms >= 0 && ms <= TIME_MAX_MS
const isCountry = (code) => code === undefined || code === null || /^[A-Z]{2}$/.test(code)
const isWithin = (value, least, most) => Number.isFinite(value) && value >= least && value <= most
const hasSpot = ({ lat }) => lat !== undefined

function isScan({ at, device, country, lat, lon, error_km }) {
  const isNowhere = [lat, lon, error_km].every((part) => part === undefined)
  const isSpot = isWithin(lat, -90, 90) && isWithin(lon, -180, 180) && isWithin(error_km ?? 0, 0, ERROR_MAX_KM)
  return isTime(at) && typeof device === 'string' && isCountry(country) && (isNowhere || isSpot)
}

/** What a node tells of the scans of a label, in the order of time: `count`, `first`, `scans`. Undefined when it cannot be read. */
export function parseScans(text) {
  try {
    const { count, first, scans } = JSON.parse(text)
    const isFirst = first ? isTime(first.at) && isCountry(first.country) : count === 0
    const isRead = Number.isSafeInteger(count) && count >= scans.length && isFirst && scans.length <= SCANS_MAX && scans.every(isScan)
    return isRead ? { count, first, scans: scans.sort((a, b) => a.at - b.at) } : undefined
  } catch {
    return undefined
  }
}

/** The least distance between two spots, in km: the great circle less both errors. */
export function leastKm(a, b) {
  const radians = (degrees) => degrees * (Math.PI / 180)
  const half = (x, y) => Math.sin((radians(x) - radians(y)) / 2) ** 2
  const chord = half(a.lat, b.lat) + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * half(a.lon, b.lon)
  const km = 2 * EARTH_KM * Math.asin(Math.min(Math.sqrt(chord), 1))
  return Math.max(km - (a.error_km ?? 0) - (b.error_km ?? 0), 0)
}

/** Two scans in a row that lie too far apart for the time between. */
function travel(scans) {
  const placed = scans.filter(hasSpot)
  for (let i = 1; i < placed.length; i++) {
    const [from, to] = [placed[i - 1], placed[i]]
    const [km, ms] = [leastKm(from, to), to.at - from.at]
    if (km > SPEED_MAX_KMH * (ms / HOUR_MS)) return { km: Math.round(km), minutes: Math.floor(ms / 60_000) }
  }
}

/** A second factor that was claimed more than once. Whether a claim had effect does not matter: the second one never has. */
function claimedAgain(scans, story) {
  const n = story.filter(({ struck, event: { kind, told } }) => !struck && kind === 'sticker' && told.action === 'claimed').length
  return n > 1 && { n }
}

/** The distributions that are facts about the product itself. */
const handed = (story) => story.filter(({ hasEffect, mayApply, ways, event }) =>
  event.kind === 'distribution' && hasEffect && !mayApply && ways.some(([how]) => how !== 'input'))

/** Scans before it came into trade. */
function early(scans, story) {
  const first = handed(story).find(({ event }) => ['store', 'deliver', 'sell'].includes(event.told.action))
  return first && scans.some(({ at }) => at < Number(first.event.occurred_at_ms)) && {}
}

/** Scans after it was taken back, when it did not come into trade again. */
function late(scans, story) {
  const { event } = handed(story).filter(({ event }) => ['store', 'deliver', 'sell', 'return', 'destroy'].includes(event.told.action)).pop() ?? {}
  const isBack = event && ['return', 'destroy'].includes(event.told.action)
  return isBack && scans.some(({ at }) => at > Number(event.occurred_at_ms)) && {}
}

/** Scans in another country than the one that it was last delivered or sold in. */
function abroad(scans, story) {
  const markets = handed(story).filter(({ event }) => ['deliver', 'sell'].includes(event.told.action) && event.place?.country)
  const market = markets.pop()?.event.place.country
  const there = market && scans.find(({ country }) => country && country !== market)?.country
  return there && { there, market }
}

function crowd(scans) {
  const devices = new Set(scans.map(({ device }) => device)).size
  return (scans.length > SCANS_COMMON || devices > DEVICES_COMMON) && { n: scans.length, devices }
}

/** By weight; of the signals in one row the first that is there counts. */
const SIGNALS = [[70, { travel }], [60, { claimed: claimedAgain }], [40, { early, late }], [25, { abroad }], [25, { crowd }]]

/** The risk, 0 to 100, that more than one object carries the label of this story; and its reasons, `[signal, what it tells]`. Scans are in the order of time. */
export function riskOf(scans, story) {
  const found = SIGNALS.flatMap(([weight, signals]) => {
    const told = Object.entries(signals).map(([name, of]) => [name, of(scans, story)]).find(([, what]) => what)
    return told ? [{ weight, told }] : []
  })
  return { value: Math.min(found.reduce((sum, { weight }) => sum + weight, 0), 100), reasons: found.map(({ told }) => told) }
}

/** The verdict in the light of `count` scans, the present one included, and their risk. What records show comes first. */
export function counting(verdict, { value }, count) {
  if (!['NEWER_FORMAT', 'INCOMPLETE', 'NOT_YET_SOLD', 'VALID'].includes(verdict)) return verdict
  if (value >= RISK_THRESHOLD) return 'SUSPECT_CLONE'
  return verdict !== 'VALID' ? verdict : count > 1 ? 'VALID_REPEAT' : 'VALID_FIRST'
}

/**
 * What the answer of a node means for a result: `n`, the number of this look, which is one more when it was not `counted`; `first`, null when
 * this is it; `reasons` of the risk; and the `verdict`, when there was one. Undefined when the answer cannot be read.
 */
export function weigh(answer, { verdict, story = [] }, counted) {
  const told = parseScans(answer)
  if (!told) return undefined
  const [n, risk] = [told.count + (counted ? 0 : 1), riskOf(told.scans, story)]
  return { n, first: told.first, reasons: risk.reasons, verdict: counting(verdict, risk, n) }
}
