// What a verified trace tells of one product, and what follows from it (proto/README.md, "Story and verdict").

import { hex } from './bytes.js'
import { Course, declarationOf } from './course.js'
import { findings } from './findings.js'
import { append } from './group.js'
import { differences } from './label.js'
import { parseSubject } from './subject.js'
import { boundLot, byMoment, isWithin, parentOf, struckAmong } from './walk.js'

const isAlways = ({ event: { kind } }) => kind === 'recall' || kind === 'correction'

/** Which of `records`, in the order of their moments, lie in one of `windows`: one sweep over both. */
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

/** Which records are told, and the visits that may tell each, those that differ in their window only together. */
function toldBy({ walked, histories }) {
  const groups = new Map()
  walked.visits.forEach((visit, place) => {
    if (visit.way !== 'authority') append(groups, `${visit.way} ${visit.key} ${visit.ofPart}`, { ...visit, place })
  })
  const told = new Map()
  for (const visits of groups.values()) {
    const [{ way, key }] = visits
    const chain = standing(histories.get(key)).sort(byMoment)
    for (const record of within(chain, visits.map(({ window }) => window))) {
      if (way === 'unit' && record.event.kind === 'aggregation' && parentOf(record.event) === key) continue
      append(told, record, visits)
    }
  }
  return told
}

/** What on a chain this reader takes in. */
const standing = ({ records }) => records.filter(({ event, passed }) => event && !passed)

/** Whether an entry that this visit tells may be about another part of the lot than this item. */
const isOfPart = ({ event }, { way, key, ofPart }) =>
  way === 'unit' ? ofPart
  : way === 'lot' && event.kind !== 'production' && event.subjects.some((subject) => subject.key === key && subject.quantity)

/** The ways (how, subject) by which a record is told, in the order of the visits. */
function waysOf(record, told) {
  const first = (visits) => visits.find(({ window }) => isAlways(record) || isWithin(window, record.moment)).place
  const sorted = told.length > 1 ? [...told].sort((a, b) => first(a) - first(b)) : told
  return [...new Map(sorted.map(([{ way, key }]) => [`${way} ${key}`, [way, key]])).values()]
}

/**
 * The told events, in the order of their moments: the record's `logIndex`, `recorded`, `event`, `leaf`, with `ways`, `findings`, `struck`,
 * `hasEffect`, `mayApply`, `suspect`; `existed`, when an anchor proves that it was there (seconds); and `opened` hidden fields.
 */
export function tell(evidence) {
  const { histories, walked, suspects, existed, opened, asked, parties, holdsCode } = evidence
  const followed = new Set(walked.visits.filter(({ way }) => way !== 'authority').map(({ key }) => key))
  const struck = new Set([...followed].flatMap((key) => [...struckAmong(standing(histories.get(key)))]))
  const course = new Course({ histories, struck, suspects, existed, parties, asked: asked.about.key, holdsCode })
  const told = toldBy(evidence)
  return [...told.keys()].sort(byMoment).map((record) => {
    const ways = waysOf(record, told.get(record))
    const isStruck = struck.has(record)
    const followed = isStruck ? { findings: [], hasEffect: false } : course.follow(record, new Set(ways.map(([, key]) => key)))
    const { logIndex, recorded, event, leaf } = record
    return {
      logIndex, recorded, event, leaf, ways, struck: isStruck, hasEffect: followed.hasEffect,
      findings: [...findings(event), ...followed.findings],
      mayApply: told.get(record).every(([visit]) => isOfPart(record, visit)), suspect: suspects.has(record),
      existed: existed(logIndex), opened: opened.get(record) ?? [],
    }
  })
}

/** The date of use of a lot, which the ranges of a recall may name. */
const useBy = (production) => production?.expiry_date ?? production?.best_before

/** What a verdict is about: effective entries, and those of one kind on the chain of one subject. */
class Facts {
  constructor(story, evidence) {
    this.evidence = evidence
    this.all = story.filter(({ hasEffect }) => hasEffect)
  }

  of = (kind, ...actions) => this.all.filter(({ event }) => event.kind === kind && (!actions.length || actions.includes(event.told.action)))
  on = (key, kind, ...actions) => this.of(kind, ...actions).filter(({ ways }) => ways.some(([, subject]) => subject === key))
  /** Those that are about the product, not about what it was made of. */
  own = (...of) => this.of(...of).filter(({ ways }) => ways.some(([how]) => how !== 'input'))
  /** The same without those that may be about another part of the lot. */
  sure = (...of) => this.own(...of).filter(({ mayApply }) => !mayApply)
  /** What is about a part of an asked lot is about that lot. */
  known = (...of) => (this.evidence.asked.about.kind === 'lot' ? this.own(...of) : this.sure(...of))
  /** The production of a lot is the first that has effect. */
  production = (lot) => (lot === undefined ? undefined : this.on(lot, 'production')[0]?.event.told)

  /** What of a chain counts: what nobody struck. */
  counting(history) {
    const chain = standing(history)
    const struck = struckAmong(chain)
    return chain.filter((record) => !struck.has(record))
  }

