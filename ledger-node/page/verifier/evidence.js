// Common parts of traces, receipts and proofs: entries that are proven to be in a log, and subjects looked up in its index.

import { readRecord } from './entry.js'
import { within } from './refusal.js'
import { K } from './subject.js'
import { checkInclusion, leafHash } from './tree.js'
import { lookUp, proofOf } from './trie.js'

/**
 * Returns the entry that an Included proves to be under the checkpoint, with its `logIndex`; with `unread`, without its event. Refuses
 * `Inclusion`, `Entry`.
 */
export function included({ log_index, entry: bytes, inclusion }, { size, root }, checks, unread = false) {
  const leaf = leafHash(bytes)
  within('Inclusion', () => checkInclusion({ leaf, index: log_index, size, proof: inclusion, root }), log_index)
  const entry = within('Entry', () => readRecord(bytes, checks, leaf, unread), log_index)
  return { ...entry, logIndex: log_index, size: bytes.length }
}

/**
 * Returns the leaf that an IndexProof proves for a subject under an index root. Refuses `Index`, and a malformed proof by the name `form`.
 */
export function indexed(message, key, root, form = 'Index') {
  const proof = proofOf(message, form)
  return { proof, leaf: within('Index', () => lookUp(proof, K(key), root)) }
}
