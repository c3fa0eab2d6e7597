// Vectors in a real browser: every vector over WebCrypto on this machine's own address, and a sample over JavaScript alone on an address
// of its network. There, a browser has no WebCrypto. With HEADWATER_EVERY_VECTOR=1, both see every vector.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { launch } from './browser.mjs'
import { serveFiles } from './files.mjs'

const VECTORS = new URL('../vectors/', import.meta.url)
const paths = (isOf) => readdirSync(VECTORS).flatMap((area) =>
  readdirSync(new URL(`${area}/`, VECTORS)).sort().filter((_, at) => isOf(at)).map((file) => `${area}/${file}`))
const vectors = paths(() => true)
/** Vectors over JavaScript alone, where a long trace takes seconds: one in eight, others than those that Node.js sees over JavaScript alone. */
const sample = process.env.HEADWATER_EVERY_VECTOR === '1' ? vectors : paths((at) => at % 8 === 4)

async function run(host, vectors) {
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
  assert.deepEqual(await run('127.0.0.1', vectors), { engine: 'webcrypto', differs: [] })
})

test('over JavaScript alone', async (t) => {
  const outside = Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === 'IPv4' && !internal)
  if (!outside) return t.skip('NOT RUN: this machine has no address but its own')
  assert.deepEqual(await run(outside.address, sample), { engine: 'noble', differs: [] })
})
