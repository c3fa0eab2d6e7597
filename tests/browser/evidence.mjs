// Evidence that needs no verification: the answers of walk, story, consistency rules and verdict to some entries.

import { u64 } from '../../ledger-node/page/verifier/bytes.js'
import { standing } from '../../ledger-node/page/verifier/issue.js'
import { isTakenBack } from '../../ledger-node/page/verifier/set.js'
import { tell } from '../../ledger-node/page/verifier/story.js'
import { parseSubject, registerOf } from '../../ledger-node/page/verifier/subject.js'
import { leafHash } from '../../ledger-node/page/verifier/tree.js'
import { judge } from '../../ledger-node/page/verifier/verdict.js'
import { momentOf, struckAmong, walk } from '../../ledger-node/page/verifier/walk.js'
import { withCheck } from './ledger.mjs'

export const MODEL = '01/09526543000013'
export const ITEM = `${MODEL}/21/A`
export const LOT = `${MODEL}/10/L`
export const OTHER = `${MODEL}/10/M`
export const UNIT = '00/195265430000000010'
export const OUTER = '00/195265430000000027'
export const BRAND = '417/9526543000105'
export const REGISTER = registerOf(parseSubject(MODEL))
export const [LAB, SHOP, REGULATOR] = ['952111100010', '952222200010', '952333300010'].map((digits) => `417/${withCheck(digits)}`)
const ACCREDITED = [{ body: 'RvA', number: 'L1', methods: ['M1'] }]

let serial = 0
/** Returns an entry that needs no verification. */
export function record(kind, body, subjects, more = {}) {
  const logIndex = BigInt(++serial)
  const event = {
    kind, body: { refs: [], commitments: [], ...body }, subjects: subjects.map((s) => (typeof s === 'string' ? { key: s } : s)),
    occurred_at_ms: logIndex * 1000n, utc_offset_minutes: 0n, party: BRAND, role: 'brand', after: [], attachments: [], notes: [],
    identity: leafHash(u64(logIndex)), event_id: leafHash(u64(logIndex)).subarray(0, 16), ...more,
  }
  event.goods = event.subjects.map(({ key }) => parseSubject(key))
  return { logIndex, moment: momentOf({ event, logIndex }), recorded: event.occurred_at_ms, event, leaf: leafHash(u64(logIndex)), size: 100, kind: 'signed_event' }
}

/** Returns an entry with an event of a newer format. */
export function newerRecord(newer, subjects) {
  const { event, ...rest } = record('correction', {}, subjects)
  const { kind, goods, body, ...envelope } = event
  return { ...rest, event: { ...envelope, newer } }
}

/**
 * Returns the proof of a set about an item: the set holds it, with the hash of a code, or not. `missing` means that the ledger has no list.
 */
export const proofOf = (set, { item = ITEM, holds = true, head = new Uint8Array(32), missing = false } = {}) => ({
  logIndex: set.logIndex, item, record: set, lot: set.event.subjects[0].key, missing, leaf: holds && !missing ? { head } : undefined,
})

/**
 * Returns evidence about the asked subject. `label` is the lot on the label, `sets` the proofs about sets, `closed` the count of a closed
 * register.
 */