  /** The proven lot of an item. */
  lotOf({ asked, walked, inSet }) {
    if (asked.about.kind !== 'item') return undefined
    const records = this.counting(asked)
    const bound = boundLot(asked.about.key, records)
    const isListed = records.some(({ event }) => event.kind === 'commissioning' && event.told.form.listed?.lot === bound)
    return isListed || inSet ? bound ?? walked.label : undefined
  }

  /** Goods that a recall can cover: the product with its lot and model, and each input with its own. */
  targets(lot) {
    const { asked, walked, histories } = this.evidence
    const goods = ({ key, model, serial }, of) => {
      const production = this.production(of)
      return {
        keys: [key, of, model], lot: of && parseSubject(of).lot, serial,
        production_date: production?.production_date, expiry_date: useBy(production),
      }
    }
    const own = goods(asked.about, asked.about.kind === 'lot' ? asked.about.key : lot)
    // Whether or not it is proven.
    own.keys.push(walked.lot)
    const inputs = new Set(walked.visits.filter(({ way }) => way === 'input').map(({ key }) => key))
    const abouts = [...inputs].map((key) => histories.get(key).about).filter(({ kind }) => kind !== 'model')
    return [own, ...abouts.map((about) =>
      goods(about, about.kind === 'lot' ? about.key : boundLot(about.key, this.counting(histories.get(about.key)))))]
  }

  /** The recalls in force that cover the product. */
  recalls(lot) {
    const lifted = new Set(this.of('recall', 'lift').filter(({ suspect }) => !suspect).map(({ event }) => hex(event.told.lifts)))
    const targets = this.targets(lot)
    return this.of('recall', 'recall', 'withdrawal', 'stop_sale').filter(({ event }) =>
      !lifted.has(hex(event.identity)) &&
      event.told.scope.some(({ subjects, ranges }) =>
        targets.some((target) =>
          subjects.some((place) => target.keys.includes(event.subjects[place].key)) &&
          (!ranges.length || ranges.some((range) => lies(target[range.property], range))))))
  }

  /** Imports whose last status attested by customs is not `released`. */
  held() {
    const imports = new Map()
    for (const entry of this.known('customs_clearance')) {
      const { told, role } = entry.event
      if (told.direction !== 'import') continue
      const key = declarationOf(told)
      if (role === 'customs' || !imports.has(key)) imports.set(key, { entry, status: role === 'customs' && told.status })
    }
    return [...imports.values()].filter(({ status }) => status !== 'released').map(({ entry }) => entry)
  }
}

/** Whether a value lies in a range; what is not proven matches. */
const lies = (value, { first, last, any_length }) =>
  value === undefined || ((any_length || value.length === first.length) && first <= value && value <= last)

/**
 * The verdict of a reader today, `reasons` for it (words, or entries of the story), and the proven `lot`. `label` is what the
 * label claims, as `parseLink` reads it.
 */
export function judge(story, evidence, { today, label }) {
  const { asked, histories, walked, inSet, newer } = evidence
  const { kind, key } = asked.about
  const facts = new Facts(story, evidence)
  const lot = facts.lotOf(evidence)
  const production = facts.production(kind === 'lot' ? key : lot)
  const isGoods = kind === 'item' || kind === 'lot'
  const as = (verdict, reasons = []) => ({ verdict, reasons, lot: lot ?? null })

  const isUnread = (of) => histories.get(of)?.records.some(({ kind, passed }) => kind === 'newer' || passed)
  if (!asked.records.length && !inSet && !isUnread(walked.lot)) return as('UNKNOWN_ID')

  const recalls = facts.recalls(lot)
  if (recalls.length) return as('RECALLED', recalls)

  const sticker = facts.on(key, 'sticker', 'applied', 'voided').pop()
  if (sticker?.event.told.action === 'voided') return as('VOIDED_STICKER', [sticker])
  // Of a lot that tells a quantity only that much is gone.
  const isWhole = ({ event }) => kind !== 'lot' || !event.subjects.find((subject) => subject.key === key)?.quantity
  const destroyed = facts.sure('distribution', 'destroy').filter(isWhole)
  if (destroyed.length) return as('VOIDED_STICKER', destroyed)

  const mismatch = differences(label, lot, production, today)
  if (kind === 'item' && lot === undefined) mismatch.unshift({ ai: '10', label: label.lot ? parseSubject(label.lot).lot : null, record: null })
  if (mismatch.length) return as('MISMATCH', mismatch)

  // A best-before that has passed forbids nothing.
  const date = production?.expiry_date
  if (date < today) return as('EXPIRED', [date])
  if (newer) return as('NEWER_FORMAT')
  if (!walked.complete) return as('INCOMPLETE')

  const held = facts.held()
  if (isGoods && held.length) return as('NOT_YET_SOLD', held)
  const handed = facts.known('distribution', 'store', 'deliver', 'sell')
  if (isGoods && !handed.length) return as('NOT_YET_SOLD')
  return as('VALID')
}
