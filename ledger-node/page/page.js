// The page of one product: reads the label, checks the evidence, and shows the verified result.

import { card } from './card.js'
import { check, questionOf } from './check.js'
import { dayHere } from './clock.js'
import { at, el } from './dom.js'
import { stateOf } from './state.js'
import { keepLanguage, language, LANGUAGES, preferred, loadWords, t } from './words.js'

function languages(show) {
  const to = (choice) => async () => {
    await loadWords(choice)
    keepLanguage(choice)
    show()
    at('languages').querySelector('[aria-current]').focus()
  }
  at('languages').setAttribute('aria-label', t('language'))
  at('languages').replaceChildren(...Object.entries(LANGUAGES).map(([choice, name]) =>
    el('button', { type: 'button', lang: choice, 'aria-current': choice === language() && 'true', click: to(choice) }, name)))
}

/**
 * Shows everything that depends on the words or the result, the card first.
 * @param {import('./check.js').Found} [found]
 * @param {import('./check.js').Question} [question]
 */
async function show(found, question) {
  document.documentElement.lang = language()
  for (const node of document.querySelectorAll('[data-word]')) {
    node.textContent = t(node.dataset.word)
    node.lang = language()
  }
  document.querySelector('footer').lang = language()
  languages(() => show(found, question))
  if (!found) return card({ state: 'checking', head: t('checking.head'), sentence: '' })
  const state = await stateOf(found, question)
  card(state)
  const { tell } = await import('./below/tell.js')
  tell(found, question, state, show)
}

/** Asks and checks while the words are still on their way. */
async function begin() {
  const now = Date.now()
  const question = { ...questionOf(location), today: dayHere(now) }

  const answer = check({ ...question, now: Math.floor(now / 1000) })
  await loadWords(preferred())
  show()
  const found = await answer
  try {
    await show(found, { ...question, now })
  } catch (e) {
    // A part of this program is missing or wrong, so there is no verdict.
    const why = found.unanswered ? 'unanswered' : 'unchecked'
    if (at('verdict').dataset.state === 'checking') card({ state: 'unchecked', head: t(`${why}.head`), sentence: t(`${why}.says`) })
    throw e
  }
}

begin()
