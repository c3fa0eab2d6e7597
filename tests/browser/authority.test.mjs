// Who may sign what, beyond what the vectors ask: node --test tests/browser

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

/** A ledger of its own: each call of `says` is the next entry, a second later. */
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

  /** Takes an event in; gives its record, or the name of what it is refused for. */
  says(kind, told, { party = BRAND, role = 'brand', subjects = [LOT], use = kind === 'party_event' ? 'admin' : 'events', ...more } = {}) {
    const recorded = (this.time += 1000n)
    const goods = subjects.map(parseSubject)
    const event = {
      kind, told, party, role, goods, subjects: subjects.map((key) => ({ key })), ledger_id: ZERO, occurred_at_ms: recorded,
      key_id: sha256(keyOf(party, use)), bytes: u64(recorded), identity: sha256(u64(recorded)), event_id: sha256(u64(recorded)).subarray(0, 16), ...more,
    }
    const record = { event, recorded, logIndex: recorded, leaf: event.identity, signature: ZERO }
    try {
      this.authority.admit(record, checks)
      return record
    } catch (e) {
      return e.cause.name
    }
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
  isRecord(ledger.act({ reaffirm: { event_hashes: [made.event.identity] } }, BRAND, own))
  assert.ok(!ledger.authority.isSuspect(made))
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
