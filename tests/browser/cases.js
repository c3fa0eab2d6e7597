// Runs one case of ../vectors, in Node or in a browser: input in, the answer of the verifier out, in the words of the vectors.

import { ofBoth } from '../../ledger-node/page/verifier/audited.js'
import { hex, unhex, utf8 } from '../../ledger-node/page/verifier/bytes.js'
import { extend, openChain } from '../../ledger-node/page/verifier/chain.js'
import { checked, verifySignature } from '../../ledger-node/page/verifier/crypto.js'
import { trustCheckpoint } from '../../ledger-node/page/verifier/checkpoint.js'
import { readEntry } from '../../ledger-node/page/verifier/entry.js'
import { readEvent } from '../../ledger-node/page/verifier/event.js'
import { findings } from '../../ledger-node/page/verifier/findings.js'
import { isForm } from '../../ledger-node/page/verifier/forms.js'
import { verifyFork } from '../../ledger-node/page/verifier/fork.js'
import { parseLink } from '../../ledger-node/page/verifier/link.js'
import { parseNote } from '../../ledger-node/page/verifier/note.js'
import { verifyOmission } from '../../ledger-node/page/verifier/omission.js'
import { openingHash } from '../../ledger-node/page/verifier/opening.js'
import { parsePolicy } from '../../ledger-node/page/verifier/policy.js'
import { verifyProofFile } from '../../ledger-node/page/verifier/proof-file.js'
import { verifyReceipt } from '../../ledger-node/page/verifier/receipt.js'
import { demand, Refusal } from '../../ledger-node/page/verifier/refusal.js'
import { K, parseSubject } from '../../ledger-node/page/verifier/subject.js'
import { notesOf } from '../../ledger-node/page/verifier/scan.js'
import { parseTile } from '../../ledger-node/page/verifier/tile.js'
import { checkConsistency, checkInclusion, leafHash, nodeHash } from '../../ledger-node/page/verifier/tree.js'
import { codeHash, lookUp, PartialTrie } from '../../ledger-node/page/verifier/trie.js'
import { verifyTrace } from '../../ledger-node/page/verifier/verifier.js'

const linksOf = (links) => links.map(({ log_index, leaf }) => ({ log_index: BigInt(log_index), leaf: unhex(leaf) }))
const leafOf = ({ key, count, head }) => ({ key: unhex(key), count: BigInt(count), head: unhex(head) })
const number = (n) => (n === undefined ? null : String(n))

const HASHES = {
  leaf: ({ entry }) => leafHash(unhex(entry)),
  node: ({ left, right }) => nodeHash(unhex(left), unhex(right)),
  subject: ({ subject }) => K(subject),
  code: ({ item, code }) => codeHash(K(item), code),
  field: ({ salt, path, value }) => openingHash({ salt: unhex(salt), path, value: unhex(value) }),
  chain: ({ subject, count, head, log_index, leaf }) =>
    extend(K(subject), { count: BigInt(count), head: unhex(head) }, { log_index: BigInt(log_index), leaf: unhex(leaf) }).head,
  index({ leaves }) {
    const trie = new PartialTrie()
    for (const leaf of leaves) trie.put({ key: K(leaf.subject), count: BigInt(leaf.count), head: unhex(leaf.head) })
    return trie.hash()
  },
}

/** Returns an event as JSON spells it: ids are texts, numbers are numbers, and absent fields are left out. */
function says(value) {
  if (value instanceof Uint8Array) return value.length === 16 ? hex(value).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : hex(value)
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(says)
  if (typeof value !== 'object') return value
  const told = Object.entries(value).filter(([, v]) => v !== undefined && !(Array.isArray(v) && !v.length))
  return Object.fromEntries(told.map(([name, v]) => [name, says(v)]))
}

