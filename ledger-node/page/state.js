// Which of the states a reader sees. The first that matches wins.

import { NO_VERDICT } from './check.js'
import { el } from './dom.js'
import { day, dayOf, moment, phrase, said, t } from './words.js'
import { claimedRecalls } from './verifier/claims.js'
import { decode } from './verifier/codec.js'
import { Refusal } from './verifier/refusal.js'
import { dayOfLabel } from './verifier/link.js'
import { parseSubject } from './verifier/subject.js'

const OLD_MS = 86_400_000
const as = (state, sentence, action, head = t(`${state}.head`)) => ({ state, head, sentence, action })

/** The number of a lot or serial in its key. */
export const numberOf = (key) => {
  const { lot, serial, gtin, sscc } = parseSubject(key)
  return serial ?? lot ?? gtin ?? sscc ?? key.split('/')[1]
}
const isOwn = ({ ways }) => ways.some(([how]) => how !== 'input')
/** What has effect and is about the product itself, of one kind. */
export const own = ({ story }, kind) => story.filter((entry) => entry.hasEffect && entry.event.kind === kind && isOwn(entry))
export const production = (result) => own(result, 'production').find(({ event }) => !result.lot || event.subjects[0].key === result.lot)?.event.told
/** The last status of each certificate. */
export const certificates = (story) => [...new Map(story.filter(({ hasEffect, event }) => hasEffect && event.kind === 'certification')
  .map((entry) => [`${entry.event.party} ${entry.event.told.certificate_no}`, entry])).values()]
export const isOver = ({ event: { told } }, today) => told.status === 'inactive' || told.end < today

const whoOf = (result, { event }) => said(result.parties.get(event.party)?.names) ?? event.party

/** The one finding that matters most, or undefined. */
export function warning(result, today) {
  const { story } = result
  const asks = (kind, field) => story.find(({ event, findings }) => event.kind === kind && findings.some((found) => found.field === `body.${kind}.${field}`))
  const failed = own(result, 'lab_inspection').find(({ event }) => event.told.verdict === 'fail')
  const broken = story.find(({ struck, hasEffect }) => !struck && !hasEffect)
  const late = own(result, 'lab_inspection').find(({ findings }) => findings.some(({ field }) => /performed_(from|to)$/.test(field)))
  const ended = certificates(story).find((entry) => isOver(entry, today))
  const leg = asks('shipment_leg', 'origin')
  const best = production(result)?.best_before
  const correction = asks('correction', 'corrective_event_ids')
  const suspect = story.find((entry) => entry.suspect)
  const when = (entry) => [whoOf(result, entry), ', ', moment(entry.event.occurred_at_ms, entry.event.utc_offset_minutes)]
  const doubts = [
    ['test', failed && said(failed.event.told.results.find(({ verdict }) => verdict === 'fail')?.analyte.names)],
    ['late', late && when(late)],
    ['certificate', ended && [ended.event.told.standard, ', ', day(ended.event.told.end)]],
    ['leg', leg && when(leg)],
    ['best', best < today && day(best)],
    ['suspect', suspect && when(suspect)],
    ['correction', correction && when(correction)],
    ['breaks', broken && when(broken)],
  ]
  const [key, what] = doubts.find(([, what]) => what) ?? []
  return key && phrase(`warning.${key}`, { what: el('span', null, what) })
}

const risk = ({ told: { reason, consumer_action, remedy, contact } }) =>
  phrase('recalled.says', { risk: said(reason), remedy: el('span', null, said(consumer_action), ' ', said(remedy)), contact: contact ?? '' })

function mismatch(result, today) {
  const { reasons: [reason], label, lot } = result
  if (reason === 'date') return { a: day(dayOfLabel(label.expiry, today)), b: day(production(result).expiry_date) }
  const told = label.lot ? `${t('lot')} ${numberOf(label.lot)}` : `${t('serial')} ${numberOf(result.subject)}`
  return { a: told, b: lot ? `${t('lot')} ${numberOf(lot)}` : t('mismatch.nothing') }
}

