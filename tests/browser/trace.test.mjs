// Traces of an honest ledger, and the refusals of traces that are changed: node --test tests/browser

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { delegation, parseSubject, registerOf } from '../../ledger-node/page/verifier/subject.js'
import { verifyOmission, verifyReceipt, verifyTrace } from '../../ledger-node/page/verifier/verifier.js'
import { formOf } from '../../ledger-node/page/verifier/walk.js'
import { encode, Ledger, STORY_ARM, withCheck } from './ledger.mjs'

const [OPERATOR, BRAND, LAB, CARRIER] = ['952000000010', '952654300010', '952111100010', '952222200010'].map((digits) => `417/${withCheck(digits)}`)
const MODEL = `01/0${withCheck('952654300001')}`
const LOT = `${MODEL}/10/L1`
const OTHER = `${MODEL}/10/L2`
const item = (serial) => `${MODEL}/21/${serial}`
const UNIT = `00/${withCheck('19526543000000001')}`
const AT = Date.UTC(2026, 3, 17)
const PLACE = { country: 'NL', gln: withCheck('952000000001') }
const ACCREDITATION = { body: 'RvA', number: 'L042', valid_from: '2025-01-01', valid_to: '2028-12-31' }

async function world() {
  const ledger = await Ledger.found({ origin: 'ledger.example/t', operator: OPERATOR, at: AT, auditor: 'auditor.example' })
  await ledger.register(BRAND, { name: 'Brand', country: 'NL', role: 'brand' })
  await ledger.register(LAB, { name: 'Lab', country: 'NL', role: 'lab' })
  await ledger.register(CARRIER, { name: 'Carrier', country: 'NL', role: 'carrier' })
  const act = (subjects, action) => ledger.say(OPERATOR, { subjects, body: { party_event: { action } } })
  await act([BRAND, 'gcp/9526543'], { grant_prefix: { prefix: '9526543' } })
  await act([LAB], { accredit: { accreditation: ACCREDITATION, methods: ['M1'] } })
  const says = (subjects, body, more) => ledger.say(BRAND, { subjects, body, place: PLACE, ...more })
  const made = (lot) => says([{ key: lot, quantity: { value: '9', uom: 'KGM' } }],
    { production: { production_date: '2026-04-17', country_of_origin: 'NL', expiry_date: '2027-12-31' } })
  const attachments = [{ sha256: new Uint8Array(32).fill(7), size: 1, media_type: 'a/b', role: 'other' }]
  const commits = (lot, serials) => {
    const items_root = ledger.commit(serials.map((serial) => [item(serial)]))
    return says([lot], { commissioning: { sticker_batch: 'B', form: { committed: { count: serials.length, items_root, manifest: 0 } } } }, { attachments })
  }
  const lists = (lot, serials) => says(serials.map(item), { commissioning: { sticker_batch: 'B', form: { listed: { lot } } } })
  const sells = (subject) => says([subject], { distribution: { action: 'sell', from_party: BRAND } })
  const takesBack = ({ event, leaf }) => ledger.say(event.party, {
    subjects: event.subjects,
    body: { correction: { original_event_id: event.event_id, original_entry_hash: leaf, reason: 'duplicate' } },
  })
  return { ledger, says, made, commits, lists, sells, takesBack, act }
}

async function asked(ledger, subject, { lot, ...options } = {}) {
  if (ledger.records[ledger.records.length - 1].kind !== 'index_head') await ledger.close()
  const { cosignedAt } = options
  const trace = ledger.trace(subject, { lot, ...options })
  try {
    return await verifyTrace(trace, { policy: options.policy ?? ledger.policy, today: '2026-05-01', subject, lot, cosignedAt })
  } catch (e) {
    return { verdict: [e.name, e.cause?.name].filter((name) => name).join(' '), stack: e.stack }
  }
}
/**
 * Counts for the register of an item's model: of its sets, or of its entries where it is `closed`; and of lists that the ledger does not
 * hold.
 */
