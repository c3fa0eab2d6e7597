// Verification of a trace, the evidence file of one product (proto/README.md, "Traces", steps T1 to T12).

import { Authority } from './authority.js'
import { hex, same } from './bytes.js'
import { NO_ENTRIES, openChain } from './chain.js'
import { openCheckpoint, trustCheckpoint } from './checkpoint.js'
import { decode } from './codec.js'
import { checked } from './crypto.js'
import { named } from './entry.js'
import { included, indexed } from './evidence.js'
import { append } from './group.js'
import { standing } from './issue.js'
import { openingHash } from './opening.js'
import { parsePolicy } from './policy.js'
import { demand, refuse, Refusal, within } from './refusal.js'
import { checkSets, isTakenBack, openSets } from './set.js'
import { K, parseSubject } from './subject.js'
import { checkConsistency } from './tree.js'
import { momentOf, struckAmong, walk } from './walk.js'

/**
 * Chain of a subject that a trace shows.
 * @typedef {object} Chain
 * @property {import('./subject.js').Subject} about - Subject of the chain.
 * @property {bigint} count - Number of entries on the chain.
 * @property {boolean} closed - Whether the trace does not show the entries, because there may be too many.
 * @property {import('./evidence.js').ProvenEntry[]} records - Entries in log order; none of a closed chain.
 * @property {Map<bigint, number>} places - Number of each entry on the chain, from 0, by log index.
 * @property {import('./chain.js').ChainState[]} [states] - State before each entry, and the last state; absent from a closed chain.
 * @property {import('./trie.js').TrieProof} proof - Proof of the end of the chain in the index.
 */

/**
 * Value of a hidden field, which its commitment proves.
 * @typedef {object} OpenedValue
 * @property {string} path - Path of the field in the body.
 * @property {Uint8Array} value - Bytes of the value.
 */

/**
 * Log indexes of entries that are newer than this reader, by class.
 * @typedef {object} NewerEntries
 * @property {bigint[]} story - Entries that may change the story.
 * @property {bigint[]} informative - Entries that change nothing.
 * @property {bigint[]} alarm - Entries that warn.
 */

/**
 * Verified trace: true as far as the log and the cosigners of the policy are trusted.
 * @typedef {object} Evidence
 * @property {import('./messages.js').Trace} trace - Trace as decoded.
 * @property {import('./policy.js').Policy} policy - Policy of the reader.
 * @property {bigint} indexHeadMs - Time of the last index head, in milliseconds since 1970.
 * @property {import('./checkpoint.js').OpenedCheckpoint} checkpoint - Checkpoint of the trace.
 * @property {Chain} asked - Chain of the asked subject.
 * @property {string} [lotOfLabel] - Key of the lot that the label names beside an item.
 * @property {import('./evidence.js').ProvenEntry[]} records - Entries in log order, the genesis first.
 * @property {Map<string, Chain>} histories - Chains by the key of their subject.
 * @property {import('./walk.js').Walk} walked - Result of the walk.
 * @property {Map<import('./evidence.js').ProvenEntry, OpenedValue[]>} opened - Opened fields of each entry.
 * @property {(logIndex: bigint) => bigint | undefined} existed - Earliest proven time of an entry, in seconds since 1970.
 * @property {NewerEntries} newer - Entries that are newer than this reader.
 * @property {Set<import('./evidence.js').ProvenEntry>} suspects - Entries that a compromised key may have signed.
 * @property {import('./set.js').OpenedSet[]} sets - Proofs about sets.
 * @property {Set<import('./evidence.js').ProvenEntry>} struck - Entries that corrections strike.
 * @property {Map<string, import('./authority.js').Party>} parties - Parties by key.
 * @property {number} signatures - Number of signatures that were checked.
 */

const TRACE_MAX = 64 * 1024 * 1024
/** Largest number of entries of an open register. The entries of a closed register are not shown. */
const REGISTER_MAX = 64n
const ANCHORS_MAX = 16

/**
 * Opens the genesis and the last index head.
 * @param {import('./messages.js').Trace} trace
 * @param {import('./checkpoint.js').Checkpoint} checkpoint
 * @param {import('./policy.js').Policy} policy
 * @param {import('./crypto.js').SignatureChecks} checks
 */
function openEnds({ genesis: first, index_head: last }, checkpoint, { ledger, log }, checks) {
  // The genesis is entry 0 of the pinned ledger, and names the log and its key (T2).
  const genesis = included(first, checkpoint, checks)
  demand(same(genesis.leaf, ledger) && !genesis.logIndex, 'OtherLedger')
  demand(genesis.kind === 'genesis', 'Order')
  demand(genesis.genesis.origin === log.name && same(genesis.genesis.log_key, log.key), 'OtherLog')
  // The index head is the last leaf of the checkpoint (T3).
  const indexHead = included(last, checkpoint, checks)
  demand(indexHead.kind === 'index_head' && indexHead.logIndex === checkpoint.size - 1n, 'NoIndexHead')
  return { genesis, indexHead }
}

