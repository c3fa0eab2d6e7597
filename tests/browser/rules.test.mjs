// Rules that no vector reaches: node --test tests/browser

import assert from 'node:assert/strict'
import test from 'node:test'
import { hex, u64, ZERO } from '../../ledger-node/page/verifier/bytes.js'
import { Course } from '../../ledger-node/page/verifier/course.js'
import { running } from '../../ledger-node/page/verifier/crypto.js'
import { dayOfLabel, parseLink } from '../../ledger-node/page/verifier/link.js'
import { parsePolicy } from '../../ledger-node/page/verifier/policy.js'
import { judge, tell } from '../../ledger-node/page/verifier/story.js'
import { covers, K, overlap, parseSubject } from '../../ledger-node/page/verifier/subject.js'
import { checkConsistency, checkInclusion, EMPTY_ROOT, leafHash, nodeHash } from '../../ledger-node/page/verifier/tree.js'
import { lookUp, PartialTrie } from '../../ledger-node/page/verifier/trie.js'
import { momentOf, walk } from '../../ledger-node/page/verifier/walk.js'

const ITEM = '01/09526543000013/21/A'
const LOT = '01/09526543000013/10/L'
const OTHER = '01/09526543000013/10/M'
const UNIT = '00/195265430000000010'
const BRAND = '417/9526543000105'

await running()
const ACCREDITED = [{ body: 'RvA', number: 'L1', methods: ['M1'] }]

let serial = 0
/** A record that nobody has to verify. */
function record(kind, told, subjects, more = {}) {
  const logIndex = BigInt(++serial)
  const event = {
    kind, told: { refs: [], commitments: [], ...told }, subjects: subjects.map((s) => (typeof s === 'string' ? { key: s } : s)),
    occurred_at_ms: logIndex * 1000n, utc_offset_minutes: 0n, party: BRAND, role: 'brand', after: [], attachments: [], notes: [],
    identity: leafHash(u64(logIndex)), event_id: leafHash(u64(logIndex)).subarray(0, 16), ...more,
  }
  event.body = { [kind]: event.told }
  event.goods = event.subjects.map(({ key }) => parseSubject(key))
  return { logIndex, moment: momentOf({ event, logIndex }), recorded: event.occurred_at_ms, event, leaf: leafHash(u64(logIndex)), size: 100, kind: 'signed_event' }
}

function evidenceOf(asked, records, { label, more = {} } = {}) {
  const histories = new Map()
  const add = (key) => histories.get(key) ?? histories.set(key, { about: parseSubject(key), records: [] }).get(key)
  for (const key of [asked, BRAND, '01/09526543000013', ...(label ? [label] : [])]) add(key)
  for (const r of records) for (const { key } of r.event.subjects) add(key).records.push(r)
  const walked = walk({ asked, label, operator: BRAND, history: add })
  return {
    asked: histories.get(asked), records, histories, walked, opened: new Map(), existed: () => undefined, newer: false,
    suspects: new Set(), inSet: false, holdsCode: () => false, parties: new Map([[BRAND, { accreditations: ACCREDITED }]]), ...more,
  }
}
const story = (asked, records, options) => tell(evidenceOf(asked, records, options))
const outcome = (asked, records, options) => {
  const evidence = evidenceOf(asked, records, options)
  return judge(tell(evidence), evidence, { today: '2026-06-01', label: options?.claims ?? { lot: null, dates: {} } }).verdict
}
const courseOf = (asked, records) =>
  story(asked, records).map(({ findings, hasEffect }) => [findings.filter(({ severity }) => severity === 'breaks' || severity === 'asks').map(({ field }) => field.replace(/^body\.\w+\./, '')), hasEffect])

const place = (country, gln) => ({ country, gln, address: [] })
const leg = (movement, more = {}, subjects = [ITEM]) =>
  record('shipment_leg', { leg_id: 'L1', leg_seq: 1n, movement, mode: 'road', origin: place('NL'), destination: place('DE'), by: { vehicle: {} }, ...more }, subjects)
const production = (date = '2026-01-01', expiry = '2027-01-01') =>
  record('production', { production_date: date, country_of_origin: 'NL', expiry_date: expiry, area: [], process: [] }, [{ key: LOT, quantity: { value: '9', uom: 'KGM' } }])
