// Reads canonical bytes (proto/README.md, "Canonical bytes"): one pass, driven by the tables of schema.js.
// A message becomes an object. A number is a BigInt, 0n when absent; a bool is false when absent. An enum is its word, a list an array, and
// a oneof an object with its one arm. Other absent fields are undefined.

import { hex, text, u64, utf8 } from './bytes.js'
import { admit } from './admission.js'
import { isForm } from './forms.js'
import { demand, refuse, Refusal } from './refusal.js'
import { enums, messages } from './schema.js'
import { parseSubject } from './subject.js'

/**
 * Message without a type of its own: its fields by name. The schema decides the type of each field.
 * @typedef {Object<string, any>} Message
 */

/**
 * Body of an event: the fields that its kind has in schema.js.
 * @typedef {Message} Body
 */

/**
 * Subject that an event names.
 * @typedef {object} SubjectRef
 * @property {string} key - Key of the subject.
 * @property {Quantity} [quantity] - Part of a lot that the event is about.
 * @property {string} [lot] - Key of the lot that an item is of.
 */

/**
 * Amount in a unit.
 * @typedef {object} Quantity
 * @property {string} value - Decimal number.
 * @property {string} uom - Unit by its code of UNECE Recommendation 20.
 */

/**
 * Location in the world, by its codes, its coordinates or its address.
 * @typedef {object} Place
 * @property {string} [gln] - GLN, 13 digits.
 * @property {string} [gln_extension] - Part of the location with that GLN.
 * @property {string} [unlocode] - UN/LOCODE, 5 characters.
 * @property {string} [iata] - IATA code of an airport, 3 letters.
 * @property {string} [country] - ISO 3166-1 code, 2 letters.
 * @property {string} [subdivision] - ISO 3166-2 code.
 * @property {string} [lat] - Degrees north, as a decimal number.
 * @property {string} [lon] - Degrees east, as a decimal number.
 * @property {LangText[]} address - Address in each language.
 */

/**
 * Free text in one language.
 * @typedef {object} LangText
 * @property {string} lang - Language as a BCP 47 tag.
 * @property {string} text - Text in that language.
 */

/**
 * End of a chain that an author saw.
 * @typedef {object} Pin
 * @property {bigint} subject - Index of the subject in the event, from 0.
 * @property {bigint} count - Number of entries on the chain.
 * @property {Uint8Array} head - Hash of the chain, 32 bytes.
 */

/**
 * File that an event announces.
 * @typedef {object} Attachment
 * @property {Uint8Array} sha256 - SHA-256 of the file, 32 bytes.
 * @property {bigint} size - Length of the file in bytes.
 * @property {string} media_type - Media type of the file.
 * @property {string} role - Purpose of the file, a word of `AttachmentRole`.
 * @property {string} [uri] - Address of another copy.
 * @property {string} [lang] - Language of the file as a BCP 47 tag.
 * @property {LangText[]} title - Title in each language.
 * @property {string} [access] - Audience that may fetch the file, a word of `Access`; the parties where it is absent.
 * @property {Uint8Array} [chunk_root] - Root over the chunks of the file, 32 bytes.
 */

/**
 * Event as its bytes spell it. A newer event has neither place, attachments, notes nor body.
 * @typedef {object} Event
 * @property {Uint8Array} ledger_id - Leaf of the genesis of the ledger, 32 bytes.
 * @property {Uint8Array} event_id - UUIDv7, 16 bytes.
 * @property {string} party - Key of the party that signs.
 * @property {Uint8Array} key_id - SHA-256 of the key that signs, 32 bytes.
 * @property {string} role - Role in which the party signs, a word of `Role`; the number of the role in a newer event.
 * @property {bigint} occurred_at_ms - Time at which the event occurred, in milliseconds since 1970, by the signer's clock.
 * @property {bigint} utc_offset_minutes - Minutes by which the signer's local time is ahead of UTC.
 * @property {string} [principal] - Key of the party whose right the signer uses.
 * @property {SubjectRef[]} subjects - Subjects in the order of their keys.
 * @property {Place} [place] - Location of the event.
 * @property {Pin[]} after - Ends of chains that the author saw.
 * @property {Attachment[]} attachments - Files that the event announces.
 * @property {LangText[]} notes - Note in each language.
 * @property {Object<string, Body>} [body] - Body under the kind of the event.
 */

