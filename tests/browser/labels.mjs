// Labels that ask the question of a vector or a story.

import { parseLink } from '../../ledger-node/page/verifier/link.js'

/** Returns one vector of each case, by the name that `caseOf` gives the case. With HEADWATER_EVERY_VECTOR=1, returns every vector. */
export const oneOfEach = (vectors, caseOf) =>
  process.env.HEADWATER_EVERY_VECTOR === '1' ? vectors : [...new Map(vectors.map((vector) => [caseOf(vector), vector])).values()]

/** Returns the path of the label that asks a question. */
export function pathOf({ link, subject, lot }) {
  if (link) return link.replace(/^https?:\/\/[^/]+/, '')
  return lot ? `/${lot}/21/${subject.split('/21/')[1]}` : `/${subject}`
}

/**
 * Whether a node serves a page for a question: a page is of an item, a lot, a model or a logistic unit. A node follows the lot of a label
 * into the trace that it returns for the label.
 */
export const isServed = ({ link, lot, subject }) => /^0[01]\//.test(subject) && (!link || parseLink(link).lot === lot)
