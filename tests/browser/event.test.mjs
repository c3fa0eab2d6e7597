// Events that are newer than this reader, and the subjects that commissionings have to name: node --test tests/browser

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concat, unhex, utf8, ZERO } from '../../ledger-node/page/verifier/bytes.js'
import { decode } from '../../ledger-node/page/verifier/codec.js'
import { checked, pae, running } from '../../ledger-node/page/verifier/crypto.js'
import { readEvent } from '../../ledger-node/page/verifier/event.js'
import { unchecked } from '../../ledger-node/page/verifier/refusal.js'
import { delegation, parseSubject } from '../../ledger-node/page/verifier/subject.js'
import { encode, keyOf, STORY_ARM, varint } from './ledger.mjs'

await running()

const PARTY = '417/9526543000105'
const GTIN = '09526543000013'
const MODEL = `01/${GTIN}`
const LOT = `${MODEL}/10/L`
const ID = Uint8Array.from([0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0])
const envelope = (more = {}) => ({
  ledger_id: ZERO.map(() => 1), event_id: ID, party: PARTY, key_id: ZERO.map(() => 2), role: 'brand', occurred_at_ms: 5, utc_offset_minutes: 60,
  subjects: [{ key: LOT }], ...more,
})
const bytesOf = (body, more) => encode('Event', { ...envelope(more), body })
const number = (field, n) => concat(varint(field * 8), varint(n))
const bytes = (field, payload = []) => concat(varint(field * 8 + 2), varint(payload.length), Uint8Array.from(payload))
const raw = (...fields) => concat(...fields)

/** Returns the class or kind of the event, or the fault and its field. */
async function read(event) {
  try {
    const found = await checked((checks) => readEvent(event, checks))
    return found.newer ?? found.kind
  } catch ({ name, field }) {
    return [name, field].filter((part) => part).join(' ')
  }
}

const ONLY = raw(bytes(1, ZERO.map(() => 1)), bytes(2, ID), bytes(3, utf8(PARTY)), bytes(4, ZERO.map(() => 2)), number(5, 1), number(6, 5))
const NAMES = bytes(9, bytes(1, utf8(LOT)))

test('the number of an arm is its class', async () => {
  for (const [arm, kind] of [[STORY_ARM, 'story'], [39, 'story'], [40, 'informative'], [43, 'informative'], [44, 'alarm'], [47, 'alarm']]) {
    assert.equal(await read(raw(ONLY, NAMES, bytes(arm, [1]))), kind)
    assert.equal(await read(raw(ONLY, NAMES, bytes(arm))), kind, 'empty')
    assert.equal(await read(raw(ONLY, NAMES, number(arm, 0))), kind, 'a number')
  }
  assert.equal(await read(raw(ONLY, NAMES, bytes(48, [1]))), 'Unknown')
  assert.equal(await read(raw(ONLY, NAMES, bytes(15, [1]))), 'Unknown')
})

test('of a newer event the envelope is read', async () => {
  const ARM = bytes(40, [1])
  assert.equal(await read(raw(ONLY, NAMES, bytes(10, [255]), bytes(12), bytes(12, [1]), number(13, 9), ARM)), 'informative', 'the rest is not')
  assert.equal(await read(raw(ONLY, NAMES, number(10, 1), number(10, 1), ARM)), 'Order')
  assert.equal(await read(raw(ONLY, NAMES, bytes(12), bytes(10), ARM)), 'Order')
  assert.equal(await read(raw(ONLY, NAMES, bytes(14), ARM)), 'Unknown')
  assert.equal(await read(raw(ONLY, NAMES, bytes(STORY_ARM), ARM)), 'Unknown', 'two bodies')
  assert.equal(await read(raw(ONLY, ARM)), 'Missing subjects')
  assert.equal(await read(raw(ONLY, NAMES, ARM.subarray(0, -1))), 'Truncated')
  const subject = (...fields) => raw(ONLY, bytes(9, raw(...fields)), ARM)
  assert.equal(await read(subject(bytes(1, utf8('next/kind of subject')))), 'informative', 'a key of no form')
  assert.equal(await read(subject(bytes(1, utf8('a'.repeat(160))))), 'informative')
  assert.equal(await read(subject(bytes(1, utf8('a'.repeat(161))))), 'Value subjects.0.key')
  assert.equal(await read(subject(bytes(1))), 'Empty subjects.0.key')
  assert.equal(await read(subject(bytes(1, [0xff]))), 'Value subjects.0.key')
  assert.equal(await read(subject(bytes(1, utf8(LOT)), number(2, 0), bytes(3, [1]))), 'informative', 'quantity and lot')
  assert.equal(await read(subject(bytes(1, utf8(LOT)), number(4, 1))), 'Unknown subjects.0')
  assert.equal(await read(raw(ONLY, NAMES, NAMES, ARM)), 'Unsorted subjects.1')
  const role = (n) => raw(bytes(1, ZERO.map(() => 1)), bytes(2, ID), bytes(3, utf8(PARTY)), bytes(4, ZERO.map(() => 2)), ...n, number(6, 5), NAMES, ARM)
  assert.equal(await read(role([number(5, 77)])), 'informative')
  assert.equal(await read(role([number(5, 0)])), 'Empty role')
  assert.equal(await read(role([])), 'Missing role')
  const pin = (place) => raw(ONLY, NAMES, bytes(11, raw(place ? number(1, place) : new Uint8Array(), number(2, 1), bytes(3, ZERO))), ARM)
  assert.equal(await read(pin(0)), 'informative')
  assert.equal(await read(pin(1)), 'Value after.0.subject')
  const long = raw(ONLY, NAMES, bytes(40, new Uint8Array(32 * 1024)))
  assert.equal(await read(long), 'Value')
})