/**
 * Entry of the log as its bytes spell it.
 * @typedef {object} Entry
 * @property {bigint} recorded_at_ms - Time at which the operator recorded the entry, in milliseconds since 1970.
 * @property {{ genesis?: Genesis, signed_event?: SignedEventBytes, index_head?: { root: Uint8Array } }} [body] - The one arm; absent from an
 *   entry of a newer kind.
 */

/**
 * First entry of a log.
 * @typedef {object} Genesis
 * @property {string} origin - Name of the log.
 * @property {Uint8Array} log_key - Public key of the log, 32 bytes.
 * @property {string} operator - Key of the party that runs the log.
 * @property {GenesisKey[]} keys - Keys of the operator.
 * @property {bigint} format_version - Version of the formats.
 * @property {Uint8Array} [previous] - Leaf of the genesis that this log continues, 32 bytes.
 */

/**
 * Key of the operator in a genesis.
 * @typedef {object} GenesisKey
 * @property {Uint8Array} public_key - Public key, 32 bytes.
 * @property {string} key_use - Use of the key, `events` or `admin`.
 * @property {Uint8Array} possession - Signature that proves that the operator holds the key, 64 bytes.
 */

/**
 * Event in an entry, before the event is read.
 * @typedef {object} SignedEventBytes
 * @property {Uint8Array} event - Bytes of the event.
 * @property {Uint8Array} signature - Signature over the event, 64 bytes.
 */

/**
 * Evidence about one subject.
 * @typedef {object} Trace
 * @property {Uint8Array} checkpoint - Signed note of the checkpoint.
 * @property {Included} genesis - First entry of the log.
 * @property {Included} index_head - Last entry under the checkpoint.
 * @property {History[]} subjects - Chains of the subjects that the walk visits.
 * @property {Included[]} entries - Entries of those chains, in log order.
 * @property {SetProof[]} sets - Proofs about sets.
 * @property {Opening[]} openings - Values of hidden fields.
 * @property {Anchor[]} anchors - Older checkpoints, which show that entries existed.
 */

/**
 * Entry with the proof that it is in the log.
 * @typedef {object} Included
 * @property {bigint} log_index - Number of the entry, from 0.
 * @property {Uint8Array} entry - Bytes of the entry.
 * @property {Uint8Array[]} inclusion - Inclusion proof: hashes of 32 bytes, from the leaf up.
 */

/**
 * Chain of a subject in a trace.
 * @typedef {object} History
 * @property {string} subject - Key of the subject.
 * @property {IndexProof} [proof] - Proof of the end of the chain; absent under an empty index.
 * @property {bigint[]} log_indexes - Log indexes of the entries on the chain; empty for a closed chain.
 */

/**
 * Proof about one key of the index or of a set.
 * @typedef {object} IndexProof
 * @property {Uint8Array} [bits] - Bit index of each node, from the root down.
 * @property {Uint8Array[]} siblings - Hash of the other side of each node, 32 bytes.
 * @property {Uint8Array} key - Key of the leaf at the end, 32 bytes.
 * @property {bigint} count - Count of the leaf.
 * @property {Uint8Array} head - Head of the leaf, 32 bytes.
 */

/**
 * Proof whether a set holds an item.
 * @typedef {object} SetProof
 * @property {bigint} log_index - Log index of the commissioning that commits to the set.
 * @property {string} item - Key of the item.
 * @property {IndexProof} [proof] - Proof in the set; absent where the ledger has no list of the set.
 */

/**
 * Value of a hidden field, as a trace brings it.
 * @typedef {object} Opening
 * @property {Uint8Array} leaf - Leaf of the entry, 32 bytes.
 * @property {string} path - Path of the field in the body.
 * @property {Uint8Array} salt - Random bytes of the commitment, 16 bytes.
 * @property {Uint8Array} value - Bytes of the value.
 */

/**
 * Older checkpoint in a trace.
 * @typedef {object} Anchor
 * @property {Uint8Array} checkpoint - Signed note of the older checkpoint.
 * @property {Uint8Array[]} consistency - Consistency proof to the checkpoint of the trace: hashes of 32 bytes.
 */

/**
 * Proof that an entry is in the log and on its chains.
 * @typedef {object} Receipt
 * @property {Uint8Array} checkpoint - Signed note of the checkpoint.
 * @property {Included} entry - Entry that the receipt is about.
 * @property {Included} [index_head] - Last entry under the checkpoint; absent from a receipt of inclusion alone.
 * @property {SubjectReceipt[]} subjects - Place of the entry on the chain of each of its subjects.
 */

