// What a first look at a product costs on a phone: bytes, requests, and the time until the verdict stands on the card.
//   node tests/browser/cold.mjs URL [LOOKS]
// The phone: a processor slowed six times, a network of 9 Mbit/s with 60 ms of delay (4G). Every look is a cold one.

import { launch, phone, verdict } from './browser.mjs'

const SLOWER = 6
const NETWORK = { offline: false, latency: 60, downloadThroughput: 9e6 / 8, uploadThroughput: 3e6 / 8 }

const [url, looks = 5] = process.argv.slice(2)
const browser = await launch()

/** The time at which the card had its last state, in ms since the page was asked for. */
function watch() {
  addEventListener('DOMContentLoaded', () => {
    const card = document.querySelector('#verdict')
    new MutationObserver(() => (window.settled = performance.now())).observe(card, { attributeFilter: ['data-state'] })
  })
}

async function look(profile) {
  const { page, context, close } = await phone(browser, { prepare: (page) => page.addInitScript(watch) })
  const tools = await context.newCDPSession(page)
  await tools.send('Network.enable')
  let bytes = 0, requests = 0
  tools.on('Network.loadingFinished', ({ encodedDataLength }) => ((bytes += encodedDataLength), requests++))
  if (profile.network) await tools.send('Network.emulateNetworkConditions', profile.network)
  if (profile.slower) await tools.send('Emulation.setCPUThrottlingRate', { rate: profile.slower })
  await page.goto(url, { waitUntil: 'commit' })
  const { state } = await verdict(page)
  const time = await page.evaluate(() => window.settled)
  await close()
  return { state, time, bytes, requests }
}

for (const [name, profile] of [['desktop', {}], ['phone, 4G', { slower: SLOWER, network: NETWORK }]]) {
  const all = []
  for (let i = 0; i < looks; i++) all.push(await look(profile))
  all.sort((a, b) => a.time - b.time)
  const { state, time, bytes, requests } = all[all.length >> 1]
  console.log(`${name.padEnd(10)} ${state}: verdict after ${Math.round(time)} ms, all in ${requests} requests and ${bytes} bytes (median of ${looks})`)
}
await browser.close()
