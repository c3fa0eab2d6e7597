// Proof about one product: a trace and a question in, verdict and story out.

import { running } from './crypto.js'
import { parseLink } from './link.js'
import { within } from './refusal.js'
import { codeOf, tell } from './story.js'
import { delegation } from './subject.js'
import { openTrace } from './trace.js'
import { judge } from './verdict.js'

/**
 * Answer of the verifier about a product, as far as the evidence holds.
 * @typedef {object} Result
 * @property {string} verdict - Verdict: a key of `VERDICTS` in verdict.js.
 * @property {any[]} reasons - Reasons of the verdict, which depend on it: see `judge` in verdict.js.
 * @property {string | null} lot - Key of the bound or proven lot of an item.
 * @property {string} today - Day of the reader, and at least the day of the quorum, as YYYY-MM-DD.
 * @property {import('./messages.js').Trace} trace - Trace as decoded.
 * @property {import('./policy.js').Policy} policy - Policy of the reader.
 * @property {bigint} indexHeadMs - Time of the last index head, in milliseconds since 1970.
 * @property {string} subject - Key of the asked subject.
 * @property {import('./link.js').Label} label - Label, or the question in its form.
 * @property {import('./story.js').StoryEntry[]} story - Story in the order of its moments.
 * @property {Map<string, import('./authority.js').Party>} parties - Parties by key.
 * @property {import('./checkpoint.js').OpenedCheckpoint} checkpoint - Checkpoint of the trace.
 * @property {import('./trace.js').NewerEntries} newer - Entries that are newer than this reader.
 * @property {string} [brand] - Key of the first owner.
 * @property {(code: string) => boolean} [holdsCode] - Whether a code is the second factor of the item.
 * @property {(party: string) => 'brand' | 'delegate' | 'registered' | undefined} tie - Tie of a party to the owners.
 * @property {(entry: import('./story.js').StoryEntry) => import('./authority.js').HeldAccreditation[]} accreditations - Accreditations
 *   behind the test of an entry.
 * @property {boolean} audited - Whether auditors vouch for the checkpoint.
 * @property {boolean} complete - Whether the walk left nothing out for size.
 * @property {Map<string, import('./trace.js').Chain>} histories - Chains by the key of their subject.
 * @property {{ entries: number, signatures: number, subjects: number }} counts - Number of entries, checked signatures and subjects.
 * @property {string} engine - Name of the engine that checked the signatures.
 */

/**
 * Question about a product. It has a subject or a link.
 * @typedef {object} ProductQuestion
 * @property {string} policy - Text of the policy.
 * @property {string} today - Day of the reader, as YYYY-MM-DD.
 * @property {string} [subject] - Key of the subject.
 * @property {string} [link] - Link of a label.
 * @property {string | null} [lot] - Key of the lot on the label; null to pass the lot of the link over.
 */

const DAY_MAX_S = 253402300799n
/** Returns the day, in UTC, of a time in seconds. */
const dayOf = (seconds) => new Date(Number(seconds < DAY_MAX_S ? seconds : DAY_MAX_S) * 1000).toISOString().slice(0, 10)

/**
 * Returns the tie of a party to the owners of a product: the brand itself, a delegate, or a registered party to which no owner
 * delegates anything.
 */
function tieOf(party, { brand, owners, histories }) {
  if (brand && party === brand) return 'brand'
  const ties = owners.map((owner) => histories.get(delegation(owner, party)))
  if (ties.some((tie) => tie?.count)) return 'delegate'
  return ties.length && ties.every((tie) => tie) ? 'registered' : undefined
}

/**
 * Verifies a trace and judges the product (proto/README.md, "Traces" and "Story and verdict").
 * The question: `policy` (its text), `today` (YYYY-MM-DD), `subject` (its key) or the `link` of a label, and `lot`, the key of the lot on
 * the label.
 * Rejects with a Refusal: then the verdict is SIGNATURE_INVALID, regardless of the claims in the bytes. `NoEngine`, `Policy` and `Label`
 * are never a verdict: they are about the device, the reader's policy and the question.
 *
 * Beside the verdict, the result has:
 * - `today`, which is at least the day of the quorum;
 * - `indexHeadMs` and `checkpoint.quorumTime` (seconds), the older of which is the age of the evidence;
 * - `newer`, log indexes by class;
 * - `brand`, the first owner;
 * - `tie(party)`;
 * - `accreditations(entry)` of the laboratory of a test, each with the party and time of its registration.
 *
 * `holdsCode(code)` returns whether a code is the second factor of the item. It is undefined where the sets of the lot commit to no second
 * factor.
 * @param {Uint8Array} bytes
 * @param {ProductQuestion} question
 * @returns {Promise<Result>}
 */
export async function verifyTrace(bytes, { policy, today: asked, link, ...question }) {
  const label = link ? within('Label', () => parseLink(link)) : { subject: null, lot: null, dates: {}, remarks: [] }
  label.lot ??= question.lot ?? null
  const subject = question.subject ?? label.subject
  const lot = question.lot === undefined ? label.lot : question.lot
  // A refusal of the trace is the verdict SIGNATURE_INVALID (V1).
  const evidence = await openTrace(bytes, { policy, subject, lot: lot ?? undefined })
  const story = tell(evidence)
  const { trace, policy: rules, indexHeadMs, checkpoint, parties, histories, records, walked, signatures, newer } = evidence
  const vouched = checkpoint.quorumTime === undefined ? asked : dayOf(checkpoint.quorumTime)
  const today = vouched > asked ? vouched : asked
  const owners = walked.owners.filter(([, { passed }]) => !passed).map(([owner]) => owner)
  const brand = owners[0]
  return {
    ...judge(story, evidence, { today, label }),
    today, trace, policy: rules, indexHeadMs, subject, label, story, parties, checkpoint, newer, brand,
    holdsCode: codeOf(evidence),
    tie: (party) => tieOf(party, { brand, owners: [...new Set(owners)], histories }),
    accreditations: ({ event: { party, body } }) =>
      parties.get(party).accreditations.filter((own) => own.body === body.accreditation?.body && own.number === body.accreditation.number),
    audited: checkpoint.auditTime !== undefined,
    complete: walked.complete,
    histories,
    counts: { entries: records.length, signatures, subjects: histories.size },
    engine: await running(),
  }
}
