// Rules that a well-formed event can still break (proto/README.md, "Findings"). A reader shows them and never refuses for them.

import { arm, walk } from './codec.js'
import { COUNTRIES, UNITS } from './codes.js'
import { isForm, scaled } from './forms.js'

const HIDEABLE = {
  production: /^producer_licence$/,
  customs_clearance: /^(declaration_no|declarant|importer|warehouse|lines\.\d+\.value)$/,
  distribution: /^(order|from_party|to_party|parcel_no)$/,
  lab_inspection: /^(customer|sampled_by)$/,
  transformation: /^(yield_ratio|process)$/,
  origin_content: /^consent$/,
}

/** Rules by type, wherever it stands. `no` and `warn` tell a field beside the one that is looked at. */
const TYPES = {
  Country: (code, { no }) => COUNTRIES.has(code) || no(),
  Quantity({ value, uom }, { no }) {
    if (scaled(value) <= 0n) no('value')
    if (!UNITS.has(uom)) no('uom')
  },
  ProcessStep: ({ uom }, { no }) => UNITS.has(uom) || no('uom'),
  Place(place, { no }) {
    for (const name of ['unlocode', 'subdivision']) if (place.country && place[name] && !place[name].startsWith(place.country)) no(name)
    if (place.gln_extension && !place.gln) no('gln_extension')
    if (!place.lat !== !place.lon) no(place.lat ? 'lon' : 'lat')
    TYPES.Corner(place, { no })
  },
  Corner({ lat, lon }, { no }) {
    if (lat && !isWithin(lat, 90)) no('lat')
    if (lon && !isWithin(lon, 180)) no('lon')
  },
  Ref({ kind, id }, { no, warn }) {
    if (kind === 'awb' && !isForm('AirWaybill', id)) no('id')
    if (kind === 'hawb' && !/^[A-Z0-9]{1,12}$/.test(id)) warn('id')
    if (kind === 'bol' && !/^[A-Za-z0-9/-]{1,35}$/.test(id)) warn('id')
  },
  Commitment: ({ path }, { no, kind }) => HIDEABLE[kind]?.test(path) || no('path'),
  Temperature({ min, max, mean, uom }, { no }) {
    if (uom !== 'CEL') no('uom')
    if (scaled(min) > scaled(mean) || scaled(mean) > scaled(max)) no('mean')
  },
}
const isWithin = (decimal, degrees) => scaled(decimal.replace('-', '')) <= scaled(String(degrees))

/** Tells each date that is before the one before it. */
function inOrder(dates, tell) {
  let before
  for (const [field, date] of dates) {
    if (date === undefined) continue
    if (before > date) tell(field)
    before = date
  }
}

/** The day of an event where it happened. */
function dayOf({ occurred_at_ms, utc_offset_minutes }) {
  const date = new Date(Number(occurred_at_ms + utc_offset_minutes * 60000n))
  return Number.isNaN(date.getTime()) ? '9999-12-31' : date.toISOString().slice(0, 10)
}

/** What a value and a limit say of a test: `pass`, `fail`, or undefined when they say neither. */
function conformity({ operator, value, lod, limit }) {
  if (operator === 'nd') {
    const isAbove = lod && limit.value && scaled(limit.value) > scaled(lod)
    return limit.operator === 'nd' || isAbove ? 'pass' : undefined
  }
  if (limit.operator === 'nd') return operator === 'lt' || operator === 'le' ? undefined : 'fail'
  if (!value || !limit.value) return undefined
  const [v, l] = [scaled(value), scaled(limit.value)]
  const holds = { eq: v === l, lt: v < l, gt: v > l, le: v <= l, ge: v >= l }
  if (operator === 'eq') return holds[limit.operator] ? 'pass' : 'fail'
  // The value is only bounded: whatever lies in its range has to agree.
  const below = operator[0] === 'l', under = limit.operator[0] === 'l'
  if (limit.operator === 'eq') return (below ? v < l : v > l) || (v === l && operator[1] === 't') ? 'fail' : undefined
  const strict = limit.operator[1] === 't'
  if (below === under) return (below ? v < l : v > l) || (v === l && (!strict || operator[1] === 't')) ? 'pass' : undefined
  return (below ? v < l : v > l) || (v === l && (strict || operator[1] === 't')) ? 'fail' : undefined
}

