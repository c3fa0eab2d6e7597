// Rules that a well-formed event can break, one by one, and the lists that the rules refer to: node --test tests/browser

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { unhex, ZERO } from '../../ledger-node/page/verifier/bytes.js'
import { COUNTRIES, GOODS_UNITS, scaleOf, UNITS } from '../../ledger-node/page/verifier/codes.js'
import { decode } from '../../ledger-node/page/verifier/codec.js'
import { running } from '../../ledger-node/page/verifier/crypto.js'
import { findings } from '../../ledger-node/page/verifier/findings.js'
import { unchecked } from '../../ledger-node/page/verifier/refusal.js'
import { parseSubject } from '../../ledger-node/page/verifier/subject.js'

await running()

const CHARACTERS = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ']
const pairs = CHARACTERS.flatMap((a) => CHARACTERS.map((b) => a + b))
const listed = (name) =>
  readFileSync(new URL(`../../crates/headwater-event/lists/${name}.txt`, import.meta.url), 'utf8').trim().split(/\s+/)

test('each list holds what the lists of the first verifier hold', () => {
  const all = [...pairs, ...pairs.flatMap((pair) => CHARACTERS.map((c) => pair + c))]
  assert.deepEqual(all.filter((code) => COUNTRIES.has(code)), listed('country').sort())
  assert.deepEqual(all.filter((code) => UNITS.has(code)).sort(), listed('unit').sort())
  assert.deepEqual(all.filter((code) => GOODS_UNITS.has(code)).sort(), listed('goods_unit').sort())
  let kind
  for (const word of listed('unit_scale')) {
    const [unit, power] = word.split(':')
    if (power === undefined) kind = word
    else assert.deepEqual(scaleOf(unit), [kind, +power], unit)
  }
})

/**
 * Returns the findings of the vectors' event of a kind, after `change(event, body)`: the fields, those of its body without its name,
 * warnings with a `?`.
 */
function found(kind, change = () => {}) {
  const file = new URL(`../vectors/event/kind-${kind.replaceAll('_', '-')}.json`, import.meta.url)
  const event = unchecked(() => decode('Event', unhex(JSON.parse(readFileSync(file, 'utf8')).input.event)))
  const body = event.body[kind]
  change(event, body)
  const goods = event.subjects.map(({ key }) => parseSubject(key))
  return findings({ ...event, kind, body, goods }).map(({ field, severity }) => field.replace(`body.${kind}.`, '') + (severity === 'warn' ? '?' : ''))
}
/** Checks that each change breaks a rule, reported at this field, and that the unchanged event breaks no rule there. */
function each(kind, cases) {
  for (const [field, ...changes] of cases) {
    const at = field.replace(/ .*/, '')
    assert.ok(!found(kind).includes(at), `${kind}: ${at} without a change`)
    for (const change of changes) assert.ok(found(kind, change).includes(at), `${kind}: ${field} ${change}: ${found(kind, change)}`)
  }
}
const put = (told) => (event, body) => Object.assign(body, told)
const around = (told) => (event) => Object.assign(event, told)
const place = (told) => around({ place: { address: [], ...told } })
const LOT = '01/09526543000013/10/L'
const KGM = (value, uom = 'KGM') => ({ value, uom })
const KINDS = 'production sticker shipment_leg distribution customs_clearance lab_inspection certification aggregation transformation recall correction origin_content party_event'.split(' ')

test('what each kind of the vectors breaks', () => {
  for (const kind of KINDS) assert.deepEqual(found(kind), [], kind)
  assert.throws(() => findings({ kind: 'another', body: { refs: [], commitments: [] }, subjects: [], notes: [] }), /no row/)
})

test('rules about all kinds', () => {
  const lot = (quantity) => around({ subjects: [{ key: LOT, quantity }] })
  each('production', [
    ['subjects.0.quantity.value', lot(KGM('0')), lot(KGM('-1'))],
    ['subjects.0.quantity.uom', lot(KGM('1', 'ZZZ'))],
    ['place.gln_extension', place({ gln_extension: '1', country: 'NL' })],
    ['place.country', place({ country: 'ZZ' })],
    ['place.unlocode', place({ country: 'NL', unlocode: 'DEHAM' })],
    ['place.subdivision', place({ country: 'NL', subdivision: 'DE-HH' })],
    ['place.lat', place({ lat: '1' }), place({ lon: '1' }), place({ lat: '90.1', lon: '1' }), place({ lat: '-90.1', lon: '1' })],
    ['place.lon', place({ lat: '1', lon: '180.1' }), place({ lat: '1', lon: '-180.1' })],
    ['notes.0.text', around({ notes: [{ lang: 'en', text: 'e\u0301' }] })],
    ['refs.0.id', put({ refs: [{ kind: 'awb', id: '176-12345670' }] })],
    ['refs.0.id?', put({ refs: [{ kind: 'hawb', id: 'a' }] }), put({ refs: [{ kind: 'bol', id: 'a b' }] })],
    ['commitments.0.path', put({ commitments: [{ path: 'species', hash: ZERO }] })],
  ])
})

