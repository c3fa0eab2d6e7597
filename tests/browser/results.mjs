// Results of every verdict, on the story of the tin, as a verifier returns them, so that no page needs a ledger for each.

import { withCheck } from './ledger.mjs'
import { LOT, MODEL, TIN } from './stories.mjs'

/** Page of a verdict: state, colour, headline, a part of the sentence, and whether the page shows nothing of the brand's. */
export const VERDICTS = {
  'never issued': [{ verdict: 'NEVER_ISSUED', reasons: [{ scope: 'model', sets: 2 }], named: true }, 'unissued', 'amber', 'Polderlicht Dairy recorded no such serial', 'no record issues the number 7KQ2M9XW4T', true],
  'never issued, by a brand without a name': [{ verdict: 'NEVER_ISSUED', reasons: [{ scope: 'model', sets: 2 }] }, 'unissued', 'amber', 'No such serial on record', 'As of 8 May 2026', true],
  'not in the lot': [{ verdict: 'NEVER_ISSUED', reasons: [{ scope: 'lot', lot: `${MODEL}/10/L2` }] }, 'unissued', 'amber', 'No such serial in lot L2', 'Other lots were not looked at', true],
  'taken back': [{ verdict: 'TAKEN_BACK', reasons: [{ of: 'correction' }] }, 'withdrawn', 'amber', 'This serial was issued, then taken back', 'Taken back by Windmill Air Cargo (20 Apr 2026)', true],
  voided: [{ verdict: 'VOIDED_STICKER', reasons: [{ of: 'sticker' }] }, 'withdrawn', 'amber', 'This label was withdrawn', 'Withdrawn by Polderlicht Dairy (17 Apr 2026): no reason given.', true],
  destroyed: [{ verdict: 'VOIDED_STICKER', reasons: [{ of: 'distribution' }] }, 'withdrawn', 'amber', 'Recorded as destroyed', 'West Lake Market recorded that this product, or what it was packed in, was destroyed', true],
  'a newer kind of warning': [{ verdict: 'RECALLED', reasons: [{ newer: true, logIndex: 40 }] }, 'recalled', 'red', 'A newer kind of warning', 'a kind that this page cannot read'],
  'another lot': [{ verdict: 'MISMATCH', label: { lot: `${MODEL}/10/L2` }, reasons: [{ ai: '10', label: 'L2', record: 'L26-0417' }] }, 'mismatch', 'amber', 'Label and records differ', 'Lot: the label says L2; the records say L26-0417.'],
  'lots that look like a key and a date': [
    { verdict: 'MISMATCH', label: { lot: `${MODEL}/10/01%2FAB` }, reasons: [{ ai: '10', label: '01/AB', record: '2026-04-17' }] }, 'mismatch', 'amber', 'Label and records differ',
    'Lot: the label says 01/AB; the records say 2026-04-17.',
  ],
  'two lots': [{ verdict: 'MISMATCH', reasons: [{ ai: '10', label: 'L26-0417', record: 'L3', twice: true }] }, 'mismatch', 'amber', 'Records differ about the lot', 'Lot: one record says L26-0417; another says L3.'],
  'two dates': [
    { verdict: 'MISMATCH', reasons: [{ ai: '15', label: '2028-12-31', record: '2027-12-31' }, { ai: '11', label: '2026-04-18' }] }, 'mismatch', 'amber', 'Label and records differ',
    'Best before: the label says 31 Dec 2028; the records say 31 Dec 2027.Production date: the label says 18 Apr 2026; the records say nothing.',
  ],
  'two claims': [{ verdict: 'SUSPECT_CLONE', reasons: [{ why: 'claims', entries: [{ of: 'sticker' }, { of: 'distribution' }] }] }, 'suspicious', 'amber', 'More than one pack may carry this code', 'recorded as used more than once:Polderlicht Dairy, 17 Apr 2026'],
  'two sales': [{ verdict: 'SUSPECT_CLONE', reasons: [{ why: 'sales', entries: [{ of: 'distribution' }] }] }, 'suspicious', 'amber', 'More than one pack may carry this code', 'no record shows that the second got it from the first:West Lake Market'],
  'add the lot': [{ verdict: 'UNPROVEN', reasons: [{ why: 'add_lot' }] }, 'unproven', 'grey', 'This number cannot be checked without its lot', 'Add the lot', true],
  'no record': [{ verdict: 'UNPROVEN', reasons: [{ why: 'no_record' }] }, 'unproven', 'grey', 'No record of this number itself', 'take part in ledger.example/demo', true],
  'a list that is missing': [{ verdict: 'UNPROVEN', reasons: [{ why: 'list_missing' }] }, 'unproven', 'grey', 'Cannot say whether this serial was issued', 'missing on this server', true],
  'no lot': [{ verdict: 'UNPROVEN', reasons: [{ why: 'no_lot' }] }, 'unproven', 'grey', 'No record shows the lot of this item', 'might not show here'],
  'an input without a lot': [{ verdict: 'UNPROVEN', reasons: [{ why: 'input' }] }, 'unproven', 'grey', 'The lot of an ingredient is not shown', 'might not show here'],
  'not sold': [{ verdict: 'NOT_YET_SOLD', reasons: [] }, 'unsold', 'amber', 'No delivery or sale recorded yet', 'No record says that it was stored'],
  'not released': [{ verdict: 'NOT_YET_SOLD', reasons: [{ of: 'customs_clearance' }] }, 'unsold', 'amber', 'No customs release in force', 'but no customs release in force'],
  'past its date': [{ verdict: 'EXPIRED', reasons: ['2026-05-07'] }, 'expired', 'amber', 'Past its use-by date (7 May 2026). Do not use it.', ''],
  'a verdict of a newer page': [{ verdict: 'BETTER_THAN_EVER' }, 'unchecked', 'grey', 'Not checked on this device', ''],
  item: [{ subject: TIN }, 'verified', 'green', 'This item’s records check out', 'none changed or left out'],
  lot: [{ subject: LOT }, 'verified', 'green', 'This lot’s records check out', 'none changed or left out'],
  model: [{ subject: MODEL }, 'verified', 'green', 'This model’s records check out', 'none changed or left out'],
  pallet: [{ subject: `00/${withCheck('19526543000000001')}` }, 'verified', 'green', 'This unit’s records check out', 'none changed or left out'],
}

