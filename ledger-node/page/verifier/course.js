// Whether what is told can follow from what was told before (proto/README.md, "The course of things"). An entry that cannot breaks the
// course, and has no effect; one that only asks a question keeps it. The README does not say at which field: these are ours.

import { hex } from './bytes.js'
import { scaled } from './forms.js'
import { parentOf } from './walk.js'

const PINNED_BEFORE_MS = 72n * 3600000n
const OUTCOMES = ['held', 'inspecting', 'sampled', 'released', 'rejected', 'seized']
const FOLLOWS = {
  lodged: ['accepted'], accepted: OUTCOMES, held: OUTCOMES, inspecting: OUTCOMES, sampled: OUTCOMES,
  released: ['re_exported'], rejected: ['re_exported'], seized: [], re_exported: [],
}

/** Whether two places differ by the first name that both have. */
function elsewhere(a, b) {
  for (const name of ['gln', 'unlocode', 'iata', 'country']) if (a[name] && b[name]) return a[name] !== b[name]
  return false
}

/** The number of a customs declaration, or what stands for it. */
const numberOf = ({ declaration_no, commitments }) =>
  declaration_no ?? commitments.filter(({ path }) => path === 'declaration_no').map(({ hash }) => hex(hash))[0]
export const declarationOf = (told) => [told.jurisdiction, told.direction, numberOf(told)].join(' ')

const nothing = () => ({
  production: undefined, applied: false, claimed: false, legs: new Map(), arrivedAt: undefined, customs: new Map(), units: new Set(),
  destroyed: false, recalls: new Set(),
})

/**
 * What each kind breaks and asks on one chain. A rule tells it through `breaks` and `asks`, by the field of the body, and gives back the
 * effect that the entry has when it breaks nothing on any chain.
 */
const RULES = {
  production({ told, chain, breaks }) {
    const first = chain.production
    if (first && first.production_date !== told.production_date) breaks('production_date')
    if (first && first.country_of_origin !== told.country_of_origin) breaks('country_of_origin')
    return () => (chain.production ??= told)
  },
  commissioning({ told, about, course, record, breaks, asks }) {
    if (!told.form.listed || about.kind !== 'item') return
    const { lot } = told.form.listed
    if (course.existedBefore(about.key, record)) breaks('')
    if (course.isKnown(lot) && !course.hasOrigin(lot)) asks('listed.lot')
  },
  sticker({ told, chain, about, course, breaks }) {
    if (about.kind !== 'item') return
    if (told.action === 'applied' && chain.applied) breaks('action')
    if (told.action === 'claimed' && chain.claimed) breaks('action')
    if (told.action === 'claimed' && !course.holdsCode(about.key, told.code)) breaks('code')
    return () => {
      if (told.action === 'applied') chain.applied = true
      if (told.action === 'voided') chain.applied = false
      if (told.action === 'claimed') chain.claimed = true
    }
  },
  shipment_leg({ told, chain, breaks, asks }) {
    const { leg_id, movement, mode, origin, destination } = told
    const leg = chain.legs.get(leg_id) ?? {}
    if (leg[movement]) breaks('movement')
    if (movement === 'departure') {
      if (chain.arrivedAt && elsewhere(chain.arrivedAt, origin)) asks('origin')
      if (chain.recalls.size) asks('movement')
    } else if (!leg.departure) breaks('movement')
    else {
      if (leg.departure.mode !== mode) breaks('mode')
      if (elsewhere(leg.departure.origin, origin)) breaks('origin')
      if (elsewhere(leg.departure.destination, destination)) breaks('destination')
    }
    return () => {
      chain.legs.set(leg_id, { ...leg, [movement]: told })
      if (movement === 'arrival') chain.arrivedAt = destination
    }
  },
  distribution({ told, chain, own, asks }) {
    if (chain.recalls.size && ['dispatch', 'deliver', 'sell'].includes(told.action)) asks('action')
    return () => {
      chain.arrivedAt = undefined
      // Of a lot that tells a quantity only that much is gone.
      if (told.action === 'destroy' && !own?.quantity) chain.destroyed = true
    }
  },
  customs_clearance({ told, chain, record, breaks }) {
    const key = declarationOf(told)
    const before = chain.customs.get(key) ?? { lines: new Map() }
    const attests = record.event.role === 'customs'
    const last = attests ? before.attested ?? before.declared : before.declared
    const repeats = attests && !before.attested && told.status === before.declared
    if (!repeats && !(last ? FOLLOWS[last] : ['lodged']).includes(told.status)) breaks('status')
    const lines = new Map(before.lines)
    told.lines.forEach(({ line_no, quantity }, i) => {
      const declared = before.lines.get(line_no)
      const more = declared?.uom === quantity.uom && scaled(quantity.value) > scaled(declared.value)
      if (told.status === 'released' && more) breaks(`lines.${i}.quantity`)
      if (told.status === 'lodged') lines.set(line_no, quantity)
    })
    return () => chain.customs.set(key, { ...before, lines, [attests ? 'attested' : 'declared']: told.status })
  },
  aggregation({ told, chain, about, course, record, breaks }) {
    const unit = parentOf(record.event)
    if (unit === about.key) return
    const { units } = chain
    if (told.action === 'add' && (about.kind === 'lot' ? units.has(unit) : units.size || course.liesIn(unit, about.key))) breaks('parent')
    if (told.action === 'delete' && !units.has(unit)) breaks('parent')
    return () => {
      if (told.action === 'add') units.add(unit)
      if (told.action === 'delete') units.delete(unit)
    }
  },
  transformation({ told, about, course, record, breaks }) {
    const [inputs, outputs] = [told.inputs, told.outputs].map((places) => places.map((place) => record.event.subjects[place].key))
    const sources = course.madeOf(inputs)
    if (outputs.some((output) => sources.has(output))) breaks('outputs')
    if (about.kind === 'item' && outputs.includes(about.key) && course.existedBefore(about.key, record)) breaks('outputs')
    return () => outputs.forEach((output) => course.makings.set(output, (course.makings.get(output) ?? new Set()).add(inputs)))
  },
  recall: ({ told, chain, record, course }) => () => {
    if (told.action !== 'lift') chain.recalls.add(hex(record.event.identity))
    else if (!course.suspects.has(record)) chain.recalls.delete(hex(told.lifts))
  },
  lab_inspection({ told, record, asks }) {
    const { methods } = record.accreditation
    told.results.forEach(({ method }, i) => methods.length && !methods.includes(method) && asks(`results.${i}.method`))
  },
  correction({ told, asks }) {
    if (told.reason === 'incorrect_data' && !told.corrective_event_ids.length) asks('corrective_event_ids')
  },
}