test('what may be hidden', () => {
  const hideable = {
    production: ['producer_licence'], customs_clearance: ['declaration_no', 'declarant', 'importer', 'warehouse', 'lines.0.value', 'lines.12.value'],
    distribution: ['order', 'from_party', 'to_party', 'parcel_no'], lab_inspection: ['customer', 'sampled_by'], transformation: ['yield_ratio', 'process'], origin_content: ['consent'],
  }
  for (const kind of KINDS) {
    const hides = (path) => !found(kind, put({ commitments: [{ path, hash: ZERO }] })).includes('commitments.0.path')
    for (const path of Object.values(hideable).flat()) assert.equal(hides(path), !!hideable[kind]?.includes(path), `${kind}: ${path}`)
    assert.ok(!hides('another') && !hides('lines.0.value.more'))
  }
})

test('production', () => {
  each('production', [
    ['subjects.0.quantity', around({ subjects: [{ key: LOT }] })],
    ['place', around({ place: undefined }), place({ country: 'NL' }), place({ address: [{ lang: 'en', text: 'x' }] })],
    ['country_of_origin', put({ country_of_origin: 'ZZ' })],
    ['origin_subdivision', put({ country_of_origin: 'NL', origin_subdivision: 'DE-HH' })],
    ['best_before', put({ expiry_date: '2099-01-01', best_before: '2099-01-01' })],
    ['expiry_date', put({ expiry_date: '1999-01-01', best_before: undefined }), put({ expiry_date: undefined, best_before: '1999-01-01' })],
    ['harvest_from', put({ harvest_from: undefined, harvest_to: '2000-01-01' }), put({ harvest_from: '2000-01-01', harvest_to: undefined })],
    ['harvest_to', put({ harvest_from: '2000-01-02', harvest_to: '2000-01-01' })],
    ['production_date', put({ production_date: '2000-01-01', harvest_from: '2000-01-01', harvest_to: '2000-01-02' })],
    ['area', put({ area: [{ lat: '1', lon: '1' }, { lat: '2', lon: '2' }] })],
    ['area.0.lat', put({ area: [{ lat: '91', lon: '1' }] })],
    ['area.0.lon', put({ area: [{ lat: '1', lon: '181' }] })],
    ['process.0.uom', put({ process: [{ name: 'x', value: '1', uom: 'ZZZ' }] })],
  ])
})

test('stickers', () => {
  each('sticker', [
    ['tamper_id', put({ action: 'applied', tamper_id: undefined })],
    ['reason', put({ action: 'voided', reason: undefined })],
    ['code', put({ action: 'claimed', code: undefined })],
  ])
  assert.deepEqual(found('sticker', put({ action: 'issued', tamper_id: undefined, reason: undefined, code: undefined })), [])
})

const TEMPERATURES = [
  ['temperature.uom', put({ temperature: { min: '1', mean: '2', max: '3', uom: 'FAH' } })],
  ['temperature.mean', put({ temperature: { min: '3', mean: '2', max: '3', uom: 'CEL' } }), put({ temperature: { min: '1', mean: '4', max: '3', uom: 'CEL' } })],
]

