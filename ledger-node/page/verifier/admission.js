// Admission of keys (proto/README.md, "Signatures"): 32 bytes that spell a point of prime order, in its one spelling.

import { concat, hex, same, unhex } from './bytes.js'
import { defer, Refusal } from './refusal.js'

/**
 * Check that a key, which is not of low order, is a point of prime order.
 * @typedef {(key: Uint8Array) => Promise<boolean>} PrimeCheck
 */

const P = 2n ** 255n - 19n
/** Order of the group of points that keys are of. */
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
const D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n
const ADMITTED_MAX = 4096
/**
 * Returns the remainder modulo P, which is never negative.
 * @param {bigint} n
 * @returns {bigint}
 */
const mod = (n) => ((n % P) + P) % P

/**
 * Returns the number that bytes spell, the least byte first.
 * @param {Uint8Array} littleEndian
 * @returns {bigint}
 */
export const number = (littleEndian) => BigInt('0x' + hex(littleEndian.slice().reverse()))
/** Returns y of a point. The last bit is the sign of x. */
const yOf = (point) => number(point) & (2n ** 255n - 1n)
const bytesOf = (n) => unhex(n.toString(16).padStart(64, '0')).reverse()

/**
 * Returns a power modulo P.
 * @param {bigint} base
 * @param {bigint} exponent
 * @returns {bigint}
 */
function power(base, exponent) {
  let result = 1n
  for (let square = base; exponent; exponent >>= 1n, square = (square * square) % P) if (exponent & 1n) result = (result * square) % P
  return result
}

/**
 * Returns the inverse modulo P, by Euclid's algorithm.
 * @param {bigint} of
 * @returns {bigint}
 */
function inverse(of) {
  let a = of, b = P, x = 1n, y = 0n
  while (a) {
    const times = b / a, rest = b - times * a, next = y - times * x
    b = a
    a = rest
    y = x
    x = next
  }
  return mod(y)
}

/**
 * Whether y is of a point (RFC 8032, 5.1.3): x² = (y² - 1) / (dy² + 1) has a root; an x of 0 has no sign.
 * @param {bigint} y
 * @returns {boolean}
 */
function isPoint(y) {
  const square = y * y
  return power(mod((square - 1n) * (D * square + 1n)), (P - 1n) / 2n) < 2n
}

/** y of the points of low order in their one spelling. With either sign of x, these are all eight points. */
const LOW_ORDER = ['01' + '00'.repeat(31), 'ec' + 'ff'.repeat(30) + '7f', '00'.repeat(32),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a']
  .map((digits) => number(unhex(digits)))
/** First bytes of their spellings, those of P and P + 1 among them. */
const LOW_BEGINS = new Set([1, 0xec, 0, 0x26, 0xc7, 0xed, 0xee])
/**
 * Whether these bytes spell a point of low order, in any of its spellings.
 * @param {Uint8Array} point
 * @returns {boolean}
 */
export const isLowOrder = (point) => LOW_BEGINS.has(point[0]) && LOW_ORDER.includes(yOf(point) % P)

/**
 * 5L - 1, a scalar that X25519 takes unchanged: a multiple of 8 with bit 254 set (RFC 7748, 5).
 * From A + T, with T of low order, the scalar makes -A, which has the coordinate of A. That is the coordinate of A + T only when T is the
 * identity.
 * X25519 also takes values that are not points of the curve, as points of its twist. From these the scalar never makes the same coordinate:
 * the orders there divide neither 5L nor 5L - 2.
 */
const SCALAR = bytesOf(5n * ORDER - 1n)

/**
 * Returns a check that a key, which is not of low order, is a point of prime order. Uses the X25519 of the device, and throws without it.
 * @returns {Promise<PrimeCheck>}
 */
export async function byX25519() {
  const { subtle } = globalThis.crypto
  const pkcs8 = concat(unhex('302e020100300506032b656e04220420'), SCALAR)
  const scalar = await subtle.importKey('pkcs8', pkcs8, 'X25519', false, ['deriveBits'])
  return async (key) => {
    const y = yOf(key)
    const u = bytesOf((mod(1n + y) * inverse(mod(1n - y))) % P)
    const point = await subtle.importKey('raw', u, 'X25519', false, [])
    return same(new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: point }, scalar, 256)), u)
  }
}

/**
 * Returns the same check by a library's points.
 * @param {{ fromBytes: (key: Uint8Array, zip215?: boolean) => { isTorsionFree: () => boolean } }} Point
 * @returns {PrimeCheck}
 */
export const byPoints = (Point) => async (key) => {
  let point
  try {
    point = Point.fromBytes(key, true)
  } catch {
    return false
  }
  return point.isTorsionFree()
}

let isPrime
/**
 * Takes a check for keys of prime order, and uses the check if it answers known keys correctly.
 * @param {PrimeCheck} prime
 * @returns {Promise<boolean>}
 */
export async function choose(prime) {
  const known = [
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', // RFC 8032, 7.1, test 1
    '9158312a9a8d6e3b34c891d6d61444f8b8211c5117ebad15bdb0bd68b07e0245', // and a point of order 8 added to it
    '0200000000000000000000000000000000000000000000000000000000000000', // no point
  ]
  const told = await Promise.all(known.map((key) => prime(unhex(key))))
  admitted.clear()
  return told.join() === 'true,false,false' && !!(isPrime = prime)
}

/** Answers of the check for prime order, by key, once asked. */
const admitted = new Map()

/** Checks a key once. A failure of the check itself proves nothing about the key, and is not remembered. */
function isOfPrimeOrder(key) {
  const name = hex(key)
  if (admitted.size >= ADMITTED_MAX) admitted.clear()
  if (!admitted.has(name)) {
    admitted.set(name, isPrime(key).catch(() => {
      admitted.delete(name)
      throw new Refusal('NoEngine')
    }))
  }
  return admitted.get(name)
}

/**
 * Refuses a key that is not admitted, by the name that `as` makes of `Length`, `NoPoint`, `NotCanonical`, `LowOrder`, `Torsion`. A check
 * that takes a scalar multiplication is deferred to the end of the step that is `checked`.
 * @param {Uint8Array} key
 * @param {(refusal: Refusal) => Refusal} [as]
 */
export function admit(key, as = (refusal) => refusal) {
  const refuse = (name) => { throw as(new Refusal(name)) }
  if (key.length !== 32) refuse('Length')
  const y = yOf(key)
  const isCanonical = y < P && !(key[31] & 128 && (y === 1n || y === P - 1n))
  if (!isCanonical || isLowOrder(key)) refuse(!isPoint(y) ? 'NoPoint' : isCanonical ? 'LowOrder' : 'NotCanonical')
  defer(() => isOfPrimeOrder(key), () => as(new Refusal(isPoint(y) ? 'Torsion' : 'NoPoint')))
}
