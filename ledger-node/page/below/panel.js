// Section on how the page checked the evidence, and on what the verdict rests.

import { el, fold, list } from '../dom.js'
import { section } from './row.js'
import { numberOf } from '../state.js'
import { age, number } from './units.js'
import { moment, t } from '../words.js'
import { ageOf } from '../clock.js'

/** Opens every fold and prints, because a fold cannot be opened on paper. */
function printAll() {
  for (const fold of document.querySelectorAll('.fold > details')) fold.open = true
  print()
}

const link = (href, words, download) => el('a', { href, download }, words)

/**
 * Returns the path from the last record up to the signers of the root.
 * @param {import('../check.js').Found} found
 * @returns {import('../dom.js').Content}
 */
function path({ trace, result: { checkpoint, story } }) {
  const last = story[story.length - 1]
  const entry = last && trace.entries.find(({ log_index }) => log_index === last.logIndex)
  return entry && [
    el('h3', null, t('checked.path')),
    el('ol', { class: 'path' },
      [
        t('path.record', { n: number(entry.log_index) }), t('path.hashes', { n: entry.inclusion.length }),
        t('path.root', { n: number(checkpoint.size) }), t('path.signed', { name: checkpoint.origin }),
        ...checkpoint.cosigned.map(([name]) => t('checked.cosigned', { name })),
      ].map((step) => el('li', null, step))),
  ]
}

/**
 * Returns the list of the facts behind the verdict.
 * @param {import('../check.js').Found} found
 * @param {number} now - Milliseconds since 1970.
 * @returns {HTMLElement}
 */
function facts({ result, audit, fetched, copy }, now) {
  const { checkpoint, counts, engine, histories, story } = result
  const { checkpoint: audited } = audit?.result ?? {}
  const later = audited && story.filter(({ logIndex }) => logIndex >= audited.size).length
  const { age: old, isAhead } = ageOf(result, now)
  const cosigned = [...checkpoint.cosigned, ...(audited?.cosigned ?? [])]
  return list([
    [t('checked.records'), number(counts.entries)],
    [t('checked.signatures'), number(counts.signatures)],
    [t('checked.subjects'), number(counts.subjects)],
    [t('checked.engine'), t(`checked.${engine}`)],
    [t('checked.log'), checkpoint.origin],
    [t('checked.size'), number(checkpoint.size)],
    [t(copy ? 'checked.copied' : 'checked.fetched'), moment(fetched)],
    [t('checked.time'), moment(result.indexHeadMs)],
    [t('checked.proof'), t(isAhead ? 'checked.ahead' : 'checked.age', { age: age(old) })],
    ...cosigned.map(([name, time]) => [t('checked.cosigned', { name }), moment(Number(time) * 1000)]),
    [t('checked.later'), later > 0 && number(later)],
    [t('about'), [...histories].filter(([, { about }]) => about.gtin || about.sscc).map(([key]) => el('div', null, el('code', null, numberOf(key))))],
  ])
}

const saving = (content, words, name) => link(URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' })), words, name)

/** Returns the command that checks the same bytes without this page. */
function elsewhere(asked, name) {
  const label = (location.origin + asked + location.search).replaceAll("'", '%27')
  const command = ['verifier-cli verify', name, '--policy policy', `--subject '${label}'`]
  return [
    el('h3', null, t('elsewhere')), el('p', null, t('elsewhere.says')),
    el('p', { class: 'command' }, command.map((part) => [el('code', null, part), ' '])),
    el('p', { class: 'soft' }, t('elsewhere.policy')),
  ]
}

/**
 * Returns the section on how the page checked the evidence.
 * @param {import('../check.js').Found} found
 * @param {import('../check.js').Question} question
 * @param {import('../state.js').State} state
 * @returns {HTMLElement}
 */
export function panel(found, { path: asked, now }, { what }) {
  const { result, bytes, policy, refusal, unanswered } = found
  const name = `${asked.slice(1).replace(/[^A-Za-z0-9.-]/g, '_')}.trace`
  return section('checked',
    result && [facts(found, now), path(found)],
    refusal && (what ? list(what()) : fold(t('details'), () => el('code', null, refusal.message))),
    unanswered && list([[t('checked.answer'), [unanswered.status || '', ' ', unanswered.message]]]),
    el('p', null, t('checked.trust')),
    bytes && el('p', { class: 'links' },
      saving(bytes, t('save'), name), policy ? saving(policy, t('policy'), 'policy') : link('/page/policy', t('policy'), 'policy'),
      link(`/trace${asked}`, t('raw')), el('button', { type: 'button', click: printAll }, t('print'))),
    bytes && elsewhere(asked, name))
}
