// What the codec reads has one spelling: encoding it again gives the same bytes. node --test tests/browser

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { concat, unhex, utf8 } from '../../ledger-node/page/verifier/bytes.js'
import { decode } from '../../ledger-node/page/verifier/codec.js'
import { running } from '../../ledger-node/page/verifier/crypto.js'
import { Refusal, unchecked } from '../../ledger-node/page/verifier/refusal.js'
import { enums, messages } from '../../ledger-node/page/verifier/schema.js'

const varint = (n) => (n < 128n ? [Number(n)] : [Number(n & 127n) | 128, ...varint(n >> 7n)])
const isNumber = (type) => ['n', 's', '?'].includes(type) || enums.has(type)
const numeral = (type, v) =>
  type === 'n' ? v : type === '?' ? BigInt(v) : type === 's' ? (v < 0n ? -v * 2n - 1n : v * 2n) : BigInt(enums.get(type).indexOf(v) + 1)

function encode(type, message) {
  const parts = []
  const bytes = (number, payload) => parts.push(Uint8Array.from([...varint(BigInt(number) * 8n + 2n), ...varint(BigInt(payload.length))]), payload)
  const payload = (inner, v) => (messages.has(inner) ? encode(inner, v) : typeof v === 'string' ? utf8(v) : v)
  for (const { number, name, type: inner, repeated, oneof } of messages.get(type).fields) {
    const value = oneof ? message[oneof]?.[name] : message[name]
    if (value === undefined || value === false || value === 0n || value.length === 0) continue
    if (isNumber(inner) && repeated) bytes(number, Uint8Array.from(value.flatMap((v) => varint(numeral(inner, v)))))
    else if (isNumber(inner)) parts.push(Uint8Array.from([...varint(BigInt(number) * 8n), ...varint(numeral(inner, value))]))
    else for (const v of repeated ? value : [value]) bytes(number, payload(inner, v))
  }
  return concat(...parts)
}

const vectors = new URL('../vectors/', import.meta.url)
const TYPES = { event: ['Event', 'event'], entry: ['Entry', 'entry'], trace: ['Trace', 'trace'], receipt: ['Receipt', 'evidence'], fork: ['ForkProof', 'evidence'], omission: ['OmissionProof', 'evidence'] }

/** Whether `bytes` are read; then they are what is written again. */
function roundTrips(type, bytes) {
  let message
  try {
    message = unchecked(() => decode(type, bytes))
  } catch (e) {
    assert.ok(e instanceof Refusal, e.stack)
    return false
  }
  assert.deepEqual(encode(type, message), bytes)
  return true
}

test('every spelling that is read is the only one', async () => {
  await running()
  let read = 0
  for (const [area, [type, field]] of Object.entries(TYPES)) {
    for (const file of readdirSync(new URL(`${area}/`, vectors))) {
      const bytes = unhex(JSON.parse(readFileSync(new URL(`${area}/${file}`, vectors), 'utf8')).input[field])
      read += roundTrips(type, bytes)
      // One bit flipped, at every seventh byte.
      for (let at = 0; at < Math.min(bytes.length, 2000); at += 7) {
        const flipped = bytes.slice()
        flipped[at] ^= 1 << at % 8
        roundTrips(type, flipped)
      }
    }
  }
  assert.ok(read > 100)
})
