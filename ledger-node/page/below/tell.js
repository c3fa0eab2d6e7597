// Parts of the page around the card: the product above, the sections below.

import { at, el, fold } from '../dom.js'
import { journey, showNamed } from './journey.js'
import { media, photo } from './media.js'
import { panel } from './panel.js'
import { recalls } from './recall.js'
import { row, section } from './row.js'
import { scans } from './scans.js'
import { numberOf, own, production } from '../state.js'
import { tests } from './tests.js'
import { quantity } from './units.js'
import { day, loadMoreWords, said, t } from '../words.js'

const styled = new Promise((done) => {
  document.head.append(el('link', { rel: 'stylesheet', href: '/page/tell.css', load: done, error: done }))
})

/** Shows the product that the label names, with its records. Without a record, shows the number alone. */
function strip(result, bare) {
  const contents = own(result, 'origin_content').map(({ event }) => event.body).reverse()
  const newest = (field) => contents.find((body) => (Array.isArray(body[field]) ? body[field].length : body[field]))?.[field]
  const size = newest('net_content')
  const { best_before, expiry_date } = production(result) ?? {}
  const name = bare ? numberOf(result.subject) : said(newest('product_name'))
  if (name) at('name').replaceChildren(name)
  at('brand').replaceChildren(...(bare ? [] : [said(newest('brand_name')), size && ` · ${quantity(size)}`].filter(Boolean)))
  const lot = result.lot ?? (result.story.length && /\/10\//.test(result.subject) && result.subject)
  const rows = [
    lot && `${t('lot')} ${numberOf(lot)}`, /\/21\//.test(result.subject) && `${t('serial')} ${numberOf(result.subject).match(/.{1,4}/g).join(' ')}`,
    !bare && best_before && `${t('best_before')} ${day(best_before)}`, !bare && expiry_date && `${t('expiry')} ${day(expiry_date)}`,
  ].filter(Boolean)
  if (bare || result.story.length) at('label').replaceChildren(...rows.flatMap((part) => [el('span', null, part), el('br')]))
  document.title = at('name').textContent
}

/**
 * Returns lines for a shopper who reports a problem, without a name and without an account.
 * @param {import('../check.js').Found} found
 * @param {import('../check.js').Question} question
 * @returns {HTMLElement[]}
 */
function report({ result, refusal, unanswered, scans }, { path, now }) {
  const lines = [
    path.slice(1), at('verdict').dataset.state, result?.verdict, ...(scans?.notes ?? []).map(([note]) => note), refusal?.message, unanswered?.message,
    result && `${result.checkpoint.origin} ${result.checkpoint.size}`, new Date(now).toISOString(),
  ]
  return [el('p', { class: 'soft' }, t('report.says')), el('textarea', { readonly: true, 'aria-label': t('act.report') }, lines.filter(Boolean).join('\n'))]
}

/** Returns remarks on the parts that were passed over: unreadable parts of the label, and records of a newer kind. */
function remarks({ label, newer }) {
  const n = newer.informative.length
  const unread = ({ attribute, value, rule }) => (rule === 'TooLong' ? t('remark.long') : t('remark.label', { name: attribute, value }))
  const all = [...label.remarks.map(unread), n && t('remark.newer', { n })].filter(Boolean)
  return all.length > 0 && el('p', { id: 'remarks', class: 'soft' }, all.map((text, i) => [i > 0 && el('br'), text]))
}

/**
 * Shows everything around the card. `show` shows the page with another answer.
 * @param {import('../check.js').Found} found
 * @param {import('../check.js').Question} question
 * @param {import('../state.js').State} state
 * @param {(found: import('../check.js').Found, question: import('../check.js').Question) => Promise<void>} show
 */
export async function tell(found, question, state, show) {
  const { result } = found
  at('report').replaceChildren(fold(t('act.report'), () => report(found, question)))
  const learned = Promise.all([styled, loadMoreWords()])
  scans(found, question, learned)
  at('told').hidden = !!result || !at('told').querySelector('li')
  const { bare } = state
  if (result) strip(result, bare)
  photo(bare ? undefined : result)
  await learned
  if (result?.holdsCode && !bare) (await import('./scratch.js')).scratch(found, question, show)
  else at('scratch')?.remove()
  const withdrawn = bare ? result.reasons.filter(({ event }) => event) : []
  at('story').replaceChildren(...[
    result && remarks(result),
    result && recalls(result),
    withdrawn.length > 0 && section('reasons', el('ol', { class: 'line' }, withdrawn.map((entry) => row(result, entry)))),
    ...(!bare && result?.story.length ? [tests(result), journey(result, state.state === 'recalled'), media(result)] : []),
    panel(found, question, state),
  ].filter(Boolean))
  showNamed()
}
