// Newest checkpoint that this device has seen of each log: a log never goes back behind that checkpoint.

import { get } from './net.js'
import { kept, keep } from './store.js'
import { hex, unhex } from './verifier/bytes.js'
import { Refusal } from './verifier/refusal.js'
import { checkConsistency } from './verifier/tree.js'

const PROOF_MAX = 63 * 32

/**
 * Returns the contradiction between a verified checkpoint and the remembered one, or undefined: `Older`, `Forked`, `OtherLedger`, or
 * `Unjoined` when no proof shows that the log went on.
 * @param {import('./verifier/checkpoint.js').Checkpoint} checkpoint
 * @param {string} ledger - Leaf of the genesis, in hex.
 * @returns {Promise<'OtherLedger' | 'Older' | 'Forked' | 'Unjoined' | undefined>}
 */
export async function goesBack({ origin, size, root }, ledger) {
  const seen = kept(`log ${origin}`)
  if (seen && seen.ledger !== ledger) return 'OtherLedger'
  const [older, newer] = [BigInt(seen?.size ?? 0), size]
  if (older > newer) return 'Older'
  if (seen && older === newer) return seen.root === hex(root) ? undefined : 'Forked'
  if (seen) {
    const hashes = await get(`/consistency/${older}/${newer}`, PROOF_MAX)
    const proof = Array.from({ length: Math.ceil(hashes.length / 32) }, (_, i) => hashes.subarray(i * 32, i * 32 + 32))
    try {
      checkConsistency({ oldSize: older, oldRoot: unhex(seen.root), newSize: newer, newRoot: root, proof })
    } catch (e) {
      if (e instanceof Refusal) return 'Unjoined'
      throw e
    }
  }
  keep(`log ${origin}`, { ledger, size: String(size), root: hex(root) })
}
