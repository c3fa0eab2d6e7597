// The labels that ask what a vector or a story asks.

import { parseLink } from '../../ledger-node/page/verifier/link.js'

/** The path of the label that asks a question. */
export function pathOf({ link, subject, lot }) {
  if (link) return link.replace(/^https?:\/\/[^/]+/, '')
  return lot ? `/${lot}/21/${subject.split('/21/')[1]}` : `/${subject}`
}

/** A page is of an item, a lot, a model or a logistic unit; a node follows the lot of a label into the trace that it gives for it. */
export const isServed = ({ link, lot, subject }) => /^0[01]\//.test(subject) && (!link || parseLink(link).lot === lot)
