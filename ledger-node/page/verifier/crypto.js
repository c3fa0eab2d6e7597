// Ed25519, strictly (proto/README.md, "Signatures"), on whichever engine passes a known-answer test.
// No engine is strict by itself, so what they differ in is refused before they are asked.

import { admit, byPoints, byX25519, choose, isLowOrder, number, ORDER } from './admission.js'
import { concat, hex, same, unhex, utf8 } from './bytes.js'
import { collecting, defer, refuse, Refusal } from './refusal.js'
import { sha256 } from './sha256.js'

const KEYS_MAX = 4096
let engine

/** The points of the library, which is loaded where a device lacks something. */
const points = async () => (await import('../vendor/noble-ed25519/index.js')).Point

/** Each gives a function of (key, message, signature) that checks the equation R = S·B - k·A. */
const ENGINES = {
  async webcrypto() {
    const { subtle } = globalThis.crypto
    // Most keys sign more than once. Those of one piece of evidence are kept.
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

/** The equation in full, compared by bytes: the library's own check multiplies by the cofactor. */
const cofactorless = (Point, sha512) => async (key, message, signature) => {
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

/** What admits keys: the device, if it knows X25519, unless everything is to come from this page. */
async function admits(name) {
  try {
    if (name === 'webcrypto' && (await choose(await byX25519()))) return true
  } catch {
    // It does not.
  }
  return choose(byPoints(await points()))
}

/**
 * Picks the first engine that passes the self-test, of all or only the one named: `webcrypto`, `mixed` (SHA-512 from WebCrypto)
 * or `noble`. Resolves to its name; `NoEngine` when none is left, which is never a verdict.
 */
export async function start(only) {
  for (const [name, load] of Object.entries(ENGINES)) {
    if (only && only !== name) continue
    try {
      const verify = await load()
      if ((await answersAsKnown(verify)) && (await admits(name))) return (engine = { name, verify }).name
    } catch {
      // It is not there, or does not run here: the next one.
    }
  }
  return refuse('NoEngine')
}

let started
/** The name of the engine that runs, picked at the first call. */
export const running = async () => engine?.name ?? (started ??= start())

/** Whether S is below the order, which is 2^252 and a little. */
const isScalar = (s) => s[31] < 16 || number(s) < ORDER

/** Whether `signature` is one by an admitted `key` over `message`. */
async function verify(key, message, signature) {
  if (signature.length !== 64 || isLowOrder(key) || isLowOrder(signature.subarray(0, 32)) || !isScalar(signature.subarray(32))) return false
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
  signatures = 0

  /** From here on nothing holds unless `key` signed `message`; `refusal` makes what it is called if not. */
  signature(key, message, signature, refusal) {
    this.signatures++
    defer(() => verify(key, message, signature), refusal)
  }
}

/**
 * Runs `step(checks)` and then what it deferred: signatures, and the keys that they are by. The first bad one is the failure, as if each had been
 * checked in its turn: it stands before whatever stopped the step. Where nothing did, its `bad` are the failures of all bad ones.
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
  // An engine is picked while the step runs. Without one there is no failure either.
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

/** Checks one signature of a party (vectors, `signature`). */
export function verifySignature({ type, body, key, signature }) {
  return checked((checks) => {
    admit(key)
    const message = pae(type, body)
    checks.signature(key, message, signature, () => new Refusal('BadSignature'))
    return { message, keyId: sha256(key) }
  })
}
