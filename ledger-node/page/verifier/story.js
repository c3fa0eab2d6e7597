// What a verified trace tells of one product, and what follows from it (proto/README.md, "Story and verdict").

import { hex } from './bytes.js'
import { Course, declarationOf } from './course.js'
import { findings } from './findings.js'
import { append } from './group.js'
import { dayOfLabel } from './link.js'
import { byMoment, lotTold, parentOf, struckAmong } from './walk.js'

/** Which of `records`, in the order of their moments, lie in one of `windows`: one sweep over both. */
function* within(records, windows) {
  const openings = [...windows].sort((a, b) => (a.from < b.from ? -1 : 1))
  let until = 0n, next = 0
  for (const record of records) {
    for (; next < openings.length && openings[next].from <= record.moment; next++) {
      if (openings[next].until > until) until = openings[next].until
    }
    const always = record.event.kind === 'recall' || record.event.kind === 'correction'
    if (always || record.moment < until) yield record
  }
}

/** Which records are told, and the ways that lead to each: (how, subject). */
function toldBy({ walked, histories }) {
  const windows = new Map()
  for (const { key, way, window } of walked.visits) if (way !== 'authority') append(windows, `${way} ${key}`, window)
  const told = new Map()
  for (const [way, all] of windows) {
    const [how, key] = way.split(' ')
    const chain = histories.get(key).records.filter(({ event, passed }) => event && !passed).sort(byMoment)
    for (const record of within(chain, all)) {
      if (how === 'unit' && record.event.kind === 'aggregation' && parentOf(record.event) === key) continue
      append(told, record, [how, key])
    }
  }
  return told
}

/** Whether an entry is about part of the lot, which may be another part than this item. */
function mayApply({ event }, ways, { asked, walked }) {
  if (ways.some(([how]) => how === 'asked')) return false
  if (asked.about.kind === 'lot') return ways.some(([how]) => how === 'unit')
  if (asked.about.kind !== 'item' || event.kind === 'production' || !ways.some(([how]) => how === 'lot')) return false
  return event.subjects.some(({ key, quantity }) => quantity && key === walked.lot)
}

/**
 * The told events, in the order of their moments: the record's `logIndex`, `recorded`, `event`, `leaf`, with `ways`, `findings`, `struck`,
 * `hasEffect`, `mayApply`, `suspect`; `existed`, when an anchor proves that it was there (seconds); and `opened` hidden fields.
 */
export function tell(evidence) {
  const { records, histories, walked, suspects, existed, opened, asked } = evidence
  const struck = struckAmong(records.filter(({ passed }) => !passed))
  const followed = new Set(walked.visits.filter(({ way }) => way !== 'authority').map(({ key }) => key))
  const course = new Course({ histories, struck, suspects, existed, followed, asked: asked.about.key, holdsCode: evidence.holdsCode })
  const told = toldBy(evidence)
  const story = [...told.keys()].sort(byMoment).map((record) => {
    const ways = told.get(record)
    const isStruck = struck.has(record)
    const followed = isStruck ? { findings: [], hasEffect: false } : course.follow(record, new Set(ways.map(([, key]) => key)))
    const { logIndex, recorded, event, leaf } = record
    return {
      logIndex, recorded, event, leaf, ways, struck: isStruck, hasEffect: followed.hasEffect,
      findings: [...findings(event), ...followed.findings],
      mayApply: mayApply(record, ways, evidence), suspect: suspects.has(record),
      existed: existed(logIndex), opened: opened.get(record) ?? [],
    }
  })
  return { story, course }
}

/** What a verdict is about: effective entries, and those of one kind on the chain of one subject. */
class Facts {
  constructor({ story, course }, evidence) {
    Object.assign(this, { course, evidence })
    this.all = story.filter(({ hasEffect }) => hasEffect)
  }

  of = (kind, ...actions) => this.all.filter(({ event }) => event.kind === kind && (!actions.length || actions.includes(event.told.action)))
  on = (key, kind, ...actions) => this.of(kind, ...actions).filter(({ ways }) => ways.some(([, subject]) => subject === key))
  /** Those that are about the product, not about what it was made of. */
  own = (kind, ...actions) => this.of(kind, ...actions).filter(({ ways }) => ways.some(([how]) => how !== 'input'))
  /** The production of a lot is the first that has effect. */
  production = (lot) => (lot === undefined ? undefined : this.on(lot, 'production')[0]?.event.told)

