// Tests and certificates: measured values against their limits, and the parties that vouch for them.

import { el, fold, list, svg } from '../dom.js'
import { attachment } from './media.js'
import { chip, section } from './row.js'
import { certificates, isOver, party } from '../state.js'
import { number, quantity } from './units.js'
import { day, dayOf, phrase, said, t } from '../words.js'

const SIGNS = { eq: '', lt: '< ', gt: '> ', le: '≤ ', ge: '≥ ' }
/** Position of the limit on a bar, in percent. Below the share `TINY` of the limit, a bar is logarithmic, over `POWERS` powers of ten. */
const LIMIT_AT = 80, TINY = 0.05, POWERS = 4

function bar({ value, limit, verdict }) {
  const share = value / limit.value
  const isTiny = share < TINY
  const length = isTiny ? LIMIT_AT * Math.max(1 + Math.log10(share) / POWERS, 0.02) : Math.min(LIMIT_AT * share, 100)
  const part = (style, x, y, width, height) => svg('rect', { class: style, x: `${x}%`, y, width, height, rx: 4 })
  return [
    svg('svg', { class: `bar ${verdict === 'fail' ? 'over' : ''}`, 'aria-hidden': 'true' },
      part('all', 0, 6, '100%', 8), part('part', 0, 6, `${length}%`, 8), part('edge', LIMIT_AT, 1, 2, 18)),
    isTiny && el('span', { class: 'soft' }, t('limit.log')),
  ]
}

function result(test) {
  const { analyte, operator, value, uom, per, lod, limit, verdict, method } = test
  const amount = (value) => quantity({ value, uom, per })
  const measured = operator !== 'nd' ? SIGNS[operator] + amount(value) : lod ? t('nd.lod', { lod: amount(lod) }) : t('nd')
  const bound = limit && (limit.operator === 'nd' ? quantity({ per: limit.per, uom: 'C62' }, t('nd')) : SIGNS[limit.operator] + quantity(limit))
  const share = value && +limit?.value > 0 ? value / limit.value : undefined
  return el('div', { class: 'result' },
    el('h3', null, said(analyte.names)),
    el('p', null, el('span', null, measured), el('span', { class: verdict === 'pass' ? 'passed' : verdict === 'fail' ? 'failed' : '' }, t(verdict))),
    share > 0 && bar(test),
    el('p', { class: 'soft' },
      limit && el('span', null, t('limit.of', { limit: bound }), limit.source && ` · ${limit.source}`), el('span', null, method)))
}

const period = (from, to) => t('certificate.until', { from: day(from), to: day(to) })

/** Returns the source of a statement, by the evidence: the brand, a delegate, or a registered party without a delegation. */
function issuer(trace, { event }) {
  const tie = trace.tie(event.party)
  return tie && chip(`by.${tie}`)
}

/** Returns the accreditations of a laboratory: the body, the methods, and the party that recorded each. */
function accredited(trace, entry) {
  return trace.accreditations(entry).map(({ accreditation, methods, by, recorded }) => el('p', { class: 'soft' }, phrase('accredited', {
    ...accreditation, methods: methods.length ? t('accredited.methods', { methods: methods.join(', ') }) : t('accredited.any'),
    by: party(trace, by), date: dayOf(recorded),
  })))
}

function report(trace, entry) {
  const { event, isOwn } = entry
  const { body } = event
  const { accreditation, sample } = body
  return el('article', { class: 'card' },
    issuer(trace, entry), body.verdict !== 'pass' && chip(body.verdict, 'no'), !isOwn && chip('ingredient'),
    el('h3', null, party(trace, event.party)),
    el('p', { class: 'soft' }, day(body.issue_date), ` · ${body.report_no}`),
    accredited(trace, entry),
    [...body.results].sort((a, b) => +(b.verdict === 'fail') - +(a.verdict === 'fail')).map(result),
    fold(t('details'), () => [
      list([
        [t('accreditation'), [`${accreditation.body} ${accreditation.number}`, el('br'), period(accreditation.valid_from, accreditation.valid_to)]],
        [t('sample'), [sample.id, day(sample.sampled_at), sample.condition].filter(Boolean).join(' · ')],
        [t('scope'), body.scope_statement],
      ]),
      event.attachments.map(attachment),
    ]))
}

function certificate(trace, entry) {
  const { event: { body, party: by, attachments } } = entry
  return el('article', { class: 'card' },
    issuer(trace, entry), isOver(entry, trace.today) && chip('certificate.ended', 'no'),
    el('h3', null, said(body.statements)),
    el('p', null, party(trace, by)),
    el('p', { class: 'soft' }, `${body.standard} · ${body.certificate_no} · `, period(body.start, body.end)),
    body.accreditation && el('p', { class: 'soft' }, t('accredited.stated', body.accreditation)),
    attachments.map(attachment))
}

function points(trace) {
  const { brand, parties } = trace
  const all = parties.get(brand)?.points ?? []
  return all.length > 0 && el('article', { class: 'card' },
    el('h3', null, phrase('points', { party: party(trace, brand) })), el('ul', null, all.map((one) => el('li', null, `−${number(one.number)} · `, said(one.reason)))))
}

/**
 * Returns the section of tests and certificates. Failed tests come first, and certificates that are not by a third party come last.
 * @param {import('../verifier/product.js').Result} trace
 * @returns {HTMLElement}
 */
export function tests(trace) {
  /**
   * Returns the rank of a test or certificate: the least comes first.
   * @param {import('../verifier/story.js').StoryEntry} entry
   */
  const rank = ({ event: { body } }) => (body.verdict === 'fail' ? 0 : body.verdict ? 1 : body.assurance === 'third_party' ? 2 : 3)
  const all = [...trace.story.filter(({ hasEffect, event }) => hasEffect && event.kind === 'lab_inspection'), ...certificates(trace.story)]
  const card = (entry) => (entry.event.kind === 'certification' ? certificate(trace, entry) : report(trace, entry))
  return section('tests',
    all.length ? all.sort((a, b) => rank(a) - rank(b)).map(card) : el('p', { class: 'soft' }, t('tests.none')),
    points(trace))
}
