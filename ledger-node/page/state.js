// State of the card for a verdict, and its sentence: the facts of the evidence, and the parties that claim the rest.

import { el } from './dom.js'
import { ageOf } from './clock.js'
import { dated, day, dayOf, has, here, phrase, said, t } from './words.js'
import { parseSubject } from './verifier/subject.js'
import { NEEDS_FRESH } from './verifier/verdict.js'

/**
 * State of the card.
 * @typedef {object} State
 * @property {string} state - Name of the state: a key of `LOOK` in card.js.
 * @property {import('./dom.js').Content} head - Headline.
 * @property {import('./dom.js').Content} sentence - Sentence below the headline.
 * @property {string} [action] - Name of the action: a key of `ACTS` in card.js, or `again`.
 * @property {boolean} [bare] - Whether no record is about this label.
 * @property {boolean | number} [recalls] - Whether the state warns of a recall, or the number of recalls that it warns of.
 * @property {() => import('./dom.js').Content[][]} [what] - Rows that explain a failure.
 */

/**
 * Returns a state. A caller sets `bare` when no record is about this label: then the page shows none of the brand's content about its
 * product.
 * @param {string} state
 * @param {import('./dom.js').Content} sentence
 * @param {string} [action]
 * @param {import('./dom.js').Content} [head]
 * @returns {State}
 */
export const as = (state, sentence, action, head = t(`${state}.head`)) => ({ state, head, sentence, action })

/**
 * Returns the number in a key that a label shows.
 * @param {string} key
 * @returns {string}
 */
export const numberOf = (key) => {
  const { lot, serial, gtin, sscc } = parseSubject(key)
  return serial ?? lot ?? gtin ?? sscc ?? key.split('/')[1]
}
/**
 * Returns the story entries of one kind that have effect and are about the product itself.
 * @param {import('./verifier/product.js').Result} result
 * @param {string} kind
 * @returns {import('./verifier/story.js').StoryEntry[]}
 */
export const own = ({ story }, kind) => story.filter(({ hasEffect, isOwn, event }) => hasEffect && isOwn && event.kind === kind)
/**
 * Returns the body of the production of the lot of a product.
 * @param {import('./verifier/product.js').Result} result
 * @returns {import('./verifier/messages.js').Body | undefined}
 */
export const production = (result) => own(result, 'production').find(({ event }) => !result.lot || event.subjects[0].key === result.lot)?.event.body
/**
 * Returns the last status of each certificate.
 * @param {import('./verifier/story.js').StoryEntry[]} story
 * @returns {import('./verifier/story.js').StoryEntry[]}
 */
export const certificates = (story) => [...new Map(story.filter(({ hasEffect, event }) => hasEffect && event.kind === 'certification')
  .map((entry) => [`${entry.event.party} ${entry.event.body.certificate_no}`, entry])).values()]
/**
 * Whether a certificate has ended by a day.
 * @param {import('./verifier/story.js').StoryEntry} entry
 * @param {string} today - Day as YYYY-MM-DD.
 * @returns {boolean}
 */
export const isOver = ({ event: { body } }, today) => body.status === 'inactive' || body.end < today

/**
 * Returns the registered name of a party, or else its key.
 * @param {import('./verifier/product.js').Result} result
 * @param {string} key
 * @returns {HTMLElement | string}
 */
export function party({ parties }, key) {
  const nameOf = (names) => said(names)?.textContent
  const name = said(parties.get(key)?.names)
  const isShared = name && [...parties].some(([other, { names }]) => other !== key && nameOf(names) === name.textContent)
  return isShared ? el('span', null, name, ` (${key})`) : name ?? key
}

/**
 * Returns the warning that matters most, or undefined.
 * @param {import('./verifier/product.js').Result} result
 * @returns {import('./dom.js').Content}
 */
