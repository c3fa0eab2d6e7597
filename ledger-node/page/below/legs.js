// The route as a map can show it: the locations that are on the map, and the legs between them.

/**
 * Spot on the map: degrees east and degrees north.
 * @typedef {[number, number]} Spot
 */

/**
 * Table of coordinates: degrees north and east, by IATA code or UN/LOCODE.
 * @typedef {Object<string, [number, number]>} Table
 */

/**
 * Step of a journey that is on the map.
 * @typedef {import('./journey.js').Step & { spot?: Spot }} Stop
 */

/**
 * Leg from one stop to the next.
 * @typedef {object} Leg
 * @property {Stop} from - Stop at which the leg begins.
 * @property {Stop} to - Stop at which the leg ends.
 * @property {string} [mode] - Mode of the leg, where an event states it.
 * @property {Spot[]} [points] - Points of the leg on the map; set when the map is drawn.
 * @property {number} [long] - Length of the leg on the map, in units of the view box; set when the map is drawn.
 */

/**
 * Returns degrees east and north: as the event states them, or else as the table has them for the code of the location.
 * @param {import('../verifier/messages.js').Place} where
 * @param {Table} table
 * @returns {Spot | undefined}
 */
function spotOf({ lat, lon, iata, unlocode }, table) {
  if (lat && lon) return [Number(lon), Number(lat)]
  const found = table[iata] ?? table[unlocode]
  return found && [found[1], found[0]]
}

/**
 * Takes the steps of a journey (below/journey.js) and the table of map/places.json.
 * Returns the `stops` that are on the map, each with its `spot`, and the `legs` from one stop to the next. A leg has a `mode` where the
 * event states the mode and no location between its ends is missing. `missing` lists the names of the locations without a spot.
 * @param {import('./journey.js').Step[]} steps
 * @param {Table} table
 * @returns {{ stops: Stop[], legs: Leg[], missing: string[] }}
 */
export function legsOf(steps, table) {
  const placed = steps.map((step) => ({ ...step, spot: spotOf(step.where, table) }))
  const stops = placed.filter(({ spot }) => spot)
  const legs = stops.slice(1).map((to, i) => {
    const from = stops[i]
    const isNext = placed.indexOf(to) === placed.indexOf(from) + 1
    return { from, to, mode: isNext && to.from === from.key ? to.mode : undefined }
  })
  return { stops, legs, missing: [...new Set(placed.filter(({ spot }) => !spot).map(({ name }) => name))] }
}
