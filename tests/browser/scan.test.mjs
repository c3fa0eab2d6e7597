// Scans of a label, note by note: node --test tests/browser/scan.test.mjs

import assert from 'node:assert/strict'
import test from 'node:test'
import { leastKm, looksIn, notesOf, parseScans } from '../../ledger-node/page/verifier/scan.js'

const NOON = Date.UTC(2026, 4, 8, 12)
const MINUTE = 60_000, HOUR = 60 * MINUTE
const SHANGHAI = { zone: 'Asia/Shanghai', lat: 31.23, lon: 121.47, error_km: 20 }
const BERLIN = { zone: 'Europe/Berlin', lat: 52.52, lon: 13.4, error_km: 20 }

let devices = 0
const scan = (at, spot, country) => ({ at, device: `d${devices++}`, ...spot, ...(country && { country }) })
const handed = (action, at, country, { hasEffect = true, isOwn = true, mayApply = false } = {}) => ({
  hasEffect, struck: false, isOwn, mayApply, isFact: hasEffect && isOwn && !mayApply,
  event: { kind: 'distribution', body: { action }, occurred_at_ms: BigInt(at), place: country && { country } },
})
const named = (scans, story = []) => notesOf(scans, story).map(([note]) => note)

test('nothing is noted of one look, or of none', () => {
  assert.deepEqual(notesOf([], []), [])
  assert.deepEqual(notesOf([scan(NOON, SHANGHAI, 'CN')], [handed('sell', NOON - HOUR, 'CN')]), [])
})

test('distances leave out what is not known', () => {
  const km = leastKm({ ...SHANGHAI, error_km: 10 }, { ...BERLIN, error_km: 50 })
  assert.ok(km > 8_280 && km < 8_380, km)
  assert.equal(leastKm(SHANGHAI, { lat: 31.3, lon: 121.5, error_km: 10 }), 0)
  assert.ok(Math.abs(leastKm({ lat: 0, lon: 0 }, { lat: 0, lon: 180 }) - Math.PI * 6371) < 1e-6)
})

test('Shanghai and Berlin, twenty minutes apart', () => {
  const story = [handed('sell', NOON - HOUR, 'CN')]
  const pair = [scan(NOON, SHANGHAI, 'CN'), scan(NOON + 20 * MINUTE, BERLIN, 'DE')]
  assert.deepEqual(notesOf(pair, story), [['apart', { places: ['Asia/Shanghai', 'Europe/Berlin'], minutes: 20 }], ['abroad', { there: 'DE', market: 'CN' }]])
  const [[, { places }]] = notesOf([scan(NOON, { ...SHANGHAI, zone: null }, 'CN'), scan(NOON, { ...BERLIN, zone: null })], [])
  assert.deepEqual(places, ['CN', ''])
})

test('as fast as an aeroplane is not too fast', () => {
  const hours = leastKm(SHANGHAI, BERLIN) / 900
  const after = (ms) => named([scan(NOON, SHANGHAI), scan(NOON + ms, BERLIN)])
  assert.deepEqual(after(Math.ceil(hours * HOUR)), [])
  assert.deepEqual(after(Math.floor(hours * HOUR)), ['apart'])
  assert.deepEqual(named([scan(NOON, SHANGHAI), scan(NOON, { ...SHANGHAI, lat: 31.3 })]), [], 'within the errors, at once')
  assert.deepEqual(named([scan(NOON, SHANGHAI), scan(NOON + MINUTE), scan(NOON + 2 * MINUTE, BERLIN)]), ['apart'], 'looks without a place are passed over')
  const [[, { minutes }]] = notesOf([scan(NOON, SHANGHAI), scan(NOON + 119_999, BERLIN)], [])
  assert.equal(minutes, 2, 'minutes that have begun')
})

test('before it came into trade', () => {
  for (const action of ['store', 'deliver', 'sell']) {
    const story = [handed(action, NOON)]
    assert.deepEqual(notesOf([scan(NOON - 1)], story), [['early', {}]])
    assert.deepEqual(named([scan(NOON)], story), [])
  }
  for (const action of ['receive', 'dispatch']) assert.deepEqual(named([scan(NOON - 1)], [handed(action, NOON)]), [])
  assert.deepEqual(named([scan(NOON)], [handed('store', NOON), handed('sell', NOON + HOUR)]), [], 'the first of them counts')
})

