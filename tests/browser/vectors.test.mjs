// Every vector in a real browser: over WebCrypto on this machine's own address, and over JavaScript alone on an address of its network.
// There, a browser has no WebCrypto.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { launch } from './browser.mjs'
import { serveFiles } from './files.mjs'

const VECTORS = new URL('../vectors/', import.meta.url)
const vectors = readdirSync(VECTORS).flatMap((area) => readdirSync(new URL(`${area}/`, VECTORS)).map((file) => `${area}/${file}`))

async function run(host) {
  const server = await serveFiles(host)
  const browser = await launch()
  try {
    const page = await browser.newPage()
    await page.goto(server.url)
    return await page.evaluate(async (vectors) => {
      const { start } = await import('/ledger-node/page/verifier/crypto.js')
      const { difference } = await import('/tests/browser/cases.js')
      const engine = await start()
      const differs = []
      for (const path of vectors) {
        const vector = await (await fetch(`/tests/vectors/${path}`)).json()
        const found = await difference(path.split('/')[0], vector)
        if (found) differs.push({ path, ...found })
      }
      return { engine, differs }
    }, vectors)
  } finally {
    await browser.close()
    server.close()
  }
}

test('over WebCrypto', async () => {
  assert.ok(vectors.length > 400)
  assert.deepEqual(await run('127.0.0.1'), { engine: 'webcrypto', differs: [] })
})

test('over JavaScript alone', async (t) => {
  const outside = Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === 'IPv4' && !internal)
  if (!outside) return t.skip('NOT RUN: this machine has no address but its own')
  assert.deepEqual(await run(outside.address), { engine: 'noble', differs: [] })
})