test('a value or a party action that is not known', async () => {
  const role = raw(bytes(1, ZERO.map(() => 1)), bytes(2, ID), bytes(3, utf8(PARTY)), bytes(4, ZERO.map(() => 2)), number(5, 11), number(6, 5), NAMES)
  assert.equal(await read(raw(role, bytes(22, [1, 2, 3]))), 'story', 'what the body holds stays unread')
  assert.equal(await read(raw(role, bytes(26, [1]))), 'alarm', 'a recall')
  assert.equal(await read(role), 'Missing body')
  assert.equal(await read(raw(role, bytes(22, [1]), bytes(23, [1]))), 'Unknown')
  const act = (payload) => read(raw(ONLY, bytes(9, bytes(1, utf8(PARTY))), bytes(29, payload)))
  assert.equal(await act(bytes(28, [1])), 'story')
  assert.equal(await act(number(47, 1)), 'story')
  assert.equal(await act(bytes(48, [1])), 'Unknown body.party_event')
  assert.equal(await act(bytes(5, [1])), 'Unknown body.party_event')
  assert.equal(await act(bytes(17, number(1, 99))), 'story', 'a role that is granted')
  assert.equal(await act(bytes(16, raw(bytes(1, raw(bytes(1, utf8('en')), bytes(2, utf8('x')))), bytes(2, utf8('NL')), bytes(4, [1, 99])))), 'story', 'one of many')
  assert.equal(await act(bytes(16, raw(bytes(1, raw(bytes(1, utf8('en')), bytes(2, utf8('x')))), bytes(2, utf8('NL')), bytes(4, [0])))), 'Value body.party_event.register.roles')
  assert.equal(await act(bytes(17, number(1, 0))), 'Empty body.party_event.grant_role.role')
  // Only the first fault counts: a malformed text comes before the value.
  assert.equal(await read(raw(ONLY, NAMES, bytes(10, bytes(5, utf8('nl'))), bytes(18, number(3, 99)))), 'Value place.country')
  assert.equal(await read(raw(ONLY, NAMES, bytes(18, number(3, 99)))), 'story')
  assert.equal(await read(raw(ONLY, NAMES, bytes(17, raw(bytes(3, utf8('B')), bytes(40, [1]))))), 'Unknown body.commissioning', 'no arm of another oneof')
})

const items = (n) => Array.from({ length: n }, (_, i) => ({ key: `${MODEL}/21/${String(i).padStart(4, '0')}` }))
const LIST = { key: `items/${GTIN}/L` }
const REGISTER = { key: `sets/${GTIN}` }
const sorted = (subjects) => subjects.sort((a, b) => (a.key < b.key ? -1 : 1))
const OTHER = '09526543000020'

