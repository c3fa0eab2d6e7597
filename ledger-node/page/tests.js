// Tests and certificates: what was measured against its limit, and who vouches.

import { el, fold, list, svg } from './dom.js'
import { attachment } from './media.js'
import { chip, party } from './row.js'
import { certificates, isOver } from './state.js'
import { number, quantity } from './units.js'
import { day, said, t } from './words.js'

const SIGNS = { eq: '', lt: '< ', gt: '> ', le: '≤ ', ge: '≥ ' }
/** Where the limit stands on a bar; and under which share of it a bar is logarithmic, over how many powers of ten. */
const LIMIT_AT = 80, TINY = 0.05, POWERS = 4

/** A bar of a value against its limit. */
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
  const measured = operator === 'nd' ? (lod ? t('nd.lod', { lod: quantity({ value: lod, uom, per }) }) : t('nd')) : SIGNS[operator] + quantity({ value, uom, per })
  const bound = limit && (limit.operator === 'nd' ? quantity({ per: limit.per, uom: 'C62' }, t('nd')) : SIGNS[limit.operator] + quantity(limit))
  const share = value && +limit?.value > 0 ? value / limit.value : undefined
  return el('div', { class: 'result' },
    el('h3', null, said(analyte.names)),
    el('p', null, el('span', null, measured), el('span', { class: verdict === 'pass' ? 'passed' : verdict === 'fail' ? 'failed' : '' }, t(verdict))),
    share > 0 && bar(test),
    el('p', { class: 'soft' }, limit && el('span', null, t('limit.of', { limit: bound }), limit.source && ` · ${limit.source}`), el('span', null, method)))
}

function report(result_, { event, ways }) {
  const { told } = event
  const { accreditation, sample } = told
  return el('article', { class: 'card' },
    chip('independent', 'third'), told.verdict !== 'pass' && chip(told.verdict, 'no'), ways.every(([how]) => how === 'input') && chip('ingredient'),
    el('h3', null, party(result_, event.party)),
    el('p', { class: 'soft' }, day(told.issue_date), ` · ${told.report_no} · ${accreditation.body} ${accreditation.number}`),
    [...told.results].sort((a, b) => (b.verdict === 'fail') - (a.verdict === 'fail')).map(result),
    fold(t('details'), () => [
      list([
        [t('accreditation'), [`${accreditation.body} ${accreditation.number}`, el('br'), t('certificate.until', { from: day(accreditation.valid_from), to: day(accreditation.valid_to) })]],
        [t('sample'), [sample.id, day(sample.sampled_at), sample.condition].filter((part) => part).join(' · ')],
        [t('scope'), told.scope_statement],
      ]),
      event.attachments.map(attachment),
    ]))
}

function certificate(result_, entry, today) {
  const { event: { told, party: by, attachments } } = entry
  const isThird = told.assurance === 'third_party'
  return el('article', { class: 'card' },
    chip(isThird ? 'independent' : 'by_brand', isThird ? 'third' : ''), isOver(entry, today) && chip('certificate.ended', 'no'),
    el('h3', null, said(told.statements)),
    el('p', null, party(result_, by)),
    el('p', { class: 'soft' }, `${told.standard} · ${told.certificate_no} · `, t('certificate.until', { from: day(told.start), to: day(told.end) })),
    attachments.map(attachment))
}

/** The points that a platform took from the brand. */
function points({ parties, story }) {
  const brand = story.find(({ event }) => event.kind === 'origin_content')?.event.party
  const all = parties.get(brand)?.points ?? []
  return all.length > 0 && el('article', { class: 'card' },
    el('h3', null, t('points')), el('ul', null, all.map((one) => el('li', null, `−${number(one.number)} · `, said(one.reason)))))
}

/** The section. A failed test stands first, then independent ones, then what the brand says of itself. */
export function tests(result_, today) {
  const rank = ({ event: { told } }) => (told.verdict === 'fail' ? 0 : told.verdict ? 1 : told.assurance === 'third_party' ? 2 : 3)
  const all = [...result_.story.filter(({ hasEffect, event }) => hasEffect && event.kind === 'lab_inspection'), ...certificates(result_.story)]
  return el('section', { id: 'tests' },
    el('h2', null, t('tests')),
    all.length ? all.sort((a, b) => rank(a) - rank(b)).map((entry) =>
      (entry.event.kind === 'certification' ? certificate(result_, entry, today) : report(result_, entry))) : el('p', { class: 'soft' }, t('tests.none')),
    points(result_))
}
