// The tables of the verifier agree with proto/headwater/v1: node --test tests/browser

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { enums, messages } from '../../ledger-node/page/verifier/schema.js'

const source = ['event', 'log', 'trace']
  .map((name) => readFileSync(new URL(`../../proto/headwater/v1/${name}.proto`, import.meta.url), 'utf8'))
  .join('\n')
const blocks = (word) => [...source.matchAll(new RegExp(`^${word} (\\w+) \\{\\n([^]*?)^\\}`, 'gm'))]
const BYTES = { '32 bytes': 'b32', '64 bytes': 'b64', '16 bytes': 'b16', 'UUIDv7, 16 bytes': 'uuid', 'Ed25519 key': 'key', '': 'b' }
const SCALARS = { uint64: 'n', sint32: 's', bool: '?' }

test('messages', () => {
  const told = new Map(blocks('message').map(([, name, body]) => {
    let oneof
    const fields = []
    for (const line of body.split('\n')) {
      const opens = /^ {2}oneof (\w+) \{/.exec(line)
      if (opens) oneof = opens[1]
      const field = /^ +(repeated )?(\w+) (\w+) = (\d+);(?: {2}\/\/ (.*))?$/.exec(line)
      if (!field) continue
      const [, repeated, type, name, number, comment = ''] = field
      const form = comment.replace(/^required(, )?/, '').replace(/^rising(, )?/, '')
      // A packed list is a set by its form, and the schema has to mark each as rising.
      const isNumber = type in SCALARS || enums.has(type)
      fields.push({
        number: +number, name, oneof, type: type === 'string' ? form : type === 'bytes' ? BYTES[form] : SCALARS[type] ?? type,
        required: /^required/.test(comment), repeated: !!repeated, rising: /rising/.test(comment),
      })
      assert.ok(!repeated || !isNumber || /rising/.test(comment), `${name} is a packed set`)
    }
    return [name, { fields, oneof }]
  }))
  assert.ok(told.size > 60)
  assert.deepEqual([...messages.keys()].sort(), [...told.keys()].sort())
  for (const [name, message] of told) assert.deepEqual(messages.get(name), message, name)
})

test('enums', () => {
  const told = new Map(blocks('enum').map(([, name, body]) => [name, [...body.matchAll(/\/\/ (\S+)\n +\w+ = (\d+);/g)].map(([, word, number]) => [word, +number])]))
  assert.deepEqual([...enums.keys()].sort(), [...told.keys()].sort())
  for (const [name, words] of told) assert.deepEqual(enums.get(name).map((word, i) => [word, i + 1]), words.filter(([, n]) => n), name)
})