function setsOf({ subject, histories, trace }) {
  const { records, closed, count } = histories.get(registerOf(parseSubject(subject)))
  const told = records.filter(({ event }) => formOf(event) === 'committed').length
  return { count: closed ? Number(count) : told, closed, missing: trace.sets.filter(({ proof }) => !proof).length }
}
const verdictOf = async (...of) => (await asked(...of)).verdict

test('an item of a set, whatever the label says of its lot', async () => {
  const { ledger, made, commits, sells } = await world()
  await made(LOT)
  await commits(LOT, ['A', 'B', 'C'])
  await commits(OTHER, ['D', 'E'])
  await sells(item('A'))
  const bare = await asked(ledger, item('A'))
  assert.deepEqual([bare.verdict, bare.lot, setsOf(bare)], ['VALID', LOT, { count: 2, closed: false, missing: 0 }])
  assert.equal(await verdictOf(ledger, item('A'), { lot: OTHER }), 'MISMATCH')
  assert.deepEqual((await asked(ledger, item('X'))).reasons, [{ scope: 'model', sets: 2 }])
  const lost = [...ledger.sets.values()].slice(1).map(({ hash }) => hash)
  assert.equal(await verdictOf(ledger, item('A'), { unlisted: lost }), 'VALID')
  assert.deepEqual((await asked(ledger, item('X'), { unlisted: lost })).reasons, [{ why: 'list_missing' }])
  assert.equal(setsOf(await asked(ledger, item('X'), { unlisted: lost })).missing, 1)

  const change = (of) => (message) => ({ ...message, sets: of(message.sets) })
  const set = (of, subject = item('A')) => verdictOf(ledger, subject, { change: change(of) })
  assert.equal(await set((sets) => sets.slice(1)), 'LeftOver', 'nothing leads to the lot')
  assert.equal(await set((sets) => sets.slice(0, 1)), 'Set')
  assert.equal(await set((sets) => sets.map((one) => ({ ...one, item: item('B') }))), 'Set')
  assert.equal(await set((sets) => sets.map((one) => ({ ...one, log_index: one.log_index - 1n }))), 'Set', 'no set')
  assert.equal(await set((sets) => [...sets].reverse()), 'Codec Unsorted')
  assert.equal(await set((sets) => sets.map((one) => ({ ...one, item: LOT }))), 'Set', 'no item')
  assert.equal(await verdictOf(ledger, LOT, { change: (message) => ({ ...message, sets: [{ log_index: message.entries.at(-2).log_index, item: item('A') }] }) }), 'Set')
})

test('a commissioning that was taken back issued the item once', async () => {
  const { ledger, made, commits, lists, takesBack } = await world()
  await made(LOT)
  await takesBack(await lists(LOT, ['A']))
  assert.equal(await verdictOf(ledger, item('A')), 'TAKEN_BACK')
  await takesBack(await commits(LOT, ['B', 'C']))
  const taken = await asked(ledger, item('B'))
  assert.deepEqual([taken.verdict, taken.reasons[0].event.kind, taken.lot], ['TAKEN_BACK', 'commissioning', null])
  assert.equal(await verdictOf(ledger, item('D')), 'NEVER_ISSUED')
})

