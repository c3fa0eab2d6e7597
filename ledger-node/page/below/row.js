// One record: its kind, the party that issued the record, and the fields to check.

import { el, fold, list } from '../dom.js'
import { numberOf, party } from '../state.js'
import { country, number, place, quantity } from './units.js'
import { dated, day, has, moment, phrase, said, t } from '../words.js'
import { hex } from '../verifier/bytes.js'

const FORMS = {
  sticker: 'action', shipment_leg: 'movement', distribution: 'action', customs_clearance: 'status', aggregation: 'action', recall: 'action',
}

/**
 * Returns a section with its headline.
 * @param {string} id - Id of the section, and key of its headline.
 * @param {...import('../dom.js').Content} parts
 * @returns {HTMLElement}
 */
export const section = (id, ...parts) => el('section', { id }, el('h2', null, t(id)), parts)
/**
 * Returns a short mark beside other text.
 * @param {string} key
 * @param {string} [style]
 * @param {Object<string, any>} [parts] - Fillings of the gaps by name.
 * @returns {HTMLElement}
 */
export const chip = (key, style, parts) => el('span', { class: `chip ${style ?? ''}` }, phrase(key, parts))
const machineTime = (ms) => (isNaN(new Date(Number(ms))) ? undefined : new Date(Number(ms)).toISOString())
const timed = (ms, text) => el('time', { datetime: machineTime(ms) }, text)
/**
 * Returns the time of an event, as the page shows it.
 * @param {import('../verifier/story.js').StoryEntry} entry
 * @returns {HTMLElement}
 */
export const time = (entry) => timed(entry.event.occurred_at_ms, dated(entry))

/**
 * Returns the title of a record: its kind, and the form of the kind.
 * @param {{ kind?: string, body?: import('../verifier/messages.js').Body }} event
 * @returns {any[]}
 */
export function title({ kind, body }) {
  const key = ['kind', kind, body[FORMS[kind]]].filter(Boolean).join('.')
  return phrase(has(key) ? key : `kind.${kind}`, body.by && { from: place(body.origin, body.by.vessel), to: place(body.destination, body.by.vessel) })
}

/**
 * Returns the content of an event that matters most, in one line.
 * @param {import('../verifier/event.js').LedgerEvent} event
 * @returns {import('../dom.js').Content[]}
 */
function gist({ body, kind, place: where }) {
  const { temperature, refs = [], by } = body
  const numbers = refs.map(({ kind, id }) => `${kind.toUpperCase()} ${id}`)
  const vehicle = by && (by.flight ? by.flight.flight_no : by.vessel ? `IMO ${by.vessel.ship}` : by.vehicle.vehicle)
  const line = {
    production: () => [phrase('origin.made', { date: day(body.production_date), country: country(body.country_of_origin) })],
    shipment_leg: () => [[t(`mode.${body.mode}`), vehicle, ...numbers].join(' · ')],
    customs_clearance: () => [body.declaration_no && t('declaration', { no: body.declaration_no })],
    certification: () => [said(body.statements)],
    origin_content: () => [said(body.product_name)],
    sticker: () => [body.tamper_id ?? body.reason],
    recall: () => [t('recall.no', { no: body.recall_no }), ' · ', said(body.reason)],
    lab_inspection: () => [t(body.verdict), ' · ', body.report_no],
  }[kind]?.() ?? []
  if (temperature) {
    const degrees = (value) => quantity({ value, uom: temperature.uom })
    line.push(' · ', phrase('temperature', { min: degrees(temperature.min), max: degrees(temperature.max), mean: degrees(temperature.mean) }))
  }
  return [...line.filter(Boolean), where && [line.length ? ' · ' : '', place(where)]]
}

/** Returns every field, by its name in the format. */
function fields(value, path = '') {
  if (value == null) return []
  if (value instanceof Uint8Array) return [[path, hex(value)]]
  if (typeof value !== 'object') return [[path, String(value)]]
  return Object.entries(value).flatMap(([name, inner]) => fields(inner, path ? `${path}.${name}` : name))
}

const breaking = (name) => name.match(/[^._]+[._]?/g).map((part) => [part, el('wbr')])

const entryLink = (index, words) => el('a', { href: `#entry-${index}` }, words)

/**
 * Returns the row of one record. `links` has the entries that correct this entry, or that this entry corrects.
 * @param {import('../verifier/product.js').Result} result
 * @param {import('../verifier/story.js').StoryEntry} entry
 * @param {[string, bigint][]} [links]
 * @returns {HTMLElement}
 */
export function row(result, entry, links = []) {
  const { event, logIndex, recorded, existed, struck, hasEffect, isOwn, mayApply, suspect, relations, findings } = entry
  const isInStory = relations.length > 0
  const who = party(result, event.party)
  const attests = event.role === 'customs'
  const details = () => [
    list([
      [t('key'), el('code', null, hex(event.key_id).slice(0, 16))],
      [t('signature'), t(suspect ? 'suspect' : 'good')],
      [t('entry'), entryLink(logIndex, number(logIndex))],
      [t('about'), isInStory && relations.map(([how, key]) => el('div', null, t(`relation.${how}`), ' ', el('code', null, numberOf(key))))],
      [t('time.claimed'), timed(event.occurred_at_ms, moment(event.occurred_at_ms, event.utc_offset_minutes))],
      [t('time.received'), moment(recorded)],
      [t('time.proven'), existed && moment(existed * 1000n)],
      [t('findings'), findings.length > 0 && findings.map(({ field }) => el('div', null, el('code', null, field)))],
    ]),
    links.map(([key, index]) => el('p', null, entryLink(index, t(key)))),
    el('dl', { class: 'raw', translate: 'no' },
      fields(event.body).map(([name, value]) => [el('dt', null, breaking(name)), el('dd', { dir: 'auto' }, value)])),
  ]
  return el('li', { id: `entry-${logIndex}`, class: struck ? 'struck' : undefined },
    time(entry),
    el('p', { class: 'title' }, title(event)),
    el('p', null, gist(event)),
    event.notes.length > 0 && el('p', { class: 'soft' }, said(event.notes)),
    el('p', { class: 'soft' }, phrase('issued_by', { party: who }), ' · ', t(`role.${event.role}`)),
    event.kind === 'customs_clearance' && chip(attests ? 'attested' : 'declared', attests ? 'third' : '', { party: party(result, event.party) }),
    struck && chip('corrected'), mayApply && chip('may_apply'), suspect && chip('suspect', 'no'),
    isInStory && !struck && !hasEffect && chip('breaks', 'no'), isInStory && !isOwn && chip('ingredient'),
    fold(t('details'), details))
}
