/** Adds to the list that a map holds under a key. */
export function append(map, key, item) {
  const list = map.get(key)
  if (list) list.push(item)
  else map.set(key, [item])
}