export function warning(result) {
  const { story, today } = result
  const asks = (kind, field) =>
    story.find(({ event, findings }) => event.kind === kind && findings.some((found) => found.severity === 'asks' && found.field === `body.${kind}.${field}`))
  const failed = own(result, 'lab_inspection').find(({ event }) => event.body.verdict === 'fail')
  const broken = story.find(({ struck, hasEffect }) => !struck && !hasEffect)
  const late = own(result, 'lab_inspection').find(({ event: { body: { accreditation: { valid_from: from, valid_to: to }, ...body } } }) =>
    [body.performed_from, body.performed_to].some((day) => day < from || day > to))
  const ended = certificates(story).find((entry) => isOver(entry, today))
  const leg = asks('shipment_leg', 'origin')
  const best = production(result)?.best_before
  const correction = asks('correction', 'corrective_event_ids')
  const suspect = story.find((entry) => entry.suspect)
  const when = (entry) => [party(result, entry.event.party), ', ', dated(entry)]
  const doubts = [
    ['test', failed && said(failed.event.body.results.find(({ verdict }) => verdict === 'fail')?.analyte.names)],
    ['late', late && when(late)],
    [ended?.event.body.status === 'inactive' ? 'inactive' : 'certificate', ended && [ended.event.body.standard, ', ', day(ended.event.body.end)]],
    ['leg', leg && when(leg)],
    ['best', best < today && day(best)],
    ['suspect', suspect && when(suspect)],
    ['correction', correction && when(correction)],
    ['breaks', broken && when(broken)],
  ]
  const [key, what] = doubts.find(([, what]) => what) ?? []
  return key && phrase(`warning.${key}`, { what: el('span', null, what) })
}

/** Returns free text as a sentence among others. */
function sentence(texts) {
  const text = said(texts)
  if (text && !/[.!?。！？]$/.test(text.textContent)) text.append(/^zh/.test(text.lang) ? '。' : '.')
  return text
}
const risk = ({ body: { action, reason, consumer_action, remedy, contact } }) =>
  phrase(action === 'recall' ? 'recalled.says' : 'recalled.other', { risk: sentence(reason), remedy: el('span', null, sentence(consumer_action), ' ', sentence(remedy)), contact })

function mismatch({ ai, label, record, twice }) {
  const value = (text) => (ai === '10' ? text : day(text))
  const parts = { what: t(`ai.${ai}`), a: value(label), b: record === undefined ? t('mismatch.nothing') : value(record) }
  return [el('br'), phrase(twice ? 'mismatch.twice' : 'mismatch.says', parts)]
}

/** Names the subject of the verdict in words: this item, this lot, this model, this unit. */
const about = (of, { subject }) => t(`${of}.${parseSubject(subject).kind}`)

/**
 * Returns the state of a number that no record issues.
 * @param {import('./verifier/product.js').Result} result
 * @returns {State}
 */
function unissued(result) {
  const { reasons: [{ scope, lot } = {}], brand, indexHeadMs, parties } = result
  const name = said(parties.get(brand)?.names)
  const head = lot ? phrase('unissued.lot', { lot: numberOf(lot) }) : name ? phrase('unissued.brand', { brand: name }) : t('unissued.head')
  const sentence = phrase(`unissued.${scope ?? 'model'}.says`, { number: numberOf(result.subject), time: here(indexHeadMs) })
  return { ...as('unissued', sentence, 'report', head), bare: true }
}

/** Returns the state of a withdrawn number, label or object, with the party and time of the withdrawal. */
function withdrawn(result, key) {
  const entry = result.reasons[result.reasons.length - 1]
  const { party: by, body } = entry.event
  const parts = { party: party(result, by), date: dated(entry, dayOf), reason: body.reason ?? t('voided.unsaid') }
  return { ...as('withdrawn', phrase(`${key}.says`, parts), 'record', t(`${key}.head`)), bare: true }
}

/** Returns the state for signed records that cannot all be about one object. */
function suspicious(result) {
  const [{ why, entries }] = result.reasons
  const lines = entries.map((entry) => [el('br'), party(result, entry.event.party), ', ', dated(entry)])
  return as('suspicious', [t(`suspicious.${why}`), lines], result.holdsCode ? 'code' : 'report')
}

/** Returns the parties that vouch for completeness: the auditors as far as the trace that they cosigned, and beyond it the operator. */
function vouched(found) {
  const { result, audit, fetched } = found
  const seen = audit ?? (result.audited && found)
  // Auditors do not vouch for a chain that the audited trace lacks.
  const isCovered = seen && seen.result.story.length && [...result.histories.keys()].every((key) => seen.result.histories.has(key))
  const { story, indexHeadMs, checkpoint } = (isCovered ? seen : found).result
  const time = Math.min(Number(indexHeadMs), isCovered ? Number(checkpoint.auditTime) * 1000 : Infinity)
  const parts = {
    all: story.length === 1 ? t('verified.one') : t('verified.all', { n: story.length }), time: here(time), fetched: here(fetched),
    auditor: isCovered && seen.auditors.join(', '),
  }
  const later = result.story.length - story.length
  const key = result.newer.informative.length ? 'part' : isCovered ? 'audited' : 'claimed'
  return [phrase(`verified.${key}`, parts), later > 0 && phrase('verified.later', { n: later })]
}

