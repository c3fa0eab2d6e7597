// Bytes, and their spellings in texts.

import { refuse } from './refusal.js'

export const ZERO = new Uint8Array(32)
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/**
 * Returns bytes in lower-case hex.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function hex(bytes) {
  let text = ''
  for (const b of bytes) text += HEX[b]
  return text
}

/**
 * Returns the bytes of a text of hex digits.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))

/**
 * Returns the UTF-8 bytes of a text.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export const utf8 = (text) => encoder.encode(text)

/**
 * Returns the text that `bytes` spell, or undefined when they are not UTF-8.
 * @param {Uint8Array} bytes
 * @returns {string | undefined}
 */
export function text(bytes) {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * Whether two lists of bytes are equal.
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 * @returns {boolean}
 */
export const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i])

/**
 * Returns a big-endian 64-bit integer, as hash preimages contain it.
 * @param {bigint | number} n
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function u64(n) {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(n))
  return bytes
}

/**
 * Joins all parts; a number is one byte.
 * @param {...any} parts - Each a number or a `Uint8Array`. The type is `any`, because a number has no `length`.
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function concat(...parts) {
  let length = 0
  for (const p of parts) length += p.length ?? 1
  const all = new Uint8Array(length)
  let at = 0
  for (const p of parts) {
    if (typeof p === 'number') all[at++] = p
    else all.set(p, at), (at += p.length)
  }
  return all
}

/**
 * Decodes padded base64 with unused bits zero. Returns undefined for another spelling, or for text that is not base64.
 * @param {string} s
 * @returns {Uint8Array<ArrayBuffer> | undefined}
 */
export function unbase64(s) {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(s)) return undefined
  const digits = s.replace(/=+$/, '')
  const bytes = new Uint8Array((digits.length * 3) >> 2)
  let bits = 0, held = 0, at = 0
  for (const c of digits) {
    bits = ((bits & 63) << 6) | BASE64.indexOf(c)
    if ((held += 6) >= 8) bytes[at++] = bits >> (held -= 8)
  }
  return bits & ((1 << held) - 1) ? undefined : bytes
}

/**
 * Returns a decimal up to 2^63 - 1 in its one spelling; refuses with `name`.
 * @param {string} s
 * @param {string} name
 * @returns {bigint}
 */
export function decimal(s, name) {
  const n = /^(0|[1-9]\d{0,18})$/.test(s) ? BigInt(s) : 1n << 63n
  return n >> 63n ? refuse(name) : n
}
