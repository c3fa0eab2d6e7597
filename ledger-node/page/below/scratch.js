// The code under the scratch layer. The page itself works out whether a code matches, and sends only a matching code to the node. The page
// believes only a new trace that this use of the code is the first.

import { check, NO_VERDICT } from '../check.js'
import { at, el } from '../dom.js'
import { ask, Unanswered } from '../net.js'
import { beside } from '../card.js'
import { as, own } from '../state.js'
import { dayOf, has, phrase, t } from '../words.js'
import { hex } from '../verifier/bytes.js'
import { isForm } from '../verifier/forms.js'

const ANSWER_MAX = 4096
const TYPED_MAX = 64
const RECORDED = 201
const TOO_MANY = 429

/** Form of the page. The typed text, the focus and the answer outlast another language and another trace. */
let form, label, hint, field, button, line, about, answer, isBusy
/** Random token of this page view. The node recognises the same view by the token, when the connection broke during an answer. */
const LOOK = hex(crypto.getRandomValues(new Uint8Array(16)))
/** Largest lead, in milliseconds, of a phone's clock over a clock that records. */
const SKEW_MAX_MS = 3_600_000
/**
 * Size of the log and time before each request whose claim the node reported as recorded for this view, by the leaf of the claim.
 * @type {Map<string, { size: bigint, sent: number }>}
 */
const made = new Map()
/** Whether the page asked for a claim and no answer came: the node may then have recorded the claim. */
let isOpen = false

function build() {
  field = el('input', {
    id: 'code', inputmode: 'text', autocomplete: 'off', autocapitalize: 'characters', autocorrect: 'off', spellcheck: 'false', maxlength: TYPED_MAX,
    'aria-describedby': 'hint answer',
  })
  hint = el('p', { id: 'hint', class: 'soft' })
  line = el('p', { id: 'answer', role: 'status' })
  label = el('label', { for: 'code' })
  button = el('button')
  return el('form', { id: 'scratch', class: 'card', submit }, label, hint, el('div', null, field, button), line)
}

/** Keys of the answers that raise a doubt about the product. */
const DOUBTS = ['scratch.wrong', 'scratch.used']

function say(...shown) {
  answer = shown
  const [key, colour = 'grey', ms] = shown
  const parts = { date: ms && dayOf(ms) }
  beside(DOUBTS.includes(key) && as('suspicious', phrase(`${key}.says`, parts), 'report', t(`${key}.head`)))
  line.dataset.colour = colour
  line.textContent = t(key, parts)
  field.setAttribute('aria-invalid', key === 'scratch.typo' || key === 'scratch.wrong')
}

/** Returns the code that a shopper means: the alphabet of codes has no O, I and L, which look like digits. */
const codeIn = (typed) =>
  typed.normalize('NFKC').toUpperCase().replace(/[\s\p{Pd}]/gu, '').replace(/O/g, '0').replace(/[IL]/g, '1')

/**
 * Returns the leaf in an answer of the node, in hex.
 * @param {Uint8Array} bytes
 * @returns {string | undefined}
 */
function leafIn(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)).leaf
  } catch {
    return undefined
  }
}

/** Returns the claim that counts, which is the only claim with effect. */
const claimOf = (result) => own(result, 'sticker').find(({ event }) => event.body.action === 'claimed')

/** Asks the node to record the claim. An earlier claim of this view without an answer stays open, until the node reports a new record. */
async function claim(path, more) {
  const wasOpen = isOpen
  isOpen = true
  try {
    const answer = await ask(path, ANSWER_MAX, 'no-store', more)
    isOpen = wasOpen && answer.status !== RECORDED
    return answer
  } catch (e) {
    // After a refusal, the node has recorded nothing.
    if (e.status >= 400 && e.status < 500) isOpen = wasOpen
    throw e
  }
}

/**
 * Has the use recorded, and shows the page again with the trace that has to prove the use. Returns the claim that counts, if there is one.
 */
async function record(code) {
  const { found, question, show } = about
  const more = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: `${code} ${LOOK}` }
  const before = { size: found.result.checkpoint.size, sent: Date.now() }
  const { status, bytes } = await claim(`/claim${question.path}`, more)
  const leaf = leafIn(bytes)
  if (status === RECORDED && !made.has(leaf)) made.set(leaf, before)
  const now = Date.now()
  const newer = await check({ ...question, now: Math.floor(now / 1000) }, 'reload')
  const isVerdict = newer.result ? !newer.copy : newer.refusal && !NO_VERDICT.includes(newer.refusal.name)
  if (isVerdict) await show({ ...newer, looked: found.looked }, { ...question, now })
  return isVerdict && newer.result ? claimOf(newer.result) : undefined
}

/** Whether this view made the claim: the node reported so, and the log recorded the claim after the request. */
function isMine({ leaf, logIndex, recorded }) {
  const before = made.get(hex(leaf))
  return before && logIndex >= before.size && Number(recorded) >= before.sent - SKEW_MAX_MS
}

async function answerTo(code) {
  if (!isForm('ItemCode', code)) return ['scratch.typo']
  const { result } = about.found
  if (!result.holdsCode(code)) return ['scratch.wrong', 'red']
  try {
    const claim = claimOf(result) ?? (await record(code))
    if (!claim) return ['scratch.unrecorded']
    return isMine(claim) ? ['scratch.first', 'green'] : isOpen ? ['scratch.unclear', 'grey', Number(claim.recorded)] : ['scratch.used', 'amber', Number(claim.recorded)]
  } catch (e) {
    if (!(e instanceof Unanswered)) console.error(e)
    return [e.status === TOO_MANY ? 'scratch.later' : 'scratch.unrecorded']
  }
}

async function submit(event) {
  event.preventDefault()
  if (isBusy) return
  isBusy = true
  say('checking.head')
  try {
    say(...(await answerTo(codeIn(field.value))))
  } finally {
    isBusy = false
  }
}

/**
 * Shows the form below the card of an item that has a second factor. `show` shows the page with another answer.
 * @param {import('../check.js').Found} found
 * @param {import('../check.js').Question} question
 * @param {(found: import('../check.js').Found, question: import('../check.js').Question) => Promise<void>} show
 */
export function scratch(found, question, show) {
  if (!has('scratch')) return
  about = { found, question, show }
  form ??= build()
  const claim = claimOf(found.result)
  hint.textContent = claim ? t('scratch.claimed', { date: dayOf(claim.recorded) }) : t('scratch.hint')
  label.textContent = t('scratch')
  button.textContent = t('scratch.check')
  if (answer) say(...answer)
  if (!form.isConnected) at('scans').after(form)
}
