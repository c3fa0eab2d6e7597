// Files that prove one leaf to be in a log (C2SP tlog-proof).

import { decimal, text, unbase64, utf8 } from './bytes.js'
import { trustCheckpoint } from './checkpoint.js'
import { checked } from './crypto.js'
import { parsePolicy } from './policy.js'
import { demand, within } from './refusal.js'
import { checkInclusion } from './tree.js'

const FILE_MAX = 349524
const EXTRA_MAX = 64 * 1024
const HASHES_MAX = 63

function parseProofFile(bytes) {
  demand(bytes.length <= FILE_MAX, 'TooLong')
  const file = text(bytes) ?? ''
  const border = file.indexOf('\n\n')
  const lines = file.slice(0, border).split('\n')
  demand(border >= 0 && lines.shift() === 'c2sp.org/tlog-proof@v1', 'Line')
  const extra = lines[0]?.startsWith('extra ') ? unbase64(lines.shift().slice(6)) : []
  demand(extra, 'Line')
  demand(extra.length <= EXTRA_MAX, 'ExtraTooLong')
  demand(lines[0]?.startsWith('index '), 'Line')
  const index = decimal(lines.shift().slice(6), 'Line')
  const proof = lines.map((line, i) => {
    demand(i < HASHES_MAX, 'TooManyHashes')
    const hash = unbase64(line)
    demand(hash?.length === 32, 'Line')
    return hash
  })
  return { index, proof, checkpoint: utf8(file.slice(border + 2)) }
}

/**
 * Returns the log index of `leaf` and the size of the log. Refuses by the names of proto/README.md, "Vectors", `tlog-proof`.
 * @param {Uint8Array} bytes
 * @param {{ leaf: Uint8Array, policy: string | Uint8Array }} question
 * @returns {Promise<{ index: bigint, size: bigint }>}
 */
export const verifyProofFile = (bytes, { leaf, policy }) =>
  checked((checks) => {
    const rules = within('Policy', () => parsePolicy(policy, false))
    const { index, proof, checkpoint } = parseProofFile(bytes)
    const { size, root } = within('Checkpoint', () => trustCheckpoint(checkpoint, rules, checks))
    within('Inclusion', () => checkInclusion({ leaf, index, size, proof, root }))
    return { index, size }
  })
