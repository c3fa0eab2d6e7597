// Last answer about each product, for when there is no connection.

/**
 * Saved answer about a product.
 * @typedef {object} Copy
 * @property {string} policy - Text of the policy.
 * @property {Uint8Array} bytes - Bytes of the trace.
 * @property {number} fetched - Time when the bytes arrived, in milliseconds since 1970.
 */

const PLACE = 'headwater'
const MAX = 32
const cache = () => globalThis.caches?.open(PLACE)

/**
 * Saves an answer. `fetched` is the time when the bytes arrived, in milliseconds.
 * @param {string} path
 * @param {any} found - Answer with a result, which has the parts of a `Copy`.
 */
export async function save(path, { policy, bytes, fetched }) {
  const place = await cache()
  if (!place) return
  await navigator.serviceWorker?.register('/page/worker.js', { scope: '/' })
  const headers = { policy: encodeURIComponent(policy), fetched: String(fetched) }
  await place.put(`/trace${path}`, new Response(bytes, { headers }))
  for (const old of (await place.keys()).slice(0, -MAX)) await place.delete(old)
}

/**
 * Returns the saved answer, if any. `fetched` is the time when the bytes arrived, in milliseconds.
 * @param {string} path
 * @returns {Promise<Copy | undefined>}
 */
export async function saved(path) {
  const response = await (await cache())?.match(`/trace${path}`)
  if (!response) return undefined
  const { headers } = response
  return { policy: decodeURIComponent(headers.get('policy')), fetched: Number(headers.get('fetched')), bytes: new Uint8Array(await response.arrayBuffer()) }
}
