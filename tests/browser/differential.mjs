// Answers changed vectors, one a line: {area, input} in, the answer of the product page's verifier out. Runs in Node, or with --chromium in
// a browser.

import { createInterface } from 'node:readline'
import { start } from '../../ledger-node/page/verifier/crypto.js'
import { answer } from './cases.js'

async function inNode() {
  await start()
  return { answers: (questions) => Promise.all(questions.map(({ area, input }) => answer(area, { input }))), close() {} }
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
    answers: (questions) => page.evaluate((all) => Promise.all(all.map(({ area, input }) => answer(area, { input }))), questions),
    close: async () => (server.close(), browser.close()),
  }
}

/** Number of questions that are answered together; a round trip to a browser takes longer than an answer. */
const GROUP = 16

const engine = await (process.argv.includes('--chromium') ? inChromium() : inNode())
/** Questions that wait for an answer. */
const group = []
/** Answers the questions that wait, in their order. */
async function flush() {
  const asked = group.splice(0)
  for (const given of await engine.answers(asked)) process.stdout.write(`${JSON.stringify(given)}\n`)
}
for await (const line of createInterface({ input: process.stdin })) {
  group.push(JSON.parse(line))
  if (group.length === GROUP) await flush()
}
await flush()
await engine.close()
