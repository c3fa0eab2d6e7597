// Lists and rows under keys.

/** Adds to the list that a map holds under a key. */
export function append(map, key, item) {
  const list = map.get(key)
  if (list) list.push(item)
  else map.set(key, [item])
}

/** The row of a table under a key. A table without it is a mistake of the program, and no reader goes on as if nothing were asked. */
export function rowOf(table, key) {
  if (!Object.hasOwn(table, key)) throw new Error(`no row for ${key}`)
  return table[key]
}
