// Where things happen.

/** Whether two places are one: by each name that both have, or else in all that they tell. */
export function isSamePlace(a, b) {
  const shared = ['iata', 'unlocode', 'gln'].filter((name) => a[name] && b[name])
  return shared.length ? shared.every((name) => a[name] === b[name]) : JSON.stringify(a) === JSON.stringify(b)
}
