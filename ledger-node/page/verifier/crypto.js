// Strict Ed25519 (proto/README.md, "Signatures"), on the first engine that passes a known-answer test. No engine is strict by itself, so
// inputs on which engines differ are refused before an engine sees them.

import { admit, byPoints, byX25519, choose, isLowOrder, number, ORDER } from './admission.js'
import { concat, hex, same, unhex, utf8 } from './bytes.js'
import { collecting, defer, refuse, Refusal } from './refusal.js'
import { sha256 } from './sha256.js'

/**
 * Signatures of one piece of evidence, as a step that is `checked` gets them.
 * @typedef {Checks} SignatureChecks
 */

const KEYS_MAX = 4096
let engine

/** Loads the points of the library, for a device that lacks a primitive. */
const points = async () => (await import('../vendor/noble-ed25519/index.js')).Point

/** Engines by name. Each returns a function of (key, message, signature) that checks the equation R = S·B - k·A. */
const ENGINES = {
  async webcrypto() {
    const { subtle } = globalThis.crypto
    // Most keys sign more than once. The keys of one piece of evidence are kept.
    const imported = new Map()
    const importing = (key) => {
      const name = hex(key)
      if (imported.size >= KEYS_MAX) imported.clear()
      if (!imported.has(name)) {
        imported.set(name, subtle.importKey('raw', key, 'Ed25519', false, ['verify']))
        imported.get(name).catch(() => imported.delete(name))
      }
      return imported.get(name)
    }
    return async (key, message, signature) => subtle.verify('Ed25519', await importing(key), signature, message)
  },
  // A secure context without Ed25519 still has SHA-512.
  async mixed() {
    const { subtle } = globalThis.crypto
    return cofactorless(await points(), async (bytes) => new Uint8Array(await subtle.digest('SHA-512', bytes)))
  },
  async noble() {
    return cofactorless(await points(), (await import('../vendor/noble-hashes/sha2.js')).sha512)
  },
}

/** Checks the equation in full, and compares bytes: the library's own check multiplies by the cofactor. */
const cofactorless = (Point, sha512) => async (key, message, signature) => {
  const R = signature.subarray(0, 32)
  const k = number(await sha512(concat(R, key, message))) % ORDER
  const SB = Point.BASE.multiply(number(signature.subarray(32)), false)
  return same(SB.subtract(Point.fromBytes(key).multiply(k, false)).toBytes(), R)
}

/** Self-test with RFC 8032, 7.1, test 1; and SHA-256 of `abc`. */
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

/** Chooses the check that admits keys: the device's X25519, if the device has it, unless every primitive has to come from this page. */
async function admits(name) {
  try {
    if (name === 'webcrypto' && (await choose(await byX25519()))) return true
  } catch {
    // The device has no X25519.
  }
  return choose(byPoints(await points()))
}

/**
 * Picks the first engine that passes the self-test, of all engines or only the one named: `webcrypto`, `mixed` (SHA-512 from WebCrypto) or
 * `noble`. Resolves to its name. Refuses `NoEngine` when no engine is left, which is never a verdict.
 * @param {string} [only]
 * @returns {Promise<string>}
 */
export async function start(only) {
  for (const [name, load] of Object.entries(ENGINES)) {
    if (only && only !== name) continue
    try {
      const verify = await load()
      if ((await answersAsKnown(verify)) && (await admits(name))) return (engine = { name, verify }).name
    } catch {
      // The engine is missing, or does not run here: the next one is tried.
    }
  }
  return refuse('NoEngine')
}

let started
/**
 * Returns the name of the engine that runs, picked at the first call.
 * @returns {Promise<string>}
 */
export const running = async () => engine?.name ?? (started ??= start())

/** Whether S is below the order, which is slightly more than 2^252. */
const isScalar = (s) => s[31] < 16 || number(s) < ORDER

/** Whether `signature` is by an admitted `key` over `message`. */
async function verify(key, message, signature) {
  if (signature.length !== 64 || isLowOrder(key) || isLowOrder(signature.subarray(0, 32)) || !isScalar(signature.subarray(32))) return false
  try {
    return await engine.verify(key, message, signature)
  } catch {
    return false
  }
}

/**
 * Returns the bytes to sign: the pre-authentication encoding of DSSE. `type` is `event` or `possession`.
 * @param {string} type
 * @param {Uint8Array} body
 * @returns {Uint8Array}
 */
export function pae(type, body) {
  const name = `application/vnd.headwater.${type}.v1+protobuf`
  return concat(utf8(`DSSEv1 ${name.length} ${name} ${body.length} `), body)
}

/** Signatures of one piece of evidence. They are checked side by side, at its end. */
class Checks {
  signatures = 0

  /**
   * Requires that `key` signed `message`: without that, nothing from here on holds. `refusal` makes the refusal.
   * @param {Uint8Array} key - Public key, 32 bytes.
   * @param {Uint8Array} message
   * @param {Uint8Array} signature - Signature, 64 bytes.
   * @param {() => Refusal} refusal
   */
  signature(key, message, signature, refusal) {
    this.signatures++
    defer(() => verify(key, message, signature), refusal)
  }
}

/**
 * Runs `step(checks)`, and then the checks that it deferred: of signatures, and of their keys.
 * The first bad one is the failure, as if each had been checked in its turn: it comes before a refusal that stopped the step. Where nothing
 * stopped the step, `bad` of the failure lists the failures of all bad ones.
 * @template T
 * @param {(checks: SignatureChecks) => T} step
 * @returns {Promise<T>}
 */
export async function checked(step) {
  const ready = running()
  const pending = []
  let result, failure
  try {
    result = collecting(pending, () => step(new Checks()))
    if (result instanceof Promise) throw new Error('a step that is checked ends before its questions are asked')
  } catch (e) {
    failure = e
  }
  // An engine is picked while the step runs. Without an engine, `NoEngine` comes before any failure of the step.
  await ready
  const good = await Promise.all(pending.map(({ holds }) => holds()))
  const bad = pending.filter((_, i) => !good[i])
  if (bad.length && (!failure || failure instanceof Refusal)) {
    const [first, ...more] = bad.map(({ refusal }) => refusal())
    throw failure ? first : Object.assign(first, { bad: [first, ...more] })
  }
  if (failure) throw failure
  return result
}

/**
 * Checks one signature of a party (vectors, `signature`).
 * @param {{ type: string, body: Uint8Array, key: Uint8Array, signature: Uint8Array }} question
 * @returns {Promise<{ message: Uint8Array, keyId: Uint8Array }>}
 */
export function verifySignature({ type, body, key, signature }) {
  return checked((checks) => {
    admit(key)
    const message = pae(type, body)
    checks.signature(key, message, signature, () => new Refusal('BadSignature'))
    return { message, keyId: sha256(key) }
  })
}
