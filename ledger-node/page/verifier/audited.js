// The newest trace beside an earlier trace that auditors vouch for (proto/README.md, "Two traces").

import { hex } from './bytes.js'
import { demand } from './refusal.js'

const leavesOf = ({ records }) => records.map(({ leaf, logIndex }) => logIndex + hex(leaf)).join()
// A chain that both hold whole goes on (P2), and a register does not become shorter (P3).
const goesOn = (now, then) => !now || (now.count >= then.count && (now.closed || leavesOf(now).startsWith(leavesOf(then))))

/**
 * Whether each chain that two results share goes on where the earlier chain ended.
 * @param {import('./product.js').Result} newest
 * @param {import('./product.js').Result} earlier
 * @returns {boolean}
 */
export const continues = (newest, earlier) =>
  // The newest checkpoint is not smaller (P1).
  earlier.checkpoint.size <= newest.checkpoint.size && [...earlier.histories].every(([key, then]) => goesOn(newest.histories.get(key), then))

/**
 * Returns the result whose verdict counts: the newest, unless only the audited result shows a recall. Refuses `Discontinued` when they
 * contradict each other.
 * @param {import('./product.js').Result} newest
 * @param {import('./product.js').Result} audited
 * @returns {import('./product.js').Result}
 */
export function ofBoth(newest, audited) {
  demand(continues(newest, audited), 'Discontinued')
  // A recall that only the earlier trace shows counts (P4).
  const recalls = ({ verdict }) => verdict === 'RECALLED'
  return recalls(audited) && !recalls(newest) ? audited : newest
}
