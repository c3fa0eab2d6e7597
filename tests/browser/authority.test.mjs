// Rights of the parties, beyond the cases of the vectors: node --test tests/browser

import assert from 'node:assert/strict'
import test from 'node:test'
import { Authority } from '../../ledger-node/page/verifier/authority.js'
import { u64, ZERO } from '../../ledger-node/page/verifier/bytes.js'
import { sha256 } from '../../ledger-node/page/verifier/sha256.js'
import { delegation, parseSubject } from '../../ledger-node/page/verifier/subject.js'

const [OPERATOR, BRAND, CARRIER, LAB, REGULATOR] = ['417/9520000000011', '417/9520000000028', '417/9520000000035', '417/9520000000042', '417/9520000000059']
const LOT = '01/09526543000013/10/L'
const keyOf = (party, use) => sha256(new TextEncoder().encode(`${party} ${use}`))
const checks = { signature() {} }

/** Ledger of a test. Each call of `says` makes the next entry, a second later. */
class Ledger {
  time = 1000000n
  authority = new Authority(ZERO)

  constructor() {
    const keys = ['admin', 'events'].map((key_use) => ({ key_use, public_key: keyOf(OPERATOR, key_use) }))
    this.authority.found({ operator: OPERATOR, keys })
    for (const [party, role] of [[BRAND, 'brand'], [CARRIER, 'carrier'], [LAB, 'lab'], [REGULATOR, 'regulator']]) {
      this.act({ register: { names: [], country: 'NL', roles: [role] } }, party)
      for (const key_use of ['admin', 'events']) this.act({ add_key: { public_key: keyOf(party, key_use), key_use } }, party)
    }
    this.act({ grant_prefix: { prefix: '9526543' } }, BRAND)
  }

  /** Takes an event in. Returns its entry, or the name of its refusal. */
  says(kind, body, { party = BRAND, role = 'brand', subjects = [LOT], use = kind === 'party_event' ? 'admin' : 'events', ...more } = {}) {
    const recorded = (this.time += 1000n)
    const goods = subjects.map(parseSubject)
    const event = {
      kind, body, party, role, goods, subjects: subjects.map((key) => ({ key })), ledger_id: ZERO, occurred_at_ms: recorded,
      key_id: sha256(keyOf(party, use)), bytes: u64(recorded), identity: sha256(u64(recorded)), event_id: sha256(u64(recorded)).subarray(0, 16), ...more,
    }
    const record = { event, recorded, logIndex: recorded, leaf: event.identity, signature: ZERO }
    try {
      this.counted = this.authority.admit(record, checks)
      return record
    } catch (e) {
      if (!e.cause) throw e
      return e.cause.name
    }
  }

  /** Whether the event that a step adds counts. */
  counts(step) {
    isRecord(step())
    return this.counted
  }

  act(action, concerned, { party = OPERATOR, role = 'platform', ...more } = {}) {
    return this.says('party_event', { action }, { party, role, subjects: [concerned], ...more })
  }
}
const isRecord = (answer) => assert.equal(typeof answer, 'object', `refused: ${answer}`)
const own = { party: BRAND, role: 'brand' }

test('goods and delegations', () => {
  const ledger = new Ledger()
  isRecord(ledger.says('production', {}))
  assert.equal(ledger.says('production', {}, { subjects: ['01/09521234000013/10/L'] }), 'Goods')
  const leg = (more) => ledger.says('shipment_leg', {}, { party: CARRIER, role: 'carrier', ...more })
  assert.equal(leg(), 'Goods')
  assert.equal(leg({ principal: BRAND }), 'Delegation')
  assert.equal(leg({ principal: CARRIER }), 'OwnPrincipal')
  assert.equal(ledger.says('production', {}, { principal: '417/9520000000066' }), 'UnknownParty')
  isRecord(ledger.says('recall', { action: 'recall' }, { party: REGULATOR, role: 'regulator', principal: REGULATOR }))
  const pair = delegation(BRAND, CARRIER)
  const stranger = '417/9520000000066'
  const toStranger = { delegate: { grantor: BRAND, grantee: stranger, kinds: ['shipment_leg'], subjects: [], prefixes: ['9526543'] } }
  assert.equal(ledger.act(toStranger, delegation(BRAND, stranger), own), 'UnknownParty')
  const lets = (more) => ledger.act({ delegate: { grantor: BRAND, grantee: CARRIER, kinds: ['shipment_leg'], subjects: [], prefixes: [], ...more } }, pair, own)
  isRecord(lets({ subjects: ['01/09526543000013'] }))
  isRecord(leg({ principal: BRAND }))
  assert.equal(ledger.says('distribution', {}, { party: CARRIER, role: 'carrier', principal: BRAND }), 'Delegation')
  isRecord(ledger.act({ end_delegation: { grantor: BRAND, grantee: CARRIER } }, pair))
  assert.equal(leg({ principal: BRAND }), 'Delegation')
  isRecord(lets({ prefixes: ['9526543'], interval: { from_ms: 0n, until_ms: ledger.time + 2500n } }))
  isRecord(leg({ principal: BRAND }))
  assert.equal(leg({ principal: BRAND }), 'Delegation')
  isRecord(ledger.act({ end_prefix: { prefix: '9526543' } }, BRAND))
  assert.equal(ledger.says('production', {}), 'Goods')
})