test('what a listed commissioning names', async () => {
  const listed = (subjects, lot = LOT) => read(bytesOf({ commissioning: { sticker_batch: 'B', form: { listed: { lot } } } }, { subjects: sorted(subjects) }))
  assert.equal(await listed([...items(2), LIST]), 'commissioning')
  assert.equal(await listed([...items(500), LIST]), 'commissioning')
  assert.equal(await listed([...items(501), LIST]), 'Value subjects')
  assert.equal(await listed(items(2)), 'Value body.commissioning', 'without the list')
  assert.equal(await listed([LIST]), 'Value body.commissioning', 'without an item')
  assert.equal(await listed([...items(1), { key: `items/${GTIN}/M` }]), 'Value subjects.1.key', 'the list of another lot')
  assert.equal(await listed([...items(1), LIST, REGISTER]), 'Value subjects.2.key')
  assert.equal(await listed([{ key: LOT }, LIST]), 'Value subjects.0.key')
  assert.equal(await listed([{ ...items(1)[0], lot: LOT }, LIST]), 'Value body.commissioning')
  assert.equal(await listed([{ key: `01/${OTHER}/21/A` }, LIST]), 'Value subjects.0.key')
  assert.equal(await listed(items(1), MODEL), 'Value body.commissioning.listed.lot')
})

test('what a committed commissioning names', async () => {
  const attachments = [{ sha256: ZERO, size: 1, media_type: 'a/b', role: 'other' }]
  const committed = (subjects, more = {}) =>
    read(bytesOf({ commissioning: { sticker_batch: 'B', form: { committed: { count: 1, items_root: ZERO.map(() => 1), manifest: 0, ...more } } } }, { subjects: sorted(subjects), attachments }))
  const lot = { key: LOT }
  assert.equal(await committed([lot, REGISTER]), 'commissioning')
  assert.equal(await committed([lot]), 'Value body.commissioning')
  assert.equal(await committed([REGISTER]), 'Value body.commissioning')
  assert.equal(await committed([lot, { key: `${MODEL}/10/M` }, REGISTER]), 'Value body.commissioning')
  assert.equal(await committed([lot, { key: `sets/${OTHER}` }]), 'Value body.commissioning')
  assert.equal(await committed([lot, LIST]), 'Value subjects.1.key')
  assert.equal(await committed([...items(1), REGISTER]), 'Value subjects.0.key')
  assert.equal(await committed([lot, REGISTER], { items_root: ZERO }), 'Value body.commissioning.committed.items_root')
  assert.equal(await committed([lot, REGISTER], { manifest: 1 }), 'Value body.commissioning.committed.manifest')
})

test('who else names registers and lists', async () => {
  const correction = (subjects) => read(bytesOf({ correction: { original_event_id: ID, original_entry_hash: ZERO, reason: 'duplicate' } }, { subjects: sorted(subjects) }))
  assert.equal(await correction([{ key: LOT }, REGISTER]), 'correction')
  assert.equal(await correction([...items(500), LIST]), 'correction')
  const handed = (key) => read(bytesOf({ distribution: { action: 'store' } }, { subjects: [{ key }] }))
  assert.deepEqual([await handed(LOT), await handed(REGISTER.key), await handed(LIST.key)], ['distribution', 'Value subjects.0.key', 'Value subjects.0.key'])
})

test('keys of registers and lists', () => {
  const name = (key) => {
    try {
      const { kind, gtin, lot } = parseSubject(key)
      return [kind, gtin, lot].join(' ')
    } catch (e) {
      return e.name
    }
  }
  assert.equal(name(`sets/${GTIN}`), `register ${GTIN} `)
  assert.equal(name(`items/${GTIN}/L%2F1`), `list ${GTIN} L/1`)
  assert.equal(name(`items/${GTIN}/L%2f1`), 'Spelling')
  assert.equal(name(`items/${GTIN}`), 'Unknown')
  assert.equal(name(`items/${GTIN}/10/L`), 'Unknown')
  assert.equal(name(`sets/${GTIN}/L`), 'Unknown')
  assert.equal(name('sets/09526543000014'), 'Gs1')
  assert.equal(name('toString/1'), 'Unknown')
})

const KINDS = 'production sticker shipment_leg distribution customs_clearance lab_inspection certification aggregation transformation recall correction origin_content party_event'.split(' ')
/** Reads the event of a kind from the vectors, changed before it is written again. */
async function changed(kind, change) {
  const file = new URL(`../vectors/event/kind-${kind.replaceAll('_', '-')}.json`, import.meta.url)
  const message = unchecked(() => decode('Event', unhex(JSON.parse(readFileSync(file, 'utf8')).input.event)))
  change(message, message.body[kind])
  return read(encode('Event', message))
}
const SUBJECTS = {
  model: MODEL, lot: LOT, item: `${MODEL}/21/A`, unit: '00/195265430000000010', register: REGISTER.key, list: LIST.key, party: PARTY,
}