const asks = (of, field, severity = 'asks') => [{ of, findings: [{ severity, field: `body.${of}.${field}` }] }]
const LAB = ', 19 Apr 2026, 11:00 UTC+2'
/** Warning of a verdict that is valid except for these changes of its story; no text where the page asks nothing of a shopper. */
export const WARNINGS = {
  'tested before the accreditation': [[{ of: 'lab_inspection', body: { performed_from: '2024-12-31' } }], `A test lies outside the dates of its accreditation: Lab Noordzee${LAB}`],
  'tested until after the accreditation': [[{ of: 'lab_inspection', body: { performed_to: '2029-01-01' } }], `A test lies outside the dates of its accreditation: Lab Noordzee${LAB}`],
  'tested on the first day and the last': [[{ of: 'lab_inspection', body: { performed_from: '2025-01-01', performed_to: '2028-12-31' } }]],
  'a certificate that is inactive': [[{ of: 'certification', body: { status: 'inactive' } }], 'A certificate is inactive: GB 19644-2024, 31 Dec 2027'],
  'a certificate that has ended': [[{ of: 'certification', body: { end: '2026-05-07' } }], 'A certificate has ended: GB 19644-2024, 7 May 2026'],
  'a certificate that ends today': [[{ of: 'certification', body: { end: '2026-05-08' } }]],
  'a leg that nothing joins': [asks('shipment_leg', 'origin'), 'The recorded journey has a gap before: Windmill Air Cargo, 20 Apr 2026, 08:20 UTC+2'],
  'another question about a leg': [asks('shipment_leg', 'destination')],
  'a remark on a leg': [asks('shipment_leg', 'origin', 'warn')],
  'a correction that is not settled': [asks('correction', 'corrective_event_ids'), 'A correction is not settled: Windmill Air Cargo, 20 Apr 2026, 09:00 UTC+2'],
  'another question about a correction': [asks('correction', 'reason')],
  'a remark on a correction': [asks('correction', 'corrective_event_ids', 'warn')],
  'a key in doubt': [[{ of: 'production', suspect: true }], 'The key that signed a record is in doubt: Polderlicht Dairy, 17 Apr 2026, 05:20 UTC+2'],
  'a record that does not fit': [[{ of: 'sticker', hasEffect: false }], 'A record does not fit what came before: Polderlicht Dairy, 17 Apr 2026, 07:20 UTC+2'],
  'a key in doubt before a record that does not fit': [[{ of: 'production', suspect: true }, { of: 'sticker', hasEffect: false }], 'The key that signed a record is in doubt: Polderlicht Dairy, 17 Apr 2026, 05:20 UTC+2'],
}

/**
 * Shows the page as of a result that differs from the one of the tin by `change`, and of a label that differs from its label.
 * In the reasons, `{ of: kind }` means the first entry of a kind. `ties` has the tie of each role, and `accredited` the
 * registered accreditations of a laboratory. `amended` has changes of the first entry of a kind, and `body` in it those of its body.
 */
export const show = (page, question, { ties, accredited, amended = [], ...change }) => page.evaluate(async ({ question, ties, accredited, amended, change }) => {
  const [words, { check }, { stateOf }, { card }, { tell }] =
    await Promise.all(['words', 'check', 'state', 'card', 'below/tell'].map((name) => import(`/page/${name}.js`)))
  await words.loadWords(document.documentElement.lang)
  const found = await check(question)
  const { story } = found.result
  const entry = (of) => story.find(({ event }) => event.kind === of)
  for (const { of, body, ...own } of amended) Object.assign(Object.assign(entry(of), own).event.body, body)
  const filled = (reason) => (reason.of ? entry(reason.of) : reason.entries ? { ...reason, entries: reason.entries.map(filled) } : reason)
  found.result = {
    ...found.result, ...change, label: { ...found.result.label, ...change.label }, reasons: (change.reasons ?? []).map(filled),
    ...(ties && { tie: (party) => ties[story.find(({ event }) => event.party === party).event.role] }),
    ...(accredited && { accreditations: () => accredited }),
  }
  const asked = { ...question, now: Date.now() }
  const state = await stateOf(found, asked)
  card(state)
  await tell(found, asked, state, () => {})
  await words.loadMoreWords()
}, { question, ties, accredited, amended, change })
