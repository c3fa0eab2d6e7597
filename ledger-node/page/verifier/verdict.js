// The verdict that follows from a story (proto/README.md, "Story and verdict").

import { hex, same } from './bytes.js'
import { declarationOf } from './course.js'
import { issueOf, standing } from './issue.js'
import { differences } from './label.js'
import { chainOf } from './set.js'
import { codeOf, leftOut } from './story.js'
import { listOf, parseSubject, registerOf } from './subject.js'
import { formOf, isOfLot, isWithoutEntries } from './walk.js'

/**
 * Verdict about a product, with its reasons.
 * @typedef {object} Judgement
 * @property {string} verdict - Verdict: a key of `VERDICTS`.
 * @property {any[]} reasons - Reasons, whose type depends on the verdict: see `judge`.
 * @property {string | null} lot - Key of the bound or proven lot of an item.
 */

/**
 * Question to a story.
 * @typedef {object} VerdictQuestion
 * @property {import('./link.js').Label} label - Claims of the label.
 * @property {string} today - Day of the reader, as YYYY-MM-DD.
 */

/**
 * Parts that the ground of a verdict takes over.
 * @typedef {object} FactsParts
 * @property {import('./story.js').StoryEntry[]} [story] - All entries of the story.
 * @property {import('./trace.js').Evidence} [evidence] - Verified trace.
 * @property {import('./link.js').Label} [label] - Claims of the label.
 * @property {string} [today] - Day of the reader, as YYYY-MM-DD.
 * @property {import('./subject.js').Subject} [about] - Asked subject.
 */

/** Returns the date of use of a lot, which the ranges of a recall may name. */
const useBy = (production) => production?.expiry_date ?? production?.best_before

/** Whether a value lies in a range; an unproven value matches. */
const lies = (value, { first, last, any_length }) =>
  // A property that is not proven matches every range (V2c).
  value === undefined || ((any_length || value.length === first.length) && first <= value && value <= last)

/**
 * Returns a check whether the story has an entry by this subject.
 * @param {string} key
 * @returns {(entry: { relations?: [string, string][] }) => boolean}
 */
const isOn = (key) => ({ relations }) => relations.some(([, subject]) => subject === key)

/** Ground of a verdict: story entries with effect, and the proofs about the asked subject. */
class Facts {
  /** @type {import('./trace.js').Evidence} - Verified trace that the facts come from. */
  evidence

  /**
   * @this {Facts & FactsParts}
   * @param {import('./story.js').StoryEntry[]} story
   * @param {import('./trace.js').Evidence} evidence
   * @param {VerdictQuestion} question
   */
  constructor(story, evidence, { label, today }) {
    Object.assign(this, { story, evidence, label, today, about: evidence.asked.about })
    this.all = story.filter(({ hasEffect }) => hasEffect)
    this.isItem = this.about.kind === 'item'
    this.isLot = this.about.kind === 'lot'
    this.issue = this.isItem && issueOf(this.about.key, evidence)
    // The lot of the story is the asked lot, or that of the asked item (E10).
    this.lot = this.isLot ? this.about.key : this.issue.lot
    // The production of a lot is the first that has effect (E11).
    this.production = this.productionOf(this.lot)
    this.register = evidence.histories.get(registerOf(this.about))
    this.setsOfItem = evidence.sets.filter(({ item }) => item === this.about.key)
    this.lotsWalked = evidence.walked.visits.filter(({ relation }) => isOfLot(relation)).map(({ key }) => key)
  }

  of = (kind, ...actions) => this.all.filter(({ event }) => event.kind === kind && (!actions.length || actions.includes(event.body.action)))
  own = (...of) => this.of(...of).filter(({ isFact }) => isFact)
  /** Returns the production of a lot, which is the first that has effect. */
  productionOf = (lot) => this.of('production').find(isOn(lot))?.event.body