test('a register with more than 64 entries is closed', async () => {
  const { ledger, made, commits, sells, takesBack } = await world()
  await made(LOT)
  await commits(LOT, ['A', 'B'])
  await commits(OTHER, ['C', 'D'])
  for (let i = 0; i < 62; i++) await commits(`${MODEL}/10/N${i}`, [`N${i}`, `M${i}`])
  await sells(item('A'))
  const open = await asked(ledger, item('A'))
  assert.deepEqual([open.verdict, setsOf(open)], ['VALID', { count: 64, closed: false, missing: 0 }])
  await takesBack(await commits(`${MODEL}/10/NN`, ['NN', 'MM']))
  const closed = await asked(ledger, item('A'))
  assert.deepEqual([closed.verdict, closed.lot, setsOf(closed)], ['VALID', LOT, { count: 66, closed: true, missing: 0 }])
  assert.equal(await verdictOf(ledger, item('A'), { lot: OTHER }), 'MISMATCH')
  assert.deepEqual((await asked(ledger, item('X'))).reasons, [{ why: 'add_lot' }])
  assert.deepEqual((await asked(ledger, item('X'), { lot: OTHER })).reasons, [{ scope: 'lot', lot: OTHER }])
  assert.deepEqual((await asked(ledger, item('X'), { lot: OTHER, unlisted: [[...ledger.sets.values()][1].hash] })).reasons, [{ why: 'list_missing' }])
  const register = MODEL.replace('01', 'sets')
  const withIndexes = (message) => ({ ...message, subjects: message.subjects.map((one) => (one.subject === register ? { ...one, log_indexes: [5n] } : one)) })
  assert.equal(await verdictOf(ledger, item('A'), { change: withIndexes }), 'Closed')
  // Without a lot to ask for, one set that holds the item suffices, and one that does not is one too many.
  const none = (message) => ({ ...message, sets: [] })
  assert.equal(await verdictOf(ledger, item('A'), { change: none }), 'LeftOver')
  assert.equal(await verdictOf(ledger, item('A'), { lot: OTHER, change: (message) => ({ ...message, sets: message.sets.slice(0, 1) }) }), 'Set')
  const twice = (message) => ({ ...message, sets: [...message.sets, { log_index: ledger.records.findLast(({ event }) => event?.kind === 'commissioning').logIndex, item: item('A') }] })
  assert.equal(await verdictOf(ledger, item('A'), { change: twice }), 'Set', 'of no entry of the trace')
})

test('an input of a set is proven by that set', async () => {
  const { ledger, made, commits, says } = await world()
  await made(LOT)
  await commits(LOT, ['A', 'B'])
  const inputs = [item('A'), { key: OTHER, quantity: { value: '1', uom: 'KGM' } }]
  const keys = inputs.map((one) => one.key ?? one).sort()
  await says(inputs, { transformation: { inputs: [keys.indexOf(item('A'))], outputs: [keys.indexOf(OTHER)] } })
  await says([OTHER], { distribution: { action: 'sell', from_party: BRAND } })
  assert.equal(await verdictOf(ledger, OTHER), 'VALID')
  assert.equal(await verdictOf(ledger, OTHER, { change: (message) => ({ ...message, sets: [] }) }), 'LeftOver', 'its lot is then nothing that is asked for')
  const twice = (message) => ({ ...message, sets: [...message.sets, { ...message.sets[0], item: item('B') }] })
  assert.match(await verdictOf(ledger, OTHER, { change: twice }), /^(Set|LeftOver)$/)
  assert.equal(await verdictOf(ledger, OTHER, { change: (message) => ({ ...message, sets: message.sets.map(({ proof, ...one }) => one) }) }), 'LeftOver')
  await says([LOT], { recall: { recall_no: 'R', action: 'recall', severity: 'high', reason_code: 'quality', reason: [{ lang: 'en', text: 'x' }], scope: [{ subjects: [0] }], consumer_action: [{ lang: 'en', text: 'x' }], start: '2026-04-17' } })
  assert.equal(await verdictOf(ledger, OTHER), 'RECALLED')
})