test('which subjects each kind names', async () => {
  const named = {
    production: 'lot', sticker: 'item', shipment_leg: 'unit lot item', distribution: 'unit lot item', customs_clearance: 'unit lot item', lab_inspection: 'lot item',
    certification: 'model lot', aggregation: 'unit lot item', transformation: 'lot item', recall: 'model lot item', correction: 'model lot item unit register list',
    origin_content: 'model lot', party_event: 'party',
  }
  assert.deepEqual(Object.keys(named), KINDS)
  for (const [kind, may] of Object.entries(named)) {
    assert.equal(await changed(kind, () => {}), kind)
    for (const [of, key] of Object.entries(SUBJECTS)) {
      const answer = await changed(kind, (message) => Object.assign(message, { subjects: [{ key }], after: [] }))
      assert.equal(answer !== 'Value subjects.0.key', may.split(' ').includes(of), `${kind} of ${of}: ${answer}`)
    }
  }
})

test('what each kind demands of its body', async () => {
  const cases = {
    'Value body.production': ['production', (m) => (m.subjects = [{ key: LOT }, { key: `${LOT}2` }])],
    'Value body.sticker': ['sticker', (m, b) => Object.assign(b, { action: 'claimed' }, (m.subjects = items(2), {}))],
    'Value body.shipment_leg.mode': ['shipment_leg', (m, b) => (b.mode = Object.keys(b.by)[0] === 'flight' ? 'sea' : 'air')],
    'Value body.lab_inspection.laboratory': ['lab_inspection', (m, b) => (b.laboratory = '417/9520000000011')],
    'Value body.lab_inspection.sample.subjects': ['lab_inspection', (m, b) => (b.sample.subjects = [...b.sample.subjects, 63n])],
    'Value body.certification.agency': ['certification', (m, b) => (b.agency = '417/9520000000011')],
    'Value body.aggregation.parent': ['aggregation', (m, b) => (b.parent = 63n)],
    'Value body.transformation.inputs': ['transformation', (m, b) => (b.inputs = [63n])],
    'Value body.recall.lifts': ['recall', (m, b) => (b.lifts = ZERO)],
    'Value body.recall.scope.0.subjects': ['recall', (m, b) => (b.scope[0].subjects = [63n])],
    'Value body.recall.scope': ['recall', (m, b) => (b.scope = [])],
    'Value body.correction.corrective_event_ids': ['correction', (m, b) => Object.assign(b, { reason: 'did_not_occur', corrective_event_ids: [ID] })],
    'Value body.origin_content.content.attachment': ['origin_content', (m, b) => Object.assign(b, { content: { attachment: 63n, captured_at: { ms: 1n, offset_minutes: 0n } } })],
  }
  for (const [fault, [kind, change]] of Object.entries(cases)) assert.equal(await changed(kind, change), fault)
  const aggregated = (change) => changed('aggregation', change)
  assert.equal(await aggregated((m, b) => Object.assign(b, { parent: 0n }, (m.subjects = items(1), {}))), 'Value body.aggregation.parent', 'no unit')
  const made = (inputs, outputs) => changed('transformation', (m, b) => Object.assign(b, { inputs, outputs }, (m.subjects = [{ key: LOT }, { key: `${LOT}2` }], {})))
  assert.equal(await made([0n], [1n]), 'transformation')
  for (const [inputs, outputs] of [[[0n], [0n]], [[0n, 1n], [1n]], [[0n], [2n]]]) assert.equal(await made(inputs, outputs), 'Value body.transformation.inputs')
  assert.equal(await changed('recall', (m, b) => (b.action = 'lift')), 'Value body.recall.lifts')
  assert.equal(await changed('recall', (m, b) => Object.assign(b, { action: 'lift', lifts: ZERO, scope: [] })), 'recall', 'a lift needs no scope')
  assert.equal(await changed('lab_inspection', (m, b) => (m.subjects = [{ key: LOT }, { key: `${LOT}2` }], b.sample.subjects = [1n])), 'Value body.lab_inspection.sample.subjects')
  assert.equal(await changed('sticker', (m, b) => Object.assign(b, { action: 'issued' }, (m.subjects = items(2), {}))), 'sticker')
})

