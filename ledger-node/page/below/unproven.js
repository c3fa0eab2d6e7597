// Evidence that does not verify. Nothing in the evidence is a fact, but a recall in the evidence is never hidden.

import { NO_VERDICT } from '../check.js'
import { el } from '../dom.js'
import { title } from './row.js'
import { as } from '../state.js'
import { number } from './units.js'
import { has, loadMoreWords, phrase, t } from '../words.js'
import { text, unbase64 } from '../verifier/bytes.js'
import { claimedAt, claimedRecalls, claimedTrace } from '../verifier/claims.js'
import { Refusal } from '../verifier/refusal.js'
import { checkInclusion, leafHash } from '../verifier/tree.js'

/** Names of the refusals, by the key of the words that the page shows for them. */
const SAID = {
  'failed.unread': 'Codec', 'failed.form': 'Entry', 'failed.signature': 'NotAuthentic', 'failed.right': 'Denied', 'failed.proof': 'Inclusion',
  'failed.complete': 'NoIndexHead IndexForm Index Absent Chain Closed Foreign LeftOver Missing Set', 'failed.order': 'Order Replay Pin Future',
  'failed.value': 'Opening', 'failed.time': 'Anchor', 'failed.seal': 'Trust', 'failed.witnesses': 'Quorum', 'failed.log': 'OtherLog UnknownLog',
  'failed.ledger': 'OtherLedger', 'failed.older': 'Older', 'failed.forked': 'Forked', 'failed.unjoined': 'Unjoined', 'failed.auditor': 'Discontinued',
}
const LEARN_MAX_MS = 2_000
/** Refusals whose cause may be more precise than the refusal. */
const VAGUE = ['Trust', 'Denied']

/**
 * Returns the key of the words for a refusal.
 * @param {Refusal} refusal
 * @returns {string | undefined}
 */
function wordOf({ name, cause }) {
  const of = (name) => Object.keys(SAID).find((key) => SAID[key].split(' ').includes(name))
  return (VAGUE.includes(name) && of(cause?.name)) || of(name)
}

/** Returns the log index of the entry that a refusal is about. */
const placeOf = (refusal) => refusal && (refusal.logIndex ?? placeOf(refusal.cause))

/** Whether an entry is under the root of a checkpoint that the reader accepted. */
function isIncluded({ log_index: index, entry, inclusion: proof }, checkpoint) {
  const [, size, root] = text(checkpoint).split('\n')
  try {
    checkInclusion({ leaf: leafHash(entry), index, size: BigInt(size), proof, root: unbase64(root) })
    return true
  } catch (e) {
    if (e instanceof Refusal) return false
    throw e
  }
}

/**
 * Returns the number of records that failed: 0 where the verifier stopped early, and undefined where a failure is not about a shown entry.
 * @param {import('../verifier/messages.js').Trace} trace
 * @param {Refusal} refusal
 * @returns {number | undefined}
 */
function failures({ entries, checkpoint }, { name, bad }) {
  if (name === 'Inclusion') return entries.filter((entry) => !isIncluded(entry, checkpoint)).length
  const shown = new Set(entries.map(({ log_index }) => log_index))
  const places = new Set(bad?.map(placeOf))
  return [...places].every((place) => shown.has(place)) ? places.size : undefined
}

/**
 * Returns the state of evidence that a check refused.
 * @param {import('../check.js').Found} found
 * @returns {Promise<import('../state.js').State>}
 */
async function failed({ bytes, refusal }) {
  // Bad news does not wait for all of its words.
  await Promise.race([loadMoreWords(), new Promise((done) => setTimeout(done, LEARN_MAX_MS))])
  const trace = claimedTrace(bytes)
  const k = trace && failures(trace, refusal)
  const word = wordOf(refusal)
  const sentence = k && has('failed.says') ? phrase('failed.says', { k: number(k), n: number(trace.entries.length) }) : [t(word), phrase('failed.rely')]
  const place = placeOf(refusal)
  const claim = place !== undefined && claimedAt(trace, place)
  const what = () => [
    [t('checked.why'), [el('p', null, t(word)), el('code', null, refusal.message)]],
    [t('entry'), place !== undefined && number(place)],
    [t('failed.claims'), claim && title(claim)],
  ]
  const recalls = claimedRecalls(bytes).length > 0
  return { ...as('failed', [recalls && `${t('possible.head')}. ${t('possible.says')} `, sentence], 'how'), recalls, what }
}

/**
 * Returns the state without a verdict: about the device, the policy, the label or the connection.
 * @param {import('../check.js').Found} found
 * @returns {import('../state.js').State}
 */
function without({ bytes, refusal, unanswered }) {
  if (refusal?.name === 'Label' && refusal.cause.cause?.name === 'CheckDigit') {
    return as('unknown', phrase('unknown.typo', { number: location.pathname.split('/')[2] }), 'report')
  }
  const reason = unanswered || refusal.name === 'Policy' ? 'unanswered' : refusal.name === 'Label' ? 'label' : 'unchecked'
  const recalls = bytes && claimedRecalls(bytes).length
  const head = recalls ? 'possible' : reason
  return { ...as('unchecked', phrase(`${head}.says`), unanswered || recalls ? 'again' : undefined, t(`${head}.head`)), recalls }
}

/**
 * Returns the state of an answer without a result.
 * @param {import('../check.js').Found} found
 * @returns {Promise<import('../state.js').State> | import('../state.js').State}
 */
export const unproven = (found) => (found.refusal && !NO_VERDICT.includes(found.refusal.name) ? failed(found) : without(found))
