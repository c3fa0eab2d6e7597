// SHA-256 (FIPS 180-4) as a plain function, without a promise. A trace is thousands of hashes of a hundred bytes, and each waits for the
// one before. A promise for each costs ten times the hash, and a vendored library weighs more than this whole verifier. The self-test of
// crypto.js runs the function before anything is trusted.

const PRIMES = []
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((p) => n % p)) PRIMES.push(n)
/** Returns the first 32 bits after the binary point: a double has 20 to spare. */
const fraction = (x) => ((x % 1) * 2 ** 32) | 0
const K = Int32Array.from(PRIMES, (p) => fraction(Math.cbrt(p)))
const IV = PRIMES.slice(0, 8).map((p) => fraction(Math.sqrt(p)))
const W = new Int32Array(64)

/** Takes one block into the state. */
function compress(state, view, at) {
  for (let i = 0; i < 16; i++) W[i] = view.getInt32(at + 4 * i)
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15], y = W[i - 2]
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0
  }
  let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7]
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g, g = f, f = e, e = (d + t1) | 0, d = c, c = b, b = a, a = (t1 + t2) | 0
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h
}

/**
 * Returns SHA-256 of `message`.
 * @param {Uint8Array} message
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function sha256(message) {
  const padded = new Uint8Array((message.length + 72) & ~63)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, message.length / 2 ** 29)
  view.setUint32(padded.length - 4, message.length << 3)
  const state = Int32Array.from(IV)
  for (let at = 0; at < padded.length; at += 64) compress(state, view, at)
  for (let i = 0; i < 8; i++) view.setInt32(4 * i, state[i])
  return padded.slice(0, 32)
}
