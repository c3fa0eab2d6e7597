// Every vector in a real browser: over WebCrypto on this machine's own address, and over JavaScript alone on an address of its network,
// where a browser has no WebCrypto.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { launch } from './browser.mjs'

const ROOT = new URL('../../', import.meta.url)
const VECTORS = new URL('tests/vectors/', ROOT)
const vectors = readdirSync(VECTORS).flatMap((area) => readdirSync(new URL(`${area}/`, VECTORS)).map((file) => `${area}/${file}`))

/** What is in this repository, as it is; nothing else. */
function files(request, response) {
  const { pathname } = new URL(request.url, 'http://node')
  try {
    const body = pathname === '/' ? '<!doctype html><title>vectors</title>' : readFileSync(new URL(`.${pathname}`, ROOT))
    response.writeHead(200, { 'content-type': pathname.endsWith('js') ? 'text/javascript' : pathname === '/' ? 'text/html' : 'application/json' })
    response.end(body)
  } catch {
    response.writeHead(404).end()
  }
}

async function run(host) {
  const server = createServer(files)
  await new Promise((resolve) => server.listen(0, host, resolve))
  const browser = await launch()
  try {
    const page = await browser.newPage()
    await page.goto(`http://${host}:${server.address().port}/`)
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
    server.closeAllConnections()
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
