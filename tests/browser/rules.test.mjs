// Rules that no vector reaches: node --test tests/browser

import assert from 'node:assert/strict'
import test from 'node:test'
import { hex, u64, ZERO } from '../../ledger-node/page/verifier/bytes.js'
import { running } from '../../ledger-node/page/verifier/crypto.js'
import { dayOfLabel, parseLink } from '../../ledger-node/page/verifier/link.js'
import { parsePolicy } from '../../ledger-node/page/verifier/policy.js'
import { covers, K, overlap, parseSubject } from '../../ledger-node/page/verifier/subject.js'
import { checkConsistency, checkInclusion, EMPTY_ROOT, leafHash, nodeHash } from '../../ledger-node/page/verifier/tree.js'
import { lookUp, PartialTrie } from '../../ledger-node/page/verifier/trie.js'
import { NEEDS_FRESH } from '../../ledger-node/page/verifier/verdict.js'
import { BRAND, ITEM, LOT, UNIT } from './evidence.mjs'

await running()

test('verdicts that rest on records that are not there', () => {
  assert.deepEqual(NEEDS_FRESH, ['VALID', 'NEVER_ISSUED', 'NOT_YET_SOLD', 'UNPROVEN'])
})

test('labels', () => {
  assert.equal(dayOfLabel('260200', '2026-06-01'), '2026-02-28')
  assert.equal(dayOfLabel('761231', '2026-06-01'), '2076-12-31')
  assert.equal(dayOfLabel('770101', '2026-06-01'), '1977-01-01')
  const name = (link) => {
    try {
      return parseLink(link).subject
    } catch (e) {
      return e.name
    }
  }
  const host = 'https://id.example'
  assert.equal(name(`${host}/01/09526543000013/10/01/21/00`), '01/09526543000013/21/00')
  assert.equal(name(`${host}/01/09526543000013/21/A%2fB`), '01/09526543000013/21/A%2FB')
  assert.equal(name(`${host}/01/09526543000013/22/2A/10/L?15=261331`), LOT)
  assert.equal(name(`${host}/01/09526543000013?10=L`), '01/09526543000013')
  assert.equal(name(`${host}/417/9526543000105`), BRAND)
  assert.equal(name(`${host}/01/09526543000013/10/L/10/L`), 'Qualifier')
  assert.equal(name(`${host}/01/09526543000013/10/L//`), LOT)
  assert.equal(name(`${host}/01/09526543000013/235/THIRD`), null)
  assert.equal(name(`${host}/01/09526543000013/235/THIRD/10/L`), 'Qualifier')
  assert.equal(name(`${host}/01/0952654300001%33/10/L`), 'Gs1')
  assert.equal(name(`${host}/00/195265430000000010/01/09526543000017`), 'Qualifier', 'the leftmost has the error')
  assert.equal(name(`${host}/01/09526543000013/21/A?11=26+101`), ITEM)
  assert.equal(name(`${host}/01/09526543000013/21/A?99=%FF`), ITEM)
  for (const stem of ['21/A', '10/L', 'shop/%32%31/A/nl', '01/09526543000013/21', '00/195265430000000010']) {
    assert.equal(name(`${host}/${stem}/01/09526543000013`), 'Qualifier', stem)
  }
  assert.equal(parseLink(`${host}/shop/01/09526543000013/22/V/21/A%2fB/?10=L%2F1#x`).path, '/01/09526543000013/10/L%2F1/21/A%2FB')
  assert.equal(name(host), 'Address')
})

test('keys of subjects', () => {
  const name = (key) => {
    try {
      return parseSubject(key).kind
    } catch (e) {
      return e.name
    }
  }
  assert.equal(name('01/09526543000013/21/A%2'), 'Unknown')
  assert.equal(name('01/09526543000013/21/%2fB'), 'Spelling')
  assert.equal(name(`01/09526543000013/21/${'%41'.repeat(21)}`), 'Gs1')
  assert.equal(name('deleg/00/11'), 'Unknown')
  assert.equal(name(`deleg/${'A5'.repeat(32)}/${'0f'.repeat(32)}`), 'Spelling')
  assert.equal(name('0'.repeat(161)), 'Unknown')
})

