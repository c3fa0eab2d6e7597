// Checkpoints under a policy (C2SP tlog-checkpoint and tlog-cosignature; proto/README.md, "The log in public").

import { decimal, same, unbase64, utf8 } from './bytes.js'
import { isName, parseNote } from './note.js'
import { demand, Refusal, within } from './refusal.js'
import { EMPTY_ROOT } from './tree.js'

/**
 * Checkpoint of a log: its tree at one moment.
 * @typedef {object} Checkpoint
 * @property {string} origin - Name of the log.
 * @property {bigint} size - Number of entries in the tree.
 * @property {Uint8Array} root - Root of the tree, 32 bytes.
 */

/**
 * Evidence of a policy's signers about a checkpoint.
 * @typedef {object} Vouching
 * @property {bigint} [quorumTime] - Time at which the quorum vouched, in seconds since 1970; absent without a quorum.
 * @property {bigint} [auditTime] - Time at which the auditors vouched, in seconds since 1970; absent unless enough of them did.
 * @property {boolean} met - Whether the quorum of the policy is met.
 * @property {[string, bigint][]} cosigned - Name of each cosigner, and the time of its newest cosignature in seconds since 1970.
 */

/**
 * Checkpoint with its signers.
 * @typedef {Checkpoint & Vouching} OpenedCheckpoint
 */

function parseBody(body) {
  const lines = body.slice(0, -1).split('\n')
  demand(lines.length === 3, 'Lines')
  const [origin, size, root] = lines
  const checkpoint = { origin, size: decimal(size, 'Size'), root: unbase64(root) }
  demand(checkpoint.root?.length === 32, 'Root')
  demand(isName(origin), 'Origin')
  demand(checkpoint.size || same(checkpoint.root, EMPTY_ROOT), 'EmptyRoot')
  return checkpoint
}

/** Returns a note and the checkpoint in it. Refuses `Note`, `Checkpoint`. */
function readCheckpoint(bytes) {
  const note = within('Note', () => parseNote(bytes))
  return { note, checkpoint: within('Checkpoint', () => parseBody(note.text)) }
}
const isBy = ({ name, id }) => (key) => name === key.name && id === key.id

/** Returns the time when `member` vouched. For a group with threshold k, this is the k-th newest of its members' times. */
function timeOf(member, times) {
  if (!member?.members) return times.get(member)
  const known = member.members.map((m) => timeOf(m, times)).filter((time) => time !== undefined)
  return known.sort((a, b) => (a < b ? 1 : -1))[member.threshold - 1]
}

/**
 * Opens a checkpoint that the policy's log signed, regardless of other signers.
 * Returns `{origin, size, root, quorumTime, auditTime, met, cosigned}`, with times in seconds or undefined, regardless of the reader's
 * clock. `met` is set when the quorum is met. `cosigned` lists [name, time]. Refuses `Note`, `Checkpoint`, `UnknownLog`.
 * @param {Uint8Array} bytes
 * @param {import('./policy.js').Policy} policy
 * @param {import('./crypto.js').SignatureChecks} checks
 * @returns {OpenedCheckpoint}
 */
export function openCheckpoint(bytes, policy, checks) {
  const { note, checkpoint } = readCheckpoint(bytes)
  const times = new Map()
  let isSigned = false
  within('Checkpoint', () => {
    for (const line of note.signatures) {
      if (isBy(line)(policy.log)) {
        checks.signature(policy.log.key, utf8(note.text), line.signature, () => new Refusal('Signature'))
        isSigned ||= policy.log.name === checkpoint.origin
      }
      const cosigner = policy.cosigners.find(isBy(line))
      if (!cosigner) continue
      const { signature } = line
      demand(signature.length === 72, 'Cosignature')
      const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0)
      demand(time && !(time >> 63n), 'Cosignature')
      checks.signature(cosigner.key, utf8(`cosignature/v1\ntime ${time}\n${note.text}`), signature.subarray(8), () => new Refusal('Signature'))
      if (!(times.get(cosigner) >= time)) times.set(cosigner, time)
    }
  })
  demand(isSigned, 'UnknownLog')
  const quorumTime = timeOf(policy.quorum, times)
  return {
    ...checkpoint, quorumTime, auditTime: timeOf(policy.auditors, times),
    met: !policy.quorum || quorumTime !== undefined,
    cosigned: [...times].map(([cosigner, time]) => [cosigner.name, time]),
  }
}

/**
 * Returns a checkpoint as evidence against the log that signed it: no other line counts. Refuses `Note`, `Checkpoint`, `OtherLog`.
 * @param {Uint8Array} bytes
 * @param {import('./policy.js').Policy} policy
 * @param {import('./crypto.js').SignatureChecks} checks
 * @returns {Checkpoint}
 */
export function signedByLog(bytes, { log }, checks) {
  const { note, checkpoint } = readCheckpoint(bytes)
  const line = note.signatures.find((line) => isBy(line)(log))
  demand(line && checkpoint.origin === log.name, 'OtherLog')
  within('Checkpoint', () => checks.signature(log.key, utf8(note.text), line.signature, () => new Refusal('Signature')))
  return checkpoint
}

/**
 * Opens a checkpoint as `openCheckpoint` does, and requires its quorum: refuses `Quorum` as well.
 * @param {Uint8Array} bytes
 * @param {import('./policy.js').Policy} policy
 * @param {import('./crypto.js').SignatureChecks} checks
 * @returns {OpenedCheckpoint}
 */
export function trustCheckpoint(bytes, policy, checks) {
  const checkpoint = openCheckpoint(bytes, policy, checks)
  demand(checkpoint.met, 'Quorum')
  return checkpoint
}
