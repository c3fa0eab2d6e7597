// Lists and rows under keys.

/**
 * Adds to the list that a map holds under a key.
 * @template K, T
 * @param {Map<K, T[]>} map
 * @param {K} key
 * @param {T} item
 */
export function append(map, key, item) {
  const list = map.get(key)
  if (list) list.push(item)
  else map.set(key, [item])
}

/**
 * Returns the row of a table under a key. A missing row is a mistake of the program: no reader goes on as if the row were empty.
 * @template T
 * @param {{ [key: string]: T }} table
 * @param {string} key
 * @returns {T}
 */
export function rowOf(table, key) {
  if (!Object.hasOwn(table, key)) throw new Error(`no row for ${key}`)
  return table[key]
}
