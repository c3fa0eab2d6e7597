// The route as a map can show it: the locations that are on the map, and the legs between them.

/** Returns degrees east and north: as the event states them, or else as the table has them for the code of the location. */
function spotOf({ lat, lon, iata, unlocode }, table) {
  if (lat && lon) return [Number(lon), Number(lat)]
  const found = table[iata] ?? table[unlocode]
  return found && [found[1], found[0]]
}

/**
 * Takes the steps of a journey (below/journey.js) and the table of map/places.json.
 * Returns the `stops` that are on the map, each with its `spot`, and the `legs` from one stop to the next. A leg has a `mode` where the
 * event states the mode and no location between its ends is missing. `missing` lists the names of the locations without a spot.
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
