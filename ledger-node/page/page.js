// The page of one product: reads its label, checks, and shows what was verified.

import { card } from './card.js'
import { at, el } from './dom.js'
import { choose, language, LANGUAGES, preferred, speak, t } from './words.js'

function languages(show) {
  const to = (choice) => async () => {
    await speak(choice)
    choose(choice)
    show()
    at('languages').querySelector('[aria-current]').focus()
  }
  at('languages').setAttribute('aria-label', t('language'))
  at('languages').replaceChildren(...Object.entries(LANGUAGES).map(([choice, name]) =>
    el('button', { type: 'button', lang: choice, 'aria-current': choice === language && 'true', click: to(choice) }, name)))
}

/** Shows all that the words or the result change: the card first. */
async function show(found, question) {
  document.documentElement.lang = language
  for (const node of document.querySelectorAll('[data-word]')) {
    node.textContent = t(node.dataset.word)
    node.lang = language
  }
  document.querySelector('footer').lang = language
  languages(() => show(found, question))
  if (!found) return card({ state: 'checking', head: t('checking.head'), sentence: '' })
  const { stateOf } = await import('./state.js')
  const state = await stateOf(found, question)
  card(state)
  const { tell } = await import('./below/tell.js')
  tell(found, question, state)
}

const now = Date.now()
const twoDigits = (n) => String(n).padStart(2, '0')
const clock = new Date(now)
const today = [clock.getFullYear(), twoDigits(clock.getMonth() + 1), twoDigits(clock.getDate())].join('-')
const { origin, pathname: path, search } = location

await speak(preferred())
show()
const { check } = await import('./check.js')
const seconds = Math.floor(now / 1000)
const found = await check({ path, link: origin + path + search, now: seconds, today })
try {
  await show(found, { path, now, today })
} catch (e) {
  // A part of this program is missing or wrong: no verdict, and no waiting for one.
  const why = found.unanswered ? 'unanswered' : 'unchecked'
  if (at('verdict').dataset.state === 'checking') card({ state: 'unchecked', head: t(`${why}.head`), sentence: t(`${why}.says`) })
  throw e
}