test('events of a newer format', async () => {
  const tell = async (arm, options = {}) => {
    const { ledger, made, lists, sells } = await world()
    await made(LOT)
    await lists(LOT, ['A'])
    await sells(item('A'))
    const record = await ledger.say(options.party ?? BRAND, { subjects: [options.on ?? LOT], body: { arm }, ...options.more })
    return { ledger, record }
  }
  for (const [arm, verdict, kind] of [[STORY_ARM, 'NEWER_FORMAT', 'story'], [39, 'NEWER_FORMAT', 'story'], [40, 'VALID', 'informative'], [43, 'VALID', 'informative'], [44, 'RECALLED', 'alarm'], [47, 'RECALLED', 'alarm']]) {
    const { ledger, record } = await tell(arm)
    const result = await asked(ledger, item('A'))
    assert.equal(result.verdict, verdict, `${arm}`)
    assert.deepEqual(result.newer[kind], [record.logIndex])
    assert.ok(!result.story.some(({ logIndex }) => logIndex === record.logIndex), 'it is not told')
  }
  const { ledger } = await tell(40)
  assert.equal(await verdictOf(ledger, item('A'), { change: (message) => ({ ...message, subjects: message.subjects.filter(({ subject }) => subject !== BRAND) }) }), 'LeftOver', 'its chain has entries that are nowhere then')
  // The reader checks the signature, and whether the ledger knows the key; not whether the party had the right.
  assert.equal(await verdictOf((await tell(40, { party: LAB })).ledger, item('A')), 'VALID')
  const forged = (await tell(40, { more: { with: { key: ledger.parties.get(LAB).events.key, sign: () => new Uint8Array(64) } } })).ledger
  assert.equal(await verdictOf(forged, item('A')), 'Denied UnknownKey')
  const unsigned = (await tell(40, { more: { with: { ...ledger.parties.get(BRAND).events, sign: () => new Uint8Array(64) } } })).ledger
  assert.equal(await verdictOf(unsigned, item('A')), 'NotAuthentic Signature')
  // A correction of an event that cannot be read has no effect, and is not an error.
  const { ledger: corrected, record } = await tell(45)
  await corrected.say(BRAND, { subjects: [LOT], body: { correction: { original_event_id: record.event.event_id, original_entry_hash: record.leaf, reason: 'duplicate' } } })
  const result = await asked(corrected, item('A'))
  assert.deepEqual([result.verdict, result.story.some(({ event }) => event.kind === 'correction')], ['RECALLED', false])
  // The walk of the newer version may have fetched more.
  const wider = await tell(41, { on: UNIT })
  assert.equal(await verdictOf(wider.ledger, UNIT), 'VALID')
})

test('what is newer lets the rest pass', async () => {
  const { ledger, made, lists, sells } = await world()
  await made(LOT)
  await lists(LOT, ['A'])
  await sells(item('A'))
  await ledger.say(CARRIER, { subjects: [item('A')], body: { distribution: { action: 'sell', from_party: CARRIER } }, place: PLACE })
  assert.equal(await verdictOf(ledger, item('A')), 'Denied Goods')
  await ledger.say(BRAND, { subjects: [LOT], body: { arm: 40 } })
  assert.equal(await verdictOf(ledger, item('A')), 'Denied Goods', 'what is informative lets nothing pass')
  await ledger.say(BRAND, { subjects: [LOT], body: { arm: STORY_ARM } })
  const passed = await asked(ledger, item('A'))
  assert.deepEqual([passed.verdict, passed.story.length], ['NEWER_FORMAT', 3])
})

