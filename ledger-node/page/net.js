// Requests to the node of the page, with limits of time and size.

/**
 * Good answer of the node.
 * @typedef {object} NodeAnswer
 * @property {number} status - Status of HTTP, from 200 to 299.
 * @property {Uint8Array<ArrayBuffer>} bytes - Content of the answer.
 * @property {number} made - Time when the answer was made, in milliseconds since 1970; NaN without a date.
 */

const TIME_MAX_MS = 20_000
/** Largest difference between the clocks of node and device, in milliseconds. */
const CACHED_MAX_MS = 60_000

/** Error for a node that did not answer, or that answered with a problem (RFC 9457). `status` is 0 when no answer arrived. */
export class Unanswered extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/**
 * Yields an answer as it arrives, and no more of it than `bytesMax` bytes.
 * @param {Response} response
 * @param {number} bytesMax
 * @returns {AsyncGenerator<Uint8Array<ArrayBuffer>, void>}
 */
export async function* pieces(response, bytesMax) {
  let length = 0
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read()
    if (done) return
    length += value.length
    if (length > bytesMax) throw new Unanswered(response.status, `more than ${bytesMax} bytes`)
    yield value
  }
}

async function whole(response, bytesMax) {
  const parts = []
  let length = 0
  for await (const part of pieces(response, bytesMax)) {
    parts.push(part)
    length += part.length
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) bytes.set(part, at), (at += part.length)
  return bytes
}

/**
 * Returns the `status` of a good answer, its `bytes`, and when it was `made` (NaN without a date). `more` has options for `fetch`.
 * @param {string} path
 * @param {number} bytesMax - Largest size of the answer, in bytes.
 * @param {RequestCache} [cache]
 * @param {RequestInit | false} [more]
 * @returns {Promise<NodeAnswer>}
 */
export async function ask(path, bytesMax, cache = 'default', more) {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), TIME_MAX_MS)
  try {
    const response = await fetch(path, { cache, signal: stop.signal, redirect: 'error', ...more })
    const bytes = await whole(response, bytesMax)
    if (response.ok) return { status: response.status, bytes, made: Date.parse(response.headers.get('date')) }
    const text = new TextDecoder().decode(bytes.subarray(0, 4096))
    let problem = {}
    if (/problem\+json/.test(response.headers.get('content-type'))) problem = JSON.parse(text)
    throw new Unanswered(response.status, String(problem.detail ?? problem.title ?? response.statusText))
  } catch (e) {
    throw e instanceof Unanswered ? e : new Unanswered(0, e.message)
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Returns the bytes of a good answer.
 * @param {Parameters<typeof ask>} question
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export const get = async (...question) => (await ask(...question)).bytes
/**
 * Returns the bytes of an answer that was made now. An answer of another time came from a cache, or the clocks differ: then the page asks
 * past all caches.
 * @param {string} path
 * @param {number} bytesMax - Largest size of the answer, in bytes.
 * @param {RequestCache} cache
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function getFresh(path, bytesMax, cache) {
  const { bytes, made } = await ask(path, bytesMax, cache)
  return cache === 'default' && Math.abs(Date.now() - made) > CACHED_MAX_MS ? get(path, bytesMax, 'no-cache') : bytes
}
/**
 * Returns the document in a good answer. Its type depends on the path.
 * @param {Parameters<typeof ask>} question
 * @returns {Promise<any>}
 */
export const getJson = async (...question) => JSON.parse(new TextDecoder().decode(await get(...question)))