/** Returns the entries of the trace in log order, the genesis first. */
function openEntries(entries, genesis, indexHead, checkpoint, checks) {
  const records = [genesis]
  for (const entry of entries) {
    const record = included(entry, checkpoint, checks)
    const before = records[records.length - 1]
    // Each entry is an event or newer. Log indexes rise, and recorded times do not fall (T4).
    const follows = record.logIndex > before.logIndex && record.recorded >= before.recorded && record.recorded <= indexHead.recorded
    demand(follows && (record.event || record.kind === 'newer'), 'Order', '', record.logIndex)
    if (record.event) record.moment = momentOf(record)
    records.push(record)
  }
  return records
}

/**
 * Returns the chains by subject. Each has its subject and its `count` of entries. Unless it is `closed`, each also has its entries
 * (`records`), their numbers on the chain from 0, and the states of the chain.
 */
function openHistories(subjects, records, root) {
  const byIndex = new Map(records.map((record) => [record.logIndex, record]))
  const histories = new Map()
  for (const { subject: key, proof: message, log_indexes } of subjects) {
    // The index commits to the chain, and the entries shown are all of its entries (T5).
    const { proof, leaf } = indexed(message, key, root, 'IndexForm')
    const about = parseSubject(key)
    const count = leaf?.count ?? 0n
    const closed = (about.kind === 'list' && count > 0n) || (about.kind === 'register' && count > REGISTER_MAX)
    if (closed) {
      demand(!log_indexes.length, 'Closed')
      histories.set(key, { about, count, closed, records: [], places: new Map(), proof })
      continue
    }
    const chain = log_indexes.map((index) => byIndex.get(index) ?? refuse('Absent', '', undefined, index))
    const links = chain.map(({ logIndex, leaf }) => ({ log_index: logIndex, leaf }))
    const states = within('Chain', () => openChain(K(key), links, leaf ?? NO_ENTRIES))
    const places = new Map(log_indexes.map((index, i) => [index, i]))
    histories.set(key, { about, count, closed, records: chain, places, states, proof })
  }
  return histories
}

/** Checks that entries and chains name each other, and that no event occurs twice. */
function checkChains(records, histories) {
  // Entries and chains name each other, every entry is on a chain, and no event occurs twice (T6).
  const onChains = new Set([records[0]])
  const names = new Map(records.map((record) => [record, new Set(named(record))]))
  for (const [key, { records: chain }] of histories) {
    for (const record of chain) {
      demand(record.kind === 'newer' || names.get(record).has(key), 'Foreign', '', record.logIndex)
      onChains.add(record)
    }
  }
  const once = new Set()
  for (const record of records) {
    for (const key of names.get(record)) {
      const { closed = true, places } = histories.get(key) ?? {}
      demand(closed || places.has(record.logIndex), 'Foreign', '', record.logIndex)
    }
    demand(onChains.has(record), 'LeftOver', '', record.logIndex)
    const { event } = record
    for (const mark of event ? [hex(event.identity), `${event.party} ${hex(event.event_id)}`] : []) {
      demand(!once.has(mark), 'Replay', '', record.logIndex)
      once.add(mark)
    }
  }
}

/** Checks each pin against the chain that it pins. */
function checkPins(records, histories) {
  for (const { event, logIndex } of records) {
    for (const pin of event?.after ?? []) {
      const history = histories.get(event.subjects[pin.subject].key)
      if (!history || history.closed) continue
      // The pin is the end of the chain below the entry (T7).
      const state = history.states[history.places.get(logIndex)]
      demand(state && state.count === pin.count && same(state.head, pin.head), 'Pin', '', logIndex)
    }
  }
}

/** Returns the values of hidden fields, by entry. */
function openHidden(openings, records) {
  const byLeaf = new Map(records.map((record) => [hex(record.leaf), record]))
  const opened = new Map()
  const seen = new Set()
  for (const opening of openings) {
    const place = `${hex(opening.leaf)} ${opening.path}`
    demand(!seen.has(place), 'LeftOver')
    seen.add(place)
    const record = byLeaf.get(hex(opening.leaf))
    if (record?.event?.newer) continue
    // The opening opens a commitment of an event in the trace (T10).
    const commitment = record?.event?.body.commitments.find(({ path }) => path === opening.path)
    demand(commitment && same(commitment.hash, openingHash(opening)), 'Opening', '', record?.logIndex)
    append(opened, record, { path: opening.path, value: opening.value })
  }
  return opened
}