const isPhysical = ({ kind, told }) =>
  ['shipment_leg', 'distribution', 'transformation'].includes(kind) || (kind === 'aggregation' && told.action === 'add') ||
  (kind === 'sticker' && told.action === 'applied')
/** Where it is told that something was done to what is no more. */
const DOING = { shipment_leg: 'movement', transformation: 'inputs' }

/** What has happened so far, on every chain that is followed. */
export class Course {
  chains = new Map()
  /** By output, the inputs of each making. */
  makings = new Map()
  broken = new Set()

  constructor({ histories, struck, suspects, existed, asked, holdsCode, followed }) {
    Object.assign(this, { histories, struck, suspects, existed, followed })
    this.holdsCode = (item, code) => item !== asked || holdsCode(code)
  }

  /** Follows a record that nobody struck on these chains. Gives its findings, `{field, severity}`, and whether it has effect. */
  follow(record, keys) {
    const { event } = record
    const { kind, told } = event
    const found = new Map()
    const effects = []
    const at = (field) => `body.${kind}${field && `.${field}`}`
    const breaks = (field) => found.set(at(field), 'breaks')
    const asks = (field) => found.get(at(field)) ?? found.set(at(field), 'asks')
    for (const key of keys) {
      if (!this.chains.has(key)) this.chains.set(key, nothing())
      const chain = this.chains.get(key)
      const { about } = this.histories.get(key)
      if (chain.destroyed && isPhysical(event)) breaks(DOING[kind] ?? 'action')
      const own = event.subjects.find((subject) => subject.key === key)
      effects.push(RULES[kind]?.({ told, chain, about, own, record, course: this, breaks, asks }))
    }
    if (this.#pinsWhatIsLater(event)) found.set('occurred_at_ms', 'asks')
    const hasEffect = ![...found.values()].includes('breaks')
    if (!hasEffect) this.broken.add(record)
    else for (const effect of effects) effect?.()
    return { findings: [...found].map(([field, severity]) => ({ field, severity })), hasEffect }
  }

  /** Whether it is said to have occurred more than 72 hours before an entry that it pins was first proven to exist. */
  #pinsWhatIsLater({ after, subjects, occurred_at_ms }) {
    return after.some(({ subject, count }) => {
      const pinned = this.histories.get(subjects[subject].key)?.records[count - 1n]
      const time = pinned && this.existed(pinned.logIndex)
      return time !== undefined && occurred_at_ms + PINNED_BEFORE_MS < time * 1000n
    })
  }

  /** What stands on a chain and counts, in log order. */
  *#standing(key) {
    for (const record of this.histories.get(key).records) {
      if (record.event && !record.passed && !this.struck.has(record) && !this.broken.has(record)) yield record
    }
  }

  isKnown = (key) => this.followed.has(key)

  hasOrigin(lot) {
    for (const { event } of this.#standing(lot)) {
      const made = event.kind === 'transformation' && event.told.outputs.some((place) => event.subjects[place].key === lot)
      if (event.kind === 'production' || made) return true
    }
    return false
  }

  /** Whether more than the issue of its sticker stands before a record on the chain of an item, by log index. */
  existedBefore(item, { logIndex }) {
    for (const { event, logIndex: other } of this.#standing(item)) {
      if (other >= logIndex) return false
      if (event.kind !== 'sticker' || event.told.action !== 'issued') return true
    }
    return false
  }

  /** Whether a unit lies in another, at any depth. */
  liesIn(unit, other) {
    const seen = new Set([unit])
    for (const inner of seen) {
      if (inner === other) return true
      for (const outer of this.chains.get(inner)?.units ?? []) seen.add(outer)
    }
    return false
  }

  /** All of what some things were made of, themselves included. */
  madeOf(things) {
    const seen = new Set(things)
    for (const thing of seen) for (const inputs of this.makings.get(thing) ?? []) for (const input of inputs) seen.add(input)
    return seen
  }
}
