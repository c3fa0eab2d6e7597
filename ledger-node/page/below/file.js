// Attached files. The page hashes a file while the file arrives, and shows the file only when its hash is the recorded one.

import { pieces, Unanswered } from '../net.js'
import { hex, same } from '../verifier/bytes.js'

/** Longest wait between two pieces, in milliseconds. A film may take minutes in all. */
const IDLE_MAX_MS = 20_000
/** Largest file, in bytes, that the device hashes in one call. The library hashes a longer file piece by piece. */
const AT_ONCE_MAX = 64 * 1024 * 1024
/** Bytes of pieces that the page holds in memory, before the pieces go to a `Blob`, which the browser keeps where it keeps files. */
const HELD_MAX = 16 * 1024 * 1024

/** Yields the pieces of an answer, as long as pieces keep arriving. */
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

/**
 * Returns the file that an event announces, or undefined when the bytes are another file. Calls `progress` with the share that has arrived.
 * @param {import('../verifier/messages.js').Attachment} announced
 * @param {(share: number) => void} progress - Takes a share from 0 to 1.
 * @returns {Promise<Blob | undefined>}
 */
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
