// What stands around the card: the product above, the sections below.

import { at, el, fold } from '../dom.js'
import { journey, showNamed } from './journey.js'
import { media, photo } from './media.js'
import { panel } from './panel.js'
import { recalls } from './recall.js'
import { scans } from './scans.js'
import { numberOf, own, production } from '../state.js'
import { tests } from './tests.js'
import { quantity } from './units.js'
import { day, learn, said, t } from '../words.js'

const styled = new Promise((done) => {
  document.head.append(el('link', { rel: 'stylesheet', href: '/page/tell.css', load: done, error: done }))
})

/** The product, by the newest that the records tell of it. */
function strip(result) {
  const contents = own(result, 'origin_content').map(({ event }) => event.told).reverse()
  const newest = (field) => contents.find((told) => (Array.isArray(told[field]) ? told[field].length : told[field]))?.[field]
  const size = newest('net_content')
  const { best_before, expiry_date } = production(result) ?? {}
  const name = said(newest('product_name'))
  if (name) at('name').replaceChildren(name)
  at('brand').replaceChildren(...[said(newest('brand_name')), size && ` · ${quantity(size)}`].filter(Boolean))
  const lot = result.lot ?? (result.story.length && /\/10\//.test(result.subject) ? result.subject : undefined)
  const rows = [
    lot && `${t('lot')} ${numberOf(lot)}`, /\/21\//.test(result.subject) && `${t('serial')} ${numberOf(result.subject).match(/.{1,4}/g).join(' ')}`,
    best_before && `${t('best_before')} ${day(best_before)}`, expiry_date && `${t('expiry')} ${day(expiry_date)}`,
  ].filter(Boolean)
  if (result.story.length) at('label').replaceChildren(...rows.flatMap((part) => [el('span', null, part), el('br')]))
  if (name) document.title = name.textContent
}

/** Lines for whoever reports a problem: no name, no account. */
function report({ result, refusal, unanswered, scans }, { path, now }) {
  const lines = [
    path.slice(1), at('verdict').dataset.state, result?.verdict, ...(scans?.reasons ?? []).map(([signal]) => signal), refusal?.message, unanswered?.message,
    result && `${result.checkpoint.origin} ${result.checkpoint.size}`, new Date(now).toISOString(),
  ]
  return [el('p', { class: 'soft' }, t('report.says')), el('textarea', { readonly: true, 'aria-label': t('act.report') }, lines.filter(Boolean).join('\n'))]
}

/** `show` shows the page by another answer. */
export async function tell(found, question, state, show) {
  const { result } = found
  at('report').replaceChildren(fold(t('act.report'), () => report(found, question)))
  scans(found, question)
  at('told').hidden = !!result || !at('told').querySelector('li')
  if (result) {
    strip(result)
    photo(result)
  }
  await Promise.all([styled, learn()])
  if (result?.holdsCode) (await import('./scratch.js')).scratch(found, question, show)
  else at('scratch')?.remove()
  const isTold = result?.story.length > 0
  at('story').replaceChildren(...[
    result && recalls(result),
    ...(isTold ? [tests(result, question.today), journey(result, state.state === 'recalled'), media(result)] : []),
    panel(found, question, state),
  ].filter(Boolean))
  showNamed()
}
