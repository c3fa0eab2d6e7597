// Consistency rules, row by row: node --test tests/browser

import assert from 'node:assert/strict'
import test from 'node:test'
import { at, BRAND, committed, courseOf, customs, evidenceOf, hand, ITEM, LAB, leg, lift, listed, LOT, make, MODEL, newerRecord, OTHER, OUTER, pack, production, recall, record, story, strike, tested, UNIT } from './evidence.mjs'

const last = (records, asked = ITEM, options) => courseOf(asked, records, options).pop()
const fine = [[], true]
const breaks = (field) => [[field], false]
const asks = (field) => [[field], true]

test('a customs declaration goes from status to status', () => {
  const outcomes = 'held inspecting sampled released rejected seized'.split(' ')
  const follows = {
    lodged: ['accepted'], accepted: outcomes, held: outcomes, inspecting: outcomes, sampled: outcomes, released: ['re_exported'], rejected: ['re_exported'], seized: [], re_exported: [],
  }
  const before = { lodged: ['lodged'], accepted: ['lodged', 'accepted'] }
  for (const status of outcomes) before[status] = [...before.accepted, status]
  before.re_exported = [...before.released, 're_exported']
  for (const [from, to] of Object.entries(follows)) {
    for (const status of Object.keys(follows)) {
      const told = [...before[from], status].map((one) => customs(one))
      assert.equal(last(told)[1], to.includes(status), `${from} to ${status}`)
      const others = [...before[from], status].map((one) => customs(one, 'brand'))
      assert.equal(last(others)[1], to.includes(status), `${from} to ${status}, declared`)
    }
  }
  for (const status of Object.keys(follows)) assert.equal(last([customs(status)])[1], status === 'lodged', `${status} first`)
})

test('who says it, and what comes before', () => {
  assert.deepEqual(last([customs('lodged', 'brand'), customs('lodged')]), fine, 'customs repeats at first')
  assert.deepEqual(last([customs('lodged', 'brand'), customs('accepted'), customs('lodged', 'brand')]), breaks('status'))
  assert.deepEqual(last([customs('lodged', 'brand'), customs('lodged'), customs('accepted', 'brand'), customs('accepted')]), fine, 'others follow what others declared')
  assert.deepEqual(last([customs('lodged', 'brand'), customs('lodged'), customs('lodged')]), breaks('status'))
  const other = (more) => record('customs_clearance', { jurisdiction: 'CN', direction: 'import', declaration_no: '1', status: 'lodged', lines: [], ...more }, [ITEM])
  for (const more of [{ jurisdiction: 'NL' }, { direction: 'export' }, { declaration_no: '2' }]) assert.deepEqual(last([customs('lodged', 'brand'), other(more)]), fine)
  assert.deepEqual(last([other({ declaration_no: undefined }), other({ declaration_no: undefined })]), breaks('status'), 'hidden numbers are one')
})

test('what is released', () => {
  const line = (value, uom = 'KGM', line_no = 1n) => [{ line_no, hs_code: '040221', origin: 'NL', quantity: { value, uom } }]
  const released = (lines) => last([customs('lodged', 'customs', line('5')), customs('accepted'), customs('released', 'customs', lines)])
  assert.deepEqual(released(line('5')), fine)
  assert.deepEqual(released(line('5.1')), breaks('lines.0.quantity'))
  assert.deepEqual(released(line('6', 'GRM')), fine, 'in another unit nothing is compared')
  assert.deepEqual(released(line('5', 'KGM', 2n)), breaks('lines.0.quantity'))
})

test('of what was destroyed nothing moves', () => {
  const moves = {
    leg: leg('departure'), store: hand('store'), make: make(ITEM, OTHER), add: pack('add'), observe: pack('observe'), applied: record('sticker', { action: 'applied' }, [ITEM]),
  }
  for (const [name, move] of Object.entries(moves)) {
    const destroyed = { ...hand('destroy'), moment: 0n }
    assert.ok(courseOf(ITEM, [destroyed, move]).pop()[0].includes('subjects'), name)
  }
  const still = [record('sticker', { action: 'voided' }, [ITEM]), customs('lodged'), record('lab_inspection', { results: [], sample: {}, accreditation: {} }, [ITEM], { party: LAB, role: 'lab' })]
  for (const one of still) assert.deepEqual(last([{ ...hand('destroy'), moment: 0n }, one]), fine, one.event.kind)
})

