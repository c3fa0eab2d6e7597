// Entries of the log (proto/README.md, "Entries").

import { hex, utf8 } from './bytes.js'
import { arm, decode } from './codec.js'
import { mustPossess, readEvent } from './event.js'
import { demand, Refusal, within } from './refusal.js'
import { sha256 } from './sha256.js'
import { leafHash } from './tree.js'

const ENTRY_MAX = 65535
const EVENT_MAX = 32 * 1024

/** Key by key; of a newer format nothing is asked. */
function checkGenesis({ origin, operator, keys, format_version }, checks) {
  if (format_version !== 1n) return
  const ledger = sha256(utf8(origin))
  const names = new Set()
  for (const key of keys) {
    demand(!names.has(hex(key.public_key)), 'DuplicateKey')
    names.add(hex(key.public_key))
    mustPossess({ ...key, ledger, party: operator }, key.possession, checks, () => new Refusal('Possession'))
  }
  demand(keys.some(({ key_use }) => key_use === 'admin'), 'NoAdminKey')
}

/**
 * The entry that `bytes` are: `leaf`, `recorded` (milliseconds), `kind` (`genesis`, `signed_event`, `index_head`, `newer`) and what it
 * holds: `genesis`, `signed` (the bytes of an event, unread, and the signature), or `root`.
 */
export function readEntry(bytes, checks, leaf = leafHash(bytes)) {
  demand(bytes.length <= ENTRY_MAX, 'TooLong')
  const { recorded_at_ms: recorded, body } = decode('Entry', bytes, '', 'b')
  const entry = { leaf, recorded, kind: 'newer' }
  if (!body) return entry
  const [kind, held] = arm(body)
  entry.kind = kind
  if (kind === 'genesis') {
    checkGenesis(held, checks)
    entry.genesis = held
  } else if (kind === 'index_head') entry.root = held.root
  else {
    demand(held.event.length <= EVENT_MAX, 'EventTooLong')
    entry.signed = held
  }
  return entry
}

/**
 * The same, with the `event` in it and its `signature`, which is not checked here: nobody knows yet whose key it is by. With `unread`
 * the event is left alone. Refuses `Entry`, `Event`.
 */
export function readRecord(bytes, checks, leaf, unread) {
  const entry = within('Entry', () => readEntry(bytes, checks, leaf))
  if (unread || !entry.signed) return entry
  const { event, signature } = entry.signed
  return { ...entry, event: within('Event', () => readEvent(event, checks)), signature }
}

/** The keys of the subjects that an entry names; what a newer one names nobody knows. */
export const named = ({ event, genesis }) => event?.subjects.map(({ key }) => key) ?? (genesis ? [genesis.operator] : [])

/** Whether an entry is newer than this reader, who cannot say then which chains it belongs on. */
export const isNewer = ({ kind, event }) => kind === 'newer' || !!event?.newer