const listed = () => record('commissioning', { form: { listed: { lot: LOT } } }, [ITEM])
const hand = (action, subject = ITEM) => record('distribution', { action }, [subject])
const customs = (status, role = 'customs', lines = []) =>
  record('customs_clearance', { jurisdiction: 'CN', direction: 'import', declaration_no: '1', status, lines, regime: '1210' }, [ITEM], { role })
const pack = (action, child = ITEM, unit = UNIT) => record('aggregation', { action, parent: 0n }, [unit, child])

test('legs', () => {
  assert.deepEqual(courseOf(ITEM, [leg('departure'), leg('arrival')]), [[[], true], [[], true]])
  assert.deepEqual(courseOf(ITEM, [leg('arrival')]), [[['leg_id'], false]])
  assert.deepEqual(courseOf(ITEM, [leg('departure'), leg('departure'), leg('arrival', { mode: 'sea' }), leg('arrival', { destination: place('FR') })]),
    [[[], true], [['leg_id'], false], [['body.shipment_leg'], false], [['body.shipment_leg'], false]])
  const next = { leg_id: 'L2', origin: place('FR') }
  assert.deepEqual(courseOf(ITEM, [leg('departure'), leg('arrival'), leg('departure', next)])[2], [['origin'], true])
  assert.deepEqual(courseOf(ITEM, [leg('departure'), leg('arrival'), hand('store'), leg('departure', next)])[3], [[], true])
})

test('customs', () => {
  const hiding = (status, role) => record('customs_clearance', { jurisdiction: 'CN', direction: 'import', status, lines: [], regime: '1210' }, [ITEM], { role })
  assert.deepEqual(courseOf(ITEM, [hiding('lodged', 'brand'), hiding('accepted', 'customs')]).map(([, ok]) => ok), [true, true])
  assert.deepEqual(courseOf(ITEM, [customs('lodged', 'brand'), customs('lodged'), customs('accepted'), customs('held'), customs('released'), customs('held')]).map(([, ok]) => ok),
    [true, true, true, true, true, false])
  const line = (value) => [{ line_no: 1n, hs_code: '040221', origin: 'NL', quantity: { value, uom: 'KGM' } }]
  assert.deepEqual(courseOf(ITEM, [customs('lodged', 'brand', line('5')), customs('accepted'), customs('released', 'customs', line('6'))])[2], [['lines.0.quantity'], false])
  assert.equal(outcome(ITEM, [production(), listed(), customs('lodged'), hand('sell')]), 'NOT_YET_SOLD')
  assert.equal(outcome(ITEM, [production(), listed(), customs('lodged'), customs('accepted'), customs('released'), hand('sell')]), 'VALID')
})

test('what is destroyed stays so', () => {
  assert.deepEqual(courseOf(ITEM, [hand('destroy'), hand('sell'), pack('observe'), pack('delete')]),
    [[[], true], [['subjects'], false], [['subjects'], false], [['parent'], false]])
  assert.equal(outcome(ITEM, [production(), listed(), hand('destroy')]), 'VOIDED_STICKER')
})

test('units', () => {
  const outer = '00/195265430000000027'
  assert.deepEqual(courseOf(ITEM, [pack('delete'), pack('add'), pack('delete'), pack('add')]).map(([, ok]) => ok), [false, true, true, true])
  const told = story(UNIT, [pack('add', UNIT, outer)])
  assert.equal(told.length, 1)
})

test('recalls', () => {
  const recall = (subject, ranges = [], more = {}) =>
    record('recall', { action: 'recall', scope: [{ subjects: [0n], ranges }], reason: [], consumer_action: [], remedy: [], ...more }, [subject])
  const by = (property, first, last) => [{ property, first, last, any_length: false }]
  const model = '01/09526543000013'
  const sold = () => [production(), listed(), hand('sell')]
  assert.equal(outcome(ITEM, [...sold(), recall(model)]), 'RECALLED')
  assert.equal(outcome(ITEM, [...sold(), recall(model, by('lot', 'L', 'L'))]), 'RECALLED')
  assert.equal(outcome(ITEM, [...sold(), recall(model, by('lot', 'M', 'Z'))]), 'VALID')
  assert.equal(outcome(ITEM, [...sold(), recall(model, by('production_date', '2025-12-01', '2026-01-31'))]), 'RECALLED')
  assert.equal(outcome(ITEM, [...sold(), recall(model, by('serial', 'B', 'C'))]), 'VALID')
  assert.equal(outcome(LOT, [production(), hand('sell', LOT), recall(model, by('serial', 'B', 'C'))]), 'RECALLED', 'nothing is no contradiction')
  const last = [...sold(), recall(model)]
  const lift = record('recall', { action: 'lift', scope: [], lifts: last[3].event.identity, reason: [], consumer_action: [], remedy: [] }, [model])
  assert.equal(outcome(ITEM, [...last, lift]), 'VALID')
  assert.deepEqual(courseOf(ITEM, [listed(), recall(ITEM), hand('sell')])[2], [['subjects'], true])
})

