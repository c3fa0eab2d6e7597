// What a trace proves of one product: bytes and a question in, verdict and story out.

import { running } from './crypto.js'
import { parseLink } from './link.js'
import { within } from './refusal.js'
import { judge, tell } from './story.js'
import { openTrace } from './trace.js'

/**
 * Verifies a trace and judges the product (proto/README.md, "Traces" and "Story and verdict"). The question: `policy` (its text), `now` in
 * seconds, `today` (YYYY-MM-DD), `subject` (its key) or the `link` of a label, and `lot`, the key of the lot on the label.
 * Rejects with a Refusal: then the verdict is SIGNATURE_INVALID, whatever the bytes say. `NoEngine`, `Policy` and `Label` are never a
 * verdict: they are about the device, the reader's policy and the question. Where the sets of its lot commit to a second factor of the item,
 * `holdsCode(code)` tells whether a code is that; else it is not there.
 */
export async function verifyTrace(bytes, { policy, now, today, link, ...question }) {
  const label = link ? within('Label', () => parseLink(link)) : { subject: null, lot: null, dates: {}, remarks: [] }
  label.lot ??= question.lot ?? null
  const subject = question.subject ?? label.subject
  const lot = question.lot === undefined ? label.lot : question.lot
  const evidence = await openTrace(bytes, { policy, now, subject, lot: lot ?? undefined })
  const story = tell(evidence)
  const { trace, policy: rules, closed, checkpoint, parties, histories, records, walked, signatures, newer, holdsCode } = evidence
  return {
    ...judge(story, evidence, { today, label }),
    trace, policy: rules, closed, subject, label, story, parties, checkpoint, newer, holdsCode,
    audited: checkpoint.auditTime !== undefined,
    complete: walked.complete,
    visits: walked.visits, histories,
    counts: { entries: records.length, signatures, subjects: histories.size },
    engine: await running(),
  }
}
