// The story of one product and its verdict: node --test tests/browser

import assert from 'node:assert/strict'
import test from 'node:test'
import { ZERO } from '../../ledger-node/page/verifier/bytes.js'
import { Course } from '../../ledger-node/page/verifier/course.js'
import { K } from '../../ledger-node/page/verifier/subject.js'
import { codeHash } from '../../ledger-node/page/verifier/trie.js'
import {
  at, BRAND, by, claimed, committed, courseOf, customs, evidenceOf, hand, ITEM, judged, LAB, leg, lift, listed, LOT, make, MODEL, newerRecord, OTHER, outcome,
  OUTER, pack, production, proofOf, recall, record, REGISTER, REGULATOR, SHOP, story, strike, tested, UNIT,
} from './evidence.mjs'
import { withCheck } from './ledger.mjs'

test('legs', () => {
  assert.deepEqual(courseOf(ITEM, [leg('departure'), leg('arrival')]), [[[], true], [[], true]])
  assert.deepEqual(courseOf(ITEM, [leg('arrival')]), [[['leg_id'], false]])
  assert.deepEqual(courseOf(ITEM, [leg('departure'), leg('departure'), leg('arrival', { mode: 'sea' }), leg('arrival', { destination: at('FR') })]),
    [[[], true], [['leg_id'], false], [['body.shipment_leg'], false], [['body.shipment_leg'], false]])
  const next = { leg_id: 'L2', origin: at('FR') }
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
  assert.deepEqual(courseOf(ITEM, [pack('delete'), pack('add'), pack('delete'), pack('add')]).map(([, ok]) => ok), [false, true, true, true])
  const told = story(UNIT, [pack('add', UNIT, OUTER)])
  assert.equal(told.length, 1)
})

test('recalls', () => {
  const sold = () => [production(), listed(), hand('sell')]
  assert.equal(outcome(ITEM, [...sold(), recall(MODEL)]), 'RECALLED')
  assert.equal(outcome(ITEM, [...sold(), recall(MODEL, by('lot', 'L', 'L'))]), 'RECALLED')
  assert.equal(outcome(ITEM, [...sold(), recall(MODEL, by('lot', 'M', 'Z'))]), 'VALID')
  assert.equal(outcome(ITEM, [...sold(), recall(MODEL, by('production_date', '2025-12-01', '2026-01-31'))]), 'RECALLED')
  assert.equal(outcome(ITEM, [...sold(), recall(MODEL, by('serial', 'B', 'C'))]), 'VALID')
  assert.equal(outcome(LOT, [production(), hand('sell', LOT), recall(MODEL, by('serial', 'B', 'C'))]), 'RECALLED', 'nothing is no contradiction')
  const last = [...sold(), recall(MODEL)]
  assert.equal(outcome(ITEM, [...last, lift(last[3])]), 'VALID')
  assert.deepEqual(courseOf(ITEM, [listed(), recall(ITEM), hand('sell')])[2], [['subjects'], true])
})

test('making', () => {
  const circle = courseOf(LOT, [make(LOT, OTHER), make(OTHER, LOT)])
  assert.deepEqual(circle.map(([, ok]) => ok), [true, false])
  assert.deepEqual(courseOf(LOT, [make(OTHER, LOT), make(LOT, OTHER)])[1], [[], true], 'judged on the chain that it is told on')
  assert.deepEqual(courseOf(ITEM, [hand('store'), make(LOT, ITEM)])[1], [['outputs'], false])
})

