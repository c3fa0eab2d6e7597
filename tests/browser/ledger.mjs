// An honest ledger in memory, for page tests that no vector serves. Its traces are real traces; only its keys are known.

import { createHash, createPrivateKey, createPublicKey, sign as signEd25519 } from 'node:crypto'
import { concat, hex, u64, utf8, ZERO } from '../../ledger-node/page/verifier/bytes.js'
import { NO_ENTRIES, extend } from '../../ledger-node/page/verifier/chain.js'
import { checked, pae, start } from '../../ledger-node/page/verifier/crypto.js'
import { readEvent } from '../../ledger-node/page/verifier/event.js'
import { enums, messages } from '../../ledger-node/page/verifier/schema.js'
import { isTakenBack } from '../../ledger-node/page/verifier/set.js'
import { K, listOf, parseSubject, registerOf } from '../../ledger-node/page/verifier/subject.js'
import { EMPTY_ROOT, leafHash, nodeHash } from '../../ledger-node/page/verifier/tree.js'
import { codeHash } from '../../ledger-node/page/verifier/trie.js'
import { boundLot, formOf, momentOf, struckAmong, walk } from '../../ledger-node/page/verifier/walk.js'

const REGISTER_MAX = 64
const sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest())
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

const ARMS = messages.get('Event').fields.filter(({ oneof }) => oneof).map(({ number }) => number)
/** Smallest arm of the class story that no kind has. A new kind takes this number, and the tests take the next one. */
export const STORY_ARM = Array.from({ length: 24 }, (_, at) => 16 + at).find((arm) => !ARMS.includes(arm))

/** Makes a signing key out of a name. */
export function keyOf(name) {
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8, sha256(utf8(name))]), format: 'der', type: 'pkcs8' })
  const key = new Uint8Array(createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32))
  return { key, sign: (message) => new Uint8Array(signEd25519(null, message, secret)) }
}

export function varint(n) {
  const bytes = []
  for (n = BigInt(n); ; n >>= 7n) {
    if (n < 128n) return Uint8Array.from([...bytes, Number(n)])
    bytes.push(Number(n & 127n) | 128)
  }
}

/** Returns the canonical bytes of a message, written from the table that the verifier reads with. */
export function encode(type, message) {
  const parts = []
  for (const { number, name, type: of, oneof, repeated } of messages.get(type).fields) {
    const value = (oneof ? message[oneof] ?? {} : message)[name]
    if (value === undefined || (Array.isArray(value) && !value.length)) continue
    const isNumber = enums.has(of) || 'ns?'.includes(of)
    const numeral = (n) =>
      enums.has(of) ? enums.get(of).indexOf(n) + 1 : of === 's' ? BigInt(n) * (n < 0 ? -2n : 2n) - (n < 0 ? 1n : 0n) : n
    const bytes = (v) => (messages.has(of) ? encode(of, v) : typeof v === 'string' ? utf8(v) : v)
    const long = (v) => parts.push(varint(number * 8 + 2), varint(v.length), v)
    if (!isNumber) for (const item of repeated ? value : [value]) long(bytes(item))
    else if (repeated) long(concat(...value.map((n) => varint(numeral(n)))))
    else if (numeral(value)) parts.push(varint(number * 8), varint(numeral(value)))
  }
  return concat(...parts)
}

const split = (length) => {
  let left = 1
  while (left * 2 < length) left *= 2
  return left
}
const rootOf = (leaves) => {
  if (leaves.length < 2) return leaves[0] ?? EMPTY_ROOT
  const left = split(leaves.length)
  return nodeHash(rootOf(leaves.slice(0, left)), rootOf(leaves.slice(left)))
}
function inclusionOf(leaves, index) {
  if (leaves.length < 2) return []
  const left = split(leaves.length)
  return index < left
    ? [...inclusionOf(leaves.slice(0, left), index), rootOf(leaves.slice(left))]
    : [...inclusionOf(leaves.slice(left), index - left), rootOf(leaves.slice(0, left))]
}
function consistencyOf(leaves, older, whole = true) {
  if (older === leaves.length) return whole ? [] : [rootOf(leaves)]
  const left = split(leaves.length)
  return older <= left
    ? [...consistencyOf(leaves.slice(0, left), older, whole), rootOf(leaves.slice(left))]
    : [...consistencyOf(leaves.slice(left), older - left, false), rootOf(leaves.slice(0, left))]
}

