// Entries of the log (proto/README.md, "Entries").

import { hex, utf8 } from './bytes.js'
import { arm, decode } from './codec.js'
import { mustPossess, readEvent } from './event.js'
import { demand, Refusal, within } from './refusal.js'
import { sha256 } from './sha256.js'
import { leafHash } from './tree.js'

/**
 * Entry of the log, as this reader reads it.
 * @typedef {object} LogEntry
 * @property {Uint8Array} leaf - Leaf hash of the entry, 32 bytes.
 * @property {bigint} recorded - Time at which the operator recorded the entry, in milliseconds since 1970.
 * @property {string} kind - `genesis`, `signed_event`, `index_head` or `newer`.
 * @property {import('./messages.js').Genesis} [genesis] - Content of a genesis.
 * @property {import('./messages.js').SignedEventBytes} [signed] - Event and signature, unread.
 * @property {Uint8Array} [root] - Root of the index, 32 bytes, in an index head.
 * @property {import('./event.js').LedgerEvent} [event] - Event, where it was read.
 * @property {Uint8Array} [signature] - Signature over that event, 64 bytes.
 */

const ENTRY_MAX = 65535
const EVENT_MAX = 32 * 1024

/** Checks the keys of a genesis one by one; of a newer format, checks nothing. */
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
 * Reads the entry that `bytes` spell: `leaf`, `recorded` (milliseconds), `kind` (`genesis`, `signed_event`, `index_head`, `newer`) and its
 * content. The content is `genesis`, `signed` (the bytes of an event, unread, and the signature), or `root`.
 * @param {Uint8Array} bytes
 * @param {import('./crypto.js').SignatureChecks} checks
 * @param {Uint8Array} [leaf]
 * @returns {LogEntry}
 */
export function readEntry(bytes, checks, leaf = leafHash(bytes)) {
  demand(bytes.length <= ENTRY_MAX, 'TooLong')
  const { recorded_at_ms: recorded, body } = decode('Entry', bytes, '', 'b')
  /** @type {LogEntry} Entry without its content, which depends on its kind. */
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
 * Reads an entry with its `event` and its `signature`. The signature is not checked here, because the signer's key is not known yet. With
 * `unread`, the event stays unread. Refuses `Entry`, `Event`.
 * @param {Uint8Array} bytes
 * @param {import('./crypto.js').SignatureChecks} checks
 * @param {Uint8Array} [leaf]
 * @param {boolean} [unread]
 * @returns {LogEntry}
 */
export function readRecord(bytes, checks, leaf, unread) {
  const entry = within('Entry', () => readEntry(bytes, checks, leaf))
  if (unread || !entry.signed) return entry
  const { event, signature } = entry.signed
  return { ...entry, event: within('Event', () => readEvent(event, checks)), signature }
}

/**
 * Returns the keys of the subjects that an entry names. The subjects of an entry of a newer kind cannot be read.
 * @param {{ event?: import('./event.js').LedgerEvent, genesis?: import('./messages.js').Genesis }} entry
 * @returns {string[]}
 */
export const named = ({ event, genesis }) => event?.subjects.map(({ key }) => key) ?? (genesis ? [genesis.operator] : [])

/**
 * Whether an entry is newer than this reader, which then cannot know the chains of the entry.
 * @param {LogEntry} entry
 * @returns {boolean}
 */
export const isNewer = ({ kind, event }) => kind === 'newer' || !!event?.newer
