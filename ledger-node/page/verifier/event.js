// Events: conditions of a well-formed event beyond its bytes (proto/README.md, "Events").

import { concat, same, utf8, ZERO } from './bytes.js'
import { arm } from './codec.js'
import { pae } from './crypto.js'
import { rowOf } from './group.js'
import { decodeEvent } from './newer.js'
import { demand, refuse, Refusal } from './refusal.js'
import { enums } from './schema.js'
import { sha256 } from './sha256.js'
import { delegation, listOf, parseSubject, registerOf } from './subject.js'

/**
 * Parts of an event that the reader adds to its envelope.
 * @typedef {object} ReadParts
 * @property {string} [kind] - Kind of the event; absent from a newer event.
 * @property {import('./messages.js').Body} [body] - Body of the event, which has the fields of its kind; absent from a newer event.
 * @property {import('./subject.js').Subject[]} [goods] - Subjects of the event, parsed; absent from a newer event.
 * @property {Uint8Array} identity - SHA-256 of the bytes of the event, 32 bytes.
 * @property {Uint8Array} bytes - Bytes that the party signed.
 */

/**
 * Well-formed event. Its signature holds once the evidence around it is accepted.
 * @typedef {import('./newer.js').DecodedEvent & ReadParts} LedgerEvent
 */

const EVENT_MAX = 32 * 1024
const SUBJECTS_MAX = 64
const SUBJECTS_MAX_LISTED = 501
const EXCEPTED_MAX = 512

/** Kinds of subjects that each kind may name, where the body does not decide. */
const NAMES = {
  production: 'lot', sticker: 'item', shipment_leg: 'logistic_unit lot item',
  distribution: 'logistic_unit lot item', customs_clearance: 'logistic_unit lot item', lab_inspection: 'lot item',
  certification: 'model lot', aggregation: 'logistic_unit lot item', transformation: 'lot item', recall: 'model lot item',
  correction: 'model lot item logistic_unit register list', origin_content: 'model lot',
}

const value = (holds, field) => demand(holds, 'Value', field)

/** Returns the bytes that prove that a key is a party's own (Possession). */
const possession = (ledger, party, use, key) => {
  const name = utf8(party)
  return concat(10, 32, ledger, 18, name.length, name, 24, enums.get('KeyUse').indexOf(use) + 1, 34, 32, key)
}

/**
 * Requires that `signature` proves that the party holds the key: without that, nothing from here on holds.
 * @param {{ ledger: Uint8Array, party: string, key_use: string, public_key: Uint8Array }} claim
 * @param {Uint8Array} signature
 * @param {import('./crypto.js').SignatureChecks} checks
 * @param {() => Refusal} refusal
 */
export const mustPossess = ({ ledger, party, key_use, public_key }, signature, checks, refusal) =>
  checks.signature(public_key, pae('possession', possession(ledger, party, key_use, public_key)), signature, refusal)

/**
 * Returns the subjects that a party event names beside a party, or in its place.
 * @param {import('./messages.js').Body} body
 * @returns {{ party: any, keys: string[] }} `party` is true or false. Its type is `any`, because the caller counts with it.
 */
function besideParty({ action }) {
  const [act, content] = arm(action)
  if (act === 'delegate' || act === 'end_delegation') return { party: false, keys: [delegation(content.grantor, content.grantee)] }
  return { party: true, keys: /prefix$/.test(act) ? [`gcp/${content.prefix}`] : [] }
}

/** Whether an event of this kind may name these goods. */
function mayName(kind, body, { kind: of, key, gtin }) {
  if (kind === 'party_event') {
    const { party, keys } = besideParty(body)
    return keys.includes(key) || (party && of === 'party')
  }
  if (kind !== 'commissioning') return rowOf(NAMES, kind).split(' ').includes(of)
  const { listed } = body.form
  if (!listed) return of === 'lot' || of === 'register'
  const lot = parseSubject(listed.lot)
  return of === 'item' ? gtin === lot.gtin : key === listOf(lot)
}

/**
 * Conditions of each kind on its body, reported at the fields of the body. `at` returns the path of a field.
 * @type {Object<string, (question: any) => any>}
 */