/**
 * Place of an entry on the chain of one subject.
 * @typedef {object} SubjectReceipt
 * @property {string} subject - Key of the subject.
 * @property {IndexProof} proof - Proof of the end of the chain.
 * @property {bigint} count_before - Number of entries on the chain before this one.
 * @property {Uint8Array} head_before - Hash of the chain before this entry, 32 bytes.
 * @property {ChainLink[]} later - Entries on the chain after this one.
 */

/**
 * Entry as a chain commits to it.
 * @typedef {object} ChainLink
 * @property {bigint} log_index - Log index of the entry.
 * @property {Uint8Array} leaf - Leaf of the entry, 32 bytes.
 */

/**
 * Two checkpoints of one log that are not consistent.
 * @typedef {object} ForkProof
 * @property {Uint8Array} older - Signed note of the smaller checkpoint.
 * @property {Uint8Array} newer - Signed note of the larger checkpoint.
 * @property {Uint8Array} [root] - Root that the larger tree had at the size of the smaller, 32 bytes.
 * @property {Uint8Array[]} consistency - Consistency proof from that root: hashes of 32 bytes.
 */

/**
 * Proof of an index that contradicts the entries before it.
 * @typedef {object} OmissionProof
 * @property {Uint8Array} checkpoint - Signed note of the checkpoint.
 * @property {Included} index_head - Index head that contradicts the entries.
 * @property {{ entry?: ByEntry, batch?: ByBatch }} shown_by - The one arm: the entry or the batch that shows the contradiction.
 */

/**
 * Entry that a chain omits, or that does not belong on the chain.
 * @typedef {object} ByEntry
 * @property {string} subject - Key of the subject of the chain.
 * @property {IndexProof} [proof] - Proof of the end of the chain; absent under an empty index.
 * @property {ChainLink[]} links - All entries of the chain.
 * @property {Included} entry - The entry.
 */

/**
 * Whole batch, from which another index follows.
 * @typedef {object} ByBatch
 * @property {Included} [base] - Index head before the batch; absent from the first batch.
 * @property {Included[]} entries - Entries of the batch, without its index head.
 * @property {SubjectProof[]} subjects - Ends of the chains before the batch.
 */

/**
 * End of the chain of one subject.
 * @typedef {object} SubjectProof
 * @property {string} subject - Key of the subject.
 * @property {IndexProof} [proof] - Proof of the end; absent under an empty index.
 */

/**
 * Messages that modules pass on, by name. `tests/browser/types.test.mjs` compares each with schema.js.
 * @typedef {object} Messages
 * @property {SubjectRef} SubjectRef - A subject of an event.
 * @property {Quantity} Quantity - An amount.
 * @property {Place} Place - A location.
 * @property {LangText} LangText - A text.
 * @property {Pin} Pin - A pin.
 * @property {Attachment} Attachment - A file.
 * @property {Event} Event - An event.
 * @property {Entry} Entry - An entry.
 * @property {Genesis} Genesis - A genesis.
 * @property {GenesisKey} GenesisKey - A key of a genesis.
 * @property {SignedEventBytes} SignedEventBytes - An event with its signature.
 * @property {Trace} Trace - A trace.
 * @property {Included} Included - An entry with its proof.
 * @property {History} History - A chain of a trace.
 * @property {IndexProof} IndexProof - A proof in the index.
 * @property {SetProof} SetProof - A proof about a set.
 * @property {Opening} Opening - A hidden field.
 * @property {Anchor} Anchor - An older checkpoint.
 * @property {Receipt} Receipt - A receipt.
 * @property {SubjectReceipt} SubjectReceipt - A place on a chain.
 * @property {ChainLink} ChainLink - A link of a chain.
 * @property {ForkProof} ForkProof - A fork proof.
 * @property {OmissionProof} OmissionProof - An omission proof.
 * @property {ByEntry} ByEntry - An entry that shows an omission.
 * @property {ByBatch} ByBatch - A batch that shows a wrong root.
 * @property {SubjectProof} SubjectProof - An end of a chain.
 */

const ITEMS_MAX = 262144
const KEY_MAX = 160
/**
 * Whether a number can be the number of an arm of a oneof.
 * @param {number} number
 * @returns {boolean}
 */
