// Rules that a well-formed event can still break (proto/README.md, "Findings"). A reader shows findings and never refuses for them.
// Findings come in the order of the rules: subjects, place, notes, refs, commitments, then the rules of the kind.

import { compare } from './amount.js'
import { COUNTRIES, GOODS_UNITS, UNITS } from './codes.js'
import { isForm, scaled } from './forms.js'
import { rowOf } from './group.js'
import { isSamePlace } from './place.js'

/**
 * Rule that a well-formed event breaks.
 * @typedef {object} Finding
 * @property {string} field - Path of the field in the event.
 * @property {'reject' | 'warn' | 'breaks' | 'asks'} severity - Weight of the finding: `reject` and `warn` are of the rules about one event.
 *   Of the consistency rules, `breaks` takes the effect of the entry, and `asks` is a question.
 */

const HIDEABLE = {
  production: /^producer_licence$/,
  customs_clearance: /^(declaration_no|declarant|importer|warehouse|lines\.(0|[1-9]\d*)\.value)$/,
  distribution: /^(order|from_party|to_party|parcel_no)$/,
  lab_inspection: /^(customer|sampled_by)$/,
  transformation: /^(yield_ratio|process)$/,
  origin_content: /^consent$/,
}
/** Forms of references of some kinds. */
const REFS = { hawb: /^[A-Z0-9]{1,12}$/, bol: /^[A-Za-z0-9/-]{1,35}$/ }
const WAYBILLS = ['awb', 'bol', 'cmr']
/** Forms of declaration numbers and regimes of China customs. */
const CN = { number: /^\d{8}[\dIE]\d{9}$/, regime: /^\d{4}$/ }
const US_CHARACTERS = 11
const NEVER_DELEGATED = ['recall', 'correction', 'party_event', 'lab_inspection']

/** Countries that UN/LOCODE has beside ISO 3166-1, and codes that do not name a location. */
const LOCODE = { beside: ['XK', 'XZ'], placeless: ['XXX', 'ZZZ'] }
const OFFSET_MAX = 840n
const SIMPLE_ACCEPTANCE = 'simple acceptance'
const GUARD_BAND = 'guard band'

/** Returns the day of an event on a clock that is `ahead` minutes ahead of UTC; undefined when no date can spell the day. */
function dayOf({ occurred_at_ms, utc_offset_minutes }, ahead = utc_offset_minutes) {
  const date = new Date(Number(occurred_at_ms + ahead * 60000n))
  const year = date.getUTCFullYear()
  return year >= 1900 && year <= 9999 ? date.toISOString().slice(0, 10) : undefined
}

/**
 * Returns whether a value that is `lt`, `le`, `gt` or `ge` a number conforms to a limit, by the order of that number and the limit: true
 * for always, false for never, undefined for neither.
 */
function lies(operator, order, wanted) {
  const [below, under] = [operator[0] === 'l', wanted[0] === 'l']
  // At the bound itself, a value that cannot reach the bound passes a limit there, and fails a limit from the other side.
  const reaches = operator[1] === 'e'
  const isClear = below === under ? !reaches || wanted[1] === 'e' : !reaches || wanted[1] === 't'
  const isBeyond = (below ? order < 0 : order > 0) || (order === 0 && isClear)
  return isBeyond ? below === under : undefined
}

/**
 * Returns whether a result conforms to a limit of nd, in a unit that measures the same. A substance found in a part is in the whole; a
 * substance absent from the whole is in no part.
 */
function detection({ operator, value, uom, per, limit }) {
  const isFound = operator === 'gt' || ((operator === 'eq' || operator === 'ge') && value && scaled(value) > 0n)
  if (!isFound && operator !== 'nd') return undefined
  const one = (uom, per) => ({ value: 1n, uom, per })
  if (compare(one(uom, per), one(limit.uom, per)) === undefined) return undefined
  const density = compare(one(uom, per), one(uom, limit.per))
  return density !== undefined && (isFound ? density >= 0 : density <= 0) ? !isFound : undefined
}

/** Returns the order of a value, moved by `shift`, and its limit. */
function orderOf({ operator, value, lod, uom, per, limit }, shift) {
  const [stated, bound] = [operator === 'nd' ? lod : value, limit.value]
  return stated && bound ? compare({ value: scaled(stated) + shift, uom, per }, { ...limit, value: scaled(bound) }) : undefined
}

/** Whether a value, moved by `shift`, conforms to its limit. */
function conforms(result, shift) {
  const { operator, limit } = result
  const order = orderOf(result, shift)
  if (order === undefined) return undefined
  if (operator === 'eq') return { eq: !order, lt: order < 0, gt: order > 0, le: order <= 0, ge: order >= 0 }[limit.operator]
  return limit.operator === 'eq' ? undefined : lies(operator === 'nd' ? 'lt' : operator, order, limit.operator)
}

