// Failures of this verifier: nothing else is ever thrown about input.

/**
 * Check that is made at the end of a step, because its answer comes by a promise.
 * @typedef {object} DeferredCheck
 * @property {() => Promise<boolean>} holds - Answers whether the check holds.
 * @property {() => Refusal} refusal - Makes the refusal if the check does not hold.
 */

/**
 * Parts of a refusal beside its name and its message.
 * @typedef {object} RefusalParts
 * @property {string} field - Path of the field that is refused; empty for none.
 * @property {Refusal} [cause] - Refusal of the layer below.
 * @property {bigint} [logIndex] - Log index of the entry that the refusal is about.
 * @property {boolean} [isNewer] - Whether the fault shows only that the bytes are newer than this reader.
 * @property {Refusal[]} [bad] - Refusals of all deferred checks that failed, this one first.
 */

/**
 * Refusal of input that was read or checked. `name` is the word of proto/README.md ("Vectors"), and `field` the path of the field ('' for
 * none). `cause` is the refusal within, and `logIndex` the entry that the refusal is about, if any.
 */
export class Refusal extends Error {
  /**
   * @param {string} name
   * @param {string} [field]
   * @param {Refusal} [cause]
   * @param {bigint} [logIndex]
   */
  constructor(name, field = '', cause = undefined, logIndex = undefined) {
    super(`${name}${field && ` at ${field}`}${cause ? `: ${cause.message}` : ''}`)
    Object.assign(this, { name, field, cause, logIndex })
  }
}

/**
 * Throws a refusal of this name.
 * @param {string} name
 * @param {string} [field]
 * @param {Refusal} [cause]
 * @param {bigint} [logIndex]
 * @returns {never}
 */
export const refuse = (name, field, cause, logIndex) => { throw new Refusal(name, field, cause, logIndex) }

/**
 * Refuses unless `holds` is true.
 * @template T
 * @param {T} holds
 * @param {string} name
 * @param {string} [field]
 * @param {bigint} [logIndex]
 * @returns {T}
 */
export const demand = (holds, name, field, logIndex) => holds || refuse(name, field, undefined, logIndex)

/**
 * Returns a `refusal` as one layer up reports it: `name`, caused by it, with its field unless the field is of a layer below. Mistakes of
 * the program pass through.
 * @template T
 * @param {string} name
 * @param {T} refusal
 * @param {bigint} [logIndex]
 * @returns {T | Refusal}
 */
export const outer = (name, refusal, logIndex) =>
  refusal instanceof Refusal ? new Refusal(name, refusal.cause ? '' : refusal.field, refusal, logIndex) : refusal

let pending
/**
 * Runs `step`; deferred checks go into the list.
 * @template T
 * @param {DeferredCheck[]} list
 * @param {() => T} step
 * @returns {T}
 */
export function collecting(list, step) {
  const before = pending
  pending = list
  try {
    return step()
  } finally {
    pending = before
  }
}

/**
 * Runs a step and drops its deferred checks: its result is not a fact, or was checked before.
 * @template T
 * @param {() => T} step
 * @returns {T}
 */
export const unchecked = (step) => collecting([], step)

/**
 * Defers a check to the end of the step that runs. `holds` answers by a promise, and `refusal` makes the refusal if the answer is no.
 * @param {() => Promise<boolean>} holds
 * @param {() => Refusal} refusal
 */
export function defer(holds, refusal) {
  if (!pending) throw new Error('a question that nobody asks')
  pending.push({ holds, refusal })
}

/**
 * Runs `step`, and gives its refusals, the deferred ones too, the name that they have one layer up.
 * @template T
 * @param {string} name
 * @param {() => T} step
 * @param {bigint} [logIndex]
 * @returns {T}
 */
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