const sameQuantity = (a, b) => a?.uom === b?.uom && (!a || scaled(a.value) === scaled(b.value))
const isFlight = (number, carrier) => number.startsWith(carrier) && /^\d{1,4}[A-Z]?$/.test(number.slice(carrier.length))

/** How the customs of some countries form numbers of declarations and regimes. */
const CUSTOMS = {
  CN: { declaration_no: /^\d{18}$/, regime: /^\d{4}$/ },
  US: { declaration_no: /^[A-Z0-9]{3}-?\d{7}-?\d$/, regime: /^\d{2}$/ },
}

/** Rules by kind. `no` and `warn` tell a field of the body, `envelope` one of the event; `hidden` says whether a field is. */
const KINDS = {
  production(body, { event, no, envelope }) {
    const { place, subjects } = event
    if (!subjects[0].quantity) envelope('subjects.0.quantity')
    if (!place?.gln && !(place?.address.length && place.country)) envelope('place')
    if (body.origin_subdivision && !body.origin_subdivision.startsWith(body.country_of_origin)) no('origin_subdivision')
    const { expiry_date, best_before, production_date, harvest_from, harvest_to } = body
    if (!expiry_date === !best_before) no(expiry_date ? 'best_before' : 'expiry_date')
    if (expiry_date < production_date) no('expiry_date')
    if (best_before < production_date) no('best_before')
    if (!harvest_from !== !harvest_to) no(harvest_from ? 'harvest_to' : 'harvest_from')
    if (harvest_to < harvest_from || harvest_to > production_date) no('harvest_to')
    if (body.area.length === 2) no('area')
  },
  sticker(body, { no }) {
    const needs = { applied: 'tamper_id', voided: 'reason', claimed: 'code' }[body.action]
    if (needs && !body[needs]) no(needs)
  },
  shipment_leg(body, { no, warn }) {
    const { origin, destination, refs } = body
    for (const end of ['origin', 'destination']) if (!body[end].iata && !body[end].unlocode) no(end)
    if ((origin.iata && origin.iata === destination.iata) || (origin.unlocode && origin.unlocode === destination.unlocode)) no('destination')
    const [form, by] = arm(body.by)
    if (!refs.some(({ kind }) => (form === 'flight' ? ['awb'] : ['awb', 'bol', 'cmr']).includes(kind))) no('refs')
    if (form === 'flight') {
      if (!/^(?=.*[A-Z])[A-Z0-9]{2}$/.test(by.carrier)) warn('flight.carrier')
      if (!isFlight(by.flight_no, by.carrier)) warn('flight.flight_no')
      by.ulds.forEach((uld, i) => /^[A-Z][A-Z0-9]{2}\d{4,5}[A-Z0-9]{2}$/.test(uld) || warn(`flight.ulds.${i}`))
    }
    if (form === 'vessel' && by.scac && !/^[A-Z]{2,4}$/.test(by.scac)) warn('vessel.scac')
  },
  distribution(body, { event, no, envelope, hidden }) {
    if (!event.place) envelope('place')
    if (!['from_party', 'to_party'].some((field) => body[field] || hidden(field))) no('from_party')
  },
  customs_clearance(body, { no, warn, hidden }) {
    const { declaration_no, status, lines, jurisdiction, regime } = body
    if (!declaration_no && !hidden('declaration_no')) no('declaration_no')
    if ((status === 'lodged' || status === 'released') && !lines.length) no('lines')
    lines.forEach(({ line_no, hs_code }, i) => {
      if (i && line_no <= lines[i - 1].line_no) no(`lines.${i}.line_no`)
      const chapter = +hs_code.slice(0, 2)
      if (chapter < 1 || chapter > 97 || chapter === 77) warn(`lines.${i}.hs_code`)
    })
    const forms = CUSTOMS[jurisdiction]
    if (forms && declaration_no && !forms.declaration_no.test(declaration_no)) warn('declaration_no')
    if (forms && !forms.regime.test(regime)) warn('regime')
  },
  lab_inspection(body, { event, no, warn, envelope }) {
    const { sample, accreditation, results, verdict } = body
    if (!event.attachments.some(({ role }) => role === 'test_report')) envelope('attachments')
    if (verdict !== 'inconclusive' && !body.decision_rule) no('decision_rule')
    inOrder([['sample.sampled_at', sample.sampled_at], ['sample.received_at', sample.received_at], ['performed_from', body.performed_from],
      ['performed_to', body.performed_to], ['issue_date', body.issue_date], ['issue_date', dayOf(event)]], no)
    if (body.performed_from < accreditation.valid_from) no('performed_from')
    if (body.performed_to > accreditation.valid_to) no('performed_to')
    results.forEach((result, i) => {
      if ((result.operator === 'nd') !== !result.value) no(`results.${i}.value`)
      const { limit } = result
      if (!limit) return
      const follows = conformity(result)
      if (limit.uom !== result.uom || !sameQuantity(limit.per, result.per)) no(`results.${i}.limit`)
      else if (follows && follows !== result.verdict) no(`results.${i}.verdict`)
    })
    const all = results.map((result) => result.verdict)
    const follows = all.includes('fail') ? 'fail' : all.includes('inconclusive') ? 'inconclusive' : 'pass'
    if (verdict !== follows) no('verdict')
    if (!sample.received_at) warn('sample.received_at')
    if (!sample.condition) warn('sample.condition')
    if (!body.scope_statement) warn('scope_statement')
  },
  certification(body, { no }) {
    if (body.start >= body.end) no('end')
    if (body.assurance === 'third_party' && !body.accreditation) no('accreditation')
  },
  aggregation(body, { event, no, envelope }) {
    if (!event.place) envelope('place')
    if (body.action !== 'observe' && event.subjects.length < 2) envelope('subjects')
    event.goods.forEach(({ kind }, i) => kind === 'lot' && !event.subjects[i].quantity && envelope(`subjects.${i}.quantity`))
  },
  transformation(body, { event, warn, envelope }) {
    if (!event.place) envelope('place')
    const sums = (places) => {
      const sum = new Map()
      for (const place of places) {
        const { uom, value } = event.subjects[place].quantity ?? {}
        if (uom) sum.set(uom, (sum.get(uom) ?? 0n) + scaled(value))
      }
      return sum
    }
    const into = sums(body.inputs)
    for (const [uom, out] of sums(body.outputs)) if (into.has(uom) && out * 100n > into.get(uom) * 105n) warn('outputs')
  },
  recall(body, { no }) {
    if (body.action !== 'lift') for (const field of ['severity', 'reason_code', 'consumer_action']) if (!body[field]?.length) no(field)
    body.scope.forEach(({ ranges }, i) => ranges.forEach(({ property, first, last }, j) => {
      const isDate = property.endsWith('date')
      if (isDate && !isForm('Date', first)) no(`scope.${i}.ranges.${j}.first`)
      if ((isDate && !isForm('Date', last)) || last < first) no(`scope.${i}.ranges.${j}.last`)
    }))
  },
  origin_content: (body, { no }) => body.content || body.product_name.length || no('content'),
  party_event({ action: { delegate } }, { no }) {
    if (!delegate) return
    if (!delegate.subjects.length && !delegate.prefixes.length) no('delegate.subjects')
    if (delegate.grantor === delegate.grantee) no('delegate.grantee')
    if (delegate.kinds.some((kind) => ['recall', 'correction', 'party_event', 'lab_inspection'].includes(kind))) no('delegate.kinds')
  },
}

/** What is wrong with an event although it is well formed: `{field, severity}`, severity `reject` or `warn`. */
export function findings(event) {
  const { kind, told } = event
  const found = []
  const tell = (severity, path) => (field) => {
    found.push({ field: [path, field].filter((part) => part).join('.'), severity })
  }
  walk('Event', event, (type, value, path) =>
    TYPES[type]?.(value, { kind, no: tell('reject', path), warn: tell('warn', path) }))
  event.notes.forEach(({ text }, i) => text === text.normalize('NFC') || tell('reject', `notes.${i}`)('text'))
  const at = `body.${kind}`
  const hidden = (field) => told.commitments.some(({ path }) => path === field)
  KINDS[kind]?.(told, { event, no: tell('reject', at), warn: tell('warn', at), envelope: tell('reject', ''), hidden })
  return found
}
