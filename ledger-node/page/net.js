// Fetches from the server of the page, with an end to patience and to size.

const TIME_MAX_MS = 20_000
/** By this much the clocks of server and device may differ. */
const CACHED_MAX_MS = 60_000

/** The server did not answer, or answered that it cannot (RFC 9457): `status` is 0 when nothing came. */
export class Unanswered extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** An answer as it comes, and no more of it than `bytesMax`. */
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

/** The `status` of a good answer, its `bytes`, and when it was `made` (NaN when it does not say); `more` makes it another question than GET. */
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

/** The bytes of a good answer; as JSON. */
export const get = async (...question) => (await ask(...question)).bytes
/** The bytes of an answer that was made now. One of another time came out of a cache, or the clocks differ: it is asked for past all caches. */
export async function getFresh(path, bytesMax, cache) {
  const { bytes, made } = await ask(path, bytesMax, cache)
  return cache === 'default' && Math.abs(Date.now() - made) > CACHED_MAX_MS ? get(path, bytesMax, 'no-cache') : bytes
}
export const getJson = async (...question) => JSON.parse(new TextDecoder().decode(await get(...question)))
