// Fork proofs: two checkpoints of one log that are not consistent (proto/README.md, "Receipts and evidence").

import { same } from './bytes.js'
import { signedByLog } from './checkpoint.js'
import { decode } from './codec.js'
import { checked } from './crypto.js'
import { parsePolicy } from './policy.js'
import { demand, within } from './refusal.js'
import { checkConsistency } from './tree.js'

/**
 * Returns the `size` at which the log had two `roots`. Refuses by the names of proto/README.md, "Vectors", `fork`.
 * @param {Uint8Array} bytes
 * @param {{ policy: string | Uint8Array }} question
 * @returns {Promise<{ size: bigint, roots: Uint8Array[] }>}
 */
export const verifyFork = (bytes, { policy }) =>
  checked((checks) => {
    const rules = within('Policy', () => parsePolicy(policy))
    const { older: first, newer: second, root, consistency } = within('Codec', () => decode('ForkProof', bytes))
    const [older, newer] = [first, second].map((note) => signedByLog(note, rules, checks))
    const { size } = older
    // The checkpoints have the same size (F1).
    if (size === newer.size) {
      demand(!root && !consistency.length && !same(older.root, newer.root), 'NoFork')
      return { size, roots: [older.root, newer.root] }
    }
    // The newer tree had this root at the older size (F2).
    demand(root && size < newer.size, 'NoFork')
    const step = { oldSize: size, oldRoot: root, newSize: newer.size, newRoot: newer.root, proof: consistency }
    within('Consistency', () => checkConsistency(step))
    demand(!same(root, older.root), 'NoFork')
    return { size, roots: [older.root, root] }
  })
