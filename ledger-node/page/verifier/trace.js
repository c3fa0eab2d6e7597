// The evidence file of one product, verified (proto/README.md, "Traces", steps 1 to 11).

import { Authority } from './authority.js'
import { hex, same, ZERO } from './bytes.js'
import { NO_ENTRIES, openChain } from './chain.js'
import { openCheckpoint, trustCheckpoint } from './checkpoint.js'
import { decode } from './codec.js'
import { checked } from './crypto.js'
import { named } from './entry.js'
import { included, indexed } from './evidence.js'
import { append } from './group.js'
import { openingHash } from './opening.js'
import { parsePolicy } from './policy.js'
import { demand, refuse, Refusal, within } from './refusal.js'
import { K, parseSubject } from './subject.js'
import { checkConsistency } from './tree.js'
import { codeHash } from './trie.js'
import { momentOf, struckAmong, walk } from './walk.js'

const TRACE_MAX = 64 * 1024 * 1024

/** Steps 2 and 3. */
function openEnds({ genesis: first, index_head: last }, checkpoint, { ledger, log }, checks) {
  const genesis = included(first, checkpoint, checks)
  demand(same(genesis.leaf, ledger) && !genesis.logIndex, 'OtherLedger')
  demand(genesis.kind === 'genesis', 'Order')
  demand(genesis.genesis.origin === log.name && same(genesis.genesis.log_key, log.key), 'OtherLog')
  const indexHead = included(last, checkpoint, checks)
  demand(indexHead.kind === 'index_head' && indexHead.logIndex === checkpoint.size - 1n, 'NoIndexHead')
  return { genesis, indexHead }
}

/** Step 4: the records of the trace in log order, the genesis first. */
function openEntries(entries, genesis, indexHead, checkpoint, checks) {
  const records = [genesis]
  for (const entry of entries) {
    const record = included(entry, checkpoint, checks)
    const before = records[records.length - 1]
    const follows = record.logIndex > before.logIndex && record.recorded >= before.recorded && record.recorded <= indexHead.recorded
    demand(follows && (record.event || record.kind === 'newer'), 'Order', '', record.logIndex)
    if (record.event) record.moment = momentOf(record)
    records.push(record)
  }
  return records
}

/** Step 5: by subject what it is about, its records, their places on its chain, and the states of the chain. */
function openHistories(subjects, records, root) {
  const byIndex = new Map(records.map((record) => [record.logIndex, record]))
  const histories = new Map()
  for (const { subject: key, proof: message, log_indexes } of subjects) {
    const { proof, leaf } = indexed(message, key, root, 'IndexForm')
    const chain = log_indexes.map((index) => byIndex.get(index) ?? refuse('Absent', '', undefined, index))
    const links = chain.map(({ logIndex, leaf }) => ({ log_index: logIndex, leaf }))
    const states = within('Chain', () => openChain(K(key), links, leaf ?? NO_ENTRIES))
    const places = new Map(log_indexes.map((index, i) => [index, i]))
    histories.set(key, { about: parseSubject(key), records: chain, places, states, proof })
  }
  return histories
}

/** Step 6. */
function checkChains(records, histories) {
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
    for (const key of names.get(record)) demand(histories.get(key)?.places.has(record.logIndex) ?? true, 'Foreign', '', record.logIndex)
    demand(onChains.has(record), 'LeftOver', '', record.logIndex)
    const { event } = record
    for (const mark of event ? [hex(event.identity), `${event.party} ${hex(event.event_id)}`] : []) {
      demand(!once.has(mark), 'Replay', '', record.logIndex)
      once.add(mark)
    }
  }
}

/** Step 7. */
function checkPins(records, histories) {
  for (const { event, logIndex } of records) {
    for (const pin of event?.after ?? []) {
      const history = histories.get(event.subjects[pin.subject].key)
      const state = history?.states[history.places.get(logIndex)]
      demand(!state || (state.count === pin.count && same(state.head, pin.head)), 'Pin', '', logIndex)
    }
  }
}

/** Step 9: what the sets of its lot say of the asked item: its leaf in each that holds it. */
function openSets(sets, asked, lot, histories) {
  const commissionings = (chain, form) => {
    const struck = struckAmong(chain)
    return chain.filter((record) => record.event?.kind === 'commissioning' && record.event.told.form[form] && !struck.has(record))
  }
  const isNeeded = asked.about.kind === 'item' && !commissionings(asked.records, 'listed').length
  const committed = isNeeded ? commissionings(histories.get(lot)?.records ?? [], 'committed') : []
  const leaves = committed.map(({ event, logIndex }, i) => {
    try {
      demand(sets[i]?.log_index === logIndex, 'Set')
      const { proof, leaf } = indexed(sets[i].proof, asked.about.key, event.told.form.committed.items_root)
      demand(!proof.leaf?.count, 'Set')
      return leaf
    } catch (e) {
      throw e instanceof Refusal ? new Refusal('Set') : e
    }
  })
  demand(sets.length === committed.length, 'LeftOver')
  return leaves.filter((leaf) => leaf)
}