/** Missing proofs where the number itself has records. */
const OF_THE_NUMBER = ['no_lot', 'input']

/**
 * Returns the state for something that is not proven of the product.
 * @param {import('./verifier/product.js').Result} result
 * @returns {State}
 */
function unproven({ reasons: [{ why } = {}], checkpoint: { origin } }) {
  const known = has(`unproven.${why}`) ? why : 'no_record'
  return { ...as('unproven', phrase(`unproven.${known}.says`, { origin }), 'report', t(`unproven.${known}`)), bare: !OF_THE_NUMBER.includes(known) }
}

/**
 * Returns the state that old evidence has instead of such a verdict, or undefined when the evidence is fresh.
 * @param {import('./check.js').Found} found
 * @param {number} now - Milliseconds since 1970.
 * @returns {State | undefined}
 */
function past({ result, copy, fetched }, now) {
  const { since, latest, isOld, isAhead } = ageOf(result, now)
  const stale = (key, ms) => as('unchecked', phrase(`${key}.says`, { time: here(ms) }), 'again', t(`${key}.head`, { date: dayOf(ms) }))
  if (isAhead) return stale('ahead', latest)
  if (copy) return stale('copy', fetched)
  if (isOld) return stale('old', since)
}

/**
 * State of each verdict. An unknown verdict has no state of its own.
 * @type {Object<string, (result: import('./verifier/product.js').Result, found: import('./check.js').Found) => State>}
 */
const STATES = {
  RECALLED(result) {
    const entry = result.reasons.find(({ event }) => event)
    const state = entry ? as('recalled', risk(entry.event), 'recall', t(`kind.recall.${entry.event.body.action}`))
      : as('recalled', phrase('alarm.says'), 'how', t('alarm.head'))
    return { ...state, recalls: true }
  },
  NEVER_ISSUED: unissued,
  TAKEN_BACK: (result) => withdrawn(result, 'takenback'),
  VOIDED_STICKER: (result) => withdrawn(result, result.reasons[result.reasons.length - 1].event.kind === 'sticker' ? 'voided' : 'destroyed'),
  MISMATCH({ reasons }) {
    const head = t(reasons.every(({ twice }) => twice) ? 'mismatch.records' : 'mismatch.head')
    return as('mismatch', [...reasons.map(mismatch).flat().slice(1), ' ', t('mismatch.ask')], 'report', head)
  },
  EXPIRED: ({ reasons }) => as('expired', [], 'records', t('expired.head', { date: day(reasons[0]) })),
  SUSPECT_CLONE: suspicious,
  NEWER_FORMAT: ({ story }) => as('partial', phrase('partial.newer', { n: story.length }), 'records'),
  INCOMPLETE: ({ story }) => as('partial', phrase('partial.cut', { n: story.length }), 'records'),
  UNPROVEN: unproven,
  NOT_YET_SOLD({ reasons }) {
    const key = reasons.length ? 'unsold.held' : 'unsold.none'
    return as('unsold', phrase(`${key}.says`), 'records', t(key))
  },
  VALID(result, found) {
    const doubt = warning(result)
    if (doubt) return as('warning', doubt, 'records', about('warning', result))
    return as('verified', vouched(found), 'tests', about('verified', result))
  },
}

/**
 * Returns the state of the card for an answer.
 * @param {import('./check.js').Found} found
 * @param {import('./check.js').Question} question
 * @returns {Promise<State>}
 */
export async function stateOf(found, { now }) {
  const { result } = found
  if (!result) return (await import('./below/unproven.js')).unproven(found)
  const state = STATES[result.verdict]
  if (!state) return as('unchecked', phrase('unchecked.says'), 'again')
  const shown = state(result, found)
  const stale = NEEDS_FRESH.includes(result.verdict) && past(found, now)
  return stale ? { ...stale, bare: shown.bare } : shown
}
