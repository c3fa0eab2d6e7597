// What scans say of a label, signal by signal: node --test tests/browser/scan.test.mjs

import assert from 'node:assert/strict'
import test from 'node:test'
import { counting, leastKm, parseScans, riskOf, RISK_THRESHOLD, weigh } from '../../ledger-node/page/verifier/scan.js'

const NOON = Date.UTC(2026, 4, 8, 12)
const MINUTE = 60_000, HOUR = 60 * MINUTE
const SHANGHAI = { lat: 31.23, lon: 121.47, error_km: 20 }
const BERLIN = { lat: 52.52, lon: 13.4, error_km: 20 }

let devices = 0
const scan = (at, spot, country) => ({ at, device: `d${devices++}`, ...spot, ...(country && { country }) })
const told = (kind, action, at, more = {}) => ({
  hasEffect: true, struck: false, mayApply: false, ways: [['asked', 'x']], ...more,
  event: { kind, told: { action }, occurred_at_ms: BigInt(at), place: more.country && { country: more.country } },
})
const handed = (action, at, country, more) => told('distribution', action, at, { country, ...more })
const signals = (scans, story = []) => riskOf(scans, story).reasons.map(([signal]) => signal)
const value = (scans, story = []) => riskOf(scans, story).value

test('nothing is suspected of one scan, or of none', () => {
  assert.deepEqual(riskOf([], []), { value: 0, reasons: [] })
  assert.deepEqual(riskOf([scan(NOON, SHANGHAI, 'CN')], [handed('sell', NOON - HOUR, 'CN')]), { value: 0, reasons: [] })
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
  const risk = riskOf(pair, story)
  assert.equal(risk.value, 95)
  const [[first, { km, minutes }], second] = risk.reasons
  assert.deepEqual([first, minutes, second], ['travel', 20, ['abroad', { there: 'DE', market: 'CN' }]])
  assert.ok(km > 8_300 && km < 8_400, km)
  assert.equal(counting('VALID', risk, 2), 'SUSPECT_CLONE')
  // As a node knows them, by their time zones.
  assert.equal(value(pair.map((one) => ({ ...one, error_km: 2_000 }))), 70)
})

test('travel: as fast as an aeroplane is not too fast', () => {
  const hours = leastKm(SHANGHAI, BERLIN) / 900
  const after = (ms) => signals([scan(NOON, SHANGHAI), scan(NOON + ms, BERLIN)])
  assert.deepEqual(after(Math.ceil(hours * HOUR)), [])
  assert.deepEqual(after(Math.floor(hours * HOUR)), ['travel'])
  assert.deepEqual(signals([scan(NOON, SHANGHAI), scan(NOON, { ...SHANGHAI, lat: 31.3 })]), [], 'within the errors, at once')
  assert.deepEqual(signals([scan(NOON, SHANGHAI), scan(NOON + MINUTE), scan(NOON + 2 * MINUTE, BERLIN)]), ['travel'], 'scans without a place are passed over')
  const [[, { minutes }]] = riskOf([scan(NOON, SHANGHAI), scan(NOON + 119_999, BERLIN)], []).reasons
  assert.equal(minutes, 1)
})

test('a code that was claimed again', () => {
  const claim = (more) => told('sticker', 'claimed', NOON, more)
  assert.deepEqual(signals([], [claim()]), [])
  assert.deepEqual(riskOf([], [claim(), claim({ hasEffect: false })]), { value: 60, reasons: [['claimed', { n: 2 }]] })
  assert.deepEqual(signals([], [claim(), claim({ struck: true, hasEffect: false })]), [])
  assert.deepEqual(signals([], [claim(), told('sticker', 'applied', NOON)]), [])
  assert.equal(RISK_THRESHOLD, 60)
  assert.equal(counting('VALID', riskOf([], [claim(), claim()]), 1), 'SUSPECT_CLONE')
})

test('before it came into trade', () => {
  for (const action of ['store', 'deliver', 'sell']) {
    const story = [handed(action, NOON)]
    assert.deepEqual(riskOf([scan(NOON - 1)], story), { value: 40, reasons: [['early', {}]] })
    assert.deepEqual(signals([scan(NOON)], story), [])
  }
  for (const action of ['receive', 'dispatch']) assert.deepEqual(signals([scan(NOON - 1)], [handed(action, NOON)]), [])
  assert.deepEqual(signals([scan(NOON)], [handed('store', NOON), handed('sell', NOON + HOUR)]), [], 'the first of them counts')
})

test('after it was returned or destroyed', () => {
  const story = [handed('sell', NOON), handed('return', NOON + HOUR)]
  assert.deepEqual(riskOf([scan(NOON + HOUR + 1)], story), { value: 40, reasons: [['late', {}]] })
  assert.deepEqual(signals([scan(NOON + HOUR)], story), [])
  assert.deepEqual(signals([scan(NOON + 3 * HOUR)], [...story, handed('sell', NOON + 2 * HOUR)]), [], 'it was sold again')
  assert.deepEqual(signals([scan(NOON + HOUR + 1)], [...story, handed('dispatch', NOON + 2 * HOUR)]), ['late'])
  assert.deepEqual(signals([scan(NOON + HOUR + 1)], [...story, handed('destroy', NOON + 2 * HOUR)]), [], 'the last of them counts')
  assert.deepEqual(riskOf([scan(NOON - 1), scan(NOON + HOUR + 1)], story), { value: 40, reasons: [['early', {}]] }, 'both are one signal')
})