export const isArm = (number) => number >= 16 && number < 48
const below = (path, name) => (path ? `${path}.${name}` : name)

class Reader {
  at = 0
  last = 0

  constructor(bytes, path) {
    this.bytes = bytes
    this.path = path
  }

  refuse(name) {
    refuse(name, this.path)
  }

  /**
   * Reads the shortest spelling of a number of 64 bits. Returns a BigInt where a double might not hold the number.
   * @returns {any} A number or a BigInt. The type is `any`, because the reader calculates with both.
   */
  varint() {
    /**
     * Sum of the digits so far, a number or a BigInt.
     * @type {any}
     */
    let n = 0
    for (let shift = 0; ; shift += 7) {
      if (this.at === this.bytes.length) this.refuse('Truncated')
      const byte = this.bytes[this.at++]
      if (shift === 63 && byte > 1) this.refuse('Varint')
      if (shift < 49) n += (byte & 127) * 2 ** shift
      else n = BigInt(n) + (BigInt(byte & 127) << BigInt(shift))
      if (byte < 128) return byte || !shift ? n : this.refuse('Varint')
    }
  }

  /** Splits off the next field without reading its content. Returns undefined at the end. */
  peek(repeats) {
    if (!this.head && this.at < this.bytes.length) {
      const tag = Number(this.varint())
      const number = Math.floor(tag / 8), wire = tag % 8
      if (!number || number >= 2 ** 32) this.refuse('Varint')
      const isBytes = wire === 2
      if (!isBytes && wire) this.refuse('WireType')
      const value = this.varint()
      if (isBytes && value > this.bytes.length - this.at) this.refuse('Truncated')
      this.head = { number, value: isBytes ? this.bytes.subarray(this.at, (this.at += Number(value))) : value }
    }
    if (this.head && (repeats ? this.head.number < this.last : this.head.number <= this.last)) this.refuse('Order')
    return this.head
  }

  /** Takes the value of the next field when the field has this number. */
  take(number, repeats) {
    if (this.peek(repeats)?.number !== number) return undefined
    const { value } = this.head
    this.head = undefined
    this.last = number
    return value
  }
}

const isNumber = (type) => type === 'n' || type === 's' || type === '?' || enums.has(type)
/** Returns the fields of a message: from the schema by its name, else as given. */
const shapeOf = (type) => (type.fields ? type : messages.get(type))

/** Throws a fault that shows only that the bytes are newer than this reader. */
const newer = (name, path) => { throw Object.assign(new Refusal(name, path), { isNewer: true }) }

/** Returns the value of a varint for a field of this type. */
function numeral(type, n, path) {
  if (type === 'n') return BigInt(n)
  if (type === '?') return n === 1 || refuse('Value', path)
  if (type !== 's') return enums.get(type)[Number(n) - 1] ?? (n ? newer : refuse)('Value', path)
  demand(n < 1681, 'Value', path)
  return BigInt(n % 2 ? -(n + 1) / 2 : n / 2)
}

const LENGTHS = { b16: 16, b32: 32, b64: 64, uuid: 16 }
function bytesOf(type, bytes, path) {
  if (type === 'key') admit(bytes, () => new Refusal('Value', path))
  else if (type !== 'b') demand(bytes.length === LENGTHS[type], 'Length', path)
  demand(type !== 'uuid' || (bytes[6] >> 4 === 7 && bytes[8] >> 6 === 2), 'Value', path)
  return bytes
}

/** Runs a step. Any refusal of a value is `Value` to the codec. */
function valueOf(step, path) {
  try {
    return step()
  } catch (e) {
    throw e instanceof Refusal ? new Refusal('Value', path) : e
  }
}

function textOf(form, bytes, path) {
  const words = text(bytes)
  demand(words !== undefined, 'Value', path)
  if (form === 'any') demand(bytes.length <= KEY_MAX, 'Value', path)
  else if (form === 'Subject' || form === 'PartyKey') {
    const { kind } = valueOf(() => parseSubject(words), path)
    demand(form === 'Subject' || kind === 'party', 'Value', path)
  } else demand(isForm(form, words), 'Value', path)
  return words
}

/** Returns the value of one field that is not packed. */
function single(type, value, path) {
  if (type === '_') return value
  const numeric = isNumber(type)
  demand(numeric === !(value instanceof Uint8Array), 'WireType', path)
  demand(numeric ? value : value.length, 'Empty', path)
  return (
    numeric ? numeral(type, value, path)
    : shapeOf(type) ? decode(type, value, path)
    : type === 'b' || type === 'key' || type in LENGTHS ? bytesOf(type, value, path)
    : textOf(type, value, path)
  )
}

