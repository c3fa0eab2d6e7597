// What a trace says when nobody has checked it. A recall is never hidden, not even one in a trace that fails.

import { arm, decode } from './codec.js'
import { Refusal } from './refusal.js'

/** What `step` gives, or undefined when its input is refused. */
function unless(step) {
  try {
    return step()
  } catch (e) {
    if (!(e instanceof Refusal)) throw e
  }
}

/** The recalls, lifts aside, that an unverified trace claims: events as they are decoded. Nothing in them is a fact. */
export function claimedRecalls(bytes) {
  const trace = unless(() => decode('Trace', bytes))
  return (trace?.entries ?? [])
    .map(({ entry }) => unless(() => decode('Event', decode('Entry', entry, '', true).body?.signed_event?.event ?? new Uint8Array())))
    .filter((event) => event && arm(event.body)[0] === 'recall' && event.body.recall.action !== 'lift')
}
