// Policy of a reader (C2SP tlog-policy): one log, its cosigners, and the ledger that the log belongs to.

import { same, text, unhex, utf8 } from './bytes.js'
import { parseVkey } from './note.js'
import { demand, refuse, within } from './refusal.js'

/**
 * Group of cosigners, which vouches once enough of its members do.
 * @typedef {object} Group
 * @property {number} threshold - Number of members that have to vouch.
 * @property {Member[]} members - Cosigners and groups.
 */

/**
 * Cosigner, or a group of them.
 * @typedef {import('./note.js').Vkey | Group} Member
 */

/**
 * Policy of a reader.
 * @typedef {object} Policy
 * @property {import('./note.js').Vkey} log - Key of the one log.
 * @property {import('./note.js').Vkey[]} cosigners - Keys whose cosignatures can be checked.
 * @property {Member} [quorum] - Member that has to vouch; absent where the policy asks for no quorum.
 * @property {Group} [auditors] - Group named `auditors`; absent without such a group.
 * @property {Uint8Array} [ledger] - Leaf of the genesis of the ledger, 32 bytes; absent where the policy was read without one.
 * @property {string[]} unread - Names of witnesses whose keys cannot be checked.
 */

const POLICY_MAX = 64 * 1024
const LINES_MAX = 256
const PIN = '#headwater '

/**
 * Reads a policy. A member is a cosigner or a group `{threshold, members}`; `quorum` and `auditors` are members or undefined. `unread`
 * lists the names of witnesses whose keys are of a type that cannot be checked: they never count.
 * Without `pinned`, the policy needs no ledger. Refuses by the names of proto/README.md, "Vectors", `policy`.
 * @param {string | Uint8Array} source
 * @param {boolean} [pinned]
 * @returns {Policy}
 */
export function parsePolicy(source, pinned = true) {
  const bytes = typeof source === 'string' ? utf8(source) : source
  demand(bytes.length <= POLICY_MAX, 'TooLong')
  const words = text(bytes)
  demand(words !== undefined, 'Characters')
  const logs = [], quorums = [], pins = [], cosigners = [], groups = [], unread = []
  const members = new Map([['none', undefined]])
  const taken = new Set()

  /** Reads a key that no key of `others` repeats. */
  const vkeyOf = (vkey, others, fits) => {
    const key = within('Key', () => parseVkey(vkey))
    fits(key)
    demand(!others.some((other) => other.kind === key.kind && same(other.key, key.key)), 'DuplicateKey')
    return key
  }
  const ofLog = (key) => {
    within('Key', () => demand(!key.foreign, 'KeyType'))
    demand(key.kind === 1, 'Kind')
  }
  const add = (list, one) => demand(list.push(one) <= LINES_MAX, 'TooMany')
  const LINES = {
    log([vkey, ...url]) {
      demand(vkey && url.length < 2, 'Line')
      add(logs, vkeyOf(vkey, logs, ofLog))
    },
    witness([word, vkey, ...url]) {
      demand(vkey && url.length < 2, 'Line')
      const cosigner = vkeyOf(vkey, cosigners, (key) => demand(key.kind !== 1, 'Kind'))
      demand(!members.has(word), 'DuplicateName')
      members.set(word, cosigner)
      if (cosigner.foreign) unread.push(word)
      add(cosigners, cosigner)
    },
    group([word, rule, ...of]) {
      demand(rule, 'Line')
      demand(!members.has(word), 'DuplicateName')
      for (const member of of) {
        demand(members.get(member), 'UnknownName')
        demand(!taken.has(member), 'SecondMembership')
        taken.add(member)
      }
      const threshold = rule === 'any' ? 1 : rule === 'all' ? of.length : +(/^[1-9]\d{0,3}$/.exec(rule) ?? 0)
      demand(threshold >= 1 && threshold <= of.length, 'Threshold')
      members.set(word, { threshold, members: of.map((member) => members.get(member)) })
      add(groups, word)
    },
    quorum([word, ...more]) {
      demand(word && !more.length, 'Line')
      demand(members.has(word), 'UnknownName')
      quorums.push(members.get(word))
    },
  }

  for (const ended of words.replace(/^\ufeff/, '').split('\n')) {
    const line = ended.replace(/\r$/, '').replace(/^[ \t]+/, '')
    demand(!/[\0-\x08\x0b-\x1f\x7f]/.test(line), 'Characters')
    if (line.startsWith(PIN)) pins.push(line.slice(PIN.length))
    const [form, ...rest] = line.startsWith('#') ? [] : line.split(/[ \t]+/).filter((word) => word)
    if (form === undefined) continue
    demand(Object.hasOwn(LINES, form), 'Line')
    LINES[form](rest)
  }
  demand(logs.length, 'NoLog')
  demand(quorums.length === 1, 'Quorums')
  demand(logs.length === 1, 'Logs')
  const ledgers = pinned ? pins.map((pin) => unhex(/^[ \t]*ledger [ \t]*([\da-fA-F]{64})[ \t]*$/.exec(pin)?.[1] ?? refuse('Line'))) : []
  demand(ledgers.length === 1 || !pinned, 'Ledger')
  const auditors = members.get('auditors')
  return {
    log: logs[0], cosigners: cosigners.filter(({ foreign }) => !foreign), quorum: quorums[0], auditors: auditors?.members && auditors,
    ledger: ledgers[0], unread: unread.sort(),
  }
}