  /**
   * Returns the goods that a recall can cover: the product with its lot and model, and each input with its own.
   * @this {Facts & FactsParts}
   */
  targets() {
    const { evidence } = this
    /**
     * Returns the values of goods that a recall can name.
     * @param {import('./subject.js').Subject} about
     * @param {string | undefined} lot
     * @param {string[]} more
     */
    const goods = ({ key, model, serial }, lot, more) => {
      // A target has its own subject, its lot, its model, and the lots that are claimed for it (V2a).
      const production = this.productionOf(lot)
      return {
        keys: [key, lot, model, ...more], lot: lot && parseSubject(lot).lot, serial,
        production_date: production?.production_date, expiry_date: useBy(production),
      }
    }
    const inputs = [...evidence.walked.inputs].map(([key, besides]) => {
      const about = parseSubject(key)
      return goods(about, about.kind === 'lot' ? key : issueOf(key, evidence).lot, besides)
    })
    return [goods(this.about, this.lot, this.lotsWalked), ...inputs]
  }

  /** Returns the recalls in force that cover the product. */
  recalls() {
    // A recall counts that no lift names and that covers a target (V2).
    const lifted = new Set(this.of('recall', 'lift').filter(({ suspect }) => !suspect).map(({ event }) => hex(event.body.lifts)))
    const targets = this.targets()
    return this.of('recall', 'recall', 'withdrawal', 'stop_sale').filter(({ event }) =>
      !lifted.has(hex(event.identity)) &&
      // A scope names a subject of the target, and its ranges hold the target (V2b).
      event.body.scope.some(({ subjects, ranges }) =>
        targets.some((target) =>
          subjects.some((place) => target.keys.includes(event.subjects[place].key)) &&
          (!ranges.length || ranges.some((range) => lies(target[range.property], range))))))
  }

  /**
   * Returns the newer events of class alarm on the chains that give the story its entries.
   * @this {Facts & FactsParts}
   */
  alarms() {
    // A newer event of class alarm counts like a recall (V3).
    const { walked, histories } = this.evidence
    const chains = walked.visits.filter(({ relation }) => !isWithoutEntries(relation)).flatMap(({ key }) => chainOf(histories, key))
    const alarms = chains.filter(({ event, passed }) => event?.newer === 'alarm' && !passed)
    return [...new Set(alarms.map(({ logIndex }) => logIndex))].map((logIndex) => ({ newer: true, logIndex }))
  }

  /**
   * Whether an entry on a chain that would issue an item cannot be read, or was passed over.
   * @this {Facts & FactsParts}
   */
  isUnread() {
    const { histories } = this.evidence
    // An entry that is newer or passed over may issue the item (V4b).
    const chains = [this.about.key, ...this.lotsWalked, registerOf(this.about)].flatMap((key) => chainOf(histories, key))
    return chains.some(({ kind, event, passed }) => kind === 'newer' || event?.newer || passed)
  }

  /** Returns the proofs about sets of the label's lot, which have to be present when the register is closed. */
  setsOfLabel() {
    return this.setsOfItem.filter(({ lot }) => lot === this.evidence.lotOfLabel)
  }

  /**
   * Returns the proof that no set holds the asked item.
   * @this {Facts & FactsParts}
   */
  absence() {
    const { lotOfLabel } = this.evidence
    const { register, setsOfItem } = this
    // Each set on the register lacks the item, or of a closed register each set of the asked lot (V4c).
    if (!register || (register.closed && !lotOfLabel)) return undefined
    const shown = register.closed ? this.setsOfLabel() : setsOfItem
    if (shown.some(({ missing }) => missing)) return undefined
    return register.closed ? { scope: 'lot', lot: lotOfLabel } : { scope: 'model', sets: shown.length }
  }

  /** Returns the imports whose last status attested by customs is not `released`. */
  held() {
    const imports = new Map()
    for (const entry of this.own('customs_clearance')) {
      const { body, role } = entry.event
      if (body.direction !== 'import') continue
      const key = declarationOf(body)
      if (role === 'customs' || !imports.has(key)) imports.set(key, { entry, status: role === 'customs' && body.status })
    }
    return [...imports.values()].filter(({ status }) => status !== 'released').map(({ entry }) => entry)
  }

