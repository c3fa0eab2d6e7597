// Common parts of traces, receipts and proofs: entries that are proven to be in a log, and subjects looked up in its index.

import { readRecord } from './entry.js'
import { within } from './refusal.js'
import { K } from './subject.js'
import { checkInclusion, leafHash } from './tree.js'
import { lookUp, proofOf } from './trie.js'

/**
 * Parts that evidence adds to an entry. The last three are set while a trace is verified, on an entry with an event.
 * @typedef {object} ProvenParts
 * @property {bigint} logIndex - Number of the entry, from 0.
 * @property {number} size - Length of the entry in bytes.
 * @property {bigint} [moment] - Moment of the event: `occurred_at_ms` in the upper bits, the log index in the lower 64.
 * @property {import('./authority.js').PartyKey} [key] - Key that signed the event.
 * @property {boolean} [passed] - Whether the event was passed over, because of something newer than this reader.
 */

/**
 * Entry that is proven to be in the log.
 * @typedef {import('./entry.js').LogEntry & ProvenParts} ProvenEntry
 */

/**
 * Returns the entry that an Included proves to be under the checkpoint, with its `logIndex`; with `unread`, without its event. Refuses
 * `Inclusion`, `Entry`.
 * @param {import('./messages.js').Included} message
 * @param {{ size: bigint, root: Uint8Array }} checkpoint
 * @param {import('./crypto.js').SignatureChecks} checks
 * @param {boolean} [unread]
 * @returns {ProvenEntry}
 */
export function included({ log_index, entry: bytes, inclusion }, { size, root }, checks, unread = false) {
  const leaf = leafHash(bytes)
  within('Inclusion', () => checkInclusion({ leaf, index: log_index, size, proof: inclusion, root }), log_index)
  const entry = within('Entry', () => readRecord(bytes, checks, leaf, unread), log_index)
  return { ...entry, logIndex: log_index, size: bytes.length }
}

/**
 * Returns the leaf that an IndexProof proves for a subject under an index root. Refuses `Index`, and a malformed proof by the name `form`.
 * @param {import('./messages.js').IndexProof | undefined} message
 * @param {string} key
 * @param {Uint8Array} root
 * @param {string} [form]
 * @returns {{ proof: import('./trie.js').TrieProof, leaf: import('./trie.js').TrieLeaf | undefined }}
 */
export function indexed(message, key, root, form = 'Index') {
  const proof = proofOf(message, form)
  return { proof, leaf: within('Index', () => lookUp(proof, K(key), root)) }
}