function packed(type, value, path) {
  demand(value instanceof Uint8Array, 'WireType', path)
  demand(value.length, 'Empty', path)
  const reader = new Reader(value, path)
  const values = []
  let before
  while (reader.at < value.length) {
    const n = reader.varint()
    values.push(numeral(type, n, path))
    demand(before === undefined || n > before, 'Unsorted', path)
    demand(values.length <= ITEMS_MAX, 'TooManyItems', path)
    before = n
  }
  return values
}

/** Returns the rank of an element in a set: the first field of a message. Proofs about sets rank by entry and item. */
const rank = (type, item) => {
  if (type === 'SetProof') return hex(u64(item.log_index)) + hex(utf8(item.item))
  const key = shapeOf(type) ? item[shapeOf(type).fields[0].name] : item
  return typeof key === 'string' ? hex(utf8(key)) : key instanceof Uint8Array ? hex(key) : key
}

function list(reader, { number, type, rising }, path) {
  const items = []
  for (let value; (value = reader.take(number, items.length)) !== undefined; ) {
    demand(items.length < ITEMS_MAX, 'TooManyItems', path)
    items.push(single(type, value, `${path}.${items.length}`))
  }
  const ranks = rising ? items.map((item) => rank(type, item)) : []
  ranks.forEach((key, i) => demand(!i || key > ranks[i - 1], 'Unsorted', `${path}.${i}`))
  return items
}

/**
 * Decodes `bytes` as the message of this type. Where `open` gives a type for the content of an unknown arm, the message has the number of
 * the `arm` instead of the content.
 * Refuses by the names of proto/README.md, "Vectors", `event`. `isNewer` is set where the fault shows only that the bytes are newer.
 * @template {string | import('./schema.js').Shape} T
 * @param {T} type
 * @param {Uint8Array} bytes
 * @param {string} [path] - Path of the message, which begins the path of each refused field.
 * @param {string} [open]
 * @returns {T extends keyof Messages ? Messages[T] : Message}
 */
export function decode(type, bytes, path = '', open = undefined) {
  const { fields, oneof } = shapeOf(type)
  const reader = new Reader(bytes, path)
  /**
   * Fields by name, which the schema decides.
   * @type {any}
   */
  const message = {}
  for (const field of fields) {
    if (field.oneof) break
    const { number, name, type, repeated } = field
    let value
    // Most fields are absent: the next field that is present has a higher number.
    if (!(reader.head?.number > number)) {
      const at = below(path, name)
      if (repeated && !isNumber(type)) value = list(reader, field, at)
      else if ((value = reader.take(number)) !== undefined) value = (repeated ? packed : single)(type, value, at)
    }
    if (field.required && number !== reader.last) refuse('Missing', below(path, name))
    message[name] = value ?? (repeated ? [] : type === 'n' || type === 's' ? 0n : type === '?' ? false : undefined)
  }
  if (oneof) {
    const above = oneof === 'body' ? below(path, oneof) : path
    const head = reader.peek()
    demand(head, 'Missing', above)
    const arm = fields.find((field) => field.oneof && field.number === head.number)
    if (arm) message[oneof] = { [arm.name]: single(arm.type, reader.take(arm.number), below(above, arm.name)) }
    else if (open && isArm(head.number)) single(open, reader.take((message.arm = head.number)), above)
    else if (type === 'PartyEvent' && isArm(head.number)) newer('Unknown', path)
  }
  if (reader.peek()) refuse('Unknown', path)
  return message
}

/**
 * Returns the number of the last field, where bytes can be split into fields.
 * @param {Uint8Array} bytes
 * @returns {number | undefined}
 */
export function lastField(bytes) {
  const reader = new Reader(bytes, '')
  try {
    for (let last; ; reader.take((last = reader.head.number))) {
      reader.last = 0
      if (!reader.peek()) return last
    }
  } catch (e) {
    if (!(e instanceof Refusal)) throw e
  }
}

/**
 * Returns the name of the arm that a oneof holds, and the content of the arm.
 * @param {Object<string, any>} oneof
 * @returns {[string, any]}
 */
export const arm = (oneof) => Object.entries(oneof)[0]