  /** The proven lot of an item. */
  lotOf({ asked, walked, inSet }) {
    if (asked.about.kind !== 'item') return undefined
    const lists = ({ event }) => event.told.form.listed && lotTold(event, asked.about.key) === walked.bound
    const listed = walked.bound !== undefined && this.on(asked.about.key, 'commissioning').some(lists)
    return listed || inSet ? walked.lot : undefined
  }

  /** Goods that a recall can cover: the product with its lot and model, and each input with its model. */
  targets(lot) {
    const { asked, walked, histories } = this.evidence
    const { about } = asked
    const lotNumber = (key) => key && histories.get(key)?.about.lot
    const properties = (goods, key) => {
      const { production_date, expiry_date, best_before } = this.production(key) ?? {}
      return { lot: goods.lot ?? lotNumber(key), serial: goods.serial, production_date, expiry_date: expiry_date ?? best_before }
    }
    const own = { keys: [about.key, walked.lot, about.model], ...properties(about, about.kind === 'lot' ? about.key : lot) }
    const beside = new Map()
    for (const { event } of this.of('transformation')) for (const { key, lot } of event.subjects) if (lot) beside.set(key, lot)
    const inputs = [...this.course.madeOf([about.key, walked.lot])].filter((key) => !own.keys.includes(key))
    return [own, ...inputs.filter((key) => histories.has(key)).map((key) => {
      const goods = histories.get(key).about
      const of = goods.kind === 'lot' ? key : beside.get(key)
      return { keys: [key, of, goods.model], ...properties(goods, of) }
    })]
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
    for (const entry of this.own('customs_clearance')) {
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
  value === undefined || ((any_length || value.length === first.length || value.length === last.length) && first <= value && value <= last)

/**
 * The verdict of a reader today, `reasons` for it (words, or entries of the story), and the proven `lot`. `label` is what the
 * label claims, as `parseLink` reads it.
 */
export function judge(told, evidence, { today, label }) {
  const { asked, histories, walked, inSet, newer } = evidence
  const { kind, key } = asked.about
  const facts = new Facts(told, evidence)
  const lot = facts.lotOf(evidence)
  const production = facts.production(kind === 'lot' ? key : lot)
  const isGoods = kind === 'item' || kind === 'lot'
  const as = (verdict, reasons = []) => ({ verdict, reasons, lot: lot ?? null })

  const isNewer = (of) => histories.get(of)?.records.some((record) => record.kind === 'newer')
  if (!asked.records.length && !inSet && !isNewer(walked.lot)) return as('UNKNOWN_ID')

  const recalls = facts.recalls(lot)
  if (recalls.length) return as('RECALLED', recalls)

  const sticker = facts.on(key, 'sticker', 'applied', 'voided').pop()
  if (sticker?.event.told.action === 'voided') return as('VOIDED_STICKER', [sticker])
  if (told.course.chains.get(key)?.destroyed) return as('VOIDED_STICKER', facts.on(key, 'distribution', 'destroy'))

  const mismatch = []
  if (kind === 'item' && lot === undefined) mismatch.push('unproven')
  if (lot !== undefined && label.lot && label.lot !== lot) mismatch.push('lot')
  if (label.expiry && production?.expiry_date && dayOfLabel(label.expiry, today) !== production.expiry_date) mismatch.push('date')
  if (mismatch.length) return as('MISMATCH', mismatch)

  if (production?.expiry_date < today) return as('EXPIRED', [production.expiry_date])
  if (newer) return as('NEWER_FORMAT')
  if (!walked.complete) return as('INCOMPLETE')

  const held = facts.held()
  if (isGoods && held.length) return as('NOT_YET_SOLD', held)
  const handed = facts.own('distribution', 'store', 'deliver', 'sell').filter((entry) => !entry.mayApply)
  if (isGoods && !handed.length) return as('NOT_YET_SOLD')
  return as('VALID')
}
