// The index of subjects, and set commitments: a trie with one leaf for each key (proto/README.md, "Hashes").

import { concat, same, u64, utf8, ZERO } from './bytes.js'
import { demand, refuse } from './refusal.js'
import { sha256 } from './sha256.js'

/**
 * Leaf of the index or of a set.
 * @typedef {object} TrieLeaf
 * @property {Uint8Array} key - K of the subject, 32 bytes.
 * @property {bigint} count - Number of entries on the chain; 0 in a set.
 * @property {Uint8Array} head - Hash of the chain, 32 bytes; in a set, the hash of the code of the item, or zeros.
 */

/**
 * Way from the root of a trie to one leaf.
 * @typedef {object} TrieProof
 * @property {number[]} bits - Bit index of each node, from the root down.
 * @property {Uint8Array[]} siblings - Hash of the other side of each node, 32 bytes.
 * @property {TrieLeaf} [leaf] - Leaf at the end; absent in an empty trie.
 */

const leafHash = ({ key, count, head }) => sha256(concat(2, key, u64(count), head))
const nodeHash = (bit, left, right) => sha256(concat(3, bit, left, right))

/**
 * Returns the second factor of an item, as a set contains it: H(06 | K | code).
 * @param {Uint8Array} k
 * @param {string} code
 * @returns {Uint8Array}
 */
export const codeHash = (k, code) => sha256(concat(6, k, utf8(code)))

const bitOf = (key, i) => (key[i >> 3] >> (7 - (i & 7))) & 1

/**
 * Looks up the key `k` in the index with `root`. Returns its leaf, or undefined when the proof shows that the key has no leaf. A proof is
 * `{bits, siblings, leaf}` from the root down. Refuses `Order`, `NoLeaf`, `Astray`, `Root`.
 * @param {TrieProof} proof
 * @param {Uint8Array} k
 * @param {Uint8Array} root
 * @returns {TrieLeaf | undefined}
 */
export function lookUp({ bits, siblings, leaf }, k, root) {
  demand(bits.every((bit, i) => !i || bit > bits[i - 1]), 'Order')
  if (!leaf) {
    demand(!bits.length, 'NoLeaf')
    demand(same(root, ZERO), 'Root')
    return undefined
  }
  demand(bits.every((bit) => bitOf(k, bit) === bitOf(leaf.key, bit)), 'Astray')
  let hash = leafHash(leaf)
  for (let i = bits.length - 1; i >= 0; i--) hash = join(k, bits[i], hash, siblings[i])
  demand(same(hash, root), 'Root')
  return same(leaf.key, k) ? leaf : undefined
}

/** Returns a node over the side that `k` takes and the other side. */
const join = (k, bit, own, other) => (bitOf(k, bit) ? nodeHash(bit, other, own) : nodeHash(bit, own, other))

/**
 * Returns a proof as `lookUp` takes it, from the message IndexProof. Refuses by the name `form`.
 * @param {import('./messages.js').IndexProof | undefined} message
 * @param {string} form
 * @returns {TrieProof}
 */
export function proofOf(message, form) {
  if (!message) return { bits: [], siblings: [] }
  const { bits = new Uint8Array(), siblings, ...leaf } = message
  demand(bits.length === siblings.length, form)
  return { bits: [...bits], siblings, leaf }
}

/**
 * Part of a trie that some proofs under one root show. A node is `{bit, sides}`, a leaf `{leaf}`; a part that no proof opens is `{hash}`.
 */
export class PartialTrie {
  /**
   * Takes in a proof that `lookUp` has accepted under the one root of all.
   * @param {TrieProof} proof
   */
  show({ bits, siblings, leaf }) {
    if (!leaf) return
    let put = (node) => (this.root = node)
    let node = this.root
    bits.forEach((bit, i) => {
      const own = bitOf(leaf.key, bit)
      if (!node?.sides) put((node = { bit, sides: own ? [{ hash: siblings[i] }, undefined] : [undefined, { hash: siblings[i] }] }))
      const { sides } = node
      put = (next) => (sides[own] = next)
      node = sides[own]
    })
    if (!node?.leaf) put({ leaf })
  }

  /**
   * Puts a leaf in, or in the place of the leaf with its key.
   * @param {TrieLeaf} leaf
   * @returns {any} Nothing that a caller uses.
   */
  put(leaf) {
    let near = this.root
    while (near?.sides) near = near.sides[bitOf(leaf.key, near.bit)]
    if (!near) return (this.root = { leaf })
    if (!near.leaf) refuse('Subjects') // No proof shows what lies here.
    const differs = firstDifference(leaf.key, near.leaf.key)
    if (differs === undefined) return (near.leaf = leaf)
    let put = (node) => (this.root = node)
    let node = this.root
    while (node.sides && node.bit < differs) {
      const { sides, bit } = node
      const own = bitOf(leaf.key, bit)
      put = (next) => (sides[own] = next)
      node = sides[own]
    }
    return put({ bit: differs, sides: bitOf(leaf.key, differs) ? [node, { leaf }] : [{ leaf }, node] })
  }

  /**
   * Returns the root over the whole trie. Bits rise on the way down, so the recursion ends after 256 steps.
   * @param {any} [node] - Node, leaf or hash, of which each lacks the fields of the others.
   * @returns {Uint8Array}
   */
  hash(node = this.root) {
    if (!node) return ZERO
    return node.hash ?? (node.leaf ? leafHash(node.leaf) : nodeHash(node.bit, ...node.sides.map((side) => this.hash(side))))
  }
}

function firstDifference(a, b) {
  for (let i = 0; i < 256; i++) if (bitOf(a, i) !== bitOf(b, i)) return i
  return undefined
}