test('after it was returned or destroyed', () => {
  const story = [handed('sell', NOON), handed('return', NOON + HOUR)]
  assert.deepEqual(notesOf([scan(NOON + HOUR + 1)], story), [['late', {}]])
  assert.deepEqual(named([scan(NOON + HOUR)], story), [])
  assert.deepEqual(named([scan(NOON + 3 * HOUR)], [...story, handed('sell', NOON + 2 * HOUR)]), [], 'it was sold again')
  assert.deepEqual(named([scan(NOON + HOUR + 1)], [...story, handed('dispatch', NOON + 2 * HOUR)]), ['late'])
  assert.deepEqual(named([scan(NOON + HOUR + 1)], [...story, handed('destroy', NOON + 2 * HOUR)]), [], 'the last of them counts')
  assert.deepEqual(named([scan(NOON - 1), scan(NOON + HOUR + 1)], story), ['early', 'late'])
})

test('in another country than it went to', () => {
  const story = [handed('deliver', NOON, 'NL'), handed('sell', NOON, 'CN'), handed('sell', NOON)]
  assert.deepEqual(notesOf([scan(NOON, undefined, 'CN'), scan(NOON), scan(NOON, undefined, 'NL')], story), [['abroad', { there: 'NL', market: 'CN' }]])
  assert.deepEqual(named([scan(NOON, undefined, 'CN')], story), [])
  assert.deepEqual(named([scan(NOON, undefined, 'NL')], [handed('store', NOON, 'CN')]), [], 'stored is not sent')
})

test('only facts about the product count', () => {
  for (const more of [{ hasEffect: false }, { mayApply: true }, { isOwn: false }]) {
    assert.deepEqual(named([scan(NOON - 1, undefined, 'NL')], [handed('sell', NOON, 'CN', more)]), [])
  }
  assert.deepEqual(named([scan(NOON - 1)], [handed('sell', NOON, 'CN')]), ['early'])
})

test('a crowd is of one day, since a device has another tag on another', () => {
  const many = (n, devices, apart = 0) => Array.from({ length: n }, (_, i) => ({ at: NOON + i * apart, device: `${i % devices}` }))
  assert.deepEqual(named(many(101, 20)), [])
  assert.deepEqual(notesOf(many(21, 21), []), [['crowd', { devices: 21 }]])
  assert.deepEqual(named(many(21, 21, 24 * HOUR)), [])
})

test('the answer of a node is read, or it is none', () => {
  const one = { at: NOON, device: 'd', zone: 'Europe/Amsterdam', country: 'NL', lat: 52.3, lon: 4.9, error_km: 2000 }
  const answer = (more) => JSON.stringify({ count: 3, first: { at: NOON - HOUR, zone: null }, scans: [one], ...more })
  assert.deepEqual(parseScans(answer({ scans: [{ ...one, at: NOON + 1 }, one] })).scans.map(({ at }) => at), [NOON, NOON + 1])
  assert.deepEqual(parseScans('{"count": 0, "first": null, "scans": []}'), { count: 0, first: null, scans: [] })
  const wrong = [
    { count: -1 }, { count: 1.5 }, { count: '3' }, { count: 0 }, { first: null }, { first: { at: 'now' } }, { first: { at: 1e18 } },
    { first: { at: NOON, zone: 1 } }, { scans: {} }, { scans: [null] },
    ...[{ at: -1 }, { at: null }, { device: 1 }, { zone: 'x'.repeat(65) }, { country: 'nl' }, { lat: 91 }, { lat: '52' }, { lat: undefined }, { lon: undefined }, { lon: -180.1 }, { error_km: -1 }, { error_km: 20_101 }]
      .map((part) => ({ scans: [{ ...one, ...part }] })),
  ]
  for (const part of wrong) assert.equal(parseScans(answer(part)), undefined, JSON.stringify(part))
  for (const text of ['', 'null', '[]', '{}', '<html>', '{"count": 1']) assert.equal(parseScans(text), undefined, text)
})

test('a look that is not counted is one more', () => {
  const answer = (count) => JSON.stringify({ count, first: count ? { at: NOON, zone: null } : null, scans: count ? [{ at: NOON, device: 'd' }] : [] })
  const seen = (count, counted) => looksIn(answer(count), { story: [] }, counted).n
  assert.deepEqual([seen(1, true), seen(2, true), seen(0, false), seen(1, false)], [1, 2, 1, 2])
  assert.equal('verdict' in looksIn(answer(2), { verdict: 'VALID', story: [] }, true), false, 'no look has a part in a verdict')
  assert.equal(looksIn('no', { story: [] }, true), undefined)
})