test('what moves on while a recall is in force', () => {
  const open = (one) => courseOf(ITEM, [{ ...recall(ITEM), moment: 0n }, one]).pop()
  assert.deepEqual(open(leg('departure')), asks('subjects'))
  for (const action of ['dispatch', 'deliver', 'sell']) assert.deepEqual(open(hand(action)), asks('subjects'), action)
  for (const action of ['receive', 'store', 'return', 'destroy']) assert.deepEqual(open(hand(action)), fine, action)
  const called = recall(ITEM)
  assert.deepEqual(last([called, lift(called), hand('sell')]), fine)
  const second = recall(ITEM)
  const lifted = lift(second)
  assert.deepEqual(last([second, lifted, hand('sell')], ITEM, { suspects: new Set([lifted]) }), asks('subjects'), 'a suspect lift')
})

test('productions of one lot', () => {
  const made = (more) => record('production', { production_date: '2026-01-01', country_of_origin: 'NL', expiry_date: '2027-01-01', area: [], process: [], ...more }, [LOT])
  assert.deepEqual(last([made(), made()], LOT), fine)
  assert.deepEqual(last([made(), made({ expiry_date: '2027-01-02' })], LOT), breaks('expiry_date'))
  assert.deepEqual(last([made(), made({ country_of_origin: 'DE' })], LOT), breaks('country_of_origin'))
  assert.deepEqual(last([made(), made({ expiry_date: undefined, best_before: '2027-01-01' })], LOT), fine, 'the date of use')
})

test('commissionings of a lot without origin', () => {
  assert.deepEqual(last([listed()]), fine, 'an empty chain')
  assert.deepEqual(last([hand('store', LOT), listed()]), asks('listed.lot'))
  assert.deepEqual(last([production(), listed()]), fine)
  assert.deepEqual(last([make(OTHER, LOT), listed()]), fine)
  assert.deepEqual(last([committed()], LOT), fine)
})

test('stickers', () => {
  const sticker = (action) => record('sticker', { action }, [ITEM])
  assert.deepEqual(last([sticker('applied'), sticker('applied')]), breaks('action'))
  assert.deepEqual(last([sticker('applied'), sticker('voided'), sticker('applied')]), fine)
  assert.deepEqual(last([sticker('issued'), sticker('issued')]), fine)
})

test('ends of a leg', () => {
  assert.deepEqual(last([leg('departure'), leg('arrival'), leg('arrival')]), breaks('leg_id'))
  for (const more of [{ mode: 'sea' }, { origin: at('FR') }, { destination: at('FR') }]) assert.deepEqual(last([leg('departure'), leg('arrival', more)]), breaks('body.shipment_leg'))
  assert.deepEqual(courseOf(ITEM, [leg('departure'), leg('arrival'), leg('departure', { leg_id: 'L2', origin: at('DE') })]).pop(), fine)
  const named = (name, value) => ({ country: 'NL', [name]: value, address: [] })
  for (const name of ['iata', 'unlocode', 'gln']) {
    const legs = (value) => [leg('departure', { destination: named(name, 'A') }), leg('arrival', { destination: { ...named(name, value), country: undefined } })]
    assert.deepEqual([last(legs('A'))[1], last(legs('B'))[1]], [true, false], name)
  }
})

test('packing', () => {
  assert.deepEqual(last([pack('add'), pack('add', ITEM, OUTER)]), breaks('parent'))
  assert.deepEqual(last([pack('add'), pack('delete', ITEM, OUTER)]), breaks('parent'))
  assert.deepEqual(last([pack('add'), pack('observe')]), fine)
  const part = (unit) => record('aggregation', { action: 'add', parent: 0n }, [unit, { key: LOT, quantity: { value: '1', uom: 'KGM' } }])
  assert.deepEqual(last([part(UNIT), part(OUTER)], LOT), fine, 'a lot lies in several')
})