test('each mode has what carries', async () => {
  const by = { flight: { carrier: 'KL', flight_no: 'KL1', flight_date: '2026-04-17' }, vessel: { ship: '9074729', voyage: '1', containers: ['CSQU3054383'] }, vehicle: { operator: 'x', vehicle: 'y' } }
  for (const mode of 'sea rail road air mail multimodal fixed inland_water'.split(' ')) {
    for (const [name, what] of Object.entries(by)) {
      const fits = name === ({ air: 'flight', sea: 'vessel' }[mode] ?? 'vehicle')
      assert.equal(await changed('shipment_leg', (m, b) => Object.assign(b, { mode, by: { [name]: what } })), fits ? 'shipment_leg' : 'Value body.shipment_leg.mode', `${mode} by ${name}`)
    }
  }
})

test('what stands beside a subject, and pins', async () => {
  const handed = (subjects, after = []) => changed('distribution', (m) => Object.assign(m, { subjects, after }))
  const quantity = { value: '1', uom: 'KGM' }
  assert.equal(await handed([{ key: LOT, quantity }]), 'distribution')
  assert.equal(await handed([{ key: `${MODEL}/21/A`, quantity }]), 'Value subjects.0.quantity')
  assert.equal(await handed([{ key: `${MODEL}/21/A`, lot: LOT }]), 'distribution')
  assert.equal(await handed([{ key: LOT, lot: LOT }]), 'Value subjects.0.lot')
  assert.equal(await handed([{ key: `${MODEL}/21/A`, lot: MODEL }]), 'Value subjects.0.lot')
  assert.equal(await handed([{ key: `${MODEL}/21/A`, lot: `01/${OTHER}/10/L` }]), 'Value subjects.0.lot')
  const pin = (subject, count, head) => handed([{ key: LOT }], [{ subject, count, head }])
  const HEAD = ZERO.map(() => 1)
  assert.equal(await pin(0n, 1n, HEAD), 'distribution')
  assert.equal(await pin(1n, 1n, HEAD), 'Value after.0.subject')
  assert.equal(await pin(0n, 0n, HEAD), 'Value after.0.head')
  assert.equal(await pin(0n, 1n, ZERO), 'Value after.0.head')
  assert.equal(await handed(items(64)), 'distribution')
  assert.equal(await handed(items(65)), 'Value subjects')
})

test('party events name whom they are about', async () => {
  const act = (action, subjects) => changed('party_event', (m) => Object.assign(m, { body: { party_event: { action } }, subjects: sorted(subjects.map((key) => ({ key }))), after: [] }))
  const grants = { grant_prefix: { prefix: '9526543' } }
  const ends = { end_prefix: { prefix: '9526543' } }
  for (const prefixed of [grants, ends]) {
    assert.equal(await act(prefixed, [PARTY, 'gcp/9526543']), 'party_event')
    assert.equal(await act(prefixed, [PARTY]), 'Value body.party_event')
    assert.equal(await act(prefixed, [PARTY, 'gcp/9526544']), 'Value subjects.1.key')
  }
  const tie = { grantor: PARTY, grantee: '417/9520000000011' }
  const pair = delegation(tie.grantor, tie.grantee)
  for (const delegates of [{ delegate: { ...tie, kinds: ['sticker'], subjects: [LOT] } }, { end_delegation: tie }]) {
    assert.equal(await act(delegates, [pair]), 'party_event')
    assert.equal(await act(delegates, [pair, PARTY]), 'Value subjects.0.key')
    assert.equal(await act(delegates, [delegation(tie.grantee, tie.grantor)]), 'Value subjects.0.key')
  }
  assert.equal(await act({ end_role: { role: 'lab' } }, [PARTY, tie.grantee]), 'Value body.party_event')
  const hashes = (n) => Array.from({ length: n }, (_, i) => Uint8Array.from([i >> 8, i & 255, ...ZERO.subarray(2)]))
  const affirms = (except) => act({ reaffirm: { key_id: ZERO, below: 1n, except } }, [PARTY])
  assert.equal(await affirms(hashes(512)), 'party_event')
  assert.equal(await affirms(hashes(513)), 'Value body.party_event.reaffirm.except')
  const { key, sign } = keyOf('a key')
  let ledger
  await changed('party_event', (m) => (ledger = m.ledger_id))
  const possession = (of) => sign(pae('possession', encode('Possession', { ledger, party: of, key_use: 'events', public_key: key })))
  const adds = (of) => act({ add_key: { public_key: key, key_use: 'events', possession: possession(of) } }, [PARTY])
  assert.equal(await adds(PARTY), 'party_event')
  assert.equal(await adds(tie.grantee), 'Value body.party_event.add_key.possession')
})
