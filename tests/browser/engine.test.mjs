// The engines of the verifier are equally strict: node --test tests/browser

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { Point } from '../../ledger-node/page/vendor/noble-ed25519/index.js'
import { concat, hex, unhex, utf8 } from '../../ledger-node/page/verifier/bytes.js'
import { admit } from '../../ledger-node/page/verifier/admission.js'
import { checked, start } from '../../ledger-node/page/verifier/crypto.js'
import { Refusal, unchecked } from '../../ledger-node/page/verifier/refusal.js'
import { sha256 } from '../../ledger-node/page/verifier/sha256.js'

const ORDER = Point.CURVE().n
const number = (bytes) => BigInt('0x' + hex(bytes.slice().reverse()))
const bytesOf = (n) => unhex(n.toString(16).padStart(64, '0')).reverse()
const sha512 = (bytes) => createHash('sha512').update(bytes).digest()
const ORDER_8 = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')
const [secret, nonce, message] = [1234567n, 7654321n, utf8('message')]

/** Returns a signature whose key and R are moved by points of low order. */
function sign({ moveKey = Point.ZERO, moveR = Point.ZERO, s = 0n } = {}) {
  const key = Point.BASE.multiply(secret).add(moveKey).toBytes()
  const R = Point.BASE.multiply(nonce).add(moveR).toBytes()
  const k = number(Uint8Array.from(sha512(concat(R, key, message)))) % ORDER
  return { key, signature: concat(R, bytesOf(((nonce + k * secret) % ORDER) + s)) }
}

const holds = ({ key, signature }) =>
  checked((checks) => checks.signature(key, message, signature, () => new Refusal('Bad'))).then(() => true, () => false)
const refusalOf = (key) => checked(() => admit(key)).then(() => undefined, ({ name }) => name)

function toldByLibrary(key) {
  let point
  try {
    point = Point.fromBytes(key, true)
  } catch {
    return 'NoPoint'
  }
  if (hex(point.toBytes()) !== hex(key)) return 'NotCanonical'
  return point.isSmallOrder() ? 'LowOrder' : point.isTorsionFree() ? undefined : 'Torsion'
}

for (const engine of ['webcrypto', 'mixed', 'noble']) {
  test(engine, async () => {
    assert.equal(await start(engine), engine)
    assert.ok(await holds(sign()), 'a good signature')
    assert.ok(!(await holds(sign({ moveR: ORDER_8 }))), 'one that only the cofactor saves')
    assert.ok(!(await holds(sign({ s: ORDER }))), 'a second spelling of S')
    const low = concat(Point.ZERO.toBytes(), bytesOf(0n))
    assert.ok(!(await holds({ key: sign().key, signature: low })), 'R of low order')
    assert.ok(!(await holds({ key: ORDER_8.toBytes(), signature: low })), 'a key of low order')
    assert.ok(!(await holds({ ...sign(), signature: sign().signature.subarray(1) })), '63 bytes')
    const mixed = sign({ moveKey: ORDER_8 }).key
    assert.equal(await refusalOf(mixed), 'Torsion')
    assert.equal(await refusalOf(mixed), 'Torsion', 'not only the first time')
    for (let i = 1, p = ORDER_8; i < 8; i++, p = p.add(ORDER_8)) {
      assert.equal(await refusalOf(p.toBytes()), 'LowOrder')
      assert.equal(await refusalOf(sign({ moveKey: p }).key), 'Torsion')
    }
    assert.equal(await refusalOf(sign().key), undefined)
    assert.equal(await refusalOf(sign().key.subarray(1)), 'Length')
    // The refusal must match the library's, for points and for bytes that are not a point, in each spelling.
    const P = 2n ** 255n - 19n
    const near = [0n, 1n, 2n, P - 2n, P - 1n, P, P + 1n, P + 2n, P + 18n]
    const drawn = Array.from({ length: 100 }, (_, i) => BigInt('0x' + hex(sha512(utf8(`${engine} ${i}`)).subarray(32))) % 2n ** 255n)
    const signed = [...near, ...drawn].flatMap((y) => [y, y + 2n ** 255n])
    for (const key of signed.map(bytesOf)) assert.equal(await refusalOf(key), toldByLibrary(key), hex(key))
  })
}

test('a key is not admitted where nobody asks, and a step ends before its questions', async () => {
  await start()
  const { key } = sign()
  assert.throws(() => admit(key), /nobody asks/)
  assert.equal(unchecked(() => admit(sign({ moveKey: ORDER_8 }).key)), undefined)
  await assert.rejects(checked(async () => admit(key)), /ends before/)
})

test('a fault of the device says nothing of a key', async () => {
  assert.equal(await start('webcrypto'), 'webcrypto')
  const { deriveBits } = SubtleCrypto.prototype
  const { key } = sign({ moveKey: Point.ZERO })
  const other = Point.BASE.multiply(secret + 1n).toBytes()
  SubtleCrypto.prototype.deriveBits = () => Promise.reject(new DOMException('busy', 'OperationError'))
  try {
    assert.equal(await refusalOf(other), 'NoEngine')
  } finally {
    SubtleCrypto.prototype.deriveBits = deriveBits
  }
  assert.deepEqual([await refusalOf(other), await refusalOf(key)], [undefined, undefined])
})

test('no engine', () => assert.rejects(start('none'), { name: 'NoEngine' }))

test('sha256', () => {
  for (let length = 0; length < 200; length++) {
    const bytes = new Uint8Array(length).fill(length)
    assert.equal(hex(sha256(bytes)), createHash('sha256').update(bytes).digest('hex'))
  }
})

test('the vendored libraries are those whose hashes are written down', () => {
  const vendor = new URL('../../ledger-node/page/vendor/', import.meta.url)
  const lines = readFileSync(new URL('SHA256SUMS', vendor), 'utf8').trim().split('\n').map((line) => line.split('  '))
  for (const [hash, name] of lines) assert.equal(createHash('sha256').update(readFileSync(new URL(name, vendor))).digest('hex'), hash, name)
  const folders = readdirSync(vendor, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const files = folders.flatMap(({ name }) => readdirSync(new URL(`${name}/`, vendor)).map((file) => `${name}/${file}`))
  assert.deepEqual(lines.map(([, name]) => name).sort(), files.sort())
})
