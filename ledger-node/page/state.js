// Which of the states a reader sees. The first that matches wins.

import { el } from './dom.js'
import { day, dayOf, moment, phrase, said, t } from './words.js'
import { parseSubject } from './verifier/subject.js'

const OLD_MS = 86_400_000
export const as = (state, sentence, action, head = t(`${state}.head`)) => ({ state, head, sentence, action })

export const numberOf = (key) => {
  const { lot, serial, gtin, sscc } = parseSubject(key)
  return serial ?? lot ?? gtin ?? sscc ?? key.split('/')[1]
}
export const isInput = ([how]) => how === 'input'
/** What has effect and is about the product itself, of one kind. */
export const own = ({ story }, kind) => story.filter((entry) => entry.hasEffect && entry.event.kind === kind && !entry.ways.every(isInput))
export const production = (result) => own(result, 'production').find(({ event }) => !result.lot || event.subjects[0].key === result.lot)?.event.told
/** The last status of each certificate. */
export const certificates = (story) => [...new Map(story.filter(({ hasEffect, event }) => hasEffect && event.kind === 'certification')
  .map((entry) => [`${entry.event.party} ${entry.event.told.certificate_no}`, entry])).values()]
export const isOver = ({ event: { told } }, today) => told.status === 'inactive' || told.end < today

const whoOf = (result, { event }) => said(result.parties.get(event.party)?.names) ?? event.party

/** The finding that matters most. */
export function warning(result, today) {
  const { story } = result
  const asks = (kind, field) =>
    story.find(({ event, findings }) => event.kind === kind && findings.some((found) => found.field === `body.${kind}.${field}`))
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

/** Free text as a sentence among others. */
function sentence(texts) {
  const text = said(texts)
  if (text && !/[.!?。！？]$/.test(text.textContent)) text.append(/^zh/.test(text.lang) ? '。' : '.')
  return text
}
const risk = ({ told: { reason, consumer_action, remedy, contact } }) =>
  phrase('recalled.says', { risk: sentence(reason), remedy: el('span', null, sentence(consumer_action), ' ', sentence(remedy)), contact })

function mismatch(result) {
  const { reasons: [{ ai, label, record }], subject } = result
  if (ai !== '10') return { a: day(label), b: day(record) }
  const told = label ? `${t('lot')} ${label}` : `${t('serial')} ${numberOf(subject)}`
  return { a: told, b: record ? `${t('lot')} ${record}` : t('mismatch.nothing') }
}

export async function stateOf(found, { now, today }) {
  const { result, audit, copy, closed } = found
  if (!result) return (await import('./below/unproven.js')).unproven(found)
  const { reasons, checkpoint, story } = result
  const n = story.length
  switch (result.verdict) {
    case 'UNKNOWN_ID': {
      const state = as('unknown', phrase('unknown.says', { origin: checkpoint.origin }), 'report')
      const recall = story.find(({ event, hasEffect }) => hasEffect && event.kind === 'recall' && event.told.action !== 'lift')
      if (!recall) return state
      const warned = el('strong', null, t('recalled.head'), ': ', risk(recall.event))
      return { ...state, recalls: true, sentence: [...state.sentence, ' ', warned] }
    }
    case 'RECALLED': return { ...as('recalled', risk(reasons[0].event), 'recall'), recalls: true }
    case 'VOIDED_STICKER': {
      const { event } = reasons[reasons.length - 1]
      const reason = el('span', null, event.told.reason ?? t('voided.destroyed'))
      return as('voided', phrase('voided.says', { date: dayOf(event.occurred_at_ms), reason }), 'records')
    }
    case 'MISMATCH': return as('mismatch', phrase('mismatch.says', mismatch(result)), 'report')
    case 'EXPIRED': return as('expired', [], 'records', t('expired.head', { date: day(reasons[0]) }))
    case 'SUSPECT_CLONE': return (await import('./below/scans.js')).suspicious(found)
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
