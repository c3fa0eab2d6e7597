// Cost of a first view of a product's page: bytes, requests, and the time until the verdict is on the card.
//   node tests/browser/cold.mjs URL [LOOKS]
// On a desktop, and on a phone: a processor slowed six times, a network of 9 Mbit/s with 60 ms of delay (4G). Every view is a cold one.
// Then the time that 15 signatures take on each engine, checked one after the other by the verifier of the page.

import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { launch, phone, verdict } from './browser.mjs'

const SLOWER = 6
const NETWORK = { offline: false, latency: 60, downloadThroughput: 9e6 / 8, uploadThroughput: 3e6 / 8 }
const PROFILES = { desktop: {}, 'phone, 4G': { slower: SLOWER, network: NETWORK } }
const SIGNATURES = 15

const [url, looks = 5] = process.argv.slice(2)
const browser = await launch()

async function like({ network, slower }, context, page) {
  const tools = await context.newCDPSession(page)
  await tools.send('Network.enable')
  if (network) await tools.send('Network.emulateNetworkConditions', network)
  if (slower) await tools.send('Emulation.setCPUThrottlingRate', { rate: slower })
  return tools
}

async function look(profile) {
  const { page, context, close } = await phone(browser)
  const tools = await like(profile, context, page)
  let bytes = 0, requests = 0
  tools.on('Network.loadingFinished', ({ encodedDataLength }) => ((bytes += encodedDataLength), requests++))
  await page.goto(url, { waitUntil: 'commit' })
  const { state } = await verdict(page)
  // The card's last state, and the first paint, in ms since the page was asked for.
  const [time, painted] = await page.evaluate(() => ['card', 'first-contentful-paint'].map((name) => performance.getEntriesByName(name).pop().startTime))
  await close()
  return { state, time, painted, bytes, requests }
}

const message = Buffer.from('a record')
const secret = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]), format: 'der', type: 'pkcs8' })
const key = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32)
const signed = { key: [...key], message: [...message], signature: [...sign(null, message, secret)] }

/** Time of the signatures on an engine in ms, with the engine and the code warm. */
async function signatures(profile, engine) {
  const { page, context, close } = await phone(browser, {})
  await page.goto(url, { waitUntil: 'commit' })
  await verdict(page)
  await like({ slower: profile.slower }, context, page)
  const time = await page.evaluate(async ({ engine, count, signed }) => {
    const { checked, start } = await import('/page/verifier/crypto.js')
    await start(engine)
    const [key, message, signature] = [signed.key, signed.message, signed.signature].map((bytes) => Uint8Array.from(bytes))
    const all = (n) => checked((checks) => { for (let i = 0; i < n; i++) checks.signature(key, message, signature, () => new Error('refused')) })
    await all(count)
    const began = performance.now()
    await all(count)
    return performance.now() - began
  }, { engine, count: SIGNATURES, signed })
  await close()
  return time
}

for (const [name, profile] of Object.entries(PROFILES)) {
  const all = []
  for (let i = 0; i < looks; i++) all.push(await look(profile))
  all.sort((a, b) => a.time - b.time)
  const { state, time, painted, bytes, requests } = all[all.length >> 1]
  console.log(`${name.padEnd(10)} ${state}: verdict after ${Math.round(time)} ms, ${Math.round(time - painted)} ms after the first paint; all in ${requests} requests and ${bytes} bytes (median of ${looks})`)
  for (const engine of ['webcrypto', 'noble']) {
    console.log(`${''.padEnd(10)} ${SIGNATURES} signatures with ${engine}: ${(await signatures(profile, engine)).toFixed(1)} ms`)
  }
}
await browser.close()