test('keys', () => {
  const ledger = new Ledger()
  assert.equal(ledger.says('production', {}, { use: 'admin' }), 'KeyUse')
  assert.equal(ledger.says('production', {}, { key_id: ZERO }), 'UnknownKey')
  assert.equal(ledger.says('production', {}, { occurred_at_ms: ledger.time + 302000n }), 'Future')
  assert.equal(ledger.act({ add_key: { public_key: keyOf(BRAND, 'events'), key_use: 'events' } }, CARRIER), 'KeyBound')
  const revoke = (reason, at_ms, more) => ledger.act({ revoke_key: { key_id: sha256(keyOf(BRAND, 'events')), reason, at_ms } }, BRAND, more)
  assert.equal(revoke('retired', 5n), 'Retroactive')
  assert.equal(revoke('retired', ledger.time + 10000n, { party: CARRIER, role: 'carrier' }), 'PartyAct')
  isRecord(revoke('retired', ledger.time + 5000n, own))
  assert.equal(revoke('retired', ledger.time + 9000n), 'RevokedBefore')
  assert.equal(revoke('retired', ledger.time + 4000n), 'RevokedBefore', 'the same time again')
  const made = ledger.says('production', {})
  isRecord(made)
  ledger.time += 9000n
  assert.equal(ledger.says('production', {}), 'KeyRevoked')
  assert.ok(!ledger.authority.isSuspect(made))
  isRecord(revoke('compromised', made.recorded))
  assert.ok(ledger.authority.isSuspect(made))
  assert.ok(!ledger.authority.isSuspect(made, made.recorded / 1000n - 1n), 'it existed before')
  const affirm = (below, except = [], of = 'events') =>
    ledger.act({ reaffirm: { key_id: sha256(keyOf(BRAND, of)), below, except } }, BRAND, own)
  assert.equal(affirm(1n, [], 'admin'), 'NotCompromised')
  assert.equal(ledger.act({ reaffirm: { key_id: sha256(keyOf(CARRIER, 'events')), below: 1n, except: [] } }, BRAND, own), 'UnknownKey')
  assert.equal(affirm(ledger.time + 1001n), 'AffirmedAhead')
  isRecord(affirm(made.logIndex))
  isRecord(affirm(ledger.time + 1000n, [made.event.identity]))
  assert.ok(ledger.authority.isSuspect(made))
  isRecord(affirm(made.logIndex + 1n))
  assert.ok(!ledger.authority.isSuspect(made))
  isRecord(ledger.act({ revoke_key: { key_id: sha256(keyOf(BRAND, 'admin')), reason: 'compromised', at_ms: 0n } }, BRAND))
  assert.ok(ledger.authority.isSuspect(made), 'the key that affirmed is lost, too')
})

