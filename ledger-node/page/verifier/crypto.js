// Ed25519, strictly (proto/README.md, "Signatures"), on whichever engine passes a known-answer test.
// No engine is strict by itself, so what they differ in is refused before they are asked.

import { concat, hex, same, unhex, utf8 } from './bytes.js'
import { demand, outer, refuse, Refusal } from './refusal.js'
import { sha256 } from './sha256.js'

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
/** y of the points of low order and their second spellings; with either sign they make 14 encodings. */
const LOW_ORDER = new Set([
  '01' + '00'.repeat(31), 'ec' + 'ff'.repeat(30) + '7f', '00'.repeat(32),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ed' + 'ff'.repeat(30) + '7f', 'ee' + 'ff'.repeat(30) + '7f',
])
const isLowOrder = (point) => LOW_ORDER.has(hex(concat(point.subarray(0, 31), point[31] & 127)))
const number = (littleEndian) => BigInt('0x' + hex(littleEndian.slice().reverse()))

let Point, engine

/** Each gives a function of (key, message, signature) that checks the equation R = S·B - k·A. */
const ENGINES = {
  async webcrypto() {
    const { subtle } = globalThis.crypto
    return async (key, message, signature) => {
      const imported = await subtle.importKey('raw', key, 'Ed25519', false, ['verify'])
      return subtle.verify('Ed25519', imported, signature, message)
    }
  },
  // A secure context without Ed25519 still has SHA-512.
  async mixed() {
    const { subtle } = globalThis.crypto
    return cofactorless(async (bytes) => new Uint8Array(await subtle.digest('SHA-512', bytes)))
  },
  async noble() {
    return cofactorless((await import('../vendor/noble-hashes/sha2.js')).sha512)
  },
}

/** The equation in full, compared by bytes: the library's own check multiplies by the cofactor. */
const cofactorless = (sha512) => async (key, message, signature) => {
  const R = signature.subarray(0, 32)
  const k = number(await sha512(concat(R, key, message))) % ORDER
  const SB = Point.BASE.multiply(number(signature.subarray(32)), false)
  return same(SB.subtract(Point.fromBytes(key).multiply(k, false)).toBytes(), R)
}

/** RFC 8032, 7.1, test 1; and SHA-256 of `abc`. */
async function answersAsKnown(verify) {
  const key = unhex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
  const signature = concat(
    unhex('e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155'),
    unhex('5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'),
  )
  return (
    hex(sha256(utf8('abc'))) === 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' &&
    (await verify(key, utf8(''), signature)) && !(await verify(key, utf8('a'), signature))
  )
}

/**
 * Picks the first engine that passes the self-test, of all or only the one named: `webcrypto`, `mixed` (SHA-512 from WebCrypto)
 * or `noble`. Resolves to its name; `NoEngine` when none is left, which is never a verdict.
 */
export async function start(only) {
  for (const [name, load] of Object.entries(ENGINES)) {
    if (only && only !== name) continue
    try {
      Point ??= (await import('../vendor/noble-ed25519/index.js')).Point
      const verify = await load()
      if (await answersAsKnown(verify)) return (engine = { name, verify }).name
    } catch {
      // It is not there, or does not run here: the next one.
    }
  }
  return refuse('NoEngine')
}

let started
/** The name of the engine that runs, picked at the first call. */
export const running = async () => engine?.name ?? (started ??= start())

const admitted = new Set()
/** Refuses a key that is not 32 bytes, canonically encoded, not of low order and free of torsion. Once per key. */
export function admit(key) {
  demand(Point, 'NoEngine')
  demand(key.length === 32, 'Length')
  const name = hex(key)
  if (admitted.has(name)) return
  let point
  try {
    point = Point.fromBytes(key, true)
  } catch {
    refuse('NoPoint')
  }
  demand(same(point.toBytes(), key), 'NotCanonical')
  demand(!isLowOrder(key), 'LowOrder')
  demand(point.isTorsionFree(), 'Torsion')
  if (admitted.size < 4096) admitted.add(name)
}

/** Whether `signature` is one by an admitted `key` over `message`. */
async function verify(key, message, signature) {
  if (signature.length !== 64 || isLowOrder(key) || isLowOrder(signature) || number(signature.subarray(32)) >= ORDER) return false
  try {
    return await engine.verify(key, message, signature)
  } catch {
    return false
  }
}

/** What is signed: the pre-authentication encoding of DSSE. `type` is `event` or `possession`. */
export function pae(type, body) {
  const name = `application/vnd.headwater.${type}.v1+protobuf`
  return concat(utf8(`DSSEv1 ${name.length} ${name} ${body.length} `), body)
}

/** Signatures met on the way through one piece of evidence. They are checked side by side, at its end. */
class Checks {
  pending = []

  /** From here on nothing holds unless `key` signed `message`. */
  signature(key, message, signature, refusal) {
    this.pending.push({ key, message, signature, refusal })
  }

  /** `within` for a step that meets signatures. */
  within(name, step) {
    const first = this.pending.length
    try {
      return step()
    } catch (e) {
      throw outer(name, e)
    } finally {
      for (const check of this.pending.slice(first)) check.refusal = outer(name, check.refusal)
    }
  }
}

/**
 * Runs `step(checks)` and then checks the signatures that it met. The first bad one is the failure, as if each had been checked in its
 * turn: it stands before whatever stopped the step.
 */
export async function checked(step) {
  await running()
  const checks = new Checks()
  let result, failure
  try {
    result = step(checks)
  } catch (e) {
    failure = e
  }
  const good = await Promise.all(checks.pending.map((c) => verify(c.key, c.message, c.signature)))
  const bad = good.indexOf(false)
  if (bad >= 0 && (!failure || failure instanceof Refusal)) throw checks.pending[bad].refusal
  if (failure) throw failure
  return result
}

/** Checks one signature of a party (vectors, `signature`). */
export function verifySignature({ type, body, key, signature }) {
  return checked((checks) => {
    admit(key)
    const message = pae(type, body)
    checks.signature(key, message, signature, new Refusal('BadSignature'))
    return { message, keyId: sha256(key) }
  })
}