test('tests and corrections', () => {
  const lab = tested(LAB, { results: [{ method: 'M2', operator: 'nd' }] })
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
  assert.deepEqual(ofLot.map(({ relations, mayApply }) => [relations[0][0], mayApply]), [['asked', false], ['asked', false], ['unit', true]])
  assert.equal(outcome(LOT, [production(), packed(), hand('sell', UNIT)]), 'VALID', 'a part of an asked lot is of the lot')
  const nested = record('aggregation', { action: 'add', parent: 0n }, [OUTER, UNIT])
  assert.ok(story(LOT, [production(), packed(), nested, hand('sell', OUTER)]).pop().mayApply, 'a unit in a unit')
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

test('corrections of corrections', () => {
  const sold = hand('sell')
  const struckOf = (records) => story(ITEM, records).map(({ struck }) => struck)
  const first = strike(sold)
  assert.deepEqual(struckOf([sold, first]), [true, false])
  const second = strike(first)
  assert.deepEqual(struckOf([sold, first, second]), [false, true, false])
  assert.deepEqual(struckOf([sold, strike(sold, { party: '417/9526543000112' })]), [false, false])
  const early = strike(sold)
  assert.deepEqual(struckOf([early, sold].map((r, i) => ({ ...r, logIndex: BigInt(9000 + i) }))), [false, false], 'not of what comes later')
})

const sold = () => [production(), listed(), hand('sell')]
const OTHER_ITEM = `${MODEL}/21/B`
const visitsOf = (evidence) => evidence.walked.visits.map(({ relation, key }) => `${relation} ${key}`)

test('a recall reaches what was made of it', () => {
  const made = (more = {}) => [production(), listed(LOT, OTHER_ITEM), make(OTHER_ITEM, OTHER, more), hand('sell', OTHER)]
  assert.equal(outcome(OTHER, made()), 'VALID')
  assert.equal(outcome(OTHER, [...made(), recall(LOT)]), 'RECALLED', 'the lot that binds an input, told beside it or not')
  const beside = () => [make({ key: OTHER_ITEM, lot: `${MODEL}/10/N` }, OTHER)]
  assert.equal(outcome(OTHER, [production(), listed(LOT, OTHER_ITEM), ...beside(), hand('sell', OTHER), recall(`${MODEL}/10/N`)]), 'RECALLED', 'the lot told beside an input')
  assert.equal(outcome(OTHER, [production(), listed(LOT, OTHER_ITEM), ...beside(), hand('sell', OTHER), recall(MODEL, by('serial', 'S5', 'S6'))]), 'RECALLED', 'the lot asked for has no serial')
  const set = committed()
  assert.equal(outcome(OTHER, [set, make(OTHER_ITEM, OTHER), hand('sell', OTHER), recall(LOT)], { sets: [proofOf(set, { item: OTHER_ITEM })] }), 'RECALLED', 'the lot that a set proves')
  assert.equal(outcome(ITEM, [listed(), make(OTHER_ITEM, { key: ITEM, lot: OTHER }), recall(OTHER)]), 'RECALLED', 'a lot told beside the output')
  assert.equal(outcome(ITEM, [listed(), recall(OTHER)], { label: OTHER }), 'RECALLED', 'the lot of the label')
})

test('ranges of a recall', () => {
  const inLot = (range) => outcome(ITEM, [...sold(), recall(MODEL, range)])
  assert.equal(inLot(by('expiry_date', '2026-12-01', '2027-01-31')), 'RECALLED')
  assert.equal(inLot(by('expiry_date', '2027-02-01', '2027-03-31')), 'VALID')
  assert.equal(inLot(by('production_date', '2026-02-01', '2026-03-01')), 'VALID')
  assert.equal(inLot(by('serial', '0', '0')), 'VALID')
  assert.equal(inLot(by('lot', 'K1', 'M1')), 'VALID', 'of another length')
  assert.equal(inLot([{ property: 'lot', first: 'K1', last: 'M1', any_length: true }]), 'RECALLED')
  assert.equal(outcome(ITEM, [listed(), hand('sell'), recall(MODEL, by('production_date', '2000-01-01', '2000-01-01'))]), 'RECALLED', 'what is not proven matches')
  for (const action of ['withdrawal', 'stop_sale']) assert.equal(outcome(ITEM, [...sold(), recall(LOT, [], { action })]), 'RECALLED')
  const [first, second] = [recall(LOT), recall(LOT)]
  const suspect = lift(first)
  assert.equal(outcome(ITEM, [...sold(), first, suspect], { suspects: new Set([suspect]) }), 'RECALLED', 'a suspect lift lifts nothing')
  assert.equal(outcome(ITEM, [...sold(), first, second, lift(first)]), 'RECALLED')
})

test('a lot beside an item is a claim', () => {
  const foreign = record('lab_inspection', { results: [], sample: {}, accreditation: { body: 'RvA', number: 'L1' } }, [{ key: ITEM, lot: OTHER }], { party: LAB, role: 'lab' })
  const records = [production(), foreign, listed(), hand('sell')]
  assert.equal(judged(ITEM, records).lot, LOT)
  assert.equal(outcome(ITEM, [...records, recall(OTHER)]), 'VALID', 'one laboratory puts no item into a recalled lot')
  assert.deepEqual(courseOf(ITEM, records).map(([fields, ok]) => [fields.join(), ok]), [['subjects.0.lot', true], ['', true], ['', true], ['', true]])
  assert.deepEqual(judged(ITEM, [foreign]).verdict, 'NEVER_ISSUED', 'and it issues nothing')
})

test('when an item began', () => {
  const began = (...before) => courseOf(ITEM, [production(), ...before, listed()]).pop()
  const sticker = (action) => record('sticker', { action, tamper_id: 'T' }, [ITEM])
  const by = (role, party) => record('customs_clearance', { jurisdiction: 'CN', direction: 'import', status: 'lodged', lines: [] }, [ITEM], { role, party })
  assert.deepEqual(began(hand('store')), [['subjects'], false])
  assert.deepEqual(began(recall(ITEM)), [['subjects'], false])
  assert.deepEqual(began(sticker('issued')), [[], true])
  assert.deepEqual(began(sticker('applied')), [['subjects'], false])
  for (const role of ['customs', 'lab', 'certifier', 'regulator', 'platform']) assert.deepEqual(began(by(role, LAB)), [[], true], role)
  assert.deepEqual(began(newerRecord('informative', [ITEM])), [[], true])
  assert.deepEqual(began(make(OTHER, ITEM)), [[], true], 'an output may be listed')
  assert.deepEqual(courseOf(ITEM, [production(), listed(), make(OTHER, ITEM)]).pop(), [['outputs'], false])
  const stored = hand('store')
  assert.deepEqual(courseOf(ITEM, [production(), stored, strike(stored), listed()]).pop(), [[], true], 'what is struck')
  assert.deepEqual(began({ ...hand('store'), passed: true }), [[], true], 'what is passed over')
})

test('never issued', () => {
  const set = committed()
  const none = proofOf(set, { holds: false })
  assert.deepEqual(judged(ITEM, []), { verdict: 'NEVER_ISSUED', reasons: [{ scope: 'model', sets: 0 }], lot: null })
  assert.deepEqual(judged(ITEM, [set], { sets: [none] }).reasons, [{ scope: 'model', sets: 1 }])
  assert.deepEqual(judged(ITEM, [set], { sets: [proofOf(set, { missing: true })] }), { verdict: 'UNPROVEN', reasons: [{ why: 'list_missing' }], lot: null })
  assert.deepEqual(judged(ITEM, [set], { sets: [none], label: LOT, closed: 65 }).reasons, [{ scope: 'lot', lot: LOT }])
  assert.deepEqual(judged(ITEM, [set], { closed: 65 }).reasons, [{ why: 'add_lot' }])
  assert.deepEqual(judged(ITEM, [set], { sets: [proofOf(set, { missing: true })], label: LOT, closed: 65 }).reasons, [{ why: 'list_missing' }])
  assert.equal(outcome(ITEM, [newerRecord('informative', [ITEM])]), 'UNPROVEN', 'what cannot be read may have issued it')
  assert.equal(outcome(ITEM, [newerRecord('informative', [REGISTER])]), 'UNPROVEN')
  assert.equal(outcome(ITEM, [newerRecord('informative', [LOT])], { label: LOT }), 'UNPROVEN')
  assert.equal(outcome(ITEM, [{ ...listed(), passed: true }]), 'UNPROVEN', 'passed over')
  assert.equal(outcome(ITEM, [make(OTHER, ITEM)]), 'UNPROVEN', 'an output is issued, and of no proven lot')
  assert.deepEqual(judged(ITEM, [make(OTHER, ITEM)]).reasons, [{ why: 'no_lot' }])
})

test('taken back', () => {
  const commissioning = listed()
  const taking = strike(commissioning)
  assert.deepEqual(judged(ITEM, [commissioning, taking]).reasons.map(({ logIndex }) => logIndex), [commissioning.logIndex, taking.logIndex])
  assert.equal(outcome(ITEM, [commissioning, strike(commissioning)]), 'TAKEN_BACK')
  const set = committed()
  assert.equal(outcome(ITEM, [set, strike(set)], { sets: [proofOf(set)] }), 'TAKEN_BACK')
  const [first, second] = [committed(), committed(OTHER)]
  assert.equal(outcome(ITEM, [first, strike(first), second], { sets: [proofOf(first), proofOf(second)] }), 'NOT_YET_SOLD', 'issued again')
  assert.equal(judged(ITEM, [first, strike(first), second], { sets: [proofOf(first), proofOf(second)] }).lot, OTHER)
})

test('voided', () => {
  const applied = (action) => record('sticker', { action, tamper_id: 'T', reason: 'torn' }, [ITEM])
  assert.equal(outcome(ITEM, [...sold(), applied('voided')]), 'VOIDED_STICKER')
  assert.equal(outcome(ITEM, [...sold(), applied('voided'), applied('applied')]), 'VALID')
  assert.equal(outcome(ITEM, [...sold(), record('distribution', { action: 'destroy' }, [LOT])]), 'VOIDED_STICKER', 'with its lot')
  const part = { key: LOT, quantity: { value: '1', uom: 'KGM' } }
  assert.equal(outcome(ITEM, [...sold(), record('distribution', { action: 'destroy' }, [part])]), 'VALID', 'a part of its lot')
  assert.equal(outcome(LOT, [production(), hand('sell', LOT), record('distribution', { action: 'destroy' }, [part])]), 'VALID')
  assert.equal(outcome(LOT, [production(), hand('sell', LOT), hand('destroy', LOT)]), 'VOIDED_STICKER')
  const packed = record('aggregation', { action: 'add', parent: 0n }, [UNIT, part])
  assert.equal(outcome(LOT, [production(), hand('sell', LOT), packed, hand('destroy', UNIT)]), 'VALID', 'a unit holds a part of a lot')
  const ofInput = [listed(LOT, OTHER_ITEM), pack('add', OTHER_ITEM), make(OTHER_ITEM, OTHER), hand('destroy', UNIT)]
  const told = [listed(LOT, OTHER_ITEM), pack('add', OTHER_ITEM), hand('destroy', UNIT), make(OTHER_ITEM, OTHER), hand('sell', OTHER)]
  assert.equal(outcome(OTHER, [...ofInput, hand('sell', OTHER)]), 'VALID', 'the unit of an input, later')
  assert.deepEqual(story(OTHER, told).find(({ event }) => event.body.action === 'destroy').relations, [['input_unit', UNIT]])
  assert.equal(outcome(OTHER, told), 'VALID', 'the unit of an input')
})

test('what happened to an input is not of the product', () => {
  const made = [listed(LOT, OTHER_ITEM), pack('add', OTHER_ITEM), hand('sell', UNIT), make(OTHER_ITEM, OTHER)]
  assert.equal(outcome(OTHER, made), 'NOT_YET_SOLD', 'the unit of an input was sold')
  assert.equal(outcome(OTHER, [listed(LOT, OTHER_ITEM), hand('sell', OTHER_ITEM), make(OTHER_ITEM, OTHER)]), 'NOT_YET_SOLD')
  const lodged = [listed(LOT, OTHER_ITEM), pack('add', OTHER_ITEM), customs('lodged', 'customs', [], UNIT), make(OTHER_ITEM, OTHER), hand('sell', OTHER)]
  assert.equal(outcome(OTHER, lodged), 'VALID', 'the import of a unit of an input')
  const told = story(OTHER, made)
  assert.deepEqual(told.map(({ isOwn, mayApply }) => [isOwn, mayApply]), [[false, false], [false, false], [false, false], [true, false]])
  const both = record('distribution', { action: 'store' }, [OTHER_ITEM, OTHER])
  const [{ relations, isOwn }] = story(OTHER, [both, make(OTHER_ITEM, OTHER)])
  assert.deepEqual([relations.map(([how]) => how), isOwn], [['asked', 'input'], true], 'what is about both is of the product')
})

test('mismatches', () => {
  assert.deepEqual(judged(ITEM, sold(), { label: OTHER }).reasons, [{ ai: '10', label: 'M', record: 'L' }])
  assert.deepEqual(judged(ITEM, sold(), { claims: { dates: { 17: '270102' } } }).reasons, [{ ai: '17', label: '2027-01-02', record: '2027-01-01' }])
  assert.equal(outcome(ITEM, sold(), { claims: { dates: { 17: '270101' } }, label: LOT }), 'VALID')
  const [first, second] = [committed(), committed(OTHER)]
  const both = { sets: [proofOf(first), proofOf(second)] }
  assert.deepEqual(judged(ITEM, [first, second, hand('sell')], both).reasons, [{ ai: '10', label: 'L', record: 'M', twice: true }])
  assert.equal(outcome(ITEM, [first, second, strike(second), hand('sell')], both), 'VALID')
  assert.equal(outcome(ITEM, [first, committed(LOT), hand('sell')], { sets: [proofOf(first)] }), 'VALID')
  assert.equal(outcome(ITEM, [make(OTHER, ITEM)], { label: LOT }), 'UNPROVEN', 'without a proven lot nothing differs')
})

test('expired, and by what', () => {
  assert.deepEqual(judged(ITEM, [production('2026-01-01', '2026-05-31'), listed(), hand('sell')]), { verdict: 'EXPIRED', reasons: ['2026-05-31'], lot: LOT })
  assert.equal(outcome(ITEM, [production('2026-01-01', '2026-06-01'), listed(), hand('sell')]), 'VALID')
  assert.equal(outcome(ITEM, [production('2026-01-01', '2026-05-31'), make(LOT, ITEM)], { label: LOT }), 'UNPROVEN', 'the label proves no lot')
})

test('copies', () => {
  const CODE = '0123456789ABCDEF'
  const set = committed()
  const sets = [proofOf(set, { head: codeHash(K(ITEM), CODE) })]
  const told = (...more) => judged(ITEM, [set, hand('sell'), ...more], { sets })
  assert.equal(told(claimed(CODE)).verdict, 'VALID')
  assert.equal(told(claimed(CODE), claimed(CODE)).verdict, 'VALID', 'one party twice')
  const twice = told(claimed(CODE), claimed(CODE, SHOP))
  assert.deepEqual([twice.verdict, twice.reasons[0].why, twice.reasons[0].entries.length], ['SUSPECT_CLONE', 'claims', 2])
  assert.equal(told(claimed(CODE), claimed('0123456789ABCDEG', SHOP)).verdict, 'VALID', 'another code')
  const second = claimed(CODE, SHOP)
  assert.equal(told(claimed(CODE), second, strike(second, { party: SHOP })).verdict, 'VALID')
  assert.deepEqual(courseOf(ITEM, [set, claimed(), claimed(CODE), claimed(CODE)], { sets }).map(([fields]) => fields), [[], ['code'], [], ['action']])
  assert.deepEqual(courseOf(ITEM, [listed(), claimed(CODE)])[1], [['code'], false])

  const sales = (more) => judged(ITEM, [...sold(), ...more()])
  const clone = sales(() => [hand('sell', ITEM, { party: SHOP })])
  assert.deepEqual([clone.verdict, clone.reasons[0].why], ['SUSPECT_CLONE', 'sales'])
  assert.equal(sales(() => [hand('sell')]).verdict, 'VALID', 'one party')
  assert.equal(sales(() => [hand('return'), hand('sell', ITEM, { party: SHOP })]).verdict, 'VALID', 'it came back')
  assert.equal(sales(() => [hand('receive', ITEM, { party: SHOP }), hand('sell', ITEM, { party: SHOP })]).verdict, 'VALID', 'it was received')
  assert.equal(sales(() => [hand('store'), hand('sell', ITEM, { party: SHOP })]).verdict, 'SUSPECT_CLONE')
  const to = (party, more) => hand('sell', ITEM, { body: { to_party: party }, ...more })
  assert.equal(outcome(ITEM, [production(), listed(), to(SHOP), hand('sell', ITEM, { party: SHOP })]), 'VALID', 'sold to the next')
  assert.equal(outcome(ITEM, [production(), listed(), to(SHOP), to(LAB, { party: SHOP }), hand('sell', ITEM, { party: LAB })]), 'VALID', 'a chain of sales')
  assert.equal(outcome(LOT, [production(), hand('sell', LOT), hand('sell', LOT, { party: SHOP })]), 'VALID', 'a lot is sold in parts')
})

test('a chain that fills the walk comes with its signers', () => {
  const [first, second] = [`${MODEL}/10/A1`, `${MODEL}/10/A2`]
  const many = Array.from({ length: 4097 }, () => hand('sell', second, { party: REGULATOR }))
  const evidence = evidenceOf(LOT, [make(OTHER, second), make(second, first), make(first, LOT), ...many])
  assert.equal(evidence.walked.complete, false)
  const visits = visitsOf(evidence)
  assert.ok(visits.includes(`input ${second}`) && visits.includes(`authority ${REGULATOR}`))
  assert.ok(!visits.includes(`input ${OTHER}`), 'and nothing deeper')
})

test('two lots of an item are near, others lie a level deeper', () => {
  const third = `${MODEL}/10/N`
  const records = [production(), listed(), make(OTHER_ITEM, { key: ITEM, lot: third })]
  const { visits } = evidenceOf(ITEM, records, { label: OTHER }).walked
  const lots = visits.filter(({ relation }) => relation === 'lot' || relation === 'named_lot').map(({ relation, key, level }) => [relation, key, level])
  assert.deepEqual(lots, [['lot', LOT, 0], ['named_lot', OTHER, 0], ['named_lot', third, 1]])
  const deeper = visits.filter(({ level, relation }) => level === 1 && relation !== 'authority').map(({ key }) => key)
  assert.equal(deeper[0], third, 'before all else there')
})

test('inputs end where those before them are too many', () => {
  const lots = Array.from({ length: 60 }, (_, i) => `${MODEL}/10/I${i}`)
  const many = lots.flatMap((lot) => Array.from({ length: 300 }, () => hand('sell', lot)))
  const { complete, visits } = evidenceOf(LOT, [...many, ...lots.map((lot) => make(lot, LOT))]).walked
  assert.equal(complete, false)
  const shown = visits.filter(({ relation, key }) => relation === 'input' && key !== MODEL).length
  // Each input is a subject with 300 entries of 100 bytes. The entries of the transformations, and the subjects of level 0, are counted
  // first.
  const weight = (subjects, records) => subjects * 6144 + records * (100 + 1536)
  const near = new Set(visits.filter(({ level }) => level === 0).map(({ key }) => key))
  assert.equal(shown, Math.ceil((24 * 1024 * 1024 - weight(near.size, lots.length)) / weight(1, 300)))
})

test('inputs end where the parties that sign about them are too many', () => {
  const parties = Array.from({ length: 60 }, (_, i) => `417/${withCheck(`9521111${String(i).padStart(5, '0')}`)}`)
  const lots = parties.map((_, i) => `${MODEL}/10/P${i}`)
  const long = parties.flatMap((party) => Array.from({ length: 400 }, () => record('party_event', { action: { reaffirm: {} } }, [party])))
  const signed = lots.map((lot, i) => record('recall', { action: 'recall' }, [lot], { party: parties[i], role: 'regulator' }))
  const { complete, visits } = evidenceOf(LOT, [...long, ...signed, ...lots.map((lot) => make(lot, LOT))]).walked
  assert.equal(complete, false)
  const shown = visits.filter(({ relation, key }) => relation === 'input' && key !== MODEL).length
  // Each is a subject and its party: a recall, a making that is counted already, and 400 acts of 100 bytes.
  const weight = (subjects, records) => subjects * 6144 + records * (100 + 1536)
  const near = new Set(visits.filter(({ level }) => level === 0).map(({ key }) => key))
  assert.equal(shown, Math.ceil((24 * 1024 * 1024 - weight(near.size, lots.length)) / weight(2, 401)))
})

test('newer, cut and unproven', () => {
  const with_ = (verdict, options) => assert.equal(judged(ITEM, sold(), options).verdict, verdict)
  with_('NEWER_FORMAT', { newer: { story: [1n], informative: [], alarm: [] } })
  with_('VALID', { newer: { story: [], informative: [1n], alarm: [] } })
  const cut = evidenceOf(ITEM, sold())
  cut.walked.complete = false
  assert.equal(judged(ITEM, sold(), { walked: cut.walked }).verdict, 'INCOMPLETE')
  const alarm = newerRecord('alarm', [LOT])
  assert.deepEqual(judged(ITEM, [...sold(), alarm]), { verdict: 'RECALLED', reasons: [{ newer: true, logIndex: alarm.logIndex }], lot: LOT })
  assert.equal(outcome(ITEM, [...sold(), { ...alarm, passed: true }]), 'VALID', 'passed over')
  assert.equal(outcome(ITEM, [...sold(), newerRecord('alarm', [BRAND])]), 'VALID', 'on the chain of a party')
  for (const subject of [MODEL, LOT, UNIT]) assert.deepEqual(judged(subject, []).reasons, [{ why: 'no_record' }])
  assert.deepEqual(judged(OTHER, [make(OTHER_ITEM, OTHER), hand('sell', OTHER)]).reasons, [{ why: 'input', subject: OTHER_ITEM }])
})

test('a lot whose items are told is not judged by its own sales', () => {
  assert.equal(outcome(LOT, [production()]), 'NOT_YET_SOLD')
  assert.equal(outcome(LOT, [production(), listed()]), 'VALID')
  assert.equal(outcome(LOT, [production(), committed()]), 'VALID')
  assert.equal(outcome(LOT, [production(), committed(), customs('lodged', 'customs', [], LOT)]), 'NOT_YET_SOLD', 'but by its import')
  assert.equal(outcome(MODEL, [record('origin_content', { product_name: [] }, [MODEL])]), 'VALID')
})

test('the walk', () => {
  const set = committed()
  const relations = (...of) => visitsOf(evidenceOf(...of))
  assert.deepEqual(relations(ITEM, [listed()]), [`asked ${ITEM}`, `lot ${LOT}`, `model ${MODEL}`, `authority ${BRAND}`])
  assert.deepEqual(relations(ITEM, [set], { sets: [proofOf(set)], label: OTHER }),
    [`asked ${ITEM}`, `lot ${LOT}`, `named_lot ${OTHER}`, `model ${MODEL}`, `register ${REGISTER}`, `authority ${BRAND}`])
  assert.deepEqual(relations(ITEM, [], { label: OTHER }).slice(0, 4), [`asked ${ITEM}`, `lot ${OTHER}`, `model ${MODEL}`, `register ${REGISTER}`])
  assert.deepEqual(relations(LOT, [production()]).slice(0, 3), [`asked ${LOT}`, `model ${MODEL}`, 'register items/09526543000013/L'])
  const both = evidenceOf(ITEM, [listed(), listed(OTHER)])
  assert.ok(visitsOf(both).includes(`lot ${LOT}`) && !visitsOf(both).includes(`named_lot ${OTHER}`), 'the first binds')
  const inner = [listed(LOT, OTHER_ITEM), pack('add', OTHER_ITEM), pack('add', UNIT, OUTER), make(OTHER_ITEM, OTHER)]
  assert.deepEqual(evidenceOf(OTHER, inner).walked.visits.filter(({ relation }) => relation === 'input_unit').map(({ key, level }) => [key, level]), [[UNIT, 2], [OUTER, 3]])
  const named = [listed(), make(OTHER_ITEM, OTHER)]
  assert.ok(!visitsOf(evidenceOf(ITEM, named, { label: OTHER })).some((line) => line.startsWith('input')), 'a named lot leads to no inputs')
  const told = story(ITEM, [production('2026-01-01', '2027-01-01', OTHER), listed(), recall(OTHER, by('lot', 'X', 'X'))], { label: OTHER })
  assert.deepEqual(told.map(({ event, mayApply }) => [event.kind, mayApply]), [['commissioning', false], ['recall', true]], 'of a named lot only recalls')
})

test('what nobody lets a laboratory do', () => {
  const tie = (owner, tester) => visitsOf(evidenceOf(LOT, [production(), owner, tester])).filter((line) => line.includes('deleg/')).length
  assert.equal(tie(hand('store', LOT), tested()), 1)
  assert.equal(tie(hand('store', LOT), tested(BRAND)), 0, 'an owner')
  assert.equal(tie(hand('store', LOT), hand('sell', LOT)), 0)
  const certificate = record('certification', { assurance: 'third_party' }, [LOT], { party: SHOP, role: 'certifier' })
  assert.equal(tie(tested(), certificate), 2)
  for (const own of [listed(LOT, ITEM), make(OTHER, LOT), record('origin_content', { product_name: [] }, [MODEL])]) {
    const other = { ...own, event: { ...own.event, principal: REGULATOR } }
    assert.equal(visitsOf(evidenceOf(own.event.kind === 'commissioning' ? ITEM : LOT, [other, tested()])).filter((line) => line.includes('deleg/')).length, 2, own.event.kind)
  }
})

test('units lie in units', () => {
  const last = (records) => courseOf(UNIT, records).pop()
  assert.deepEqual(last([pack('add', OUTER, UNIT), pack('add', UNIT, OUTER)]), [['parent'], false], 'told on the chain of the parent')
  assert.deepEqual(last([pack('add', UNIT, OUTER), pack('add', UNIT, OUTER)]), [['parent'], false])
  assert.deepEqual(last([pack('add', UNIT, OUTER), pack('observe', UNIT, OUTER), pack('delete', UNIT, OUTER), pack('add', OUTER, UNIT), pack('delete', OUTER, UNIT), pack('add', UNIT, OUTER)]), [[], true])
})

test('a course without chains', () => {
  const course = new Course({ histories: new Map(), struck: new Set(), suspects: new Set(), existed: () => undefined, parties: new Map(), asked: ITEM })
  assert.ok(!course.hasOrigin(LOT) && !course.liesIn(UNIT, ITEM))
})