test('roles and party events', () => {
  const ledger = new Ledger()
  assert.equal(ledger.says('production', {}, { role: 'producer' }), 'Role')
  assert.equal(ledger.says('customs_clearance', {}, { party: LAB, role: 'lab' }), 'RoleForKind')
  assert.equal(ledger.says('sticker', { action: 'claimed' }, { party: CARRIER, role: 'carrier' }), 'RoleForKind')
  assert.equal(ledger.act({ register: { names: [], country: 'NL', roles: [] } }, BRAND), 'Registered')
  assert.equal(ledger.act({ grant_role: { role: 'lab' } }, BRAND, own), 'PartyAct')
  assert.equal(ledger.act({ grant_prefix: { prefix: '95265430' } }, CARRIER), 'PrefixOverlap')
  assert.equal(ledger.act({ grant_role: { role: 'lab' } }, '417/9520000000066'), 'UnknownParty')
  assert.equal(ledger.act({ points: { number: 1n } }, CARRIER), 'Role')
  assert.equal(ledger.act({ points: { number: 1n } }, BRAND, own), 'PartyAct')
  isRecord(ledger.act({ grant_prefix: { prefix: '9531', interval: { from_ms: 0n, until_ms: 1n } } }, BRAND))
  assert.equal(ledger.act({ grant_prefix: { prefix: '9531' } }, CARRIER), 'PrefixOverlap', 'not ended')
  assert.equal(ledger.act({ register: { names: [], country: 'NL', roles: [] } }, BRAND, own), 'PartyAct')
  isRecord(ledger.act({ register: { names: [], country: 'NL', roles: ['regulator'] } }, OPERATOR))
  assert.equal(ledger.act({ register: { names: [], country: 'NL', roles: [] } }, OPERATOR), 'Registered')
  assert.equal(ledger.act({ grant_role: { role: 'lab' } }, '417/9520000000066', own), 'PartyAct', 'who may comes first')
  isRecord(ledger.act({ end_role: { role: 'brand' } }, BRAND))
  isRecord(ledger.act({ points: { number: 1n } }, BRAND))
  assert.equal(ledger.says('production', {}), 'Role')
})

test('accreditations', () => {
  const ledger = new Ledger()
  const accreditation = { body: 'RvA', number: 'L1', valid_from: '2025-01-01', valid_to: '2026-12-31' }
  const days = (performed_from, performed_to) =>
    ledger.says('lab_inspection', { accreditation, performed_from, performed_to, results: [] }, { party: LAB, role: 'lab' })
  assert.equal(days('2026-01-01', '2026-01-02'), 'Accreditation')
  isRecord(ledger.act({ accredit: { accreditation, methods: ['M1'] } }, LAB))
  isRecord(days('2026-01-01', '2026-01-02'))
  assert.equal(days('2026-12-31', '2027-01-01'), 'Accreditation')
})

test('taking back', () => {
  const ledger = new Ledger()
  const made = ledger.says('production', {})
  const correct = (of, more) =>
    ledger.says('correction', { original_event_id: of.event.event_id, original_entry_hash: of.leaf, reason: 'duplicate' }, more)
  assert.equal(correct({ event: made.event, leaf: ZERO }), 'NoOriginal')
  assert.equal(correct({ event: { ...made.event, event_id: ZERO.subarray(16) }, leaf: made.leaf }), 'NotTakenBack')
  assert.equal(correct(made, { subjects: [`${LOT}2`] }), 'OtherSubjects')
  assert.equal(correct(made, { party: CARRIER, role: 'carrier' }), 'NotAuthor')
  isRecord(correct(made, { party: REGULATOR, role: 'regulator' }))
  const recall = (more) => ledger.says('recall', { action: 'recall' }, more)
  const lift = (of, more) => ledger.says('recall', { action: 'lift', lifts: of.event.identity }, more)
  const [brands, regulators] = [recall(), recall({ party: REGULATOR, role: 'regulator' })]
  assert.equal(correct(brands), 'NotTakenBack')
  assert.equal(lift(made), 'NotTakenBack')
  assert.equal(lift(regulators), 'NotAuthor')
  isRecord(lift(brands))
  isRecord(lift(regulators, { party: REGULATOR, role: 'regulator' }))
})

/** Roles that sign each kind, by proto/README.md. */
const SIGNED_BY = {
  production: 'brand producer', commissioning: 'brand producer', origin_content: 'brand producer', 'sticker applied': 'brand producer',
  'sticker issued': 'brand platform', 'sticker voided': 'brand platform', 'sticker claimed': 'brand platform',
  shipment_leg: 'carrier distributor producer brand', distribution: 'distributor carrier producer brand', aggregation: 'distributor carrier producer brand',
  customs_clearance: 'customs distributor carrier brand', lab_inspection: 'lab', certification: 'certifier', 'certification first_party': 'brand producer',
  transformation: 'producer distributor brand', recall: 'brand regulator', correction: 'any', party_event: 'any',
}
const ROLES = 'brand producer carrier distributor customs lab certifier regulator platform auditor'.split(' ')
const [ALL, FRIEND, STRANGER] = ['417/9520000000073', '417/9520000000080', '417/9520000000066']

