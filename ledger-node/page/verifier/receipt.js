// Receipts: one entry, in the log and on the chain of every subject that it names (proto/README.md, "Receipts and evidence").

import { same } from './bytes.js'
import { areInALog, extend } from './chain.js'
import { trustCheckpoint } from './checkpoint.js'
import { decode } from './codec.js'
import { checked } from './crypto.js'
import { isNewer, named } from './entry.js'
import { included, indexed } from './evidence.js'
import { parsePolicy } from './policy.js'
import { demand, within } from './refusal.js'
import { K } from './subject.js'

/**
 * Verified receipt.
 * @typedef {object} VerifiedReceipt
 * @property {import('./checkpoint.js').OpenedCheckpoint} checkpoint - Checkpoint of the receipt.
 * @property {bigint} logIndex - Number of the entry, from 0.
 * @property {import('./event.js').LedgerEvent} [event] - Event of the entry; absent unless the receipt is whole.
 * @property {boolean} whole - Whether the receipt has an index head, which proves the chains.
 * @property {[string, bigint][]} counts - Key of each subject, and the number of the entry on its chain, from 1.
 */

/** Returns the index root that the last leaf of a checkpoint states. */
function lastRoot(message, checkpoint, checks) {
  // The index head is the last leaf of the checkpoint (R2).
  const head = included(message, checkpoint, checks)
  demand(head.kind === 'index_head' && head.logIndex === checkpoint.size - 1n, 'NoIndexHead')
  return head.root
}

/**
 * Returns a subject and the number of the entry on its chain, from 1.
 * @param {import('./messages.js').SubjectReceipt} receipt
 * @param {import('./evidence.js').ProvenEntry} entry
 * @param {Uint8Array} root
 * @returns {[string, bigint]}
 */
function placeOn({ subject, proof, count_before, head_before, later }, { logIndex, leaf }, root) {
  const { leaf: end } = indexed(proof, subject, root)
  // The chain before the entry, extended by the entry and the links behind it, gives the index leaf (R5).
  const links = [{ log_index: logIndex, leaf }, ...later]
  const last = links.reduce((state, link) => extend(K(subject), state, link), { count: count_before, head: head_before })
  demand(count_before <= logIndex && areInALog(later) && end && end.count === last.count && same(end.head, last.head), 'Index')
  return [subject, count_before + 1n]
}

/**
 * Verifies a receipt. Returns the entry's `logIndex`, its `event` and its `counts`, (subject, number on its chain).
 * Without an index head there is neither event nor count, and a caller that asked for a whole receipt has to refuse the receipt.
 * Refuses by the names of proto/README.md, "Vectors", `receipt`.
 * @param {Uint8Array} bytes
 * @param {{ policy: string | Uint8Array }} question
 * @returns {Promise<VerifiedReceipt>}
 */
export const verifyReceipt = (bytes, { policy }) =>
  checked((checks) => {
    const rules = within('Policy', () => parsePolicy(policy))
    const receipt = within('Codec', () => decode('Receipt', bytes))
    const checkpoint = within('Trust', () => trustCheckpoint(receipt.checkpoint, rules, checks))
    // Without the index head the event is not read (R6).
    const isWhole = !!receipt.index_head
    // The entry is in the log of the checkpoint (R1).
    const entry = included(receipt.entry, checkpoint, checks, !isWhole)
    // A newer event has no receipt that this reader reads (R4).
    demand(entry.signed && !isNewer(entry), 'NoEvent')
    const root = isWhole && lastRoot(receipt.index_head, checkpoint, checks)
    const needed = isWhole ? named(entry) : []
    // The receipt has a part for each subject that the event names (R3).
    demand(receipt.subjects.map(({ subject }) => subject).join(' ') === needed.join(' '), 'Subjects')
    const counts = receipt.subjects.map((subject) => placeOn(subject, entry, root))
    return { checkpoint, logIndex: entry.logIndex, event: entry.event, whole: isWhole, counts }
  })
