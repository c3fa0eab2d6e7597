// The issue of an item, and the lot that the issue binds (proto/README.md, "Traces", steps I1 to I5).

import { append } from './group.js'
import { chainOf } from './set.js'
import { boundLot, formOf, isOutput } from './walk.js'

/**
 * Issue of an item.
 * @typedef {object} Issue
 * @property {import('./evidence.js').ProvenEntry[]} by - Entries that issue the item.
 * @property {import('./evidence.js').ProvenEntry[]} struck - Struck entries that once issued it.
 * @property {import('./set.js').OpenedSet[]} sets - Sets that hold the item and are not struck.
 * @property {string} [lot] - Key of the bound or proven lot.
 */

/**
 * Returns the entries that this reader can read and did not pass over.
 * @param {import('./evidence.js').ProvenEntry[]} records
 * @returns {import('./evidence.js').ProvenEntry[]}
 */
export const standing = (records) => records.filter(({ event, passed }) => event && !event.newer && !passed)

/**
 * Returns the issue of an item: the entries that issue the item (`by`), and the struck entries that once did (`struck`). `lot` is the bound
 * or proven lot, or undefined. `sets` are the sets that hold the item and are not struck.
 * @param {string} item
 * @param {import('./trace.js').Evidence} evidence
 * @returns {Issue}
 */
export function issueOf(item, { histories, sets, struck }) {
  // A set that holds the item issues the item (I2).
  const holding = sets.filter((set) => set.item === item && set.leaf && !set.record.passed)
  // A listed commissioning or a transformation issues the item (I1).
  const named = standing(chainOf(histories, item)).filter(({ event }) => formOf(event) === 'listed' || isOutput(event, item))
  const all = new Map()
  // An event that a correction strikes issued the item once (I3).
  for (const record of [...named, ...holding.map(({ record }) => record)]) append(all, struck.has(record), record)
  const by = all.get(false) ?? []
  const valid = holding.filter(({ record }) => !struck.has(record))
  // A listed commissioning binds the lot (I4), or else a set proves the lot (I5).
  return { by, struck: all.get(true) ?? [], sets: valid, lot: boundLot(by) ?? valid[0]?.lot }
}
