// Claims of a trace that no reader has verified. A recall is never hidden, not even a recall in a trace that fails.

import { arm, decode } from './codec.js'
import { Refusal, unchecked } from './refusal.js'

/**
 * Kind and body that an unverified event claims.
 * @typedef {object} Claim
 * @property {string} kind - Kind of the event.
 * @property {import('./messages.js').Body} body - Body of the event.
 */

/** Returns the result of `step`, or undefined when its input is refused. */
function unless(step) {
  try {
    return unchecked(step)
  } catch (e) {
    if (!(e instanceof Refusal)) throw e
  }
}

/** Returns the event in the bytes of an entry, as decoded. */
const eventIn = (entry) => unless(() => decode('Event', decode('Entry', entry, '', 'b').body?.signed_event?.event ?? new Uint8Array()))

/**
 * Returns the trace that unverified bytes spell. Nothing in the trace is a fact.
 * @param {Uint8Array} bytes
 * @returns {import('./messages.js').Trace | undefined}
 */
export const claimedTrace = (bytes) => unless(() => decode('Trace', bytes))

/**
 * Returns the recalls, without lifts, that an unverified trace claims, as decoded events. Nothing in them is a fact.
 * @param {Uint8Array} bytes
 * @returns {import('./messages.js').Event[]}
 */
export const claimedRecalls = (bytes) =>
  (claimedTrace(bytes)?.entries ?? []).map(({ entry }) => eventIn(entry))
    .filter((event) => event && arm(event.body)[0] === 'recall' && event.body.recall.action !== 'lift')

/**
 * Returns the kind and body of the event that an unverified trace claims at a log index. Nothing in the event is a fact.
 * @param {import('./messages.js').Trace | undefined} trace
 * @param {bigint} logIndex
 * @returns {Claim | undefined}
 */
export function claimedAt(trace, logIndex) {
  const found = trace?.entries.find(({ log_index }) => log_index === logIndex)
  const event = found && eventIn(found.entry)
  if (!event) return undefined
  const [kind, body] = arm(event.body)
  return { kind, body }
}
