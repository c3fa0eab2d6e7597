// The lists that rules about events refer to: node --test tests/browser

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { COUNTRIES, UNITS } from '../../ledger-node/page/verifier/codes.js'

const CHARACTERS = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ']
const pairs = CHARACTERS.flatMap((a) => CHARACTERS.map((b) => a + b))
const listed = (name) =>
  readFileSync(new URL(`../../crates/headwater-event/lists/${name}.txt`, import.meta.url), 'utf8').trim().split(/\s+/)

test('each list holds what the lists of the first verifier hold', () => {
  const all = [...pairs, ...pairs.flatMap((pair) => CHARACTERS.map((c) => pair + c))]
  assert.deepEqual(all.filter((code) => COUNTRIES.has(code)), listed('country').sort())
  assert.deepEqual(all.filter((code) => UNITS.has(code)).sort(), listed('unit').sort())
})
