// Locations of events.

/**
 * Whether two places are the same location: by each code that both have, or else by all their fields.
 * @param {import('./messages.js').Place} a
 * @param {import('./messages.js').Place} b
 * @returns {boolean}
 */
export function isSamePlace(a, b) {
  // All codes that both places have are equal, or else the whole places (C21).
  const shared = ['iata', 'unlocode', 'gln'].filter((name) => a[name] && b[name])
  return shared.length ? shared.every((name) => a[name] === b[name]) : JSON.stringify(a) === JSON.stringify(b)
}