const bitOf = (key, i) => (key[i >> 3] >> (7 - (i & 7))) & 1
/** Builds a trie over leaves {key, count, head}: nodes {bit, sides, hash}, leaves {leaf, hash}. */
function trieOf(leaves) {
  if (leaves.length === 1) return { leaf: leaves[0], hash: sha256(concat(2, leaves[0].key, u64(leaves[0].count), leaves[0].head)) }
  let bit = 0
  while (leaves.every(({ key }) => bitOf(key, bit) === bitOf(leaves[0].key, bit))) bit++
  const sides = [0, 1].map((side) => trieOf(leaves.filter(({ key }) => bitOf(key, bit) === side)))
  return { bit, sides, hash: sha256(concat(3, bit, sides[0].hash, sides[1].hash)) }
}
function indexProof(trie, key) {
  const bits = [], siblings = []
  for (; trie.sides; ) {
    const own = bitOf(key, trie.bit)
    bits.push(trie.bit)
    siblings.push(trie.sides[1 - own].hash)
    trie = trie.sides[own]
  }
  return { bits: Uint8Array.from(bits), siblings, ...trie.leaf }
}

const noteLine = (name, id, signature) => `— ${name} ${Buffer.from(concat(id, signature)).toString('base64')}\n`
const noteKey = (name, kind, { key }) => {
  const id = sha256(concat(utf8(`${name}\n`), kind, key)).subarray(0, 4)
  return { id, vkey: `${name}+${hex(id)}+${Buffer.from(concat(kind, key)).toString('base64')}` }
}

/** Appends the check digit of a GLN, GTIN or SSCC. */
export const withCheck = (digits) => {
  const sum = [...digits].reverse().reduce((sum, digit, i) => sum + digit * (i % 2 ? 1 : 3), 0)
  return digits + ((10 - (sum % 10)) % 10)
}

/** Returns the list or register that a commissioning names beside its items or its lot. */
function besideGoods([first], { commissioning }) {
  if (!commissioning) return []
  const { listed } = commissioning.form
  return [listed ? listOf(parseSubject(listed.lot)) : registerOf(parseSubject(first.key ?? first))]
}

export class Ledger {
  entries = []
  leaves = []
  records = []
  chains = new Map()
  sets = new Map()
  ids = 0
  parties = new Map()

  static async found({ origin, operator, at, auditor }) {
    await start()
    const ledger = new Ledger()
    Object.assign(ledger, { origin, operator, auditor, log: keyOf(`log of ${origin}`), now: at })
    const admin = keyOf(`${operator} admin`)
    const claim = { ledger: sha256(utf8(origin)), party: operator, key_use: 'admin', public_key: admin.key }
    const keys = [{ public_key: admin.key, key_use: 'admin', possession: admin.sign(pae('possession', encode('Possession', claim))) }]
    await ledger.#add({ genesis: { origin, log_key: ledger.log.key, operator, keys, format_version: 1 } })
    ledger.id = ledger.leaves[0]
    ledger.parties.set(operator, { name: operator, role: 'platform', admin })
    return ledger
  }

  get policy() {
    const auditor = this.auditor && noteKey(this.auditor, 4, keyOf(this.auditor)).vkey
    return [
      `log ${noteKey(this.origin, 1, this.log).vkey}`,
      ...(auditor ? [`witness auditor ${auditor}`, 'group auditors 1 auditor'] : []),
      'quorum none', `#headwater ledger ${hex(this.id)}`, '',
    ].join('\n')
  }

