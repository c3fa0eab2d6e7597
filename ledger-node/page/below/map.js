// Route of the product on a map. The map is decoration: the chain of locations gives the same facts in words.

import { el, svg } from '../dom.js'
import { getJson } from '../net.js'
import { legsOf } from './legs.js'
import { number } from './units.js'
import { t } from '../words.js'

const [WIDTH, HEIGHT] = [400, 250]
const EARTH_KM = 6371
const TABLE_MAX = 256 * 1024
/** Smallest span of longitudes on the map, and margin around the route, in degrees. */
const SPAN_MIN = 24, MARGIN = 8
const STEPS = 48
/**
 * Lengths in units of the view box: a shorter leg is not seen, and a shorter flight has no room for its plane. `LETTER` is the size of a
 * letter in a label.
 */
const SEEN_MIN = 8, PLANE_MIN = 40
const LETTER = [9, 16]
const PLANE = 'M9 0C9-1 7-1.4 5-1.4H2L-2.5-8H-4.5L-2.5-1.4L-6-1.2L-7.5-3.4H-9L-8 0L-9 3.4H-7.5L-6 1.2L-2.5 1.4L-4.5 8H-2.5L2 1.4H5C7 1.4 9 1 9 0Z'
const radians = (degrees) => (degrees * Math.PI) / 180

const vector = ([lon, lat]) => {
  const [l, p] = [radians(lon), radians(lat)]
  return [Math.cos(p) * Math.cos(l), Math.cos(p) * Math.sin(l), Math.sin(p)]
}
const angle = (a, b) => {
  const [u, v] = [vector(a), vector(b)]
  return Math.acos(Math.min(1, u.reduce((sum, x, i) => sum + x * v[i], 0)))
}
const near = (lon, before) => lon + 360 * Math.round((before - lon) / 360)

/**
 * Returns points on the shortest way from a to b. Longitudes have no jump.
 * @param {import('./legs.js').Spot} a
 * @param {import('./legs.js').Spot} b
 * @returns {import('./legs.js').Spot[]}
 */
function arc(a, b) {
  const between = angle(a, b)
  if (between < 1e-6) return [a, a]
  const [u, v] = [vector(a), vector(b)]
  let before = a[0]
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const [f, g] = [Math.sin((1 - i / STEPS) * between), Math.sin((i / STEPS) * between)]
    const [x, y, z] = u.map((c, j) => (f * c + g * v[j]) / Math.sin(between))
    before = near((Math.atan2(y, x) * 180) / Math.PI, before)
    return [before, (Math.asin(z) * 180) / Math.PI]
  })
}
/**
 * Returns a line that only joins a and b, because ships and vehicles do not follow the shortest way.
 * @param {import('./legs.js').Spot} a
 * @param {import('./legs.js').Spot} b
 * @returns {import('./legs.js').Spot[]}
 */
const line = (a, [lon, lat]) => [a, [near(lon, a[0]), lat]]

/** Returns a projection in which longitudes are shortened by the middle latitude. */
function projection(points) {
  const range = (i, span) => {
    const values = points.map((point) => point[i])
    const [low, high] = [Math.min(...values), Math.max(...values)]
    return [(low + high) / 2, Math.max(high - low, span) + 2 * MARGIN]
  }
  const [[lon0, width], [lat0, height]] = [range(0, SPAN_MIN), range(1, SPAN_MIN / 2)]
  const shorter = Math.cos(radians(lat0))
  const scale = Math.min(WIDTH / (width * shorter), HEIGHT / height)
  return Object.assign(([lon, lat]) => [WIDTH / 2 + (lon - lon0) * shorter * scale, HEIGHT / 2 - (lat - lat0) * scale], { lon0 })
}

const path = (points, project) => `M${points.map((point) => project(point).map((n) => n.toFixed(1)).join()).join('L')}`

/** Returns the path of the coasts (map/README.md). */
function land(rings, project) {
  return rings.map((ring) => {
    let x = 0, y = 0
    const points = []
    for (let i = 0; i < ring.length; i += 2) points.push([(x += ring[i]) / 4, (y += ring[i + 1]) / 4])
    return [-360, 0, 360].map((turn) => `${path(points.map(([lon, lat]) => [lon + turn, lat]), project)}Z`).join('')
  }).join('')
}

function grid(project) {
  const lines = []
  for (let lon = Math.round(project.lon0 / 10) * 10 - 180; lon < project.lon0 + 180; lon += 10) lines.push([[lon, -90], [lon, 90]])
  for (let lat = -80; lat < 90; lat += 10) lines.push([[project.lon0 - 180, lat], [project.lon0 + 180, lat]])
  return lines.map((line) => path(line, project)).join('')
}

/**
 * Returns the line style of a leg: dashes for a flight, dots where no event states the mode, and a solid line for all other modes.
 * @param {import('./legs.js').Leg} leg
 */
const styleOf = ({ mode }) => (mode === 'air' ? 'air' : mode ? 'told' : 'untold')

/** Returns points close together on the lines of the map. */
const along = (legs, project) => legs.flatMap(({ points }) => points.slice(1).flatMap((point, i) => {
  const [[a, b], [x, y]] = [project(points[i]), project(point)]
  const parts = Math.ceil(Math.hypot(x - a, y - b) / 8)
  return Array.from({ length: parts }, (_, j) => [a + ((x - a) * j) / parts, b + ((y - b) * j) / parts])
}))