  /**
   * Whether a lot's items are commissioned one by one, or in a set: then the lot's state is theirs.
   * @this {Facts & FactsParts}
   */
  hasItems() {
    const { histories, asked } = this.evidence
    return histories.get(listOf(this.about)).count > 0n || asked.records.some(({ event }) => formOf(event) === 'committed')
  }

  /**
   * Returns the reason why something is not proven of the product.
   * @this {Facts & FactsParts}
   */
  unproven() {
    const { asked, walked, lotOfLabel } = this.evidence
    // The item has no bound or proven lot (V14).
    if (this.isItem && !this.lot) {
      const isClosed = this.register?.closed
      if (isClosed && !lotOfLabel) return { why: 'add_lot' }
      const isMissing = (isClosed ? this.setsOfLabel() : this.setsOfItem).some(({ missing }) => missing)
      return { why: isMissing ? 'list_missing' : 'no_lot' }
    }
    // The chain of another subject is empty (V15).
    if (!this.isItem && !asked.count) return { why: 'no_record' }
    // An input that is an item has no bound or proven lot (V16).
    const input = [...walked.inputs.keys()].find((key) => parseSubject(key).kind === 'item' && !issueOf(key, this.evidence).lot)
    return input && { why: 'input', subject: input }
  }
}

/**
 * Finds claims of the item's code by two parties. A second claim counts here, although it has no effect.
 * @param {FactsParts} facts
 */
function claims({ story, about, evidence }) {
  // Two parties signed claims with the code of the item (V11a).
  const holdsCode = codeOf(evidence)
  const entries = story.filter(({ struck, event: { kind, body }, ...entry }) =>
    !struck && kind === 'sticker' && body.action === 'claimed' && isOn(about.key)(entry) && body.code && holdsCode?.(body.code))
  return new Set(entries.map(({ event }) => event.party)).size > 1 && { why: 'claims', entries }
}

/** Finds two sales in a row by two parties, without an event that brought the item from the first to the second. */
function sales(facts) {
  // Two parties signed sales in a row, and no entry brought the item from the first to the second (V11b).
  const moves = facts.own('distribution').filter(isOn(facts.about.key))
  let first, between = []
  for (const entry of moves) {
    const { party, body } = entry.event
    if (body.action === 'sell') {
      const isBrought = !first || first.event.party === party || first.event.body.to_party === party ||
        between.some(({ event }) => event.body.action === 'return' || event.party === party)
      if (!isBrought) return { why: 'sales', entries: [first, entry] }
      first = entry
      between = []
    } else between.push(entry)
  }
}

/**
 * Verdicts, in order: each returns reasons where it holds.
 * @type {Object<string, (facts: Facts & FactsParts) => any>}
 */
