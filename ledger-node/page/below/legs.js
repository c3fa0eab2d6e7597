// The route as a map can show it: which places are on it, and the legs between them.

/** Degrees east and north: as the event tells them, or else as the table has the code of the place. */
function spotOf({ lat, lon, iata, unlocode }, table) {
  if (lat && lon) return [Number(lon), Number(lat)]
  const found = table[iata] ?? table[unlocode]
  return found && [found[1], found[0]]
}

/**
 * Of the steps of a journey (below/journey.js) and the table of map/places.json: the `stops` that are on the map, each with its `spot`; the
 * `legs` from one to the next, their `mode` where the event tells it and no place between them is `missing`; the names of those that are.
 */
export function legsOf(steps, table) {
  const placed = steps.map((step) => ({ ...step, spot: spotOf(step.where, table) }))
  const stops = placed.filter(({ spot }) => spot)
  const legs = stops.slice(1).map((to, i) => {
    const from = stops[i]
    const isNext = placed.indexOf(to) === placed.indexOf(from) + 1
    return { from, to, mode: isNext && to.from === from.name ? to.mode : undefined }
  })
  return { stops, legs, missing: [...new Set(placed.filter(({ spot }) => !spot).map(({ name }) => name))] }
}