const AREAS = {
  hash: ({ kind, ...input }) => ({ hash: hex(HASHES[kind](input)) }),
  value({ type, text }) {
    demand(isForm(type.replace(/(?:^|_)(.)/g, (_, c) => c.toUpperCase()), text), 'Value')
    return { text }
  },
  subject: ({ subject }) => ({ kind: parseSubject(subject).kind, k: hex(K(subject)) }),
  'digital-link'({ link }) {
    const { subject, lot, dates, remarks } = parseLink(link)
    return { subject, lot, dates, remarks }
  },
  event: ({ event: bytes }) =>
    checked((checks) => {
      const event = readEvent(unhex(bytes), checks)
      const { kind, identity, body, goods, bytes: signed, newer, arm, ...fields } = event
      if (newer) return { newer, identity: hex(identity), says: says(fields) }
      return { kind, identity: hex(identity), says: says({ ...fields, body: { [kind]: body } }), findings: findings(event) }
    }),
  entry: ({ entry: bytes }) =>
    checked((checks) => {
      const { kind, leaf, recorded } = readEntry(unhex(bytes), checks)
      return { body: kind, leaf: hex(leaf), recorded_at_ms: String(recorded) }
    }),
  async signature({ type, body, key, signature }) {
    const { message, keyId } = await verifySignature({ type, body: unhex(body), key: unhex(key), signature: unhex(signature) })
    return { message: hex(message), key_id: hex(keyId) }
  },
  inclusion({ leaf, index, size, proof, root }) {
    checkInclusion({ leaf: unhex(leaf), index: BigInt(index), size: BigInt(size), proof: proof.map(unhex), root: unhex(root) })
    return null
  },
  consistency({ old_size, old_root, new_size, new_root, proof }) {
    const sizes = { oldSize: BigInt(old_size), newSize: BigInt(new_size) }
    checkConsistency({ ...sizes, oldRoot: unhex(old_root), newRoot: unhex(new_root), proof: proof.map(unhex) })
    return null
  },
  chain({ subject, links, count, head }) {
    openChain(K(subject), linksOf(links), { count: BigInt(count), head: unhex(head) })
    return null
  },
  index({ subject, steps, leaf, root }) {
    const proof = { bits: steps.map(({ bit }) => bit), siblings: steps.map(({ sibling }) => unhex(sibling)), leaf: leaf && leafOf(leaf) }
    const found = lookUp(proof, K(subject), unhex(root))
    return found ? { lookup: 'present', count: String(found.count), head: hex(found.head) } : { lookup: 'absent' }
  },
  note({ note }) {
    const { text, signatures } = parseNote(utf8(note))
    return { text, signatures: signatures.length }
  },
  policy: ({ policy }) =>
    checked(() => {
      const { auditors, ledger, unread } = parsePolicy(policy)
      return { has_auditors: !!auditors, ledger: hex(ledger), unread }
    }),
  checkpoint: ({ note, policy }) =>
    checked((checks) => {
      const { size, root, quorumTime, auditTime } = trustCheckpoint(utf8(note), parsePolicy(policy), checks)
      return { size: String(size), root: hex(root), quorum_time: number(quorumTime), audit_time: number(auditTime) }
    }),
  tile({ path, content }) {
    const { level, index, width, entries } = parseTile(path, unhex(content))
    return { index: String(index), width: String(width), holds: entries ? { entries: entries.map(hex) } : { hashes_of_level: level } }
  },
  async 'tlog-proof'({ file, leaf, policy }) {
    const { index, size } = await verifyProofFile(utf8(file), { leaf: unhex(leaf), policy })
    return { index: String(index), size: String(size) }
  },
  async trace({ trace, ...question }) {
    const { verdict, lot, audited, complete, story } = await verifyTrace(unhex(trace), question)
    return {
      verdict, lot, audited, complete,
      story: story.map((e) => ({
        log_index: String(e.logIndex), relations: e.relations, findings: e.findings.map(({ field }) => field),
        struck: e.struck, has_effect: e.hasEffect, may_apply: e.mayApply, suspect: e.suspect,
      })),
    }
  },
  async scan({ trace, scans, ...question }) {
    const { verdict, story } = await verifyTrace(unhex(trace), question)
    const told = scans.map((scan) => ({ ...scan, at: Number(scan.at) })).sort((a, b) => a.at - b.at)
    return { verdict, count: told.length, notes: notesOf(told, story).map(([note, told]) => ({ note, ...told })) }
  },
  async audited({ trace, audited, ...question }) {
    const [newest, earlier] = [await verifyTrace(unhex(trace), question), await verifyTrace(unhex(audited), question)]
    return checked(() => ({ verdict: ofBoth(newest, earlier).verdict }))
  },
  async receipt({ evidence, ...question }) {
    const { logIndex, counts } = await verifyReceipt(unhex(evidence), question)
    return { log_index: String(logIndex), counts: counts.map(([subject, count]) => [subject, String(count)]) }
  },
  async fork({ evidence, ...question }) {
    const { size, roots } = await verifyFork(unhex(evidence), question)
    return { size: String(size), roots: roots.map(hex) }
  },
  async omission({ evidence, ...question }) {
    const lie = await verifyOmission(unhex(evidence), question)
    return Object.fromEntries(Object.entries(lie).map(([name, v]) => [name, v instanceof Uint8Array ? hex(v) : String(v)]))
  },
}

export const areas = Object.keys(AREAS)

/** Returns the answer of the verifier to a case: `{expect, output}`, or `{expect, cause, field}` as far as cause and field exist. */
export async function answer(area, { input }) {
  try {
    return { expect: 'ok', output: await AREAS[area](input) }
  } catch (e) {
    if (!(e instanceof Refusal)) return { expect: `broken: ${e.stack}` }
    return { expect: e.name, ...(e.cause && { cause: e.cause.name }), ...(e.field && { field: e.field }) }
  }
}

/** Returns JSON with sorted names, so that two answers can be compared as texts. */
export const canonical = (value) =>
  JSON.stringify(value, (_, v) => (v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v))

/** Returns undefined when the case is answered as expected, else `{expected, got}` as texts. */
export async function difference(area, test) {
  const { about, input, ...rest } = test
  const [expected, got] = [canonical(rest), canonical(await answer(area, test))]
  return expected === got ? undefined : { expected, got }
}