const VERDICTS = {
  RECALLED: (facts) => some([...facts.recalls(), ...facts.alarms()]),
  // The item was never issued (V4): no event issued the item, struck or not (V4a), and the sets prove the item absent.
  NEVER_ISSUED: (facts) => facts.isItem && !facts.issue.by.length && !facts.issue.struck.length && !facts.isUnread() && one(facts.absence()),
  // A struck event issued the item, and no unstruck event does (V5).
  TAKEN_BACK({ issue, story, evidence }) {
    if (!issue || issue.by.length || !issue.struck.length) return undefined
    const isIssue = (hash) => issue.struck.some(({ leaf }) => same(leaf, hash))
    const corrections = standing(evidence.records).filter((record) =>
      record.event.kind === 'correction' && !evidence.struck.has(record) && isIssue(record.event.body.original_entry_hash))
    return [...issue.struck, ...corrections].map((record) => story.find(({ logIndex }) => logIndex === record.logIndex) ?? leftOut(record, evidence))
  },
  VOIDED_STICKER(facts) {
    const { about, isLot } = facts
    // The last of these entries decides (V6).
    const sticker = facts.own('sticker', 'applied', 'voided').filter(isOn(about.key)).pop()
    if (sticker?.event.body.action === 'voided') return [sticker]
    // A destruction of a part counts for no subject (V7).
    // Of a lot with a quantity, or of a lot that lay in a unit, only a part is gone.
    const isPart = ({ mayApply, event }) => mayApply || (isLot && event.subjects.find(({ key }) => key === about.key)?.quantity)
    return some(facts.own('distribution', 'destroy').filter((entry) => !isPart(entry)))
  },
  MISMATCH({ label, lot, issue, production, today }) {
    // Another set that is not struck holds the item for another lot (V9).
    const other = issue && issue.sets.find((set) => set.lot !== lot)
    const twice = other ? [{ ai: '10', label: parseSubject(lot).lot, record: parseSubject(other.lot).lot, twice: true }] : []
    // A lot or a date of the label differs from the records (V8).
    return some([...differences(label, issue && lot, production, today), ...twice])
  },
  // The expiry of the lot has passed; a best-before forbids nothing (V10).
  EXPIRED: ({ production, today }) => production?.expiry_date < today && [production.expiry_date],
  // Two events cannot both be true of one item (V11).
  SUSPECT_CLONE: (facts) => facts.isItem && one(claims(facts) || sales(facts)),
  // An entry or a genesis is newer and of class story (V12).
  NEWER_FORMAT: ({ evidence }) => evidence.newer.story.length && [],
  // The walk was incomplete (V13).
  INCOMPLETE: ({ evidence }) => !evidence.walked.complete && [],
  UNPROVEN: (facts) => one(facts.unproven()),
  NOT_YET_SOLD(facts) {
    if (!facts.isItem && !facts.isLot) return undefined
    // Customs did not release an import of the item (V17) or of the lot (V18).
    const held = facts.held()
    if (held.length) return held
    // An item was never stored, delivered or sold (V17), nor was a lot of which no item has a chain or a set (V19).
    const isHanded = facts.own('distribution', 'store', 'deliver', 'sell').length > 0
    return !isHanded && !(facts.isLot && facts.hasItems()) && []
  },
  // No other row matches (V20).
  VALID: () => [],
}
/** Verdicts that rest on the absence of entries: an entry after the evidence could change each. */
export const NEEDS_FRESH = ['VALID', 'NEVER_ISSUED', 'NOT_YET_SOLD', 'UNPROVEN']

const some = (reasons) => reasons.length && reasons
const one = (reason) => reason && [reason]

/**
 * Returns the verdict of a reader today, `reasons` for it, and the bound or proven `lot` of an item. `label` has the claims of the label,
 * as `parseLink` reads it.
 * Reasons are entries of the story, except:
 * - RECALLED: `{newer, logIndex}` for a newer event of class alarm
 * - NEVER_ISSUED: `{scope: 'model', sets}` or `{scope: 'lot', lot}`
 * - TAKEN_BACK: the entries that issued the item and the corrections that struck them, in the story or not
 * - MISMATCH: `{ai, label, record}`, where `twice` marks the lots of two records
 * - EXPIRED: the date
 * - SUSPECT_CLONE: `{why: 'claims' | 'sales', entries}`
 * - UNPROVEN: `{why: 'add_lot' | 'list_missing' | 'no_lot' | 'no_record' | 'input', subject}`
 * @param {import('./story.js').StoryEntry[]} story
 * @param {import('./trace.js').Evidence} evidence
 * @param {VerdictQuestion} question
 * @returns {Judgement}
 */
export function judge(story, evidence, question) {
  const facts = new Facts(story, evidence, question)
  for (const [verdict, reasonsOf] of Object.entries(VERDICTS)) {
    const reasons = reasonsOf(facts)
    if (Array.isArray(reasons)) return { verdict, reasons, lot: (facts.isItem ? facts.lot : undefined) ?? null }
  }
}