test('legs', () => {
  const airport = (iata, more) => ({ iata, address: [], ...more })
  const flight = (told) => (event, body) => Object.assign(body, { mode: 'air', by: { flight: { carrier: 'KL', flight_no: 'KL1', flight_date: '2026-04-17', ulds: [], ...told } }, refs: [{ kind: 'awb', id: '176-12345675' }] })
  const vessel = (scac) => put({ mode: 'sea', by: { vessel: { ship: '9074729', voyage: '1', containers: ['CSQU3054383'], seals: [], scac } } })
  each('shipment_leg', [
    ['origin', put({ origin: { address: [], country: 'NL' } })],
    ['destination', put({ destination: { address: [], country: 'NL' } }), put({ origin: airport('AMS'), destination: airport('AMS') })],
    ['origin.country', put({ origin: airport('AMS', { country: 'ZZ' }) })],
    ['destination.country', put({ destination: airport('AMS', { country: 'ZZ' }) })],
    ['refs', put({ refs: [] }), (event, body) => (flight({})(event, body), put({ refs: [{ kind: 'cmr', id: '1' }] })(event, body))],
    ['flight.carrier?', flight({ carrier: '12' }), flight({ carrier: 'K' })],
    ['flight.flight_no?', flight({ flight_no: 'LX1' }), flight({ flight_no: 'KL12345' })],
    ['flight.ulds.0?', flight({ ulds: ['1KE12345KL'] }), flight({ ulds: ['AKE1'] })],
    ['vessel.scac?', vessel('M'), vessel('MAERS')],
    ...TEMPERATURES,
  ])
  for (const kind of ['awb', 'bol', 'cmr']) assert.ok(!found('shipment_leg', put({ mode: 'road', by: { vehicle: { operator: 'x', vehicle: 'y' } }, refs: [{ kind, id: '176-12345675' }] })).includes('refs'), kind)
  assert.deepEqual(found('shipment_leg', flight({ ulds: ['AKE12345KL'], flight_no: 'KL1234A' })), [])
  assert.ok(!found('shipment_leg', vessel('MAEU')).includes('vessel.scac?'))
})

test('distribution', () => {
  each('distribution', [['place', around({ place: undefined })], ['from_party', put({ from_party: undefined, to_party: undefined, commitments: [] })], ...TEMPERATURES])
  for (const path of ['from_party', 'to_party']) assert.ok(!found('distribution', put({ from_party: undefined, to_party: undefined, commitments: [{ path, hash: ZERO }] })).includes('from_party'), path)
  assert.ok(!found('distribution', put({ from_party: undefined, to_party: '417/9520000000011', commitments: [] })).includes('from_party'))
})

test('customs', () => {
  const line = (told, line_no = 1n) => ({ line_no, hs_code: '0402210000', hs_edition: '2022', origin: 'NL', quantity: KGM('1'), ...told })
  const lines = (...all) => put({ status: 'lodged', lines: all })
  each('customs_clearance', [
    ['declaration_no', put({ declaration_no: undefined, commitments: [] })],
    ['jurisdiction', put({ jurisdiction: 'ZZ' })],
    ['lines', put({ status: 'lodged', lines: [] }), put({ status: 'released', lines: [] })],
    ['lines.0.hs_code?', lines(line({ hs_code: '000000' })), lines(line({ hs_code: '980000' })), lines(line({ hs_code: '770000' }))],
    ['lines.0.origin', lines(line({ origin: 'ZZ' }))],
    ['lines.0.quantity.value', lines(line({ quantity: KGM('0') }))],
    ['lines.0.quantity.uom', lines(line({ quantity: KGM('1', 'ZZZ') }))],
    ['lines.1.line_no', lines(line({}), line({}))],
    ['declaration_no? CN', put({ jurisdiction: 'CN', declaration_no: '1' })],
    ['declaration_no? US', put({ jurisdiction: 'US', declaration_no: '1' })],
    ['regime?', put({ jurisdiction: 'CN', regime: '1' })],
  ])
  for (const declaration_no of ['224820261000012345', '22482026I000012345', '22482026E000012345']) assert.ok(!found('customs_clearance', put({ jurisdiction: 'CN', declaration_no })).includes('declaration_no?'))
  assert.ok(!found('customs_clearance', put({ jurisdiction: 'US', declaration_no: 'ABC-1234567-8' })).includes('declaration_no?'))
  assert.ok(!found('customs_clearance', put({ status: 'accepted', lines: [] })).includes('lines'))
  assert.ok(!found('customs_clearance', put({ declaration_no: undefined, commitments: [{ path: 'declaration_no', hash: ZERO }] })).includes('declaration_no'))
})

