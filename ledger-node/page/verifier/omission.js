// Omission proofs: an index that contradicts the entries before it (proto/README.md, "Receipts and evidence").

import { same, ZERO } from './bytes.js'
import { areInALog, extend, NO_ENTRIES, openChain } from './chain.js'
import { signedByLog } from './checkpoint.js'
import { arm, decode } from './codec.js'
import { checked } from './crypto.js'
import { isNewer, named } from './entry.js'
import { included, indexed } from './evidence.js'
import { append } from './group.js'
import { parsePolicy } from './policy.js'
import { demand, within } from './refusal.js'
import { K } from './subject.js'
import { PartialTrie } from './trie.js'

/**
 * Lie of an index head.
 * @typedef {object} Lie
 * @property {string} lie - `omitted`, `phantom` or `root`.
 * @property {bigint} log_index - Log index of the entry; for `root`, of the index head.
 * @property {string} [subject] - Key of the subject of the chain; absent for `root`.
 * @property {Uint8Array} [expected] - Root that follows from the batch, 32 bytes; only for `root`.
 * @property {Uint8Array} [found] - Root that the index head states, 32 bytes; only for `root`.
 */

/** Largest number of entries in a batch, the index head included. */
const BATCH_MAX = 512

/** Judges a chain that the index commits to, and an entry that is not on it (`omitted`) or does not belong where it is (`phantom`). */
function byEntry({ subject, proof, links, entry: message }, head, checkpoint, checks) {
  // The index head's proof about the subject holds (O2).
  const { leaf } = indexed(proof, subject, head.root)
  // All links open the chain (O3).
  demand(areInALog(links), 'Index')
  within('Chain', () => openChain(K(subject), links, leaf ?? NO_ENTRIES))
  // The entry is included, and is before the index head (O4).
  const entry = included(message, checkpoint, checks)
  const { logIndex } = entry
  demand(logIndex < head.logIndex, 'NoIndexHead')
  // A reader that cannot read the entry does not know every subject that the entry names (O5).
  demand(!isNewer(entry), 'NothingOmitted')
  // The entry is missing on the chain, or is where it does not belong (O6).
  const link = links.find(({ log_index }) => log_index === logIndex)
  const names = named(entry).includes(subject)
  if (link) demand(!names || !same(link.leaf, entry.leaf), 'NothingOmitted')
  else demand(names, 'NothingOmitted')
  return { lie: link ? 'phantom' : 'omitted', log_index: logIndex, subject }
}

/** Judges a whole batch, from which another root follows than the index head states. */
function byBatch({ base: before, entries, subjects }, head, checkpoint, checks) {
  // The index head before is included; the first batch has none (O7).
  const base = before && included(before, checkpoint, checks)
  demand(!base || base.kind === 'index_head', 'NoIndexHead')
  const first = base ? base.logIndex + 1n : 0n
  // The entries are all those between the two index heads, in order, and none is newer (O8).
  demand(entries.length < BATCH_MAX, 'Batch')
  const batch = entries.map((message, i) => {
    const entry = included(message, checkpoint, checks)
    demand(entry.logIndex === first + BigInt(i) && entry.kind !== 'index_head' && !isNewer(entry), 'Batch')
    return entry
  })
  demand(first + BigInt(batch.length) === head.logIndex, 'Batch')

  const chains = new Map()
  for (const entry of batch) for (const key of named(entry)) append(chains, key, entry)
  const trie = new PartialTrie()
  // The proofs are about exactly the subjects that the entries name (O9).
  const old = subjects.map(({ subject, proof: message }) => {
    const { proof, leaf } = indexed(message, subject, base?.root ?? ZERO)
    trie.show(proof)
    return leaf ?? NO_ENTRIES
  })
  demand(subjects.length === chains.size && subjects.every(({ subject }) => chains.has(subject)), 'Subjects')
  subjects.forEach(({ subject }, i) => {
    const key = K(subject)
    // Each chain is extended by its entries (O10).
    const links = chains.get(subject).map(({ logIndex, leaf }) => ({ log_index: logIndex, leaf }))
    trie.put({ key, ...links.reduce((state, link) => extend(key, state, link), old[i]) })
  })
  // The leaves were put into the part of the trie that the proofs show (O11).
  const expected = trie.hash()
  demand(!same(expected, head.root), 'NothingOmitted')
  return { lie: 'root', log_index: head.logIndex, expected, found: head.root }
}

/**
 * Returns the `lie` of an index head: `omitted` or `phantom` with `log_index` of the entry and `subject`, or `root` with `log_index` of the
 * index head, the root `expected` and the one `found`. Refuses by the names of proto/README.md, "Vectors", `omission`.
 * @param {Uint8Array} bytes
 * @param {{ policy: string | Uint8Array }} question
 * @returns {Promise<Lie>}
 */
export const verifyOmission = (bytes, { policy }) =>
  checked((checks) => {
    const rules = within('Policy', () => parsePolicy(policy))
    const proof = within('Codec', () => decode('OmissionProof', bytes))
    // The log signed the checkpoint, and the index head is included (O1).
    const checkpoint = signedByLog(proof.checkpoint, rules, checks)
    const head = included(proof.index_head, checkpoint, checks)
    demand(head.kind === 'index_head', 'NoIndexHead')
    const [form, shown] = arm(proof.shown_by)
    return (form === 'entry' ? byEntry : byBatch)(shown, head, checkpoint, checks)
  })