test('units close a circle where the story does not hold that one was taken out of the other', () => {
  const packs = (action, unit, ...children) => record('aggregation', { action, parent: 0n }, [unit, ...children])
  const together = [packs('add', UNIT, ITEM, OUTER), packs('delete', UNIT, ITEM)]
  const untold = packs('delete', UNIT, OUTER)
  const turned = [packs('add', OUTER, ITEM, UNIT), packs('delete', OUTER, ITEM)]
  assert.deepEqual(courseOf(ITEM, [...together, untold, ...turned, packs('add', UNIT, ITEM)]), [fine, fine, fine, fine, fine])
})

test('what is said once', () => {
  assert.deepEqual(last([tested()], LOT), fine)
  assert.deepEqual(last([tested(LAB, { results: [{ method: 'M1' }, { method: 'M2' }] })], LOT), asks('results.1.method'))
  const correct = (reason, ids = []) => {
    const original = hand('store')
    return last([original, record('correction', { reason, original_entry_hash: original.leaf, corrective_event_ids: ids }, [ITEM])])
  }
  assert.deepEqual(correct('incorrect_data'), asks('corrective_event_ids'))
  assert.deepEqual(correct('incorrect_data', [new Uint8Array(16)]), fine)
  assert.deepEqual(correct('duplicate'), fine)
  const [first, second] = [production(), listed()]
  const pins = { ...second, event: { ...second.event, after: [{ subject: 1n, count: 1n }] } }
  const subjects = [ITEM, LOT]
  const pinned = { ...pins, event: { ...pins.event, subjects: subjects.map((key) => ({ key })) } }
  const told = (hours) => last([first, pinned], ITEM, { existed: () => BigInt(hours * 3600) + second.event.occurred_at_ms / 1000n })
  assert.deepEqual([told(72)[0].includes('occurred_at_ms'), told(73)[0].includes('occurred_at_ms')], [false, true])
})

test('making', () => {
  assert.deepEqual(last([hand('store'), make(OTHER, ITEM)]), breaks('outputs'))
  assert.deepEqual(last([make(OTHER, LOT), make(LOT, OTHER)], OTHER), breaks('outputs'))
  assert.deepEqual(last([make(ITEM, LOT)], LOT), fine)
  const struck = make(LOT, OTHER)
  assert.deepEqual(courseOf(LOT, [struck, strike(struck), make(OTHER, LOT)]).pop(), fine, 'what is struck made nothing')
})

test('every kind that is told is followed', () => {
  const quiet = [record('origin_content', { product_name: [] }, [MODEL]), record('certification', { assurance: 'first_party' }, [MODEL])]
  assert.deepEqual(courseOf(MODEL, quiet), [fine, fine])
  assert.deepEqual(courseOf(BRAND, [record('party_event', { action: { end_role: { role: 'lab' } } }, [BRAND])]), [fine])
  assert.throws(() => story(MODEL, [record('another', {}, [MODEL])]), /no row for another/)
  assert.equal(evidenceOf(MODEL, [newerRecord('story', [MODEL])]).walked.visits.length, 2)
})

test('chain by chain', () => {
  const next = (more) => leg('departure', { leg_id: 'L2', origin: at('FR'), ...more }, [LOT, ITEM, UNIT])
  const arrive = (subject) => [leg('departure', { leg_id: subject }, [subject]), leg('arrival', { leg_id: subject }, [subject])]
  const depart = (subject) => leg('departure', { leg_id: 'L2' }, [subject])
  const packed = () => [production(), listed(), pack('add')]
  assert.deepEqual(last([...packed(), depart(LOT), ...arrive(ITEM), next()])[0], ['leg_id', 'origin'], 'lots before items')
  assert.deepEqual(last([...packed(), ...arrive(ITEM), depart(UNIT), next()])[0], ['origin', 'leg_id'], 'items before units')
  assert.deepEqual(courseOf(LOT, [record('certification', { assurance: 'first_party' }, [MODEL, LOT])]), [fine], 'models before lots')
})