/**
 * Returns the verdict of the value alone, and of all of value ± uncertainty: `pass`, `fail`, or undefined when the value decides neither.
 */
function conformity(result) {
  const says = (shift) => {
    const holds = result.limit.operator === 'nd' ? detection(result) : conforms(result, shift)
    return holds === undefined ? undefined : holds ? 'pass' : 'fail'
  }
  const simple = says(0n)
  const around = result.uncertainty ? scaled(result.uncertainty.value) : 0n
  // A limit that is one value can lie between two ends that both miss it.
  const misses = result.limit.operator !== 'eq' || orderOf(result, -around) === orderOf(result, around)
  return { simple, banded: misses && says(-around) === simple && says(around) === simple ? simple : undefined }
}

/** Whether a verdict contradicts value and limit under a decision rule. */
function contradicts({ simple, banded }, verdict, rule) {
  if (banded) return verdict !== banded
  if (!simple || rule === GUARD_BAND) return verdict === 'pass'
  return rule === SIMPLE_ACCEPTANCE && verdict !== simple && verdict !== 'inconclusive'
}

/** Rules about parts of events. `no` reports a field relative to the part. */
function checkQuantity({ value, uom }, no) {
  if (scaled(value) <= 0n) no('value')
  if (!GOODS_UNITS.has(uom)) no('uom')
}
function checkLocode(locode, field, no) {
  if (!COUNTRIES.has(locode.slice(0, 2)) && !LOCODE.beside.includes(locode.slice(0, 2))) no(field)
  if (LOCODE.placeless.includes(locode.slice(2))) no(field)
}
const isAngle = (decimal, degrees) => scaled(decimal.replace('-', '')) <= scaled(degrees)
function checkAngles({ lat, lon }, no) {
  if (lat && !isAngle(lat, '90')) no('lat')
  if (lon && !isAngle(lon, '180')) no('lon')
}
function checkPlace(place, no) {
  const { country, gln, gln_extension, lat, lon } = place
  if (gln_extension && !gln) no('gln_extension')
  if (place.unlocode) checkLocode(place.unlocode, 'unlocode', no)
  if (country && !COUNTRIES.has(country)) no('country')
  for (const name of ['unlocode', 'subdivision']) if (country && place[name] && !place[name].startsWith(country)) no(name)
  if (!lat !== !lon) no('lat')
  checkAngles(place, no)
}
function checkTemperature({ min, max, mean, uom }, no) {
  if (uom !== 'CEL') no('uom')
  if (scaled(min) > scaled(mean) || scaled(mean) > scaled(max)) no('mean')
}

/**
 * Rules by kind. `no` and `warn` report a field of the body, `at` returns a `no` for a part of the body, `envelope` reports a field of the
 * event.
 * @type {Object<string, (body: import('./messages.js').Body, report: any) => void>}
 */