test('making', () => {
  const make = (from, to) => record('transformation', { inputs: [0n], outputs: [1n] }, [from, to])
  const circle = courseOf(LOT, [make(LOT, OTHER), make(OTHER, LOT)])
  assert.deepEqual(circle.map(([, ok]) => ok), [true, false])
  assert.deepEqual(courseOf(LOT, [make(OTHER, LOT), make(LOT, OTHER)])[1], [[], true], 'judged on the chain that it is told on')
  assert.deepEqual(courseOf(ITEM, [hand('store'), make(LOT, ITEM)])[1], [['outputs'], false])
})

test('tests and corrections', () => {
  const lab = record('lab_inspection', { results: [{ method: 'M2', operator: 'nd' }], sample: {}, accreditation: { body: 'RvA', number: 'L1' }, verdict: 'pass' }, [LOT])
  assert.deepEqual(courseOf(LOT, [lab])[0], [['results.0.method'], true])
  const made = listed()
  const original = hand('store')
  const correction = (reason) => record('correction', { reason, original_event_id: original.event.event_id, original_entry_hash: original.leaf, corrective_event_ids: [] }, [ITEM])
  const told = story(ITEM, [made, original, correction('incorrect_data')])
  assert.deepEqual(told.map(({ struck, hasEffect }) => [struck, hasEffect]), [[false, true], [true, false], [false, true]])
  assert.deepEqual(told[2].findings.map(({ field }) => field), ['body.correction.corrective_event_ids'])
})

test('what may apply to another part of the lot', () => {
  const some = () => record('distribution', { action: 'sell' }, [{ key: LOT, quantity: { value: '1', uom: 'KGM' } }])
  const told = story(ITEM, [production(), listed(), some()])
  assert.deepEqual(told.map(({ mayApply }) => mayApply), [false, false, true])
  assert.equal(outcome(ITEM, [production(), listed(), some()]), 'NOT_YET_SOLD')
  const packed = () => record('aggregation', { action: 'add', parent: 0n }, [UNIT, { key: LOT, quantity: { value: '1', uom: 'KGM' } }])
  const ofLot = story(LOT, [production(), packed(), hand('sell', UNIT)])
  assert.deepEqual(ofLot.map(({ ways, mayApply }) => [ways[0][0], mayApply]), [['asked', false], ['asked', false], ['unit', true]])
  assert.equal(outcome(LOT, [production(), packed(), hand('sell', UNIT)]), 'VALID', 'a part of an asked lot is of the lot')
  const nested = record('aggregation', { action: 'add', parent: 0n }, ['00/195265430000000027', UNIT])
  assert.ok(story(LOT, [production(), packed(), nested, hand('sell', '00/195265430000000027')]).pop().mayApply, 'a unit in a unit')
})

test('dates of use', () => {
  const best = () => record('production', { production_date: '2026-01-01', country_of_origin: 'NL', best_before: '2026-03-01', area: [], process: [] }, [{ key: LOT, quantity: { value: '9', uom: 'KGM' } }])
  assert.equal(outcome(ITEM, [best(), listed(), hand('sell')]), 'VALID')
  assert.equal(outcome(ITEM, [best(), listed(), hand('sell')], { claims: { lot: null, dates: { 17: '260302' } } }), 'VALID')
  assert.deepEqual(courseOf(LOT, [production(), production('2026-01-02'), production('2026-01-01', '2027-01-02')]), [[[], true], [[], true], [['expiry_date'], false]])
})

