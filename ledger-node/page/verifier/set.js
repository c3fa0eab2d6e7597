// Sets of items, and their proofs (proto/README.md, "Traces", steps T8 and S1 to S5).

import { indexed } from './evidence.js'
import { demand, Refusal } from './refusal.js'
import { parseSubject, registerOf } from './subject.js'
import { boundLot, formOf, struckAmong } from './walk.js'

/**
 * Proof about a set, opened.
 * @typedef {object} OpenedSet
 * @property {bigint} logIndex - Log index of the commissioning that commits to the set.
 * @property {string} item - Key of the item that the proof is about.
 * @property {import('./evidence.js').ProvenEntry} record - Entry of that commissioning.
 * @property {string} lot - Key of the lot of the set.
 * @property {boolean} missing - Whether the ledger has no list of the set, so that nothing is proven.
 * @property {import('./trie.js').TrieLeaf} [leaf] - Leaf of the item, where the set holds the item.
 */

const committed = (records) => records.filter(({ event }) => formOf(event) === 'committed')

/**
 * Opens the proofs about sets. Each has its `item`, the `record` and `lot` of the set, and the `leaf` where the set holds the item.
 * A proof without the list is `missing`.
 * @param {import('./messages.js').SetProof[]} proofs
 * @param {import('./evidence.js').ProvenEntry[]} records
 * @returns {OpenedSet[]}
 */
export function openSets(proofs, records) {
  const byIndex = new Map(committed(records).map((record) => [record.logIndex, record]))
  return proofs.map(({ log_index: logIndex, item, proof: message }) => {
    try {
      // The entry commits to a set of the item's model, and the proof holds under the root of the set (T8).
      const record = byIndex.get(logIndex)
      const about = parseSubject(item)
      demand(record && about.kind === 'item', 'Set')
      const { event } = record
      const lot = event.goods.find(({ kind }) => kind === 'lot')
      demand(lot.gtin === about.gtin, 'Set')
      const set = { logIndex, item, record, lot: lot.key, missing: !message }
      if (!message) return set
      const { proof, leaf } = indexed(message, item, event.body.form.committed.items_root)
      demand(!proof.leaf.count, 'Set')
      return { ...set, leaf }
    } catch (e) {
      throw e instanceof Refusal ? new Refusal('Set') : e
    }
  })
}

/**
 * Whether a correction strikes a set: on the register, or on the chain of its lot while the register is closed or not shown.
 * @param {OpenedSet} set
 * @param {(key: string) => import('./trace.js').Chain | undefined} historyOf
 * @returns {boolean}
 */
export function isTakenBack({ record, lot }, historyOf) {
  // An open register decides, or else the chain of the lot (S1).
  const register = historyOf(registerOf(parseSubject(lot)))
  const chain = register && !register.closed ? register : historyOf(lot)
  return !!chain && struckAmong(chain.records).has(record)
}

/**
 * Returns the entries of a trace on a chain; empty for a chain that the trace does not hold.
 * @param {Map<string, import('./trace.js').Chain>} histories
 * @param {string} key
 * @returns {import('./evidence.js').ProvenEntry[]}
 */
export const chainOf = (histories, key) => histories.get(key)?.records ?? []
/** Whether no unstruck listed commissioning on its chain names an item. */
const isUnlisted = (histories, key) => {
  const chain = chainOf(histories, key)
  const struck = struckAmong(chain)
  return !boundLot(chain.filter((record) => record.event && !struck.has(record)))
}

/**
 * Checks that the proofs are those that are asked for. Others are refused unless the trace `isWider` than this reader knows.
 * @param {OpenedSet[]} sets
 * @param {object} trace
 * @param {import('./trace.js').Chain} trace.asked - Chain of the asked subject.
 * @param {string} [trace.lotOfLabel] - Key of the lot on the label.
 * @param {import('./walk.js').Walk} trace.walked
 * @param {Map<string, import('./trace.js').Chain>} trace.histories - Chains by the key of their subject.
 * @param {boolean} trace.isWider
 */
export function checkSets(sets, { asked, lotOfLabel, walked, histories, isWider }) {
  const { kind, key } = asked.about
  const isAsked = kind === 'item' && isUnlisted(histories, key)
  const register = isAsked && histories.get(registerOf(asked.about))
  // Every set on an open register answers (S2), and of a closed register every set of the label's lot and perhaps one more (S3).
  const demanded = !isAsked ? [] : committed(register.closed ? chainOf(histories, lotOfLabel) : register.records).map(({ logIndex }) => logIndex)
  const own = new Set(sets.filter(({ item }) => item === key).map(({ logIndex }) => logIndex))
  demand(demanded.every((logIndex) => own.has(logIndex)), 'Set')
  // Of an input at most one set answers (S4).
  const inputs = walked.visits.filter(({ relation }) => relation === 'input').map(({ key }) => key)
  /** Items of which one more set may be shown to hold them. */
  const once = new Set(inputs.filter((key) => histories.get(key).about.kind === 'item' && isUnlisted(histories, key)))
  if (register?.closed) once.add(key)
  // The trace shows no other proof about a set (S5).
  for (const { item, logIndex, leaf } of sets) {
    const isNeeded = (item === key && demanded.includes(logIndex)) || (leaf && once.delete(item))
    demand(isNeeded || isWider, 'LeftOver', '', logIndex)
  }
}