const KINDS = {
  production(body, { event, no, at, envelope, day }) {
    const { place, subjects } = event
    if (!subjects[0].quantity) envelope('subjects.0.quantity')
    if (!place?.gln && !(place?.address.length && place.country)) envelope('place')
    if (body.production_date > day) no('production_date')
    if (!COUNTRIES.has(body.country_of_origin)) no('country_of_origin')
    if (body.origin_subdivision && !body.origin_subdivision.startsWith(body.country_of_origin)) no('origin_subdivision')
    const { expiry_date, best_before, production_date, harvest_from, harvest_to } = body
    if (expiry_date && best_before) no('best_before')
    if ((expiry_date ?? best_before) < production_date) no('expiry_date')
    if (!harvest_from !== !harvest_to) no('harvest_from')
    if (harvest_to < harvest_from) no('harvest_to')
    if (harvest_from && harvest_to > production_date) no('production_date')
    for (const name of ['harvest_from', 'harvest_to']) if (body[name] > day) no(name)
    if (body.area.length === 2) no('area')
    body.area.forEach((corner, i) => checkAngles(corner, at(`area.${i}`)))
    body.process.forEach(({ uom }, i) => UNITS.has(uom) || no(`process.${i}.uom`))
  },
  sticker(body, { no }) {
    const needs = { applied: 'tamper_id', voided: 'reason', claimed: 'code' }[body.action]
    if (needs && !body[needs]) no(needs)
  },
  shipment_leg(body, { event, no, at, warn }) {
    const { origin, destination, refs } = body
    for (const end of ['origin', 'destination']) {
      checkPlace(body[end], at(end))
      if (!body[end].iata && !body[end].unlocode) no(end)
    }
    if (isSamePlace(origin, destination)) no('destination')
    if (!refs.some(({ kind }) => WAYBILLS.includes(kind))) no('refs')
    if (body.temperature) checkTemperature(body.temperature, at('temperature'))
    const { flight, vessel } = body.by
    if (flight) {
      const { carrier, flight_no } = flight
      if (!refs.some(({ kind }) => kind === 'awb')) no('refs')
      if (flight.flight_date > dayOf(event, OFFSET_MAX)) no('flight.flight_date')
      for (const name of ['atd', 'ata']) if (flight[name]?.ms > event.occurred_at_ms) no(`flight.${name}.ms`)
      if (!/^(?=.*[A-Z])[A-Z0-9]{2}$/.test(carrier)) warn('flight.carrier')
      if (!flight_no.startsWith(carrier) || !/^\d{1,4}[A-Z]?$/.test(flight_no.slice(carrier.length))) warn('flight.flight_no')
      flight.ulds.forEach((uld, i) => /^[A-Z][A-Z0-9][A-Z][A-Z0-9]{6,8}$/.test(uld) || warn(`flight.ulds.${i}`))
    }
    if (vessel?.scac && !/^[A-Z]{2,4}$/.test(vessel.scac)) warn('vessel.scac')
  },
  distribution(body, { event, no, at, envelope, hidden }) {
    if (!event.place) envelope('place')
    if (!['from_party', 'to_party'].some((field) => body[field] || hidden(field))) no('from_party')
    if (body.temperature) checkTemperature(body.temperature, at('temperature'))
  },
  customs_clearance(body, { no, at, warn, hidden }) {
    const { declaration_no, status, lines, jurisdiction, regime } = body
    if (!declaration_no && !hidden('declaration_no')) no('declaration_no')
    if (!COUNTRIES.has(jurisdiction)) no('jurisdiction')
    if ((status === 'lodged' || status === 'released') && !lines.length) no('lines')
    lines.forEach(({ line_no, hs_code, origin, quantity }, i) => {
      const chapter = +hs_code.slice(0, 2)
      if (chapter < 1 || chapter > 97 || chapter === 77) warn(`lines.${i}.hs_code`)
      if (!COUNTRIES.has(origin)) no(`lines.${i}.origin`)
      checkQuantity(quantity, at(`lines.${i}.quantity`))
      if (lines.slice(0, i).some((other) => other.line_no >= line_no)) no(`lines.${i}.line_no`)
    })
    for (const name of ['port_of_loading', 'port_of_entry']) if (body[name]) checkLocode(body[name], name, no)
    const isFormed =
      jurisdiction === 'CN' ? CN.number.test(declaration_no)
      : jurisdiction !== 'US' || declaration_no?.replace(/[^A-Za-z0-9]/g, '').length === US_CHARACTERS
    if (declaration_no && !isFormed) warn('declaration_no')
    if (jurisdiction === 'CN' && !CN.regime.test(regime)) warn('regime')
  },
  lab_inspection(body, { event, no, at, warn, envelope, day }) {
    const { sample, accreditation, results, performed_from, performed_to, issue_date, verdict } = body
    if (!event.attachments.some(({ role }) => role === 'test_report')) envelope('attachments')
    if (verdict !== 'inconclusive' && !body.decision_rule) no('decision_rule')
    for (const name of ['received_at', 'condition']) if (!sample[name]) warn(`sample.${name}`)
    if (!body.scope_statement) warn('scope_statement')
    const received = sample.received_at ?? sample.sampled_at
    if (sample.sampled_at > received) no('sample.received_at')
    if (received > performed_from) no('performed_from')
    if (performed_from > performed_to) no('performed_to')
    if (performed_to > issue_date) no('issue_date')
    if (issue_date > day) envelope('occurred_at_ms')
    for (const name of ['performed_from', 'performed_to']) {
      if (body[name] < accreditation.valid_from || body[name] > accreditation.valid_to) no(name)
    }
    results.forEach((result, i) => {
      const { limit } = result
      const field = (name) => `results.${i}.${name}`
      if (!UNITS.has(result.uom)) no(field('uom'))
      if ((result.operator === 'nd') !== !result.value) no(field('value'))
      if (result.per) checkQuantity(result.per, at(field('per')))
      if (result.uncertainty && scaled(result.uncertainty.value) < 0n) no(field('uncertainty.value'))
      if (!limit) return result.verdict === 'inconclusive' || no(field('verdict'))
      if (!UNITS.has(limit.uom)) no(field('limit.uom'))
      if ((limit.operator === 'nd') !== !limit.value) no(field('limit.value'))
      if (limit.per) checkQuantity(limit.per, at(field('limit.per')))
      if (contradicts(conformity(result), result.verdict, body.decision_rule)) no(field('verdict'))
    })
    const all = results.filter(({ limit }) => limit).map((result) => result.verdict)
    const isPass = all.length && all.every((one) => one === 'pass')
    if (verdict !== (all.includes('fail') ? 'fail' : isPass ? 'pass' : 'inconclusive')) no('verdict')
  },
  certification(body, { no, at, day }) {
    if (body.start >= body.end) no('end')
    if (body.assurance === 'third_party' && !body.accreditation) no('accreditation')
    if (body.accreditation?.valid_from > day) no('accreditation.valid_from')
    if (body.audit_date > day) no('audit_date')
    if (body.site) checkPlace(body.site, at('site'))
  },
  aggregation(body, { event, envelope }) {
    if (!event.place) envelope('place')
    if (body.action !== 'observe' && event.subjects.length < 2) envelope('subjects')
    event.goods.forEach(({ kind }, i) => kind === 'lot' && !event.subjects[i].quantity && envelope(`subjects.${i}.quantity`))
  },
  transformation(body, { event, at, warn, envelope }) {
    if (!event.place) envelope('place')
    if (body.losses) checkQuantity(body.losses, at('losses'))
    const sums = (places) => {
      const sum = new Map()
      for (const place of places) {
        const { uom, value } = event.subjects[place].quantity ?? {}
        if (uom) sum.set(uom, (sum.get(uom) ?? 0n) + scaled(value))
      }
      return sum
    }
    const into = sums(body.inputs)
    for (const [uom, out] of sums(body.outputs)) if (into.get(uom) > 0n && out * 100n > into.get(uom) * 105n) warn('outputs')
  },
  recall(body, { no }) {
    if (body.action !== 'lift') for (const field of ['severity', 'reason_code', 'consumer_action']) if (!body[field]?.length) no(field)
    body.scope.forEach(({ ranges }, i) => ranges.forEach(({ property, first, last }, j) => {
      if (first > last) no(`scope.${i}.ranges.${j}.last`)
      if (property.endsWith('date') && !(isForm('Date', first) && isForm('Date', last))) no(`scope.${i}.ranges.${j}.first`)
    }))
  },
  origin_content(body, { event, no, at }) {
    if (body.content?.captured_at.ms > event.occurred_at_ms) no('content.captured_at.ms')
    if (!body.content && !body.product_name.length) no('product_name')
    if (body.net_content) checkQuantity(body.net_content, at('net_content'))
  },
  commissioning() {},
  correction() {},
  party_event({ action: { register, delegate, revoke_key } }, { event, no }) {
    if (revoke_key?.reason === 'compromised' && revoke_key.at_ms > event.occurred_at_ms) no('revoke_key.at_ms')
    if (register && !COUNTRIES.has(register.country)) no('register.country')
    if (!delegate) return
    if (!delegate.subjects.length && !delegate.prefixes.length) no('delegate.subjects')
    if (delegate.grantor === delegate.grantee) no('delegate.grantee')
    if (delegate.kinds.some((kind) => NEVER_DELEGATED.includes(kind))) no('delegate.kinds')
  },
}

