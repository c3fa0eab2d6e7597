// The route on a map. Decoration: the chain of places says the same in words.

import { el, svg } from '../dom.js'
import { number } from './units.js'
import { t } from '../words.js'

const [WIDTH, HEIGHT] = [400, 250]
const EARTH_KM = 6371
/** In degrees. */
const SPAN_MIN = 24, MARGIN = 8
const STEPS = 48
const radians = (degrees) => (degrees * Math.PI) / 180

const vector = ([lon, lat]) => {
  const [l, p] = [radians(lon), radians(lat)]
  return [Math.cos(p) * Math.cos(l), Math.cos(p) * Math.sin(l), Math.sin(p)]
}
const angle = (a, b) => {
  const [u, v] = [vector(a), vector(b)]
  return Math.acos(Math.min(1, u.reduce((sum, x, i) => sum + x * v[i], 0)))
}

/** The shortest way from a to b, longitudes without a jump. */
function arc(a, b) {
  const between = angle(a, b)
  if (between < 1e-6) return [a, b]
  const [u, v] = [vector(a), vector(b)]
  let before = a[0]
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const [f, g] = [Math.sin((1 - i / STEPS) * between), Math.sin((i / STEPS) * between)]
    const [x, y, z] = u.map((c, j) => (f * c + g * v[j]) / Math.sin(between))
    let lon = (Math.atan2(y, x) * 180) / Math.PI
    lon += 360 * Math.round((before - lon) / 360)
    before = lon
    return [lon, (Math.asin(z) * 180) / Math.PI]
  })
}

/** Longitudes shortened by the middle latitude. */
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

/** The coasts (map/README.md). */
async function land(project) {
  const rings = await (await fetch('/page/map/land.json')).json()
  return rings.map((ring) => {
    let x = 0, y = 0
    const points = []
    for (let i = 0; i < ring.length; i += 2) points.push([(x += ring[i]) / 4, (y += ring[i + 1]) / 4])
    return [-360, 0, 360].map((turn) => `${path(points.map(([lon, lat]) => [lon + turn, lat]), project)}Z`).join('')
  }).join('')
}

export async function drawMap(into, spots) {
  const legs = []
  let before = spots[0].spot
  for (const { spot } of spots.slice(1)) {
    legs.push(arc(before, spot))
    before = legs[legs.length - 1][legs[legs.length - 1].length - 1]
  }
  const all = legs.flat()
  const project = projection(all)
  const lines = []
  for (let lon = Math.round(project.lon0 / 10) * 10 - 180; lon < project.lon0 + 180; lon += 10) lines.push(path([[lon, -90], [lon, 90]], project))
  for (let lat = -80; lat < 90; lat += 10) lines.push(path([[project.lon0 - 180, lat], [project.lon0 + 180, lat]], project))
  const ends = [legs[0][0], ...legs.map((leg) => leg[leg.length - 1])]
  const dots = ends.map((end) => project(end))
  const label = ({ where: { iata } }, i) => {
    if (!iata) return undefined
    const [x, y] = dots[i]
    const right = x > WIDTH / 2
    return svg('text', { x: x + (right ? -8 : 8), y: y + 18, 'text-anchor': right ? 'end' : 'start' }, iata)
  }
  const far = spots.slice(1).reduce((sum, { spot }, i) => sum + angle(spots[i].spot, spot) * EARTH_KM, 0)
  const distance = `${number(far > 1000 ? Math.round(far / 100) * 100 : Math.round(far))} km`
  const names = spots.map(({ name }) => name).join(' → ')
  into.replaceChildren(
    svg('svg', { class: 'map', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': t('journey.map', { places: names }) },
      svg('path', { class: 'land', d: await land(project) }), svg('path', { class: 'grid', d: lines.join('') }),
      legs.map((leg) => svg('path', { class: 'arc', d: path(leg, project) })),
      dots.map(([cx, cy]) => svg('circle', { cx, cy, r: 4 })), spots.map(label)),
    el('p', { class: 'far' }, t('journey.far', { distance })))
}