/** Returns a ledger with a party that has every role, and holds the prefix if given. */
function withAll(prefix) {
  const ledger = new Ledger()
  ledger.act({ register: { names: [], country: 'NL', roles: ROLES } }, ALL)
  for (const key_use of ['admin', 'events']) ledger.act({ add_key: { public_key: keyOf(ALL, key_use), key_use } }, ALL)
  if (prefix) ledger.act({ grant_prefix: { prefix } }, ALL)
  return ledger
}

test('each role and each kind', () => {
  const ledger = withAll('9531')
  for (const [signed, roles] of Object.entries(SIGNED_BY)) {
    const [kind, word] = signed.split(' ')
    const body = { assurance: word ?? 'third_party', action: kind === 'party_event' ? { end_role: { role: 'auditor' } } : word ?? 'recall', accreditation: {}, original_entry_hash: ZERO }
    for (const role of ROLES) {
      const answer = ledger.says(kind, body, { party: ALL, role, subjects: [kind === 'party_event' ? ALL : '01/09531000000017/10/L'] })
      assert.equal(answer !== 'RoleForKind', roles === 'any' || roles.split(' ').includes(role), `${signed} by ${role}: ${answer}`)
    }
  }
  assert.throws(() => ledger.says('a kind of its own', {}, { party: ALL, role: 'brand' }), /no row/, 'no kind is signed by all because no table names it')
})

test('whose goods are asked for', () => {
  const ledger = withAll()
  const accreditation = { body: 'RvA', number: 'L1', valid_from: '2025-01-01', valid_to: '2026-12-31' }
  isRecord(ledger.act({ accredit: { accreditation, methods: [] } }, ALL))
  const says = (kind, role, body = {}) => ledger.says(kind, body, { party: ALL, role })
  for (const role of ['carrier', 'distributor', 'producer', 'brand']) assert.equal(says('shipment_leg', role), 'Goods', role)
  isRecord(says('customs_clearance', 'customs'))
  isRecord(says('lab_inspection', 'lab', { accreditation, performed_from: '2026-01-01', performed_to: '2026-01-02' }))
  isRecord(says('certification', 'certifier'))
  isRecord(says('recall', 'regulator', { action: 'recall' }))
  isRecord(says('sticker', 'platform', { action: 'issued' }))
  assert.equal(says('recall', 'brand', { action: 'recall' }), 'Goods')
})

test('registers and lists lie where the goods beside them do', () => {
  const ledger = new Ledger()
  const sets = (lot, more) => ledger.says('commissioning', {}, { subjects: [lot, 'sets/09526543000013', 'items/09526543000013/L'], ...more })
  isRecord(sets(LOT))
  assert.equal(sets('01/09521234000013/10/L'), 'Goods')
  const lets = { delegate: { grantor: BRAND, grantee: FRIEND, kinds: ['commissioning'], subjects: [LOT], prefixes: [] } }
  ledger.act({ register: { names: [], country: 'NL', roles: ['producer'] } }, FRIEND)
  for (const key_use of ['admin', 'events']) ledger.act({ add_key: { public_key: keyOf(FRIEND, key_use), key_use } }, FRIEND)
  isRecord(ledger.act(lets, delegation(BRAND, FRIEND), own))
  isRecord(sets(LOT, { party: FRIEND, role: 'producer', principal: BRAND }))
  assert.equal(sets(`${LOT}2`, { party: FRIEND, role: 'producer', principal: BRAND }), 'Delegation')
})