/** Returns a function that gives the earliest proven time, in seconds, at which an entry existed; undefined without an anchor. */
function openAnchors(anchors, checkpoint, policy, checks) {
  demand(anchors.length <= ANCHORS_MAX, 'LeftOver')
  let size = -1n
  const proven = []
  for (const { checkpoint: note, consistency } of anchors) {
    const anchor = within('Trust', () => openCheckpoint(note, policy, checks))
    if (!anchor.met) continue
    // The checkpoint of the trace extends the anchor (T10).
    const step = { oldSize: anchor.size, oldRoot: anchor.root, newSize: checkpoint.size, newRoot: checkpoint.root, proof: consistency }
    within('Anchor', () => checkConsistency(step))
    if (anchor.quorumTime === undefined) continue
    demand(anchor.size > size, 'LeftOver')
    size = anchor.size
    proven.push({ size, time: anchor.quorumTime })
  }
  // A later anchor over the same entry can have the earlier time.
  for (let i = proven.length - 2; i >= 0; i--) if (proven[i + 1].time < proven[i].time) proven[i].time = proven[i + 1].time
  return (logIndex) => {
    let low = 0, high = proven.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (proven[middle].size > logIndex) high = middle
      else low = middle + 1
    }
    return proven[low]?.time
  }
}

/** Returns the log indexes of entries that are newer than this reader, by class. */
function newerAmong(records) {
  // A newer form of entry and a genesis of another format version are of class story (N6).
  const newer = { story: [], informative: [], alarm: [] }
  for (const { kind, event, genesis, logIndex } of records) {
    const isOther = kind === 'newer' || (genesis && genesis.format_version !== 1n)
    if (isOther || event?.newer) newer[isOther ? 'story' : event.newer].push(logIndex)
  }
  return newer
}

/** Replays authority. Where something newer than this reader belongs to the story, an event without authority is passed over. */
function authorize(records, newer, ledger, checks) {
  // Signatures and authority hold, in log order (T11).
  const authority = new Authority(ledger)
  authority.found(records[0].genesis)
  for (const record of records) {
    if (!record.event) continue
    try {
      record.passed = !authority.admit(record, checks)
    } catch (e) {
      if (!(newer && e instanceof Refusal)) throw e
      record.passed = true
    }
  }
  return authority
}

/**
 * Verifies a trace about `subject`; `lot` is the key of the lot that a label names beside an item. Refuses by the names of proto/README.md,
 * "Vectors", `trace`.
 * The result is true as far as the policy's log and cosigners are trusted.
 * @param {Uint8Array} bytes
 * @param {{ policy: string | Uint8Array, subject: string, lot?: string }} question
 * @returns {Promise<Evidence>}
 */
export async function openTrace(bytes, { policy: source, subject, lot: lotOfLabel }) {
  // The checkpoint comes first and alone. The steps after it may cost time, and then concern a log that the policy's signers vouched for.
  const { trace, policy, checkpoint } = await checked((checks) => {
    const policy = within('Policy', () => parsePolicy(source))
    const trace = within('Codec', () => demand(bytes.length <= TRACE_MAX, 'Value') && decode('Trace', bytes))
    // The policy trusts the checkpoint note (T1).
    return { trace, policy, checkpoint: within('Trust', () => trustCheckpoint(trace.checkpoint, policy, checks)) }
  })
  return checked((checks) => {
    const { genesis, indexHead } = openEnds(trace, checkpoint, policy, checks)
    const records = openEntries(trace.entries, genesis, indexHead, checkpoint, checks)
    const histories = openHistories(trace.subjects, records, indexHead.root)
    checkChains(records, histories)
    checkPins(records, histories)
    const sets = openSets(trace.sets, records)
    const holding = (item) => sets.filter((set) => set.item === item && set.leaf && !isTakenBack(set, (key) => histories.get(key)))
    // The walk finds every subject, and the trace holds no other one (T9).
    const history = (key) => histories.get(key) ?? refuse('Missing')
    const walked = walk({ asked: subject, lotOfLabel, operator: genesis.genesis.operator, history, holding })
    const newer = newerAmong(records)
    // The walk of the version that a newer event is of may have fetched more (T12).
    const isWider = records.some(({ event }) => event?.newer)
    demand(isWider || new Set(walked.visits.map(({ key }) => key)).size === histories.size, 'LeftOver')
    const asked = history(subject)
    checkSets(sets, { asked, lotOfLabel, walked, histories, isWider })
    const opened = openHidden(trace.openings, records)
    const existed = openAnchors(trace.anchors, checkpoint, policy, checks)
    const authority = authorize(records, newer.story.length > 0, policy.ledger, checks)
    const isSuspect = (record) => record.key && !record.passed && authority.isSuspect(record, existed(record.logIndex))
    const suspects = new Set(records.filter(isSuspect))
    const struck = new Set([...histories.values()].flatMap(({ records }) => [...struckAmong(standing(records))]))
    return {
      trace, policy, indexHeadMs: indexHead.recorded, checkpoint, asked, lotOfLabel, records, histories, walked, opened, existed, newer, suspects, sets, struck,
      parties: authority.parties, signatures: checks.signatures,
    }
  })
}