  async #add(body) {
    const entry = encode('Entry', { recorded_at_ms: this.now, body })
    const logIndex = BigInt(this.entries.length)
    const { genesis, signed_event } = body
    const record = { kind: Object.keys(body)[0], leaf: leafHash(entry), logIndex, size: entry.length, genesis }
    if (signed_event) {
      record.event = await checked((checks) => readEvent(signed_event.event, checks))
      record.moment = momentOf(record)
    }
    this.entries.push(entry)
    this.leaves.push(record.leaf)
    this.records.push(record)
    const keys = record.event ? record.event.subjects.map(({ key }) => key) : record.genesis ? [record.genesis.operator] : []
    for (const key of keys) {
      const chain = this.chains.get(key) ?? { records: [], state: NO_ENTRIES }
      chain.records.push(record)
      chain.state = extend(K(key), chain.state, { log_index: logIndex, leaf: record.leaf })
      this.chains.set(key, chain)
    }
    return record
  }

  /**
   * Signs and adds an event of `party`. `at` is the time of the event in milliseconds. The log records it 90 seconds later, or at the log's
   * own time if that is later. A body `{arm}` is an arm that no reader knows.
   */
  async say(party, { at = this.now, offset = 0, subjects, body, principal, place, after, attachments, notes, with: signer }) {
    const { role, admin, events } = this.parties.get(party)
    const kind = Object.keys(body)[0]
    const key = signer ?? (kind === 'party_event' ? admin : events)
    const id = sha256(utf8(`${this.origin} ${this.ids++}`)).slice(0, 16)
    id[6] = 0x70 | (id[6] & 15)
    id[8] = 0x80 | (id[8] & 63)
    const named = [...subjects, ...besideGoods(subjects, body)].map((subject) => (typeof subject === 'string' ? { key: subject } : subject))
    const known = encode('Event', {
      ledger_id: this.id, event_id: id, party, key_id: sha256(key.key), role, occurred_at_ms: at, utc_offset_minutes: offset,
      principal, subjects: named.sort((a, b) => (a.key < b.key ? -1 : 1)), place, after, attachments, notes, body: body.arm ? {} : body,
    })
    const event = body.arm ? concat(known, varint(body.arm * 8 + 2), 3, utf8('new')) : known
    this.now = Math.max(this.now, at + 90_000)
    return this.#add({ signed_event: { event, signature: key.sign(pae('event', event)) } })
  }

  /** Registers a party in the name of the operator, and adds the party's keys. */
  async register(party, { name, names = [{ lang: 'en', text: name }], country, role }) {
    const act = (subjects, action) => this.say(this.operator, { at: this.now, subjects, body: { party_event: { action } } })
    await act([party], { register: { names, country, roles: [role] } })
    const keys = { admin: keyOf(`${party} admin`), events: keyOf(`${party} events`) }
    for (const [key_use, { key, sign }] of Object.entries(keys)) {
      const possession = sign(pae('possession', encode('Possession', { ledger: this.id, party, key_use, public_key: key })))
      await act([party], { add_key: { public_key: key, key_use, possession } })
    }
    this.parties.set(party, { name, role, ...keys })
  }

  /** Returns the root of a set of items, each `[key, code]`, without a code where the item has no second factor. */
  commit(items) {
    const leafOf = ([item, code]) => ({ key: K(item), count: 0n, head: code ? codeHash(K(item), code) : ZERO })
    const trie = trieOf(items.map(leafOf))
    this.sets.set(hex(trie.hash), Object.assign(trie, { items: new Set(items.map(([item]) => item)) }))
    return trie.hash
  }

  #chain = (key) => this.chains.get(key)?.records ?? []
  #isClosed = (key) => key.startsWith('items/') || (key.startsWith('sets/') && this.#chain(key).length > REGISTER_MAX)
  #commitments = (key) => this.#chain(key).filter(({ event }) => formOf(event) === 'committed')
  #trie = ({ event }) => this.sets.get(hex(event.body.form.committed.items_root))
  #isUnlisted(item) {
    const struck = struckAmong(this.#chain(item))
    return !boundLot(this.#chain(item).filter((record) => record.event && !struck.has(record)))
  }

  /** Returns the proofs about sets for an item, without the lists in `unlisted` (tries of sets). */
  #setProofs(item, asked, label, unlisted) {
    if (parseSubject(item).kind !== 'item' || !this.#isUnlisted(item)) return []
    const register = registerOf(parseSubject(item))
    const holds = (record) => this.#trie(record).items.has(item) && !unlisted.includes(this.#trie(record))
    const all = this.#commitments(register)
    const more = all.filter((record) => holds(record) && !struckAmong(this.#chain(register)).has(record))
    const own = item !== asked ? more.slice(0, 1) : !this.#isClosed(register) ? all : this.#commitments(label)
    const spare = item === asked && this.#isClosed(register) ? more.filter((record) => !own.includes(record)).slice(0, 1) : []
    return [...own, ...spare].map((record) => ({
      log_index: record.logIndex, item, record, holds: holds(record), lot: record.event.goods.find(({ kind }) => kind === 'lot').key,
      proof: unlisted.includes(this.#trie(record)) ? undefined : indexProof(this.#trie(record), K(item)),
    })).sort((a, b) => (a.log_index < b.log_index ? -1 : 1))
  }

  /** Ends a batch with an index head. The log then has a size that a checkpoint can have. */
  async close() {
    this.now += 1
    this.index = trieOf([...this.chains].map(([key, { state }]) => ({ key: K(key), ...state })))
    await this.#add({ index_head: { root: this.index.hash } })
  }

  checkpoint(cosignedAt) {
    const root = Buffer.from(rootOf(this.leaves)).toString('base64')
    const text = `${this.origin}\n${this.leaves.length}\n${root}\n`
    let note = `${text}\n${noteLine(this.origin, noteKey(this.origin, 1, this.log).id, this.log.sign(utf8(text)))}`
    if (cosignedAt) {
      const auditor = keyOf(this.auditor)
      const signature = auditor.sign(utf8(`cosignature/v1\ntime ${cosignedAt}\n${text}`))
      note += noteLine(this.auditor, noteKey(this.auditor, 4, auditor).id, concat(u64(cosignedAt), signature))
    }
    return utf8(note)
  }

  /** Returns an entry and the proof that the entry is in the log. */
  included = (i) => ({ log_index: i, entry: this.entries[i], inclusion: inclusionOf(this.leaves, i) })

  /**
   * Returns the trace of a subject; `lot` is the lot that a label names. `cosignedAt` is in seconds. The lists of the sets with the roots
   * `unlisted` are left out. `change` may change the message before it is written.
   */
  trace(subject, { lot, cosignedAt, unlisted = [], change = (message) => message } = {}) {
    const isClosed = (key) => this.#isClosed(key)
    const history = (key) => ({ about: parseSubject(key), closed: isClosed(key), records: isClosed(key) ? [] : this.#chain(key) })
    const lost = unlisted.map((root) => this.sets.get(hex(root)))
    const setsOf = (item) => this.#setProofs(item, subject, lot, lost)
    const holding = (item) => setsOf(item).filter((set) => set.holds && !isTakenBack(set, history))
    const { visits } = walk({ asked: subject, lotOfLabel: lot, operator: this.operator, history, holding })
    const keys = [...new Set(visits.map(({ key }) => key))].sort()
    const wanted = new Map(keys.flatMap((key) => history(key).records).map((record) => [record.logIndex, record]))
    const places = [...wanted.keys()].map(Number).filter((i) => i).sort((a, b) => a - b)
    const items = new Set([subject, ...visits.filter(({ relation }) => relation === 'input').map(({ key }) => key)])
    const sets = [...items].flatMap(setsOf).sort((a, b) => (a.log_index < b.log_index ? -1 : a.log_index > b.log_index ? 1 : a.item < b.item ? -1 : 1))
    return encode('Trace', change({
      checkpoint: this.checkpoint(cosignedAt), genesis: this.included(0), index_head: this.included(this.entries.length - 1),
      subjects: keys.map((key) => ({
        subject: key, proof: indexProof(this.index, K(key)), log_indexes: history(key).records.map(({ logIndex }) => logIndex),
      })),
      entries: places.map((i) => this.included(i)), sets,
    }))
  }

  /** Answers as GET /consistency/{older}/{newer} does. */
  consistency = (older, newer) => concat(...consistencyOf(this.leaves.slice(0, newer), older))
}