test('whom the laboratory stands near', async () => {
  const { ledger, made, lists, sells } = await world()
  await made(LOT)
  await lists(LOT, ['A'])
  await sells(item('A'))
  const inspection = (party) => ledger.say(party, {
    subjects: [LOT], attachments: [{ sha256: new Uint8Array(32).fill(9), size: 1, media_type: 'a/b', role: 'test_report' }],
    body: {
      lab_inspection: {
        laboratory: party, accreditation: ACCREDITATION, report_no: 'R1', issue_date: '2026-04-17', sample: { id: 'S', sampled_at: '2026-04-16', subjects: [0] },
        performed_from: '2026-04-16', performed_to: '2026-04-16', verdict: 'pass', decision_rule: 'simple acceptance',
        results: [{ analyte: { names: [{ lang: 'en', text: 'x' }] }, method: 'M1', operator: 'nd', uom: 'C62', limit: { operator: 'nd', uom: 'C62' }, verdict: 'pass' }],
      },
    },
  })
  await inspection(LAB)
  const result = await asked(ledger, item('A'))
  assert.equal(result.verdict, 'VALID')
  assert.deepEqual([result.brand, ...[BRAND, LAB, CARRIER].map(result.tie)], [BRAND, 'brand', 'registered', undefined])
  const test_ = result.story.find(({ event }) => event.kind === 'lab_inspection')
  const [granted, ...more] = result.accreditations(test_)
  assert.deepEqual([granted.accreditation.number, granted.methods, granted.by, typeof granted.recorded, more], ['L042', ['M1'], OPERATOR, 'bigint', []])
  await ledger.say(BRAND, { subjects: [delegation(BRAND, LAB)], body: { party_event: { action: { delegate: { grantor: BRAND, grantee: LAB, kinds: ['aggregation'], prefixes: ['9526543'] } } } } })
  assert.equal((await asked(ledger, item('A'))).tie(LAB), 'delegate')
  const without = (message) => ({ ...message, subjects: message.subjects.filter(({ subject }) => !subject.startsWith('deleg/')) })
  assert.equal(await verdictOf(ledger, item('A'), { change: without }), 'LeftOver')
  assert.deepEqual((await asked(ledger, BRAND)).tie(LAB), undefined)
})

test('a cosignature ahead of every clock counts', async () => {
  const { ledger, made, lists, sells } = await world()
  await made(LOT)
  await lists(LOT, ['A'])
  await sells(item('A'))
  const policy = ledger.policy.replace('quorum none', 'quorum auditors')
  const later = Date.UTC(2027, 11, 31) / 1000
  const result = await asked(ledger, item('A'), { cosignedAt: later, policy })
  assert.deepEqual([result.verdict, result.checkpoint.quorumTime, result.audited], ['VALID', BigInt(later), true])
  assert.equal((await asked(ledger, item('A'), { cosignedAt: later + 86_400, policy })).verdict, 'EXPIRED', 'today is at least the day of the quorum')
  assert.equal(await verdictOf(ledger, item('A'), { policy }), 'Trust Quorum')
})

test('a newer event proves nothing beyond its place', async () => {
  const { ledger, made } = await world()
  await made(LOT)
  const record = await ledger.say(BRAND, { subjects: [LOT], body: { arm: 40 } })
  await ledger.close()
  let message
  ledger.trace(LOT, { change: (all) => (message = all) })
  const { checkpoint, index_head } = message
  const entry = ledger.included(Number(record.logIndex))
  const question = { policy: ledger.policy }
  const name = (promise) => promise.then(() => 'ok', (e) => e.name)
  assert.equal(await name(verifyReceipt(encode('Receipt', { checkpoint, entry }), question)), 'ok', 'that it is in the log')
  assert.equal(await name(verifyReceipt(encode('Receipt', { checkpoint, entry, index_head, subjects: [] }), question)), 'NoEvent')
  const { proof, log_indexes } = message.subjects.find(({ subject }) => subject === LOT)
  const links = log_indexes.map((log_index) => ({ log_index, leaf: ledger.leaves[Number(log_index)] }))
  const shown = (shown_by) => name(verifyOmission(encode('OmissionProof', { checkpoint, index_head, shown_by }), question))
  assert.equal(await shown({ entry: { subject: LOT, proof, links, entry } }), 'NothingOmitted')
  const batch = (until) => ledger.entries.slice(0, until).map((_, i) => ledger.included(i))
  assert.equal(await shown({ batch: { entries: batch(-1), subjects: [] } }), 'Batch')
  const { ledger: without, made: makes } = await world()
  await makes(LOT)
  await without.close()
  const proofs = [...without.chains.keys()].sort().map((subject) => ({ subject }))
  const honest = { batch: { entries: without.entries.slice(0, -1).map((_, i) => without.included(i)), subjects: proofs } }
  const told = encode('OmissionProof', { checkpoint: without.checkpoint(), index_head: without.included(without.entries.length - 1), shown_by: honest })
  assert.equal(await name(verifyOmission(told, { policy: without.policy })), 'NothingOmitted', 'the same without it')
})
