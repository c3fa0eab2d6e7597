// Runs the vectors of ../vectors against the verifier of the product page:
//   node tests/browser/vectors.mjs [--engine webcrypto|mixed|noble] [--every N] [area...]

import { readdirSync, readFileSync } from 'node:fs'
import { start } from '../../ledger-node/page/verifier/crypto.js'
import { areas, difference } from './cases.js'

const args = process.argv.slice(2)
/** Removes a flag from the arguments, and returns its value. */
const flag = (name) => (args.includes(name) ? args.splice(args.indexOf(name), 2)[1] : undefined)
const only = flag('--engine')
/** Of each area, one vector in so many runs. */
const every = Number(flag('--every') ?? 1)
const engine = await start(only)

const vectors = new URL('../vectors/', import.meta.url)
const asked = args.length ? args : readdirSync(vectors)
let run = 0, good = 0
for (const area of asked) {
  if (!areas.includes(area)) throw new Error(`no such area: ${area}`)
  for (const file of readdirSync(new URL(`${area}/`, vectors)).sort().filter((_, i) => i % every === 0)) {
    run++
    const test = JSON.parse(readFileSync(new URL(`${area}/${file}`, vectors), 'utf8'))
    const differs = await difference(area, test)
    if (differs) console.log(`${area}/${file}: ${test.about}\n  expected ${differs.expected}\n  got      ${differs.got}`)
    else good++
  }
}
console.log(`${run} vectors, ${good} as expected, with ${engine}`)
process.exitCode = run && run === good ? 0 : 1
