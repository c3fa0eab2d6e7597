// The last answer about each product, for when there is no connection.

const PLACE = 'headwater'
const MAX = 32
const cache = () => globalThis.caches?.open(PLACE)

export async function save(path, policy, bytes) {
  const place = await cache()
  if (!place) return
  await navigator.serviceWorker?.register('/page/worker.js', { scope: '/' })
  await place.put(`/trace${path}`, new Response(bytes, { headers: { policy: encodeURIComponent(policy) } }))
  for (const old of (await place.keys()).slice(0, -MAX)) await place.delete(old)
}

export async function saved(path) {
  const response = await (await cache())?.match(`/trace${path}`)
  return response && { policy: decodeURIComponent(response.headers.get('policy')), bytes: new Uint8Array(await response.arrayBuffer()) }
}
