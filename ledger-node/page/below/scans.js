// How often the code was looked at. It comes after the verdict, which stands without it.

import { card } from '../card.js'
import { at, el } from '../dom.js'
import { get } from '../net.js'
import { as } from '../state.js'
import { keep, kept } from '../store.js'
import { country, number } from './units.js'
import { dayOf, phrase, t } from '../words.js'
import { weigh } from '../verifier/scan.js'

const ANSWER_MAX = 1024 * 1024

const parts = ({ n, first }) => ({ n: number(n), date: dayOf(first.at), region: first.country ? country(first.country) : t('region.none') })
const because = ([signal, told]) => {
  const write = (part) => (typeof part === 'number' ? number : country)(part)
  return [el('br'), t(`doubt.${signal}`, Object.fromEntries(Object.entries(told).map(([name, part]) => [name, write(part)])))]
}

export function suspicious({ scans, result: { holdsCode } }) {
  const [says, action] = holdsCode ? ['suspicious.says', 'code'] : ['suspicious.ask', 'report']
  return as('suspicious', [phrase(says, parts(scans)), scans.reasons.flatMap(because)], action, t('suspicious.head', parts(scans)))
}

function line({ scans }) {
  at('scans').textContent = scans ? t(scans.n > 1 ? 'scans.later' : 'scans.first', parts(scans)) : t('scans')
  const box = el('input', { type: 'checkbox', checked: !!kept('uncounted'), change: () => keep('uncounted', box.checked) })
  at('privacy').replaceChildren(t(scans?.counted ? 'privacy.counted' : 'privacy'), el('label', null, box, t('uncounted')))
}

/** One look a view, whatever comes to be shown in it. */
async function look({ path, now }) {
  const counted = !kept('uncounted')
  const body = JSON.stringify({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone })
  const more = counted && { method: 'POST', headers: { 'content-type': 'application/json' }, body }
  const bytes = await get(`/scans${path}`, ANSWER_MAX, 'no-store', more).catch(() => undefined)
  return { answer: new TextDecoder().decode(bytes), counted, now }
}

function take(found, { answer, counted, now }) {
  const told = weigh(answer, { ...found.result }, counted)
  if (!told) return
  const { verdict } = told
  found.scans = { ...told, counted, first: told.first ?? { at: now } }
  if (verdict) found.result = { ...found.result, verdict }
  if (verdict === 'SUSPECT_CLONE') card(suspicious(found))
  line(found)
}

let shown
export function scans(found, question) {
  shown = found
  line(found)
  if (!found.bytes) return
  found.looked ??= look(question)
  found.looked.then((looked) => found === shown && !found.scans && take(found, looked))
}
