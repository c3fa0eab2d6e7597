// Asks the node about one product, and believes only what the verifier proves from the bytes.

import { goesBack } from './memory.js'
import { getFresh, Unanswered } from './net.js'
import { continues, ofBoth } from './verifier/audited.js'
import { hex } from './verifier/bytes.js'
import { parseLink } from './verifier/link.js'
import { verifyTrace } from './verifier/product.js'
import { Refusal } from './verifier/refusal.js'

/**
 * Question of the page about one product.
 * @typedef {object} Question
 * @property {string} path - Path of the subject, with the lot that the label claims.
 * @property {string} link - Address of the page, which is the link of the label.
 * @property {number} now - Time of the question: in seconds since 1970 for `check`, in milliseconds for the parts that show the answer.
 * @property {string} today - Day of the question on this device, as YYYY-MM-DD.
 */

/**
 * Answer to a question. It has one of `result`, `refusal` and `unanswered`.
 * @typedef {object} Found
 * @property {import('./verifier/product.js').Result} [result] - Verified result.
 * @property {Refusal} [refusal] - Refusal of the evidence, the policy or the label.
 * @property {Unanswered} [unanswered] - Error of the node or of the connection.
 * @property {Uint8Array} [bytes] - Bytes of the trace.
 * @property {import('./verifier/messages.js').Trace} [trace] - Trace as decoded, with a result.
 * @property {string[]} [auditors] - Names of the auditors that cosigned the checkpoint, with a result.
 * @property {Found} [audit] - Answer to the same question by the trace that auditors cosigned, where that trace is another one.
 * @property {import('./verifier/checkpoint.js').OpenedCheckpoint} [newest] - Checkpoint of the newest trace, beside `audit`.
 * @property {string} [policy] - Text of the policy.
 * @property {number} [fetched] - Time when the bytes arrived, in milliseconds since 1970.
 * @property {boolean} [copy] - Whether the bytes are a saved copy.
 * @property {Promise<import('./below/scans.js').Looked>} [looked] - Answer of the node about the scans of the code, once asked.
 * @property {import('./below/scans.js').ShownScans} [scans] - Scans of the code, once read.
 */

const POLICY_MAX = 64 * 1024
const TRACE_MAX = 64 * 1024 * 1024
/**
 * Refusals that are not a verdict.
 * @type {string[]}
 */
export const NO_VERDICT = ['NoEngine', 'Policy', 'Label', 'Broken']

/** Returns the error when the node caused it. Other errors pass through. */
function answerOf(e) {
  if (e instanceof Unanswered) return e
  throw e
}

/**
 * Verifies the bytes of a trace. Returns the result or the refusal.
 * @param {Uint8Array} bytes
 * @param {import('./verifier/product.js').ProductQuestion} question
 * @returns {Promise<Found>}
 */
async function verify(bytes, question) {
  try {
    const result = await verifyTrace(bytes, question)
    /**
     * Returns the names of the cosigners in a member of the policy.
     * @param {any} member - Cosigner or group, of which each lacks the fields of the other.
     * @returns {string[]}
     */
    const all = ({ members, name }) => (members ? members.flatMap(all) : [name])
    const named = new Set(result.policy.auditors ? all(result.policy.auditors) : [])
    const auditors = result.checkpoint.cosigned.map(([name]) => name).filter((name) => named.has(name))
    return { bytes, result, trace: result.trace, auditors }
  } catch (e) {
    if (!(e instanceof Refusal)) throw e
    return { bytes, refusal: e }
  }
}

/**
 * Adds the trace that auditors cosigned. Auditors follow a moment behind, so the page asks for their trace beside the newest.
 * @param {Found} newest
 * @param {Question & import('./verifier/product.js').ProductQuestion} question
 * @param {RequestCache} cache
 * @returns {Promise<Found>}
 */
