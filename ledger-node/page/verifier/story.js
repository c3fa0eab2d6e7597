// The story of one product, from a verified trace (proto/README.md, "Story and verdict").

import { same, ZERO } from './bytes.js'
import { Course } from './course.js'
import { findings } from './findings.js'
import { append } from './group.js'
import { issueOf, standing } from './issue.js'
import { K } from './subject.js'
import { codeHash } from './trie.js'
import { byMoment, isOfInput, isOfLot, isWithoutEntries, isWithin, parentOf } from './walk.js'

/**
 * Entry of the story of a product.
 * @typedef {object} StoryEntry
 * @property {bigint} logIndex - Number of the entry, from 0.
 * @property {bigint} recorded - Time at which the operator recorded the entry, in milliseconds since 1970.
 * @property {import('./event.js').LedgerEvent} event - Event of the entry.
 * @property {Uint8Array} leaf - Leaf hash of the entry, 32 bytes.
 * @property {[string, string][]} relations - Relation and key of each subject by which the story has the entry.
 * @property {import('./findings.js').Finding[]} findings - Rules that the event breaks.
 * @property {boolean} struck - Whether a correction strikes the entry.
 * @property {boolean} hasEffect - Whether the entry counts.
 * @property {boolean} isOwn - Whether the entry is of the product, and not of an input alone.
 * @property {boolean} mayApply - Whether the entry may be about another part of the lot.
 * @property {boolean} isFact - Whether the entry is a fact about the product.
 * @property {boolean} suspect - Whether a compromised key may have signed the entry.
 * @property {bigint} [existed] - Earliest proven time of the entry, in seconds since 1970.
 * @property {import('./trace.js').OpenedValue[]} opened - Opened fields of the event.
 */

const isAlways = ({ event: { kind } }) => kind === 'recall' || kind === 'correction'

/**
 * Yields the `records`, given in the order of their moments, that lie in one of `windows`: one sweep over both. Recalls and corrections
 * always count.
 */
function* within(records, windows) {
  const openings = [...windows].sort((a, b) => (a.from < b.from ? -1 : 1))
  let until = 0n, next = 0
  for (const record of records) {
    for (; next < openings.length && openings[next].from <= record.moment; next++) {
      if (openings[next].until > until) until = openings[next].until
    }
    if (isAlways(record) || record.moment < until) yield record
  }
}

const isOfUnit = (relation) => relation === 'unit' || relation === 'input_unit'

/**
 * Returns a check whether a code is the second factor that the sets of the asked item commit to; undefined without such a commitment.
 * @param {import('./trace.js').Evidence} evidence
 * @returns {((code: string) => boolean) | undefined}
 */
export function codeOf(evidence) {
  const { key } = evidence.asked.about
  const heads = issueOf(key, evidence).sets.map(({ leaf }) => leaf.head).filter((head) => !same(head, ZERO))
  return heads.length ? (code) => heads.some((head) => same(head, codeHash(K(key), code))) : undefined
}

/**
 * Returns an entry that a story leaves out, in the form of a story entry.
 * @param {import('./evidence.js').ProvenEntry} record
 * @param {import('./trace.js').Evidence} evidence
 * @returns {StoryEntry}
 */
export const leftOut = (record, { struck, suspects, existed, opened }) => {
  const { logIndex, recorded, event, leaf } = record
  return {
    logIndex, recorded, event, leaf, relations: [], findings: [], struck: struck.has(record), hasEffect: false, isOwn: false, mayApply: false, isFact: false,
    suspect: suspects.has(record), existed: existed(logIndex), opened: opened.get(record) ?? [],
  }
}

/** Returns the entries of the story, each with the visits that may include it. Visits that differ only in their window are together. */
function visitsByEntry({ walked, histories }) {
  const groups = new Map()
  walked.visits.forEach((visit, place) => {
    // A visit for a right or to a register gives the story no entries (E5).
    if (!isWithoutEntries(visit.relation)) append(groups, `${visit.relation} ${visit.key} ${visit.ofPart}`, { ...visit, place })
  })
  const visitsOf = new Map()
  for (const visits of groups.values()) {
    const [{ relation, key }] = visits
    // A newer entry is never a story entry (E6).
    const chain = standing(histories.get(key).records).sort(byMoment)
    // Events inside a window are story entries (E1). Recalls and corrections are outside as well (E2).
    for (const record of within(chain, visits.map(({ window }) => window))) {
      // Packing into the unit of the visit is not part of the story (E3).
      if (isOfUnit(relation) && record.event.kind === 'aggregation' && parentOf(record.event) === key) continue
      // Of a lot that is only named, only recalls and corrections are story entries (E4).
      if (relation === 'named_lot' && !isAlways(record)) continue
      append(visitsOf, record, visits)
    }
  }
  return visitsOf
}

/** Whether an entry of this visit may be about another part of a lot than the item, which is of `lot`. */
const isOfPart = ({ event }, { relation, key, ofPart }, lot) =>
  relation === 'unit' ? ofPart
  : isOfLot(relation) && (key !== lot || (event.kind !== 'production' && event.subjects.some((subject) => subject.key === key && subject.quantity)))

/** Returns the relations, each with the key of its subject, by which the story includes an entry, in the order of the visits. */
function relationsOf(record, visits) {
  const first = (group) => group.find(({ window }) => isAlways(record) || isWithin(window, record.moment)).place
  const sorted = visits.length > 1 ? [...visits].sort((a, b) => first(a) - first(b)) : visits
  return [...new Map(sorted.map(([{ relation, key }]) => [`${relation} ${key}`, [relation, key]])).values()]
}

/**
 * Returns the story entries, in the order of their moments. Each has the `logIndex`, `recorded`, `event` and `leaf` of its entry, and its
 * `relations` and `findings`.
 * It may be `struck`, have effect (`hasEffect`), be of the product (`isOwn`), possibly apply (`mayApply`), be a fact about the product
 * (`isFact`; a part of an asked lot is a fact), or be `suspect`.
 * `existed` is the time, in seconds, for which an anchor proves that the entry existed. `opened` lists the opened hidden fields.
 * @param {import('./trace.js').Evidence} evidence
 * @returns {StoryEntry[]}
 */
export function tell(evidence) {
  const { histories, struck, suspects, existed, asked, parties } = evidence
  const issues = new Map()
  const lotOf = (item) => (issues.has(item) ? issues : issues.set(item, issueOf(item, evidence))).get(item).lot
  const course = new Course({ histories, struck, suspects, existed, parties, lotOf, asked: asked.about.key, holdsCode: codeOf(evidence) })
  const visitsOf = visitsByEntry(evidence)
  return [...visitsOf.keys()].sort(byMoment).map((record) => {
    const relations = relationsOf(record, visitsOf.get(record))
    const entry = leftOut(record, evidence)
    const { findings: found, hasEffect } = entry.struck ? entry : course.follow(record, new Set(relations.map(([, key]) => key)))
    // An event is of the product by a relation other than those of inputs (E7).
    const own = visitsOf.get(record).filter(([{ relation }]) => !isOfInput(relation))
    // Each visit that counts the event to the product shows a part (E8).
    const mayApply = own.length > 0 && own.every(([visit]) => isOfPart(record, visit, lotOf(asked.about.key)))
    const isOwn = own.length > 0
    // The rows of the verdict count these events (E9).
    const isFact = hasEffect && isOwn && (asked.about.kind === 'lot' || !mayApply)
    return { ...entry, relations, findings: [...findings(record.event), ...found], hasEffect, isOwn, mayApply, isFact }
  })
}