/**
 * Returns the labels: the code of each location beside its dot, off the lines if possible. A code without free room is left out. Locations
 * at the ends of the longest legs come first.
 */
function labels(stops, dots, legs, project) {
  const line = along(legs, project)
  const reach = (i) => Math.max(...[legs[i - 1], legs[i]].map((leg) => leg?.long ?? 0))
  const taken = dots.map(([x, y]) => [x - 5, y - 5, 10, 10])
  const written = new Set()
  const isFree = ([x, y, width, height]) =>
    x >= 0 && y >= 0 && x + width <= WIDTH && y + height <= HEIGHT &&
    taken.every(([left, top, wide, high]) => left >= x + width || x >= left + wide || top >= y + height || y >= top + high)
  const isClear = ([left, top, wide, high]) => !line.some(([x, y]) => x > left && x < left + wide && y > top && y < top + high)
  return [...stops.keys()].sort((a, b) => reach(b) - reach(a)).map((i) => {
    const { iata, unlocode } = stops[i].where
    const code = iata ?? unlocode?.slice(2)
    if (!code || written.has(code)) return undefined
    const [[x, y], [width, height]] = [dots[i], [code.length * LETTER[0], LETTER[1]]]
    const sides = x > WIDTH / 2 ? [x - 8 - width, x + 8] : [x + 8, x - 8 - width]
    const free = [y + 6, y - 6 - height].flatMap((top) => sides.map((left) => [left, top, width, height])).filter(isFree)
    const box = free.find(isClear) ?? free[0]
    if (!box) return undefined
    taken.push(box)
    written.add(code)
    return svg('text', { x: box[0] + (box[0] < x ? width : 0), y: box[1] + 12, 'text-anchor': box[0] < x ? 'end' : 'start' }, code)
  })
}

function plane(points, project) {
  const middle = points.length >> 1
  const [[a, b], [x, y], [c, d]] = [middle - 1, middle, middle + 1].map((i) => project(points[i]))
  const degrees = (Math.atan2(d - b, c - a) * 180) / Math.PI
  return svg('path', { class: 'plane', d: PLANE, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${degrees.toFixed()})` })
}

/** Returns the key of the line styles, where the map shows several of them. */
function key(legs) {
  const seen = new Map()
  for (const leg of legs.filter(({ long }) => long >= SEEN_MIN)) {
    const style = styleOf(leg)
    seen.set(style, (seen.get(style) ?? new Set()).add(t(`mode.${leg.mode ?? 'untold'}`)))
  }
  const sample = (style) => svg('svg', { viewBox: '0 0 36 16', 'aria-hidden': 'true' },
    svg('path', { class: `arc ${style}`, d: 'M2 8H34' }),
    style === 'air' && svg('path', { class: 'plane', d: PLANE, transform: 'translate(18 8) scale(.8)' }))
  return seen.size > 1 && el('p', { class: 'key' }, [...seen].map(([style, modes]) => el('span', null, sample(style), [...modes].join(', '))))
}

/**
 * Draws the steps of a journey that have coordinates.
 * @param {HTMLElement} into
 * @param {import('./journey.js').Step[]} steps
 */
export async function drawMap(into, steps) {
  const [rings, table] = await Promise.all(['land', 'places'].map((file) => getJson(`/page/map/${file}.json`, TABLE_MAX)))
  const { stops, legs, missing } = legsOf(steps, table)
  if (stops.length < 2) return
  let before = stops[0].spot
  for (const leg of legs) {
    leg.points = (leg.mode === 'air' ? arc : line)(before, leg.to.spot)
    before = leg.points[leg.points.length - 1]
  }
  const project = projection(legs.flatMap(({ points }) => points))
  const dots = [legs[0].points[0], ...legs.map(({ points }) => points[points.length - 1])].map(project)
  for (const [i, leg] of legs.entries()) leg.long = Math.hypot(dots[i + 1][0] - dots[i][0], dots[i + 1][1] - dots[i][1])
  const far = legs.reduce((sum, { from, to }) => sum + angle(from.spot, to.spot) * EARTH_KM, 0)
  const step = far > 1000 ? 100 : far > 100 ? 10 : 1
  const distance = `${number(Math.round(far / step) * step)} km`
  const absent = missing.length > 0 && t('journey.missing', { n: missing.length, places: missing.join(' · ') })
  const label = [t('journey.map', { places: stops.map(({ name }) => name).join(' → ') }), absent].filter(Boolean).join('. ')
  into.replaceChildren(...[
    svg('svg', { class: 'map', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label },
      svg('path', { class: 'land', d: land(rings, project) }), svg('path', { class: 'grid', d: grid(project) }),
      legs.map((leg) => svg('path', { class: `arc ${styleOf(leg)}`, d: path(leg.points, project) })),
      legs.filter(({ mode, long }) => mode === 'air' && long >= PLANE_MIN).map(({ points }) => plane(points, project)),
      dots.map(([cx, cy]) => svg('circle', { cx, cy, r: 4 })), labels(stops, dots, legs, project)),
    key(legs),
    absent ? el('p', { class: 'key far' }, absent) : el('p', { class: 'far' }, t('journey.far', { distance })),
  ].filter(Boolean))
}
