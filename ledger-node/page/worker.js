// Keeps the page for when there is no connection. The page still checks the evidence that it shows then, and calls it a copy.

const PLACE = 'headwater page'
const MAX = 128
/** Whether the worker keeps an answer. The page itself keeps evidence and policy. */
const isKept = ({ pathname }) => /^\/(0[01]|417|414)\//.test(pathname) || /^\/page\/(?!policy)/.test(pathname)

async function keep(request, response) {
  const place = await caches.open(PLACE)
  await place.put(request, response)
  for (const old of (await place.keys()).slice(0, -MAX)) await place.delete(old)
}

async function answer(event) {
  const { request } = event
  try {
    const response = await fetch(request)
    if (response.ok) event.waitUntil(keep(request, response.clone()))
    return response
  } catch (e) {
    const kept = await caches.match(request)
    if (kept) return kept
    throw e
  }
}

addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('fetch', (event) => {
  const { method, url } = event.request
  if (method === 'GET' && isKept(new URL(url))) event.respondWith(answer(event))
})
