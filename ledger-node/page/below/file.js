// An attached file: hashed while it comes, and given only when it is the one that was recorded.

import { pieces, Unanswered } from '../net.js'
import { hex, same } from '../verifier/bytes.js'

/** Between two pieces. A film may take minutes. */
const IDLE_MAX_MS = 20_000
/** The device hashes no more than this at once; what is longer goes through the library piece by piece. */
const AT_ONCE_MAX = 64 * 1024 * 1024
/** Pieces are held up to this, and then go where the browser keeps files. */
const HELD_MAX = 16 * 1024 * 1024

/** As long as something comes. */
async function* patiently(path, length) {
  const stop = new AbortController()
  let timer
  const wait = () => {
    clearTimeout(timer)
    timer = setTimeout(() => stop.abort(), IDLE_MAX_MS)
  }
  try {
    wait()
    const response = await fetch(path, { signal: stop.signal, redirect: 'error' })
    if (!response.ok) throw new Unanswered(response.status, response.statusText)
    for await (const piece of pieces(response, length)) {
      yield piece
      wait()
    }
  } catch (e) {
    throw e instanceof Unanswered ? e : new Unanswered(0, e.message)
  } finally {
    clearTimeout(timer)
    stop.abort()
  }
}

/** The file that an event announces, undefined when it is another one. `progress` hears which part of it is here. */
export async function fileOf({ sha256: hash, size, media_type: type }, progress) {
  const isLong = size > AT_ONCE_MAX || !crypto.subtle
  const hasher = isLong && (await import('../vendor/noble-hashes/sha2.js')).sha256.create()
  let file = new Blob([], { type }), held = [], bytes = 0
  const put = () => {
    file = new Blob([file, ...held], { type })
    held = []
    bytes = 0
  }
  for await (const piece of patiently(`/attachment/${hex(hash)}`, Number(size))) {
    if (hasher) hasher.update(piece)
    held.push(piece)
    bytes += piece.length
    progress((file.size + bytes) / Number(size))
    if (bytes > HELD_MAX) put()
  }
  put()
  const found = hasher ? hasher.digest() : new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
  return same(found, hash) ? file : undefined
}