test('destroyed with the unit that it lies in', () => {
  assert.equal(outcome(ITEM, [production(), listed(), pack('add'), hand('destroy', UNIT)]), 'VOIDED_STICKER')
  assert.equal(outcome(ITEM, [production(), listed(), pack('add'), pack('delete'), hand('destroy', UNIT), hand('sell')]), 'VALID')
})

test('corrections', () => {
  const sold = hand('sell')
  const strike = (of, more) => record('correction', { reason: 'duplicate', original_event_id: of.event.event_id, original_entry_hash: of.leaf, corrective_event_ids: [] }, [ITEM], more)
  const struckOf = (records) => story(ITEM, records).map(({ struck }) => struck)
  const first = strike(sold)
  assert.deepEqual(struckOf([sold, first]), [true, false])
  const second = strike(first)
  assert.deepEqual(struckOf([sold, first, second]), [false, true, false])
  assert.deepEqual(struckOf([sold, strike(sold, { party: '417/9526543000112' })]), [false, false])
  const early = strike(sold)
  assert.deepEqual(struckOf([early, sold].map((r, i) => ({ ...r, logIndex: BigInt(9000 + i) }))), [false, false], 'not of what comes later')
})

test('labels', () => {
  assert.equal(dayOfLabel('260200', '2026-06-01'), '2026-02-28')
  assert.equal(dayOfLabel('761231', '2026-06-01'), '2076-12-31')
  assert.equal(dayOfLabel('770101', '2026-06-01'), '1977-01-01')
  const name = (link) => {
    try {
      return parseLink(link).subject
    } catch (e) {
      return e.name
    }
  }
  const host = 'https://id.example'
  assert.equal(name(`${host}/01/09526543000013/10/01/21/00`), '01/09526543000013/21/00')
  assert.equal(name(`${host}/01/09526543000013/21/A%2fB`), '01/09526543000013/21/A%2FB')
  assert.equal(name(`${host}/01/09526543000013/22/2A/10/L?15=261331`), LOT)
  assert.equal(name(`${host}/01/09526543000013?10=L`), '01/09526543000013')
  assert.equal(name(`${host}/417/9526543000105`), BRAND)
  assert.equal(name(`${host}/01/09526543000013/10/L/10/L`), 'Qualifier')
  assert.equal(name(`${host}/01/09526543000013/10/L//`), LOT)
  assert.equal(name(`${host}/01/09526543000013/235/THIRD`), null)
  assert.equal(name(`${host}/01/09526543000013/235/THIRD/10/L`), 'Qualifier')
  assert.equal(name(`${host}/01/0952654300001%33/10/L`), 'Gs1')
  assert.equal(name(`${host}/00/195265430000000010/01/09526543000017`), 'Qualifier', 'the leftmost has the error')
  assert.equal(name(`${host}/01/09526543000013/21/A?11=26+101`), ITEM)
  assert.equal(name(`${host}/01/09526543000013/21/A?99=%FF`), ITEM)
  for (const stem of ['21/A', '10/L', 'shop/%32%31/A/nl', '01/09526543000013/21', '00/195265430000000010']) {
    assert.equal(name(`${host}/${stem}/01/09526543000013`), 'Qualifier', stem)
  }
  assert.equal(parseLink(`${host}/shop/01/09526543000013/22/V/21/A%2fB/?10=L%2F1#x`).path, '/01/09526543000013/10/L%2F1/21/A%2FB')
  assert.equal(name(host), 'Address')
})

test('keys of subjects', () => {
  const name = (key) => {
    try {
      return parseSubject(key).kind
    } catch (e) {
      return e.name
    }
  }
  assert.equal(name('01/09526543000013/21/A%2'), 'Unknown')
  assert.equal(name('01/09526543000013/21/%2fB'), 'Spelling')
  assert.equal(name(`01/09526543000013/21/${'%41'.repeat(21)}`), 'Gs1')
  assert.equal(name('deleg/00/11'), 'Unknown')
  assert.equal(name(`deleg/${'A5'.repeat(32)}/${'0f'.repeat(32)}`), 'Spelling')
  assert.equal(name('0'.repeat(161)), 'Unknown')
})

