// What stands around the card once there is something to tell: the product above, the sections below.

import { at, el } from '../dom.js'
import { journey, showNamed } from './journey.js'
import { media, photo } from './media.js'
import { panel } from './panel.js'
import { recalls } from './recall.js'
import { numberOf, own, production } from '../state.js'
import { tests } from './tests.js'
import { quantity } from './units.js'
import { day, said, t } from '../words.js'

/** The styles of the sections come with them. */
const styled = new Promise((done) => {
  document.head.append(el('link', { rel: 'stylesheet', href: '/page/tell.css', load: done, error: done }))
})

/** Brand, name, size, lot and date, from the newest that the records tell of the model. */
function strip(result) {
  const contents = own(result, 'origin_content').map(({ event }) => event.told).reverse()
  const newest = (field) => contents.find((told) => (Array.isArray(told[field]) ? told[field].length : told[field]))?.[field]
  const size = newest('net_content')
  const { best_before, expiry_date } = production(result) ?? {}
  const name = said(newest('product_name'))
  if (name) at('name').replaceChildren(name)
  at('brand').replaceChildren(...[said(newest('brand_name')), size && ` · ${quantity(size)}`].filter((part) => part))
  const lot = result.lot ?? (result.story.length && /\/10\//.test(result.subject) ? result.subject : undefined)
  const rows = [
    lot && `${t('lot')} ${numberOf(lot)}`, /\/21\//.test(result.subject) && `${t('serial')} ${numberOf(result.subject).match(/.{1,4}/g).join(' ')}`,
    best_before && `${t('best_before')} ${day(best_before)}`, expiry_date && `${t('expiry')} ${day(expiry_date)}`,
  ].filter((part) => part)
  if (result.story.length) at('label').replaceChildren(...rows.flatMap((part) => [el('span', null, part), el('br')]))
  if (name) document.title = name.textContent
}

/** Lines for whoever reports a problem: no name, no account. */
function report(found, { state }, { path, now }) {
  const lines = [
    path.slice(1), state, found.result?.verdict, found.refusal?.message, found.unanswered?.message,
    found.result && `${found.result.checkpoint.origin} ${found.result.checkpoint.size}`, new Date(now).toISOString(),
  ]
  const text = el('textarea', { readonly: true, 'aria-label': t('act.report') })
  text.value = lines.filter((line) => line).join('\n')
  at('report').replaceChildren(el('details', null, el('summary', null, t('act.report')), el('p', { class: 'soft' }, t('report.says')), text))
}

/** Tells what was found under a state that was shown. */
export async function tell(found, question, state) {
  const { result } = found
  report(found, state, question)
  at('told').hidden = !!result || !at('told').querySelector('li')
  if (result) {
    strip(result)
    photo(result)
  }
  await styled
  const isTold = result?.story.length > 0
  at('story').replaceChildren(...[
    result && recalls(result),
    ...(isTold ? [tests(result, question.today), journey(result, state.state === 'recalled'), media(result)] : []),
    panel(found, question),
  ].filter((part) => part))
  showNamed()
}
