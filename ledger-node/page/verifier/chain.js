// The chain of a subject (proto/README.md, "Hashes"): its entries, hashed in turn.

import { concat, same, u64, ZERO } from './bytes.js'
import { demand } from './refusal.js'
import { sha256 } from './sha256.js'

/**
 * State of a chain after some of its entries.
 * @typedef {object} ChainState
 * @property {bigint} count - Number of entries so far.
 * @property {Uint8Array} head - Hash over them, 32 bytes; zeros for none.
 */

/**
 * State of a chain before its first entry.
 * @type {ChainState}
 */
export const NO_ENTRIES = { count: 0n, head: ZERO }

/**
 * Whether a log can have an entry at each log index of these links: a log has at most 2^63 - 1 entries.
 * @param {import('./messages.js').ChainLink[]} links
 * @returns {boolean}
 */
export const areInALog = (links) => links.every(({ log_index }) => log_index < (1n << 63n) - 1n)

/**
 * Returns the chain of the subject with this K, one entry longer: its new count and head.
 * @param {Uint8Array} k
 * @param {ChainState} state
 * @param {import('./messages.js').ChainLink} link
 * @returns {ChainState}
 */
export const extend = (k, { count, head }, { log_index, leaf }) => ({
  count: count + 1n,
  head: sha256(concat(4, k, u64(count + 1n), u64(log_index), head, leaf)),
})

/**
 * Returns all states, from the empty one, of the chain that ends with `count` and `head`. Refuses `Order`, `Count`, `Head`.
 * @param {Uint8Array} k
 * @param {import('./messages.js').ChainLink[]} links
 * @param {ChainState} end
 * @returns {ChainState[]}
 */
export function openChain(k, links, { count, head }) {
  const all = [NO_ENTRIES]
  links.forEach((link, i) => {
    demand(!i || link.log_index > links[i - 1].log_index, 'Order')
    all.push(extend(k, all[i], link))
  })
  demand(BigInt(links.length) === count, 'Count')
  demand(same(all[links.length].head, head), 'Head')
  return all
}
