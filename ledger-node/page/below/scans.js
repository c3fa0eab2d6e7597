// Number of scans of the code, as the node counts them. The line comes after the verdict, and changes nothing in the verdict.

import { at, el } from '../dom.js'
import { get } from '../net.js'
import { keep, kept } from '../store.js'
import { country, number } from './units.js'
import { dayOf, t } from '../words.js'
import { looksIn } from '../verifier/scan.js'

/**
 * Answer of the node about the scans of the code, unread.
 * @typedef {object} Looked
 * @property {string} answer - Text of the answer; empty without one.
 * @property {boolean} counted - Whether this scan was counted.
 * @property {number} now - Time of this scan, in milliseconds since 1970.
 */

/**
 * Scans as the page shows them.
 * @typedef {import('../verifier/scan.js').Looks & { counted: boolean }} ShownScans
 */

const ANSWER_MAX = 1024 * 1024

/** Returns the everyday name of a time zone, which is its city. */
const city = (zone) => zone.split('/').pop().replaceAll('_', ' ')
/**
 * Returns the fillings of the line on scans.
 * @param {ShownScans} scans
 */
const parts = ({ n, first }) =>
  ({ n: number(n), date: dayOf(first.at), region: first.zone ? t('region', { zone: city(first.zone) }) : t('region.none') })

const WRITTEN = {
  apart: ({ places: [from, to], minutes }) => ({ from: city(from), to: city(to), minutes: number(Math.max(1, minutes)) }),
  crowd: ({ devices }) => ({ devices: number(devices) }),
  abroad: ({ there, market }) => ({ there: country(there), market: country(market) }),
}
const note = ([name, told]) => [el('br'), t(`note.${name}`, WRITTEN[name]?.(told))]

/**
 * Draws the line on scans.
 * @param {import('../check.js').Found} found
 */
function line({ scans }) {
  const notes = scans?.notes ?? []
  at('scans').replaceChildren(
    ...[scans ? t(scans.n > 1 ? 'scans.later' : 'scans.first', parts(scans)) : t('scans'), notes.map(note), notes.length && [el('br'), t('note.unsigned')]]
      .flat(2).filter(Boolean))
  const box = el('input', { type: 'checkbox', checked: !!kept('uncounted'), change: () => keep('uncounted', box.checked) })
  const counted = scans && (scans.counted ? '.counted' : '.uncounted')
  at('privacy').replaceChildren(t(`privacy${counted ?? ''}`), el('label', null, box, t('uncounted')))
}

const zoneHere = () => Intl.DateTimeFormat().resolvedOptions().timeZone

/**
 * Asks the node for the scans of a label, and has this scan counted unless the shopper declined. One page view makes one scan, regardless
 * of later answers in the view.
 * @param {import('../check.js').Question} question
 * @returns {Promise<Looked>}
 */
async function look({ path, now }) {
  const counted = !kept('uncounted')
  const body = JSON.stringify({ zone: zoneHere() })
  const more = counted && { method: 'POST', headers: { 'content-type': 'application/json' }, body }
  const bytes = await get(`/scans${path}`, ANSWER_MAX, 'no-store', more).catch(() => undefined)
  return { answer: new TextDecoder().decode(bytes), counted, now }
}

function take(found, { answer, counted, now }) {
  const looks = looksIn(answer, { ...found.result }, counted)
  if (!looks) return
  found.scans = { ...looks, counted, first: looks.first ?? { at: now, zone: zoneHere() } }
  line(found)
}

let shown
/**
 * Shows the line on scans. The words of the count have arrived when `learned` resolves, so the page draws the line before that and again
 * after.
 * @param {import('../check.js').Found} found
 * @param {import('../check.js').Question} question
 * @param {Promise<any>} learned
 */
export function scans(found, question, learned) {
  shown = found
  line(found)
  learned.then(() => found === shown && line(found))
  if (!found.bytes) return
  found.looked ??= look(question)
  Promise.all([found.looked, learned]).then(([looked]) => found === shown && !found.scans && take(found, looked))
}
