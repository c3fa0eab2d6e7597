// The card: sign, headline, sentence, action. Nothing above the card moves when the card changes.

import { at, el } from './dom.js'
import { language, t } from './words.js'

const SIGN = {
  check: 'M5 12.5l4.5 4.5L19 7.5', cross: 'M7 7l10 10M17 7L7 17', mark: 'M12 5v9M12 19v.01', dash: 'M6 12h12', dots: 'M5 12h.01M12 12h.01M19 12h.01',
  ask: 'M8.5 8.8a3.5 3.5 0 1 1 5.2 3c-1.2.7-1.7 1.4-1.7 2.7M12 19v.01',
}
const LOOK = {
  checking: ['dots', 'grey'], unchecked: ['dash', 'grey'], unknown: ['ask', 'grey'], failed: ['cross', 'red'], recalled: ['cross', 'red'],
  unissued: ['cross', 'amber'], withdrawn: ['mark', 'amber'], mismatch: ['mark', 'amber'], expired: ['mark', 'amber'], suspicious: ['ask', 'amber'],
  partial: ['dash', 'grey'], unproven: ['ask', 'grey'], unsold: ['ask', 'amber'], warning: ['mark', 'amber'], verified: ['check', 'green'],
}
/** States in which a shopper could mistake the records for the product: the card adds the limit of any record. */
const OF_RECORDS = ['mismatch', 'expired', 'suspicious', 'partial', 'unproven', 'unsold', 'warning', 'verified']
const ACTS = { tests: '#tests', records: '#journey', recall: '#recall', record: '#reasons', how: '#checked', code: '#code', report: '#report' }

/** States that are no worse than a doubt that a reader finds beside the records (proto/README.md, "Story and verdict"). */
const BETTER = ['partial', 'unproven', 'unsold', 'warning', 'verified', 'unchecked']
let shown

/**
 * Shows a state that `stateOf` returned.
 * @param {import('./state.js').State} state
 */
export function card(state) {
  shown = state
  draw(state)
  // Mark for programs that measure a first page view.
  performance.mark('card')
}

/**
 * Shows the worse of two states: the state of the records, and the doubt found beside the records, if any.
 * @param {import('./state.js').State | false | undefined} found
 */
export const beside = (found) => draw(found && BETTER.includes(shown.state) ? found : shown)

/**
 * Draws a state into the card.
 * @param {import('./state.js').State} state
 */
function draw({ state, head, sentence, action, recalls }) {
  const [sign, colour] = LOOK[state]
  const verdict = at('verdict')
  verdict.lang = language()
  Object.assign(verdict.dataset, { state, colour })
  verdict.setAttribute('role', recalls ? 'alert' : 'status')
  at('icon').firstElementChild.setAttribute('d', SIGN[sign])
  at('headline').replaceChildren(...[head].flat())
  at('sentence').replaceChildren(...[sentence].flat(3).filter((part) => part || part === 0))
  at('limit').hidden = !OF_RECORDS.includes(state)
  const word = action && t(`act.${action}`)
  const button = () => el('button', { type: 'button', click: () => location.reload() }, word)
  at('action').replaceChildren(action === 'again' ? button() : action ? el('a', { class: 'button', href: ACTS[action] }, word) : '')
}