/** Step 10: the values of hidden fields, by record. */
function openHidden(openings, records) {
  const byLeaf = new Map(records.map((record) => [hex(record.leaf), record]))
  const opened = new Map()
  for (const opening of openings) {
    const record = byLeaf.get(hex(opening.leaf))
    const commitment = record?.event?.told.commitments.find(({ path }) => path === opening.path)
    demand(commitment && same(commitment.hash, openingHash(opening)), 'Opening', '', record?.logIndex)
    append(opened, record, { path: opening.path, value: opening.value })
  }
  return opened
}

/** Step 10: a function that gives the earliest proven time, in seconds, at which an entry existed; undefined when no anchor tells. */
function openAnchors(anchors, checkpoint, policy, now, checks) {
  let size = -1n
  const proven = []
  for (const { checkpoint: note, consistency } of anchors) {
    const anchor = within('Trust', () => openCheckpoint(note, policy, now, checks))
    if (!anchor.met) continue
    const step = { oldSize: anchor.size, oldRoot: anchor.root, newSize: checkpoint.size, newRoot: checkpoint.root, proof: consistency }
    within('Anchor', () => checkConsistency(step))
    if (anchor.quorumTime === undefined) continue
    demand(anchor.size > size, 'LeftOver')
    size = anchor.size
    proven.push({ size, time: anchor.quorumTime })
  }
  // A later anchor over the same entry can be the earlier one in time.
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

/** Step 11. Where something is newer than this reader, an event without authority is passed over. */
function authorize(records, newer, ledger, checks) {
  const authority = new Authority(ledger)
  authority.found(records[0].genesis)
  for (const record of records) {
    if (!record.event) continue
    try {
      authority.admit(record, checks)
    } catch (e) {
      if (!(newer && e instanceof Refusal)) throw e
      record.passed = true
    }
  }
  return authority
}

/**
 * Verifies a trace about `subject`; `lot` is the key of the lot that a label names beside an item. Refuses by the names of proto/README.md,
 * "Vectors", `trace`. What it gives is true as far as the policy's log and cosigners are trusted.
 */
export async function openTrace(bytes, { policy: source, now, subject, lot: label }) {
  // The checkpoint first and alone: what follows may cost time, and is then about a log that somebody vouched for.
  const { trace, policy, checkpoint } = await checked((checks) => {
    const policy = within('Policy', () => parsePolicy(source))
    const trace = within('Codec', () => demand(bytes.length <= TRACE_MAX, 'Value') && decode('Trace', bytes))
    return { trace, policy, checkpoint: within('Trust', () => trustCheckpoint(trace.checkpoint, policy, now, checks)) }
  })
  return checked((checks) => {
    const { genesis, indexHead } = openEnds(trace, checkpoint, policy, checks)
    const records = openEntries(trace.entries, genesis, indexHead, checkpoint, checks)
    const histories = openHistories(trace.subjects, records, indexHead.root)
    checkChains(records, histories)
    checkPins(records, histories)
    const history = (key) => histories.get(key) ?? refuse('Missing')
    const walked = walk({ asked: subject, label, operator: genesis.genesis.operator, history })
    demand(new Set(walked.visits.map(({ key }) => key)).size === histories.size, 'LeftOver')
    const asked = history(subject)
    const sets = openSets(trace.sets, asked, walked.lot, histories)
    const opened = openHidden(trace.openings, records)
    const existed = openAnchors(trace.anchors, checkpoint, policy, now, checks)
    const newer = genesis.genesis.format_version !== 1n || records.some(({ kind }) => kind === 'newer')
    const authority = authorize(records, newer, policy.ledger, checks)
    const isSuspect = (record) => record.key && !record.passed && authority.isSuspect(record, existed(record.logIndex))
    const suspects = new Set(records.filter(isSuspect))
    const heads = sets.map(({ head }) => head).filter((head) => !same(head, ZERO))
    const holdsCode = heads.length ? (code) => heads.some((head) => same(head, codeHash(K(subject), code))) : undefined
    return {
      trace, policy, closed: indexHead.recorded, checkpoint, asked, records, histories, walked, opened, existed, newer, suspects, inSet: sets.length > 0, holdsCode,
      parties: authority.parties, signatures: checks.signatures,
    }
  })
}
