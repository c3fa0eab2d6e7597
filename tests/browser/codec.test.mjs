// Bytes that the codec reads have one spelling: encoding the message again gives the same bytes. node --test tests/browser

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { unhex } from '../../ledger-node/page/verifier/bytes.js'
import { decode } from '../../ledger-node/page/verifier/codec.js'
import { running } from '../../ledger-node/page/verifier/crypto.js'
import { Refusal, unchecked } from '../../ledger-node/page/verifier/refusal.js'
import { encode } from './ledger.mjs'

const vectors = new URL('../vectors/', import.meta.url)
const TYPES = { event: ['Event', 'event'], entry: ['Entry', 'entry'], trace: ['Trace', 'trace'], receipt: ['Receipt', 'evidence'], fork: ['ForkProof', 'evidence'], omission: ['OmissionProof', 'evidence'] }

/** Whether the codec reads `bytes`. The encoded message must then equal `bytes`. */
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
      // One bit flipped, at every seventh byte; of traces, which are long and many, at every 53rd.
      for (let at = 0; at < Math.min(bytes.length, 2000); at += area === 'trace' ? 53 : 7) {
        const flipped = bytes.slice()
        flipped[at] ^= 1 << at % 8
        roundTrips(type, flipped)
      }
    }
  }
  assert.ok(read > 100)
})
