// Section on origin and journey: the chain of locations, the map, and every record in the order of the story.

import { el, fold } from '../dom.js'
import { row, section } from './row.js'
import { place } from './units.js'
import { t } from '../words.js'
import { hex } from '../verifier/bytes.js'

/**
 * Step of a journey: a location, and the leg that reached it.
 * @typedef {object} Step
 * @property {import('../verifier/messages.js').Place} where - Location.
 * @property {string} name - Name of the location, as the page shows it.
 * @property {string} key - Name of the location, the same whether a ship calls there or not.
 * @property {any} [vessel] - Ship, where the leg is by ship.
 * @property {string} [from] - `key` of the origin of the leg.
 * @property {string} [mode] - Mode of the leg, a word of `Mode`.
 */

/** Number of steps at each end that are not folded. */
const ENDS = 3

const nameOf = (where, vessel) => place(where, vessel).textContent

/**
 * Returns the locations in order. A location that a leg reached has `from`, the `key` of the leg's origin, and the `mode` of the leg.
 * @param {import('../verifier/product.js').Result} result
 * @returns {Step[]}
 */
function route({ story }) {
  const all = []
  for (const { event, hasEffect, isOwn } of story) {
    if (!hasEffect || !isOwn) continue
    const { kind, body, place: where } = event
    const { movement, by } = body
    const spot = body.area?.[0] ?? where
    if (kind === 'production' && where) all.push({ where: { ...where, lat: spot.lat, lon: spot.lon } })
    if (movement === 'departure') all.push({ where: body.origin, vessel: by.vessel })
    if (movement === 'arrival') all.push({ where: body.destination, vessel: by.vessel, from: nameOf(body.origin), mode: body.mode })
    if (kind === 'distribution' && where) all.push({ where })
  }
  const named = all.map((step) => ({ ...step, key: nameOf(step.where), name: nameOf(step.where, step.vessel) }))
  return named.filter(({ key }, i) => key !== named[i - 1]?.key)
}

function corrections(story) {
  const byLeaf = new Map(story.map((entry) => [hex(entry.leaf), entry]))
  const links = new Map()
  for (const correction of story.filter(({ event }) => event.kind === 'correction')) {
    const original = byLeaf.get(hex(correction.event.body.original_entry_hash))
    if (!original) continue
    links.set(original, [['see.correction', correction.logIndex]])
    links.set(correction, [['see.corrected', original.logIndex]])
  }
  return links
}

/** Opens the record that the address names, and shows it. */
export function showNamed() {
  const named = /^#entry-\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1))
  if (!named) return
  for (let fold = named.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true
  named.scrollIntoView()
}

/**
 * Returns the section on origin and journey. `isFolded` folds its records.
 * @param {import('../verifier/product.js').Result} result
 * @param {boolean} isFolded
 * @returns {HTMLElement}
 */
export function journey(result, isFolded) {
  const { story } = result
  const links = corrections(story)
  const rows = story.map((entry) => row(result, entry, links.get(entry)))
  const middle = rows.slice(ENDS, -ENDS)
  const steps = route(result)
  const chain = el('ol', { class: 'chain' }, steps.map(({ where, vessel }) => el('li', null, place(where, vessel))))
  const more = el('summary', null, t('journey.more', { n: middle.length }))
  const folded = el('li', { class: 'fold' }, el('details', null, more, el('ol', null, middle)))
  const line = el('ol', { class: 'line' }, middle.length > 1 ? [rows.slice(0, ENDS), folded, rows.slice(-ENDS)] : rows)
  const map = el('div')
  if (steps.length > 1) import('./map.js').then(({ drawMap }) => drawMap(map, steps))
  return section('journey', isFolded ? fold(t('act.records'), () => [chain, line]) : [chain, map, line])
}
