// The tree of the log (RFC 6962, 2.1; the algorithms are those of RFC 9162, 2.1.3.2 and 2.1.4.2).

import { concat, same, utf8 } from './bytes.js'
import { demand } from './refusal.js'
import { sha256 } from './sha256.js'

/** Root of the tree without leaves. */
export const EMPTY_ROOT = sha256(utf8(''))
/**
 * Returns the hash of the leaf of an entry.
 * @param {Uint8Array} entry
 * @returns {Uint8Array}
 */
export const leafHash = (entry) => sha256(concat(0, entry))
/**
 * Returns the hash of the node over two hashes.
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 * @returns {Uint8Array}
 */
export const nodeHash = (left, right) => sha256(concat(1, left, right))

/** Returns, for each step up from node `at` of a level whose last node is `last`, whether the sibling lies left of it. */
function climb(at, last) {
  const sides = []
  for (; last; at >>= 1n, last >>= 1n) {
    const left = (at & 1n) === 1n || at === last
    sides.push(left)
    if (left) for (; at && !(at & 1n); at >>= 1n) last >>= 1n
  }
  return sides
}

/**
 * Refuses (`OutOfTree`, `Length`, `Root`) unless `leaf` is at `index` in the tree of `size` leaves with `root`.
 * @param {{ leaf: Uint8Array, index: bigint, size: bigint, proof: Uint8Array[], root: Uint8Array }} question
 */
export function checkInclusion({ leaf, index, size, proof, root }) {
  demand(index < size, 'OutOfTree')
  const sides = climb(index, size - 1n)
  demand(proof.length === sides.length, 'Length')
  const hash = proof.reduce((at, sibling, i) => (sides[i] ? nodeHash(sibling, at) : nodeHash(at, sibling)), leaf)
  demand(same(hash, root), 'Root')
}

/**
 * Refuses (`Sizes`, `Length`, `Root`) unless the tree of `newSize` leaves begins with the tree of `oldSize` leaves.
 * @param {{ oldSize: bigint, oldRoot: Uint8Array, newSize: bigint, newRoot: Uint8Array, proof: Uint8Array[] }} question
 */
export function checkConsistency({ oldSize, oldRoot, newSize, newRoot, proof }) {
  demand(oldSize && oldSize <= newSize, 'Sizes')
  if (oldSize === newSize) {
    demand(!proof.length, 'Length')
    demand(same(oldRoot, newRoot), 'Root')
    return
  }
  let at = oldSize - 1n, last = newSize - 1n
  for (; at & 1n; at >>= 1n) last >>= 1n
  const sides = climb(at, last)
  // A full tree is a node of the newer tree; then the proof does not contain that node.
  const [first, ...rest] = at ? proof : [oldRoot, ...proof]
  demand(rest.length === sides.length && first, 'Length')
  let older = first, newer = first
  rest.forEach((sibling, i) => {
    newer = sides[i] ? nodeHash(sibling, newer) : nodeHash(newer, sibling)
    if (sides[i]) older = nodeHash(sibling, older)
  })
  demand(same(older, oldRoot) && same(newer, newRoot), 'Root')
}