test('policies', () => {
  const name = (source) => {
    try {
      return parsePolicy(source)
    } catch (e) {
      return e.name
    }
  }
  assert.equal(name('nothing\nquorum\x7f none\n'), 'Line', 'line by line')
  assert.equal(name('quorum\x7f none\nnothing\n'), 'Characters')
  assert.equal(name('#headwater pins nothing\nquorum none\n'), 'NoLog', 'pins are judged last')
  assert.equal(name('group g any\n'), 'Threshold')
  assert.equal(name('group none any\n'), 'DuplicateName')
  assert.equal(name('group g some w\n'), 'UnknownName')
  assert.equal(name('witness w a+b+AQ==\n'), 'Key')
})

test('prefixes', () => {
  const goods = parseSubject(ITEM)
  assert.ok(covers('9526543', goods) && covers('09526543000013', goods) && !covers('0952', goods))
  assert.ok(!covers('0000', { gtin: '00000012345670' }))
  assert.ok(covers('95265430', parseSubject(UNIT)))
  assert.ok(overlap('9526', '9526543') && overlap('9526543', '09526543000013') && !overlap('9527', '9526543'))
})

test('the tree, all sizes up to 33', () => {
  const leaves = Array.from({ length: 33 }, (_, i) => leafHash(u64(i)))
  const split = (n) => 2 ** Math.ceil(Math.log2(n) - 1)
  const root = (d) => (!d.length ? EMPTY_ROOT : d.length === 1 ? d[0] : nodeHash(root(d.slice(0, split(d.length))), root(d.slice(split(d.length)))))
  const path = (m, d) => {
    if (d.length === 1) return []
    const k = split(d.length)
    return m < k ? [...path(m, d.slice(0, k)), root(d.slice(k))] : [...path(m - k, d.slice(k)), root(d.slice(0, k))]
  }
  const between = (m, d, whole = true) => {
    if (m === d.length) return whole ? [] : [root(d)]
    const k = split(d.length)
    return m <= k ? [...between(m, d.slice(0, k), whole), root(d.slice(k))] : [...between(m - k, d.slice(k), false), root(d.slice(0, k))]
  }
  for (let n = 1; n <= leaves.length; n++) {
    const d = leaves.slice(0, n)
    for (let m = 0; m < n; m++) checkInclusion({ leaf: d[m], index: BigInt(m), size: BigInt(n), proof: path(m, d), root: root(d) })
    for (let m = 1; m <= n; m++) {
      checkConsistency({ oldSize: BigInt(m), oldRoot: root(d.slice(0, m)), newSize: BigInt(n), newRoot: root(d), proof: between(m, d) })
    }
  }
})

test('a trie, rebuilt from what its proofs show', () => {
  const leafOf = (i, count = 1n) => ({ key: K(`01/09526543000013/10/${i}`), count, head: leafHash(u64(i)) })
  const whole = new PartialTrie()
  for (let i = 0; i < 60; i++) whole.put(leafOf(i))
  const root = whole.hash()
  const proofFor = (key) => {
    const proof = { bits: [], siblings: [] }
    let node = whole.root
    for (; node.sides; ) {
      const own = (key[node.bit >> 3] >> (7 - (node.bit & 7))) & 1
      proof.bits.push(node.bit)
      proof.siblings.push(whole.hash(node.sides[1 - own]))
      node = node.sides[own]
    }
    return { ...proof, leaf: node.leaf }
  }
  const part = new PartialTrie()
  const touched = [3, 17, 59, 60, 61, 77]
  const proofs = touched.map((i) => proofFor(leafOf(i).key))
  proofs.forEach((proof, i) => assert.equal(!!lookUp(proof, leafOf(touched[i]).key, root), touched[i] < 60))
  for (const proof of proofs) part.show(proof)
  assert.equal(hex(part.hash()), hex(root))
  for (const i of touched) part.put(leafOf(i, 2n)), whole.put(leafOf(i, 2n))
  assert.equal(hex(part.hash()), hex(whole.hash()))
  assert.equal(hex(new PartialTrie().hash()), hex(ZERO))
})
