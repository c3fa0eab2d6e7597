// What every failure of this verifier is: nothing else is ever thrown about input.

/**
 * Something was read or checked and refused. `name` is the word that proto/README.md ("Vectors") has for it,
 * `field` the path of the field it is about ('' for none), `cause` the refusal within, `logIndex` the entry that it is about, where it is one.
 */
export class Refusal extends Error {
  constructor(name, field = '', cause = undefined, logIndex = undefined) {
    super(`${name}${field && ` at ${field}`}${cause ? `: ${cause.message}` : ''}`)
    Object.assign(this, { name, field, cause, logIndex })
  }
}

/** Refuses. */
export const refuse = (name, field, cause, logIndex) => { throw new Refusal(name, field, cause, logIndex) }

/** Refuses unless `holds`. */
export const demand = (holds, name, field, logIndex) => holds || refuse(name, field, undefined, logIndex)

/** What `refusal` is to somebody one layer up: `name`, caused by it, with its field unless that is one of a layer below. Mistakes of the
 * program pass through. */
export const outer = (name, refusal, logIndex) =>
  refusal instanceof Refusal ? new Refusal(name, refusal.cause ? '' : refusal.field, refusal, logIndex) : refusal

let pending
/** Runs `step`; what it defers goes into the list. */
export function collecting(list, step) {
  const before = pending
  pending = list
  try {
    return step()
  } finally {
    pending = before
  }
}

/** Runs a step whose questions nobody asks: what it gives is no fact, or was checked before. */
export const unchecked = (step) => collecting([], step)

/** Leaves a question to the end of the step that runs: `holds` answers it, by a promise, and `refusal` makes what it is called if not. */
export function defer(holds, refusal) {
  if (!pending) throw new Error('a question that nobody asks')
  pending.push({ holds, refusal })
}

/** Runs `step`, and gives its refusals, the deferred ones too, the name that they have one layer up. */
export function within(name, step, logIndex) {
  const first = pending?.length
  try {
    return step()
  } catch (e) {
    throw outer(name, e, logIndex)
  } finally {
    for (const check of pending?.slice(first) ?? []) {
      const { refusal } = check
      check.refusal = () => outer(name, refusal(), logIndex)
    }
  }
}