const BODIES = {
  production: ({ event, at }) => value(event.subjects.length === 1, at()),
  commissioning({ event, body: { form: { listed, committed } }, goods, at }) {
    if (listed) {
      value(parseSubject(listed.lot).kind === 'lot', at('listed.lot'))
      const kinds = goods.map(({ kind }) => kind)
      return value(kinds.includes('list') && kinds.includes('item') && event.subjects.every(({ lot }) => lot === undefined), at())
    }
    const [lot, register] = goods
    value(goods.length === 2 && lot.kind === 'lot' && register.key === registerOf(lot), at())
    value(!same(committed.items_root, ZERO), at('committed.items_root'))
    value(committed.manifest < event.attachments.length, at('committed.manifest'))
  },
  sticker: ({ event, body, at }) => value(body.action !== 'claimed' || event.subjects.length === 1, at()),
  shipment_leg({ body, at }) {
    const [by] = arm(body.by)
    value(by === ({ air: 'flight', sea: 'vessel' }[body.mode] ?? 'vehicle'), at('mode'))
  },
  distribution() {},
  customs_clearance() {},
  lab_inspection({ event, body, at }) {
    value(body.laboratory === event.party, at('laboratory'))
    const sampled = body.sample.subjects
    value(sampled.length === event.subjects.length && sampled[sampled.length - 1] < sampled.length, at('sample.subjects'))
  },
  certification: ({ event, body, at }) => value(body.agency === event.party, at('agency')),
  aggregation: ({ goods, body, at }) => value(goods[body.parent]?.kind === 'logistic_unit', at('parent')),
  transformation({ event, body, at }) {
    const parts = new Set([...body.inputs, ...body.outputs])
    const all = event.subjects.length
    value(parts.size === all && body.inputs.length + body.outputs.length === all && [...parts].every((place) => place < all), at('inputs'))
  },
  recall({ event, body, at }) {
    value((body.action === 'lift') === (body.lifts !== undefined), at('lifts'))
    const covered = new Set()
    body.scope.forEach(({ subjects }, i) => {
      value(subjects.every((place) => place < event.subjects.length), at(`scope.${i}.subjects`))
      for (const place of subjects) covered.add(place)
    })
    value(body.action === 'lift' || covered.size === event.subjects.length, at('scope'))
  },
  correction: ({ body, at }) =>
    value(body.reason !== 'did_not_occur' || !body.corrective_event_ids.length, at('corrective_event_ids')),
  origin_content: ({ event, body, at }) =>
    value(!body.content || body.content.attachment < event.attachments.length, at('content.attachment')),
  party_event({ event, body, goods, at, checks }) {
    const [act, content] = arm(body.action)
    const { party, keys } = besideParty(body)
    value(goods.length === keys.length + party && keys.every((key) => goods.some((of) => of.key === key)), at())
    if (act === 'reaffirm') value(content.except.length <= EXCEPTED_MAX, at('reaffirm.except'))
    if (act !== 'add_key') return
    const claim = { ...content, ledger: event.ledger_id, party: goods[0].key }
    mustPossess(claim, content.possession, checks, () => new Refusal('Value', at('add_key.possession')))
  },
}

function checkEnvelope(event, kind, body, goods) {
  const listed = kind === 'correction' || kind === 'commissioning'
  value(event.subjects.length <= (listed ? SUBJECTS_MAX_LISTED : SUBJECTS_MAX), 'subjects')
  event.subjects.forEach((subject, i) => {
    const { kind: of, gtin } = goods[i]
    value(!subject.quantity || of === 'lot', `subjects.${i}.quantity`)
    if (subject.lot !== undefined) {
      const lot = parseSubject(subject.lot)
      value(of === 'item' && lot.kind === 'lot' && lot.gtin === gtin, `subjects.${i}.lot`)
    }
    value(mayName(kind, body, goods[i]), `subjects.${i}.key`)
  })
  event.after.forEach((pin, i) => {
    value(pin.subject < event.subjects.length, `after.${i}.subject`)
    value(!pin.count === same(pin.head, ZERO), `after.${i}.head`)
  })
}

/**
 * Reads the event that `bytes` spell, with `kind`, `body`, `identity` (SHA-256 of the bytes) and `goods` (its subjects, parsed).
 * A newer event has its class as `newer`, and neither kind, body nor goods. No signature is verified yet.
 * @param {Uint8Array} bytes
 * @param {import('./crypto.js').SignatureChecks} checks
 * @returns {LedgerEvent}
 */
export function readEvent(bytes, checks) {
  if (bytes.length > EVENT_MAX) refuse('Value')
  const event = decodeEvent(bytes)
  if (event.newer) return { ...event, identity: sha256(bytes), bytes }
  const [kind, body] = arm(event.body)
  const goods = event.subjects.map(({ key }) => parseSubject(key))
  checkEnvelope(event, kind, body, goods)
  const at = (field) => `body.${kind}${field ? `.${field}` : ''}`
  rowOf(BODIES, kind)({ event, body, goods, at, checks })
  return { ...event, kind, body, goods, identity: sha256(bytes), bytes }
}