export function evidenceOf(asked, records, { label, sets = [], closed = 0, newer = { story: [], informative: [], alarm: [] }, ...more } = {}) {
  const histories = new Map()
  const add = (key) => {
    const isClosed = key.startsWith('items/') || (key === REGISTER && closed > 0)
    if (!histories.has(key)) histories.set(key, { about: parseSubject(key), records: [], count: key === REGISTER ? BigInt(closed) : 0n, closed: isClosed })
    return histories.get(key)
  }
  for (const r of records) {
    for (const { key } of r.event?.subjects ?? r.named.map((key) => ({ key }))) {
      const history = add(key)
      if (!history.closed) history.records.push(r)
      if (key !== REGISTER || !closed) history.count += 1n
    }
  }
  const holding = (item) => sets.filter((set) => set.item === item && set.leaf && !isTakenBack(set, (key) => histories.get(key)))
  const walked = walk({ asked, lotOfLabel: label, operator: BRAND, history: add, holding })
  const struck = new Set([...histories.values()].flatMap(({ records }) => [...struckAmong(standing(records))]))
  const parties = new Map([BRAND, LAB, SHOP, REGULATOR].map((party) => [party, { accreditations: ACCREDITED }]))
  return {
    asked: histories.get(asked), lotOfLabel: label, records, histories, walked, sets, struck, newer, opened: new Map(), existed: () => undefined, suspects: new Set(), parties, ...more,
  }
}
export const story = (asked, records, options) => tell(evidenceOf(asked, records, options))
/** Returns the verdict with its reasons; `claims` are those of the label. */
export function judged(asked, records, options = {}) {
  const evidence = evidenceOf(asked, records, options)
  const label = { lot: options.label ?? null, dates: {}, ...options.claims }
  return judge(tell(evidence), evidence, { today: '2026-06-01', label })
}
export const outcome = (...of) => judged(...of).verdict
/** Returns, for each story entry, the fields that the consistency rules report, and whether the entry has effect. */
export const courseOf = (asked, records, options) =>
  story(asked, records, options).map(({ findings, hasEffect }) =>
    [findings.filter(({ severity }) => severity === 'breaks' || severity === 'asks').map(({ field }) => field.replace(/^body\.\w+\./, '')), hasEffect])

const place = (country, gln) => ({ country, gln, address: [] })
const listOf = (lot) => `items/${lot.slice(3).replace('/10/', '/')}`
export const leg = (movement, more = {}, subjects = [ITEM]) =>
  record('shipment_leg', { leg_id: 'L1', leg_seq: 1n, movement, mode: 'road', origin: place('NL'), destination: place('DE'), by: { vehicle: {} }, ...more }, subjects)
export const at = place
export const production = (date = '2026-01-01', expiry = '2027-01-01', lot = LOT) =>
  record('production', { production_date: date, country_of_origin: 'NL', expiry_date: expiry, area: [], process: [] }, [{ key: lot, quantity: { value: '9', uom: 'KGM' } }])
export const listed = (lot = LOT, item = ITEM, more = {}) => record('commissioning', { form: { listed: { lot } } }, [item, listOf(lot)], more)
export const committed = (lot = LOT) => record('commissioning', { form: { committed: { count: 1n } } }, [lot, REGISTER])
export const hand = (action, subject = ITEM, { body, ...more } = {}) => record('distribution', { action, ...body }, [subject], more)
export const customs = (status, role = 'customs', lines = [], subject = ITEM) =>
  record('customs_clearance', { jurisdiction: 'CN', direction: 'import', declaration_no: '1', status, lines, regime: '1210' }, [subject], { role })
export const pack = (action, child = ITEM, unit = UNIT, more = {}) => record('aggregation', { action, parent: 0n }, [unit, child], more)
export const make = (from, to, more = {}) => record('transformation', { inputs: [0n], outputs: [1n] }, [from, to], more)
export const strike = (of, more) =>
  record('correction', { reason: 'duplicate', original_event_id: of.event.event_id, original_entry_hash: of.leaf, corrective_event_ids: [] }, of.event.subjects, more)
export const recall = (subject, ranges = [], more = {}) =>
  record('recall', { action: 'recall', scope: [{ subjects: [0n], ranges }], reason: [], consumer_action: [], remedy: [], ...more }, [subject])
export const lift = (of) => record('recall', { action: 'lift', scope: [], lifts: of.event.identity, reason: [], consumer_action: [], remedy: [] }, of.event.subjects)
export const by = (property, first, last) => [{ property, first, last, any_length: false }]
export const claimed = (code, party = BRAND, item = ITEM) => record('sticker', { action: 'claimed', code }, [item], { party, role: 'brand' })
export const tested = (party = LAB, more = {}) =>
  record('lab_inspection', { results: [{ method: 'M1', operator: 'nd' }], sample: {}, accreditation: { body: 'RvA', number: 'L1' }, verdict: 'pass', ...more }, [LOT], { party, role: 'lab' })
