// What a trace says when nobody has checked it. A recall is never hidden, not even one in a trace that fails.

import { arm, decode } from './codec.js'
import { Refusal, unchecked } from './refusal.js'

/** What `step` gives, or undefined when its input is refused. */
function unless(step) {
  try {
    return unchecked(step)
  } catch (e) {
    if (!(e instanceof Refusal)) throw e
  }
}

/** The event in the bytes of an entry, as it is decoded. */
const eventIn = (entry) => unless(() => decode('Event', decode('Entry', entry, '', 'b').body?.signed_event?.event ?? new Uint8Array()))

/** The trace that unverified bytes are. Nothing in it is a fact. */
export const claimedTrace = (bytes) => unless(() => decode('Trace', bytes))

/** The recalls, lifts aside, that an unverified trace claims: events as they are decoded. Nothing in them is a fact. */
export const claimedRecalls = (bytes) =>
  (claimedTrace(bytes)?.entries ?? []).map(({ entry }) => eventIn(entry))
    .filter((event) => event && arm(event.body)[0] === 'recall' && event.body.recall.action !== 'lift')

/** The kind, and what is told by it, of the event that an unverified trace claims to hold at a place in the log. Nothing in it is a fact. */
export function claimedAt(trace, logIndex) {
  const found = trace?.entries.find(({ log_index }) => log_index === logIndex)
  const event = found && eventIn(found.entry)
  if (!event) return undefined
  const [kind, told] = arm(event.body)
  return { kind, told }
}