/**
 * Returns the findings of a well-formed event: `{field, severity}`, severity `reject` or `warn`.
 * @param {import('./event.js').LedgerEvent} event
 * @returns {Finding[]}
 */
export function findings(event) {
  const { kind, body, subjects, place, notes } = event
  const found = []
  const tell = (severity, path) => (field) => found.push({ field: [path, field].filter((part) => part).join('.'), severity })
  const at = `body.${kind}`
  const [no, warn] = [tell('reject', at), tell('warn', at)]
  subjects.forEach(({ quantity }, i) => quantity && checkQuantity(quantity, tell('reject', `subjects.${i}.quantity`)))
  if (place) checkPlace(place, tell('reject', 'place'))
  notes.forEach(({ text }, i) => text === text.normalize('NFC') || tell('reject', `notes.${i}`)('text'))
  body.refs.forEach(({ kind: of, id }, i) => {
    if (of === 'awb' && !isForm('AirWaybill', id)) no(`refs.${i}.id`)
    if (REFS[of] && !REFS[of].test(id)) warn(`refs.${i}.id`)
  })
  body.commitments.forEach(({ path }, i) => HIDEABLE[kind]?.test(path) || no(`commitments.${i}.path`))
  const hidden = (field) => body.commitments.some(({ path }) => path === field)
  rowOf(KINDS, kind)(body, { event, day: dayOf(event), no, warn, at: (part) => tell('reject', `${at}.${part}`), envelope: tell('reject'), hidden })
  return found
}