async function withAudit(newest, { path, ...question }, cache) {
  const isShort = newest.refusal?.name === 'Trust' && newest.refusal.cause?.name === 'Quorum'
  if (newest.result?.audited || (newest.refusal && !isShort)) return newest
  // A quorum cosigns a moment later than the log signs. Without auditors there is no other trace to ask for.
  if (!isShort && !newest.result.policy.auditors) return newest
  let bytes
  try {
    bytes = await getFresh(`/audited-trace${path}`, TRACE_MAX, cache)
  } catch (e) {
    return answerOf(e) && newest
  }
  const earlier = await verify(bytes, question)
  if (earlier.refusal || isShort) return earlier
  // A trace without an auditor's cosignature adds nothing.
  if (!earlier.result.audited) return newest
  // The newest trace may be the older one, where a cache answered.
  if (continues(earlier.result, newest.result)) return earlier
  try {
    const counting = ofBoth(newest.result, earlier.result) === earlier.result ? earlier : newest
    return { ...counting, audit: earlier, newest: newest.result.checkpoint }
  } catch (e) {
    if (!(e instanceof Refusal)) throw e
    return { bytes, refusal: e }
  }
}

/**
 * Asks once, and verifies the answer.
 * @param {Question} question
 * @param {RequestCache} cache
 * @returns {Promise<Found>}
 */
async function once(question, cache) {
  const policy = new TextDecoder().decode(await getFresh('/page/policy', POLICY_MAX, cache))
  const all = { ...question, policy }
  const newest = await verify(await getFresh(`/trace${question.path}`, TRACE_MAX, cache), all)
  const found = { ...(await withAudit(newest, all, cache)), policy, fetched: Date.now() }
  if (found.refusal) return found
  try {
    const lie = await goesBack(found.newest ?? found.result.checkpoint, hex(found.result.policy.ledger))
    return lie ? { bytes: found.bytes, policy, refusal: new Refusal(lie) } : found
  } catch (e) {
    // No proof joins the checkpoint to the one seen before: not a verdict, but a recall in the trace must not be lost.
    return { bytes: found.bytes, unanswered: answerOf(e) }
  }
}

/** Saves a copy. A page that cannot save copies still checks. */
const keepCopy = (path, found) => import('./saved.js').then(({ save }) => save(path, found)).catch(() => {})
const copyOf = (path) => import('./saved.js').then(({ saved }) => saved(path)).catch(() => undefined)

/**
 * Returns the question of a page's address: its `link`, and the `path` of the link in one spelling, with a lot that the query claims.
 * @param {{ origin: string, pathname: string, search: string }} address
 * @returns {Pick<Question, 'link' | 'path'>}
 */
export function questionOf({ origin, pathname, search }) {
  const link = origin + pathname + search
  try {
    return { link, path: parseLink(link).path ?? pathname }
  } catch (e) {
    if (!(e instanceof Refusal)) throw e
    return { link, path: pathname }
  }
}

/**
 * Answers a question: `path` and `link` of a label, `now` in seconds, `today`.
 * Returns `result` with its `bytes`, or their `refusal`, or `unanswered`. `fetched` is the time when the bytes arrived; `copy` is set when
 * the page had saved them then. After a failure, the page asks again past all caches. Where `cache` is 'reload', the page asks for
 * everything past all caches.
 * @param {Question} question
 * @param {RequestCache} [cache]
 * @returns {Promise<Found>}
 */
export async function check(question, cache = 'default') {
  try {
    parseLink(question.link)
  } catch (e) {
    return { refusal: new Refusal('Label', '', e) }
  }
  try {
    const found = await once(question, cache)
    const isBad = found.refusal && !NO_VERDICT.includes(found.refusal.name)
    const settled = isBad ? await once(question, 'reload').catch((e) => answerOf(e) && found) : found
    if (settled.result) keepCopy(question.path, settled)
    return settled
  } catch (e) {
    if (!(e instanceof Unanswered)) {
      console.error(e)
      return { refusal: new Refusal('Broken') }
    }
    const copy = e.status ? undefined : await copyOf(question.path)
    if (!copy) return { unanswered: e }
    return { ...(await verify(copy.bytes, { ...question, policy: copy.policy })), policy: copy.policy, fetched: copy.fetched, copy: true }
  }
}
