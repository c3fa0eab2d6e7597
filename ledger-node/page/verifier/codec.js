// Reads canonical bytes (proto/README.md, "Canonical bytes"): one pass, driven by the tables of schema.js.
// A message becomes an object. A number is a BigInt, 0n when absent; a bool is false when absent. An enum is its word, a list an array, and
// a oneof an object with its one arm. Other absent fields are undefined.

import { hex, text, u64, utf8 } from './bytes.js'
import { admit } from './admission.js'
import { isForm } from './forms.js'
import { demand, refuse, Refusal } from './refusal.js'
import { enums, messages } from './schema.js'
import { parseSubject } from './subject.js'

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
 * @returns {T extends keyof import('./messages.js').Messages ? import('./messages.js').Messages[T] : import('./messages.js').Message}
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