test('a limit of nothing detected is of what the result measures', () => {
  /** Returns the verdicts that a result may have without an uncertainty, by the rule of the vector. */
  const taken = (result, limit) => ['pass', 'fail', 'inconclusive'].filter((verdict) =>
    !found('lab_inspection', put({ results: [{ ...result, limit: { operator: 'nd', ...limit }, verdict }] })).includes('results.0.verdict'))
  const nothing = ['fail', 'inconclusive']
  const [mgPerKg, countPerGram] = [{ uom: 'MGM', per: KGM('1') }, { uom: 'C62', per: KGM('1', 'GRM') }]
  assert.deepEqual(taken({ operator: 'nd', lod: '0.1', ...mgPerKg }, countPerGram), nothing)
  assert.deepEqual(taken({ operator: 'nd', lod: '0.1', uom: 'NA' }, { uom: 'C62' }), nothing)
  assert.deepEqual(taken({ operator: 'gt', value: '0', ...countPerGram }, mgPerKg), nothing)
  assert.deepEqual(taken({ operator: 'nd', uom: 'KGM', per: KGM('1') }, mgPerKg), ['pass'], 'in another unit of the same')
  assert.deepEqual(taken({ operator: 'gt', value: '0', uom: 'MIL', per: KGM('1', 'GRM') }, countPerGram), ['fail'], 'in another unit of the same')
})

test('certificates, packing, making', () => {
  each('certification', [
    ['end', put({ start: '2026-01-02', end: '2026-01-01' }), put({ start: '2026-01-02', end: '2026-01-02' })],
    ['accreditation', put({ assurance: 'third_party', accreditation: undefined })],
    ['site.country', put({ site: { address: [], country: 'ZZ' } })],
  ])
  assert.ok(!found('certification', put({ assurance: 'second_party', accreditation: undefined })).includes('accreditation'))
  const UNIT = '00/195265430000000010'
  each('aggregation', [
    ['place', around({ place: undefined })],
    ['subjects', (event, body) => (around({ subjects: [{ key: UNIT }] })(event), put({ action: 'add', parent: 0n })(event, body))],
    ['subjects.1.quantity', (event, body) => (around({ subjects: [{ key: UNIT }, { key: LOT }] })(event), put({ parent: 0n })(event, body))],
  ])
  const makes = (into, out, uom = 'KGM') => (event, body) => {
    event.subjects = [{ key: LOT, quantity: KGM(into) }, { key: `${LOT}2`, quantity: KGM(out, uom) }]
    Object.assign(body, { inputs: [0n], outputs: [1n] })
  }
  each('transformation', [['place', around({ place: undefined })], ['outputs?', makes('100', '105.1')]])
  assert.ok(!found('transformation', makes('100', '105')).includes('outputs?'))
  assert.ok(!found('transformation', makes('100', '200', 'LTR')).includes('outputs?'), 'in other units')
})

test('recalls, content, parties', () => {
  const range = (property, first, last) => put({ scope: [{ subjects: [0n], ranges: [{ property, first, last, any_length: false }] }] })
  each('recall', [
    ['severity', put({ action: 'recall', severity: undefined })],
    ['reason_code', put({ action: 'recall', reason_code: undefined })],
    ['consumer_action', put({ action: 'recall', consumer_action: [] })],
    ['scope.0.ranges.0.last', range('lot', 'B', 'A')],
    ['scope.0.ranges.0.first', range('production_date', '1', '2'), range('expiry_date', '2026-01-01', '2026-13-01')],
  ])
  assert.deepEqual(found('recall', put({ action: 'lift', severity: undefined, reason_code: undefined, consumer_action: [] })), [])
  each('origin_content', [
    ['product_name', put({ content: undefined, product_name: [] })],
    ['net_content.value', put({ net_content: KGM('0') })],
    ['net_content.uom', put({ net_content: KGM('1', 'ZZZ') })],
  ])
  const act = (action) => put({ action })
  const tie = (told) => act({ delegate: { grantor: '417/9526543000105', grantee: '417/9520000000011', kinds: ['sticker'], subjects: [LOT], prefixes: [], ...told } })
  each('party_event', [
    ['register.country', act({ register: { names: [], country: 'ZZ', aliases: [], roles: [] } })],
    ['delegate.subjects', tie({ subjects: [] })],
    ['delegate.grantee', tie({ grantee: '417/9526543000105' })],
    ['delegate.kinds', ...['recall', 'correction', 'party_event', 'lab_inspection'].map((kind) => tie({ kinds: [kind] }))],
  ])
  assert.deepEqual(found('party_event', tie({ subjects: [], prefixes: ['9526543'] })), [])
})
