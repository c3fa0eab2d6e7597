// Requests to the node of the page, with limits of time and size.

const TIME_MAX_MS = 20_000
/** Largest difference between the clocks of node and device, in milliseconds. */
const CACHED_MAX_MS = 60_000

/** Error for a node that did not answer, or that answered with a problem (RFC 9457). `status` is 0 when no answer arrived. */
export class Unanswered extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** Yields an answer as it arrives, and no more of it than `bytesMax` bytes. */
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

/** Returns the `status` of a good answer, its `bytes`, and when it was `made` (NaN without a date). `more` has options for `fetch`. */
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

/** Returns the bytes of a good answer. */
export const get = async (...question) => (await ask(...question)).bytes
/**
 * Returns the bytes of an answer that was made now. An answer of another time came from a cache, or the clocks differ: then the page asks
 * past all caches.
 */
export async function getFresh(path, bytesMax, cache) {
  const { bytes, made } = await ask(path, bytesMax, cache)
  return cache === 'default' && Math.abs(Date.now() - made) > CACHED_MAX_MS ? get(path, bytesMax, 'no-cache') : bytes
}
export const getJson = async (...question) => JSON.parse(new TextDecoder().decode(await get(...question)))
