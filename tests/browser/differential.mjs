// Answers changed vectors, one a line: {area, input} in, what the verifier of the product page says of it out.

import { createInterface } from 'node:readline'
import { start } from '../../ledger-node/page/verifier/crypto.js'
import { answer } from './cases.js'

await start()
for await (const line of createInterface({ input: process.stdin })) {
  const { area, input } = JSON.parse(line)
  process.stdout.write(`${JSON.stringify(await answer(area, { input }))}\n`)
}