test('who does what to a party', () => {
  const acts = {
    register: { names: [], country: 'NL', roles: [] }, grant_role: { role: 'lab' }, end_role: { role: 'lab' }, grant_prefix: { prefix: '9531' }, end_prefix: { prefix: '9531' },
    accredit: { accreditation: {}, methods: [] }, add_key: { public_key: keyOf(BRAND, 'third'), key_use: 'events' },
    revoke_key: { key_id: sha256(keyOf(BRAND, 'events')), reason: 'compromised', at_ms: 5n }, reaffirm: { key_id: sha256(keyOf(BRAND, 'events')), below: 1n, except: [] }, points: { number: 1n },
  }
  const may = {
    register: 'operator', grant_role: 'operator', end_role: 'operator', grant_prefix: 'operator', end_prefix: 'operator', accredit: 'operator', add_key: 'operator own',
    revoke_key: 'operator own', reaffirm: 'own', points: 'operator',
  }
  assert.deepEqual(Object.keys(acts), Object.keys(may))
  const as = { operator: { party: OPERATOR, role: 'platform' }, own, other: { party: CARRIER, role: 'carrier' } }
  for (const [act, told] of Object.entries(acts)) {
    for (const [who, more] of Object.entries(as)) {
      const concerned = act === 'register' ? STRANGER : BRAND
      const answer = new Ledger().act({ [act]: told }, concerned, more)
      assert.equal(answer !== 'PartyAct', may[act].split(' ').includes(who) && !(act === 'register' && who === 'own'), `${act} by ${who}: ${answer}`)
    }
  }
  assert.throws(() => new Ledger().act({ anything: {} }, BRAND), /no row/)
  const tie = { grantor: BRAND, grantee: CARRIER, kinds: ['sticker'], subjects: [], prefixes: [] }
  const pair = delegation(BRAND, CARRIER)
  const answers = (act) => Object.values({ ...as, grantee: as.other }).map((more) => new Ledger().act({ [act]: tie }, pair, more) !== 'PartyAct')
  assert.deepEqual([answers('delegate'), answers('end_delegation')], [[false, true, false, false], [true, true, false, false]])
})

test('intervals of keys, roles and prefixes', () => {
  const ledger = new Ledger()
  const until = (ms) => ({ from_ms: 0n, until_ms: ledger.time + ms })
  const key = keyOf(BRAND, 'third')
  const says = () => ledger.says('production', {}, { key_id: sha256(key) })
  isRecord(ledger.act({ add_key: { public_key: key, key_use: 'events', interval: { from_ms: ledger.time + 2500n, until_ms: ledger.time + 3500n } } }, BRAND))
  assert.equal(says(), 'KeyInterval')
  isRecord(says())
  assert.equal(says(), 'KeyInterval')
  isRecord(ledger.act({ grant_role: { role: 'producer', interval: until(2500n) } }, BRAND))
  const producer = () => ledger.says('production', {}, { role: 'producer' })
  isRecord(producer())
  assert.equal(producer(), 'Role')
  isRecord(ledger.act({ end_prefix: { prefix: '9526543' } }, BRAND))
  isRecord(ledger.act({ grant_prefix: { prefix: '9526543', interval: until(2500n) } }, BRAND))
  isRecord(ledger.says('production', {}))
  assert.equal(ledger.says('production', {}), 'Goods')
  assert.equal(ledger.says('production', {}, { ledger_id: sha256(ZERO) }), 'OtherLedger')
  assert.equal(ledger.says('production', {}, { party: STRANGER }), 'UnknownParty')
  assert.equal(ledger.act({ revoke_key: { key_id: ZERO, reason: 'compromised', at_ms: 1n } }, BRAND), 'UnknownKey')
})

test('of a newer event party and key are asked for, no more', () => {
  const ledger = new Ledger()
  const newer = (more) => ledger.says(undefined, undefined, { role: 77n, newer: 'informative', ...more })
  isRecord(newer())
  isRecord(newer({ occurred_at_ms: ledger.time + 900000n }))
  assert.equal(newer({ party: STRANGER }), 'UnknownParty')
  assert.equal(newer({ key_id: ZERO }), 'UnknownKey')
  assert.equal(newer({ ledger_id: sha256(ZERO) }), 'OtherLedger')
  const original = newer()
  const correction = { original_event_id: original.event.event_id, original_entry_hash: original.leaf, reason: 'duplicate' }
  assert.equal(ledger.counts(() => ledger.says('correction', correction)), false)
  assert.equal(ledger.counts(() => ledger.says('recall', { action: 'lift', lifts: original.event.identity })), false)
  assert.equal(ledger.says('correction', correction, { role: 'producer' }), 'Role')
  assert.equal(ledger.counts(() => ledger.says('production', {})), true)
})