test('policies', () => {
  const name = (source) => {
    try {
      return parsePolicy(source)
    } catch (e) {
      return e.name
    }
  }
  assert.equal(name('nothing\nquorum\x7f none\n'), 'Line', 'line by line')
  assert.equal(name('quorum\x7f none\nnothing\n'), 'Characters')
  assert.equal(name('#headwater pins nothing\nquorum none\n'), 'NoLog', 'pins are judged last')
  assert.equal(name('group g any\n'), 'Threshold')
  assert.equal(name('group none any\n'), 'DuplicateName')
  assert.equal(name('group g some w\n'), 'UnknownName')
  assert.equal(name('witness w a+b+AQ==\n'), 'Key')
})

test('prefixes', () => {
  const goods = parseSubject(ITEM)
  assert.ok(covers('9526543', goods) && covers('09526543000013', goods) && !covers('0952', goods))
  assert.ok(!covers('0000', { gtin: '00000012345670' }))
  assert.ok(covers('95265430', parseSubject(UNIT)))
  assert.ok(overlap('9526', '9526543') && overlap('9526543', '09526543000013') && !overlap('9527', '9526543'))
})

test('the tree, all sizes up to 33', () => {
  const leaves = Array.from({ length: 33 }, (_, i) => leafHash(u64(i)))
  const split = (n) => 2 ** Math.ceil(Math.log2(n) - 1)
  const root = (d) => (!d.length ? EMPTY_ROOT : d.length === 1 ? d[0] : nodeHash(root(d.slice(0, split(d.length))), root(d.slice(split(d.length)))))
  const path = (m, d) => {
    if (d.length === 1) return []
    const k = split(d.length)
    return m < k ? [...path(m, d.slice(0, k)), root(d.slice(k))] : [...path(m - k, d.slice(k)), root(d.slice(0, k))]
  }
  const between = (m, d, whole = true) => {
    if (m === d.length) return whole ? [] : [root(d)]
    const k = split(d.length)
    return m <= k ? [...between(m, d.slice(0, k), whole), root(d.slice(k))] : [...between(m - k, d.slice(k), false), root(d.slice(0, k))]
  }
  for (let n = 1; n <= leaves.length; n++) {
    const d = leaves.slice(0, n)
    for (let m = 0; m < n; m++) checkInclusion({ leaf: d[m], index: BigInt(m), size: BigInt(n), proof: path(m, d), root: root(d) })
    for (let m = 1; m <= n; m++) {
      checkConsistency({ oldSize: BigInt(m), oldRoot: root(d.slice(0, m)), newSize: BigInt(n), newRoot: root(d), proof: between(m, d) })
    }
  }
})

test('a trie, rebuilt from what its proofs show', () => {
  const leafOf = (i, count = 1n) => ({ key: K(`01/09526543000013/10/${i}`), count, head: leafHash(u64(i)) })
  const whole = new PartialTrie()
  for (let i = 0; i < 60; i++) whole.put(leafOf(i))
  const root = whole.hash()
  const proofFor = (key) => {
    const proof = { bits: [], siblings: [] }
    let node = whole.root
    for (; node.sides; ) {
      const own = (key[node.bit >> 3] >> (7 - (node.bit & 7))) & 1
      proof.bits.push(node.bit)
      proof.siblings.push(whole.hash(node.sides[1 - own]))
      node = node.sides[own]
    }
    return { ...proof, leaf: node.leaf }
  }
  const part = new PartialTrie()
  const touched = [3, 17, 59, 60, 61, 77]
  const proofs = touched.map((i) => proofFor(leafOf(i).key))
  proofs.forEach((proof, i) => assert.equal(!!lookUp(proof, leafOf(touched[i]).key, root), touched[i] < 60))
  for (const proof of proofs) part.show(proof)
  assert.equal(hex(part.hash()), hex(root))
  for (const i of touched) part.put(leafOf(i, 2n)), whole.put(leafOf(i, 2n))
  assert.equal(hex(part.hash()), hex(whole.hash()))
  assert.equal(hex(new PartialTrie().hash()), hex(ZERO))
})

test('a course without chains', () => {
  const course = new Course({ histories: new Map(), struck: new Set(), suspects: new Set(), existed: () => undefined, parties: new Map(), asked: ITEM, holdsCode: () => false })
  assert.ok(!course.hasOrigin(LOT) && !course.liesIn(UNIT, ITEM))
})
