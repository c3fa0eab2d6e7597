// Answers changed vectors, one a line: {area, input} in, the answer of the product page's verifier out. Runs in Node, or with --chromium in
// a browser.

import { createInterface } from 'node:readline'
import { start } from '../../ledger-node/page/verifier/crypto.js'
import { answer } from './cases.js'

async function inNode() {
  await start()
  return { answers: ({ area, input }) => answer(area, { input }), close() {} }
}

async function inChromium() {
  const [{ launch }, { serveFiles }] = [await import('./browser.mjs'), await import('./files.mjs')]
  const [browser, server] = [await launch(), await serveFiles('127.0.0.1')]
  const page = await browser.newPage()
  await page.goto(server.url)
  await page.evaluate(async () => {
    await (await import('/ledger-node/page/verifier/crypto.js')).start()
    window.answer = (await import('/tests/browser/cases.js')).answer
  })
  return {
    answers: (question) => page.evaluate(({ area, input }) => answer(area, { input }), question),
    close: async () => (server.close(), browser.close()),
  }
}

const engine = await (process.argv.includes('--chromium') ? inChromium() : inNode())
for await (const line of createInterface({ input: process.stdin })) process.stdout.write(`${JSON.stringify(await engine.answers(JSON.parse(line)))}\n`)
await engine.close()
