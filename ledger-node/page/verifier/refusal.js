// What every failure of this verifier is: nothing else is ever thrown about input.

/**
 * Something was read or checked and refused. `name` is the word that proto/README.md ("Vectors") has for it,
 * `field` the path of the field it is about ('' for none), `cause` the refusal within.
 */
export class Refusal extends Error {
  constructor(name, field = '', cause = undefined) {
    super(`${name}${field && ` at ${field}`}${cause ? `: ${cause.message}` : ''}`)
    Object.assign(this, { name, field, cause })
  }
}

/** Refuses. */
export const refuse = (name, field, cause) => { throw new Refusal(name, field, cause) }

/** Refuses unless `holds`. */
export const demand = (holds, name, field) => holds || refuse(name, field)

/** What `refusal` is to somebody one layer up: `name`, caused by it, with its field unless that is one of a layer below. Mistakes of the
 * program pass through. */
export const outer = (name, refusal) =>
  refusal instanceof Refusal ? new Refusal(name, refusal.cause ? '' : refusal.field, refusal) : refusal

/** Runs `step`, and gives its refusals the name that they have one layer up. */
export function within(name, step) {
  try {
    return step()
  } catch (e) {
    throw outer(name, e)
  }
}