test('in another country than it went to', () => {
  const story = [handed('deliver', NOON, 'NL'), handed('sell', NOON, 'CN'), handed('sell', NOON)]
  assert.deepEqual(riskOf([scan(NOON, undefined, 'CN'), scan(NOON), scan(NOON, undefined, 'NL')], story), { value: 25, reasons: [['abroad', { there: 'NL', market: 'CN' }]] })
  assert.deepEqual(signals([scan(NOON, undefined, 'CN')], story), [])
  assert.deepEqual(signals([scan(NOON, undefined, 'NL')], [handed('store', NOON, 'CN')]), [], 'stored is not sent')
})

test('only facts about the product count', () => {
  for (const more of [{ hasEffect: false }, { mayApply: true }, { ways: [['input', 'x']] }]) {
    assert.deepEqual(signals([scan(NOON - 1, undefined, 'NL')], [handed('sell', NOON, 'CN', more)]), [])
  }
  assert.deepEqual(signals([scan(NOON - 1)], [handed('sell', NOON, 'CN', { ways: [['input', 'x'], ['lot', 'y']] })]), ['early'])
})

test('a crowd', () => {
  const many = (n, devices) => Array.from({ length: n }, (_, i) => ({ at: NOON, device: `${i % devices}` }))
  assert.deepEqual(signals(many(100, 20)), [])
  assert.deepEqual(riskOf(many(101, 1), []), { value: 25, reasons: [['crowd', { n: 101, devices: 1 }]] })
  assert.deepEqual(riskOf(many(21, 21), []), { value: 25, reasons: [['crowd', { n: 21, devices: 21 }]] })
})

test('risks add up, to no more than 100, and their reasons stand in one order', () => {
  const story = [handed('sell', NOON, 'CN'), told('sticker', 'claimed', NOON), told('sticker', 'claimed', NOON)]
  const scans = [scan(NOON - 1, SHANGHAI), scan(NOON, BERLIN, 'DE'), ...Array.from({ length: 20 }, () => scan(NOON))]
  assert.deepEqual([value(scans, story), signals(scans, story)], [100, ['travel', 'claimed', 'early', 'abroad', 'crowd']])
  const sold = [handed('sell', NOON, 'CN')]
  const early = scan(NOON - 1, undefined, 'DE')
  assert.deepEqual([value([early], sold), counting('VALID', riskOf([early], sold), 1)], [65, 'SUSPECT_CLONE'])
  const crowd = Array.from({ length: 21 }, () => scan(NOON, undefined, 'DE'))
  assert.deepEqual([value(crowd, sold), counting('VALID', riskOf(crowd, sold), 21)], [50, 'VALID_REPEAT'])
})

test('the verdict in the light of scans', () => {
  assert.deepEqual([0, 1, 2].map((n) => counting('VALID', { value: 59 }, n)), ['VALID_FIRST', 'VALID_FIRST', 'VALID_REPEAT'])
  for (const verdict of ['NEWER_FORMAT', 'INCOMPLETE', 'NOT_YET_SOLD']) {
    assert.deepEqual([59, 60].map((value) => counting(verdict, { value }, 2)), [verdict, 'SUSPECT_CLONE'])
  }
  for (const verdict of ['UNKNOWN_ID', 'SIGNATURE_INVALID', 'RECALLED', 'VOIDED_STICKER', 'MISMATCH', 'EXPIRED', undefined]) {
    assert.equal(counting(verdict, { value: 100 }, 2), verdict)
  }
})

test('the answer of a node is read, or it is none', () => {
  const one = { at: NOON, device: 'd', country: 'NL', lat: 52.3, lon: 4.9, error_km: 2000 }
  const answer = (more) => JSON.stringify({ count: 3, first: { at: NOON - HOUR, country: null }, scans: [one], ...more })
  assert.deepEqual(parseScans(answer({ scans: [{ ...one, at: NOON + 1 }, one] })).scans.map(({ at }) => at), [NOON, NOON + 1])
  assert.deepEqual(parseScans('{"count": 0, "first": null, "scans": []}'), { count: 0, first: null, scans: [] })
  const wrong = [
    { count: -1 }, { count: 1.5 }, { count: '3' }, { count: 0 }, { first: null }, { first: { at: 'now' } }, { first: { at: 1e18 } },
    { first: { at: NOON, country: 'Netherlands' } }, { scans: {} }, { scans: [null] },
    ...[{ at: -1 }, { at: null }, { device: 1 }, { country: 'nl' }, { lat: 91 }, { lat: '52' }, { lat: undefined }, { lon: undefined }, { lon: -180.1 }, { error_km: -1 }, { error_km: 20_101 }]
      .map((part) => ({ scans: [{ ...one, ...part }] })),
  ]
  for (const part of wrong) assert.equal(parseScans(answer(part)), undefined, JSON.stringify(part))
  for (const text of ['', 'null', '[]', '{}', '<html>', '{"count": 1']) assert.equal(parseScans(text), undefined, text)
})

test('a look that is not counted is one more', () => {
  const answer = (count) => JSON.stringify({ count, first: count ? { at: NOON, country: 'NL' } : null, scans: count ? [{ at: NOON, device: 'd' }] : [] })
  const result = { verdict: 'VALID', story: [] }
  const seen = (count, counted) => { const { n, verdict } = weigh(answer(count), result, counted); return [n, verdict] }
  assert.deepEqual([seen(1, true), seen(2, true)], [[1, 'VALID_FIRST'], [2, 'VALID_REPEAT']])
  assert.deepEqual([seen(0, false), seen(1, false)], [[1, 'VALID_FIRST'], [2, 'VALID_REPEAT']])
  assert.equal(weigh(answer(5), {}, true).verdict, undefined, 'nothing was verified')
  assert.equal(weigh('no', result, true), undefined)
})