function failed({ bytes, refusal }) {
  const recalls = claimedRecalls(bytes).length > 0
  let count = 0
  try {
    count = decode('Trace', bytes).entries.length
  } catch (e) {
    if (!(e instanceof Refusal)) throw e
  }
  // A trace holds together or not at all: no record of one that failed is confirmed.
  const sentence = count ? phrase('failed.says', { k: count, n: count }) : phrase('failed.unread')
  return { ...as('failed', [recalls && `${t('possible.head')}. ${t('possible.says')} `, sentence], 'how'), recalls, refusal }
}

/** No verdict: about the device, the policy, the label or the connection. */
function without({ bytes, refusal, unanswered }) {
  const gs1 = refusal?.name === 'Label' && refusal.cause?.name === 'Gs1'
  if (gs1 && refusal.cause.cause?.name === 'CheckDigit') return as('unknown', phrase('unknown.typo'), 'report')
  const reason = unanswered || refusal.name === 'Policy' || refusal.name === 'Label' ? 'unanswered' : 'unchecked'
  const recalls = bytes && claimedRecalls(bytes).length
  const head = recalls ? 'possible' : reason
  return { ...as('unchecked', phrase(`${head}.says`), unanswered || recalls ? 'again' : undefined, t(`${head}.head`)), recalls }
}

/** The state of what `check` found: its words, sign and colour. */
export function stateOf(found, { now, today }) {
  const { result, refusal, audit, copy, closed } = found
  if (refusal) return NO_VERDICT.includes(refusal.name) ? without(found) : failed(found)
  if (!result) return without(found)
  const { reasons, checkpoint, story } = result
  const n = story.length
  switch (result.verdict) {
    case 'UNKNOWN_ID': {
      const state = as('unknown', phrase('unknown.says', { origin: checkpoint.origin }), 'report')
      const recall = story.find(({ event, hasEffect }) => hasEffect && event.kind === 'recall' && event.told.action !== 'lift')
      return recall ? { ...state, recalls: true, sentence: [...state.sentence, ' ', el('strong', null, t('recalled.head'), ': ', risk(recall.event))] } : state
    }
    case 'RECALLED': return { ...as('recalled', risk(reasons[0].event), 'recall'), recalls: true }
    case 'VOIDED_STICKER': {
      const { event } = reasons[reasons.length - 1]
      const reason = el('span', null, event.told.reason ?? t('voided.destroyed'))
      return as('voided', phrase('voided.says', { date: dayOf(event.occurred_at_ms), reason }), 'records')
    }
    case 'MISMATCH': return as('mismatch', phrase('mismatch.says', mismatch(result, today)), 'report')
    case 'EXPIRED': return as('expired', [], 'records', t('expired.head', { date: day(reasons[0]) }))
    case 'NEWER_FORMAT': return as('partial', phrase('partial.newer', { n }), 'records')
    case 'INCOMPLETE': return as('partial', phrase('partial.cut', { n }), 'records')
    case 'NOT_YET_SOLD':
      return as('unsold', phrase('unsold.says', { reason: t(reasons.length ? 'unsold.held' : 'unsold.none') }), 'records')
  }
  const vouched = checkpoint.quorumTime === undefined ? closed : Number(checkpoint.quorumTime) * 1000
  if (copy || now - vouched > OLD_MS) return as('unchecked', phrase('old.says'), 'again', t('old.head', { date: dayOf(vouched) }))
  const doubt = warning(result, today)
  if (doubt) return as('warning', doubt, 'records')
  const auditor = audit ?? (result.audited && found)
  return as('verified', auditor
    ? phrase('verified.audited', { n, time: moment(Number(auditor.result.checkpoint.auditTime) * 1000), auditor: auditor.auditors.join(', ') })
    : phrase('verified.claimed', { n, time: moment(closed) }), 'tests')
}
