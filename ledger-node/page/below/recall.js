// Notices of recalls, which come before all other sections.

import { el, list } from '../dom.js'
import { time, title } from './row.js'
import { numberOf, party } from '../state.js'
import { day, said, t } from '../words.js'

/**
 * Returns the notices of the recalls in force, or false without any.
 * @param {import('../verifier/product.js').Result} result
 * @returns {HTMLElement | false}
 */
export function recalls(result) {
  const told = result.verdict === 'RECALLED' ? result.reasons.filter(({ event }) => event) : []
  const notice = (entry) => {
    const { event } = entry
    const { recall_no, reason, consumer_action, remedy, contact, start } = event.body
    return el('article', { class: 'card notice' },
      el('h2', null, title(event)),
      list([
        [t('recall.product'), event.subjects.map(({ key }) => el('div', null, el('code', null, numberOf(key))))],
        [t('recall.risk'), said(reason)],
        [t('recall.do'), consumer_action.length > 0 && [said(consumer_action), ' ', said(remedy)]],
        [t('recall.contact'), contact],
        [t('recall.since'), day(start)],
      ]),
      el('p', { class: 'soft' }, t('recall.no', { no: recall_no }), ' · ', party(result, event.party), ' · ', time(entry)))
  }
  return told.length > 0 && el('section', { id: 'recall' }, told.map(notice))
}
