// Last answer about each product, for when there is no connection.

const PLACE = 'headwater'
const MAX = 32
const cache = () => globalThis.caches?.open(PLACE)

/** Saves an answer. `fetched` is the time when the bytes arrived, in milliseconds. */
export async function save(path, { policy, bytes, fetched }) {
  const place = await cache()
  if (!place) return
  await navigator.serviceWorker?.register('/page/worker.js', { scope: '/' })
  const headers = { policy: encodeURIComponent(policy), fetched: String(fetched) }
  await place.put(`/trace${path}`, new Response(bytes, { headers }))
  for (const old of (await place.keys()).slice(0, -MAX)) await place.delete(old)
}

/** Returns the saved answer, if any. `fetched` is the time when the bytes arrived, in milliseconds. */
export async function saved(path) {
  const response = await (await cache())?.match(`/trace${path}`)
  if (!response) return undefined
  const { headers } = response
  return { policy: decodeURIComponent(headers.get('policy')), fetched: Number(headers.get('fetched')), bytes: new Uint8Array(await response.arrayBuffer()) }
}
