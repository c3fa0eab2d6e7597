// Consistency rules (proto/README.md, "The course of things"): whether an entry of the story can follow from the entries before. An entry
// that cannot follow breaks a rule, and has no effect. An entry that only asks a question keeps its effect.

import { isOverGoods } from './authority.js'
import { hex } from './bytes.js'
import { scaled } from './forms.js'
import { rowOf } from './group.js'
import { isSamePlace } from './place.js'
import { chainOf } from './set.js'
import { isOutput, parentOf } from './walk.js'

/**
 * Question of one rule about an entry. The last three are absent where a rule applies once for all chains.
 * @typedef {object} Rule
 * @property {import('./messages.js').Body} body - Body of the event.
 * @property {import('./evidence.js').ProvenEntry} record - Entry that the rule judges.
 * @property {Course} course - State of every chain so far.
 * @property {(field: string) => void} breaks - Reports a field of the body that breaks a rule.
 * @property {(field: string) => void} asks - Reports a field of the body as a question.
 * @property {(field: string) => void} broken - Reports a field of the event that breaks a rule.
 * @property {ReturnType<typeof nothing>} [chain] - State of the chain so far.
 * @property {import('./subject.js').Subject} [about] - Subject of the chain.
 * @property {import('./messages.js').SubjectRef} [own] - Subject as the event names it.
 */

/**
 * Facts of a trace that the consistency rules need.
 * @typedef {object} CourseParts
 * @property {Map<string, import('./trace.js').Chain>} histories - Chains by the key of their subject.
 * @property {Set<import('./evidence.js').ProvenEntry>} struck - Entries that corrections strike.
 * @property {Set<import('./evidence.js').ProvenEntry>} suspects - Entries that a compromised key may have signed.
 * @property {(logIndex: bigint) => bigint | undefined} existed - Earliest proven time of an entry, in seconds since 1970.
 * @property {Map<string, import('./authority.js').Party>} parties - Parties by key.
 * @property {(item: string) => string | undefined} lotOf - Lot that the trace shows for an item, by keys.
 */

/**
 * Question of a course beside these facts.
 * @typedef {object} CourseQuestion
 * @property {string} asked - Key of the asked subject.
 * @property {(code: string) => boolean} [holdsCode] - Whether a code is that of the asked item.
 */

const PINNED_BEFORE_MS = 72n * 3600000n
const OUTCOMES = ['held', 'inspecting', 'sampled', 'released', 'rejected', 'seized']
// Statuses that may follow each status of a declaration (C25).
const FOLLOWS = {
  lodged: ['accepted'], accepted: OUTCOMES, held: OUTCOMES, inspecting: OUTCOMES, sampled: OUTCOMES,
  released: ['re_exported'], rejected: ['re_exported'], seized: [], re_exported: [],
}

/**
 * Returns the text that identifies a customs declaration. Declarations with a hidden number count as one.
 * @param {import('./messages.js').Body} body
 * @returns {string}
 */
export const declarationOf = ({ jurisdiction, direction, declaration_no = '' }) => [jurisdiction, direction, declaration_no].join(' ')

/**
 * Returns the state of a chain without events. Its type is `any`, because the rules fill in what begins as undefined.
 * @returns {any}
 */
const nothing = () => ({
  made: undefined, applied: false, claimed: false, departed: new Map(), arrived: new Set(), arrivedAt: undefined, customs: new Map(),
  destroyed: false, recalls: new Set(),
})
/** Row for a kind that breaks and asks nothing, on one chain or on all chains. */
const free = () => undefined

/**
 * Rules of each kind on one chain. A rule reports fields of the body through `breaks` and `asks`. Each rule returns the effect of the
 * entry, which applies when the entry breaks nothing on any chain.
 * @type {Object<string, (rule: Rule) => any>}
 */
const RULES = {
  production({ body, chain, breaks }) {
    // A production agrees with the first one of its lot (C3).
    const made = { useBy: body.expiry_date ?? body.best_before, origin: body.country_of_origin }
    const first = chain.made ?? made
    if (first.useBy !== made.useBy) breaks('expiry_date')
    else if (first.origin !== made.origin) breaks('country_of_origin')
    return () => (chain.made ??= made)
  },
  commissioning({ body: { form: { listed } }, about, course, record, broken, asks }) {
    // The item did not begin before, and its lot was made (C4).
    if (!listed) return
    if (course.began(about.key, record)) broken('subjects')
    if (chainOf(course.histories, listed.lot).length && !course.hasOrigin(listed.lot)) asks('listed.lot')
  },
  sticker({ body: { action, code }, chain, about, course, breaks }) {
    // A sticker is applied while another one is applied (C5).
    if (action === 'applied' && chain.applied) breaks('action')
    // No set proves the code for this item (C6).
    if (action === 'claimed' && !course.provesCode(about.key, code)) breaks('code')
    // The item is claimed again (C7).
    else if (action === 'claimed' && chain.claimed) breaks('action')
    return () => {
      if (action === 'applied' || action === 'voided') chain.applied = action === 'applied'
      if (action === 'claimed') chain.claimed = true
    }
  },
  shipment_leg({ body, chain, breaks, asks }) {
    // Each leg departs once and then arrives once, and a departure is where the last leg arrived (C8).
    const { leg_id, movement, origin, destination } = body
    const before = chain.departed.get(leg_id)
    if (movement === 'departure') {
      if (before) breaks('leg_id')
      else if (chain.arrivedAt && !isSamePlace(chain.arrivedAt, origin)) asks('origin')
    } else if (!before || chain.arrived.has(leg_id)) breaks('leg_id')
    // The arrival agrees with its departure (C9).
    else if (before.mode !== body.mode || !isSamePlace(before.origin, origin) || !isSamePlace(before.destination, destination)) breaks('')
    return () => {
      if (movement === 'departure') chain.departed.set(leg_id, body)
      else chain.arrived.add(leg_id)
      chain.arrivedAt = movement === 'arrival' ? destination : undefined
    }
  },
  distribution: ({ body, chain, own }) => () => {
    chain.arrivedAt = undefined
    // A destruction that states a quantity of a lot destroys only that quantity.
    if (body.action === 'destroy' && !own.quantity) chain.destroyed = true
  },
  customs_clearance({ body, chain, record, breaks }) {
    const { status, lines } = body
    const before = chain.customs.get(declarationOf(body)) ?? { lines: [] }
    const attests = record.event.role === 'customs'
    // Customs follows what it attested, or else what others declared; others follow what others declared (C26).
    const last = attests ? before.attested ?? before.declared : before.declared
    const repeats = attests && !before.attested && status === before.declared
    // The status does not follow (C10).
    if (!repeats && !(last ? FOLLOWS[last] : ['lodged']).includes(status)) breaks('status')
    // A line is released with more than was lodged, or was not lodged (C11).
    if (status === 'released' && before.lines.length) {
      lines.forEach(({ line_no, quantity: { value, uom } }, i) => {
        const declared = before.lines.find((line) => line.line_no === line_no)?.quantity
        if (!declared || (declared.uom === uom && scaled(value) > scaled(declared.value))) breaks(`lines.${i}.quantity`)
      })
    }
    const after = { ...before, [attests ? 'attested' : 'declared']: status, lines: status === 'lodged' ? lines : before.lines }
    return () => chain.customs.set(declarationOf(body), after)
  },
  aggregation({ body: { action }, about, course, record, breaks }) {
    const unit = parentOf(record.event)
    // A lot may lie in several logistic units, by quantity.
    if (unit === about.key || about.kind === 'lot') return
    // The child lies in a unit, or the unit lies in the child (C12).
    if (action === 'add' && (course.units.has(about.key) || course.liesIn(unit, about.key))) breaks('parent')
    // The child does not lie in the unit (C13).
    if (action === 'delete' && course.units.get(about.key) !== unit) breaks('parent')
  },
  transformation({ body, about, course, record, breaks }) {
    // No input was made of the output, and an output that is an item did not begin before (C14).
    if (!isOutput(record.event, about.key)) return
    const inputs = body.inputs.map((place) => record.event.subjects[place].key)
    if (inputs.some((input) => course.sources.get(input)?.has(about.key))) breaks('outputs')
    else if (about.kind === 'item' && course.began(about.key, record)) breaks('outputs')
  },
  recall: ({ body, chain, record, course }) => () => {
    if (body.action !== 'lift') chain.recalls.add(hex(record.event.identity))
    else if (!course.suspects.has(record)) chain.recalls.delete(hex(body.lifts))
  },
  lab_inspection: free, certification: free, correction: free, origin_content: free, party_event: free,
}

/**
 * Rules of each kind that apply once, regardless of the number of chains.
 * @type {Object<string, (rule: Rule) => any>}
 */
const ONCE = {
  aggregation: ({ body: { action }, record: { event }, course }) => () => {
    const unit = parentOf(event)
    // Each child but a lot comes to lie in the unit or leaves it, also where its chain is not walked (C24).
    for (const { key, kind } of event.goods) {
      if (key === unit || kind === 'lot') continue
      if (action === 'add' && !course.units.has(key)) course.units.set(key, unit)
      if (action === 'delete' && course.units.get(key) === unit) course.units.delete(key)
    }
  },
  lab_inspection({ body, record, course, asks }) {
    // A method that no registration of the accreditation lists (C17).
    const { body: by, number } = body.accreditation
    const granted = course.parties.get(record.event.party).accreditations.filter((own) => own.body === by && own.number === number)
    if (granted.some(({ methods }) => !methods.length)) return
    body.results.forEach(({ method }, i) => granted.some(({ methods }) => methods.includes(method)) || asks(`results.${i}.method`))
  },
  correction({ body, asks }) {
    // A correction of incorrect data names the right events (C18).
    if (body.reason === 'incorrect_data' && !body.corrective_event_ids.length) asks('corrective_event_ids')
  },
  transformation: ({ body, record, course }) => () => {
    const [inputs, outputs] = [body.inputs, body.outputs].map((places) => places.map((place) => record.event.subjects[place].key))
    const all = inputs.flatMap((input) => [input, ...(course.sources.get(input) ?? [])])
    for (const output of outputs) course.sources.set(output, new Set([...(course.sources.get(output) ?? []), ...all]))
  },
  production: free, commissioning: free, sticker: free, shipment_leg: free, distribution: free, customs_clearance: free,
  certification: free, recall: free, origin_content: free, party_event: free,
}

/**
 * Whether an event is about the goods themselves, as they are handled.
 * @param {import('./event.js').LedgerEvent} event
 * @returns {boolean}
 */
const isPhysical = ({ kind, body: { action } }) =>
  // The goods were physically present, as the event claims (C22).
  ['shipment_leg', 'distribution', 'transformation'].includes(kind) || (kind === 'aggregation' && action !== 'delete') ||
  (kind === 'sticker' && action === 'applied')
/**
 * Whether an event brings goods on to others.
 * @param {import('./event.js').LedgerEvent} event
 * @returns {boolean}
 */
const movesOn = ({ kind, body: { action, movement } }) =>
  (kind === 'shipment_leg' && movement === 'departure') || (kind === 'distribution' && ['dispatch', 'deliver', 'sell'].includes(action))

/** Order in which the chains of an entry are judged. */
const KINDS = { model: 0, lot: 1, item: 2, logistic_unit: 3 }
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0)
const byKey = ({ about: a }, { about: b }) =>
  rowOf(KINDS, a.kind) - rowOf(KINDS, b.kind) || compare(a.model, b.model) || compare(a.lot ?? a.serial ?? a.key, b.lot ?? b.serial ?? b.key)

/** State of every chain that the story follows, so far. */
export class Course {
  chains = new Map()
  /** By output, all subjects that the output was made of by then. */
  sources = new Map()
  /** By subject, the logistic unit that the subject lies in. */
  units = new Map()

  /**
   * Starts without events. `lotOf(item)` returns the lot that the trace shows for an item; `holdsCode(code)`, whether a code is that of the
   * `asked` item.
   * @param {CourseParts & CourseQuestion} parts
   */
  constructor({ histories, struck, suspects, existed, parties, asked, holdsCode, lotOf }) {
    Object.assign(this, { histories, struck, suspects, existed, parties, lotOf })
    this.provesCode = (item, code) => item === asked && code !== undefined && !!holdsCode?.(code)
  }

  /**
   * Follows an entry that is not struck on these chains. Returns its findings, `{field, severity}`, and whether the entry has effect.
   * @param {import('./evidence.js').ProvenEntry} record
   * @param {Set<string>} keys
   * @returns {{ findings: import('./findings.js').Finding[], hasEffect: boolean }}
   */
  follow(record, keys) {
    const { event } = record
    const { kind, body } = event
    const found = []
    const tell = (severity, path) => (field) => found.push({ field: [path, field].filter((part) => part).join('.'), severity })
    const at = `body.${kind}`
    const rule = { body, record, course: this, breaks: tell('breaks', at), asks: tell('asks', at), broken: tell('breaks') }
    const effects = []
    // Findings come chain by chain, in the order of the chains (C20).
    for (const { about } of [...keys].map((key) => this.histories.get(key)).sort(byKey)) {
      const { key } = about
      if (!this.chains.has(key)) this.chains.set(key, nothing())
      const chain = this.chains.get(key)
      // Goods that were destroyed are in no later physical entry (C2).
      if (chain.destroyed && isPhysical(event)) tell('breaks')('subjects')
      const own = event.subjects.find((subject) => subject.key === key)
      effects.push(rowOf(RULES, kind)({ ...rule, chain, about, own }))
      // Goods are moved on while a recall is in force (C15).
      if (chain.recalls.size && movesOn(event)) tell('asks')('subjects')
    }
    // The trace shows another lot of the item (C16).
    event.subjects.forEach(({ key, lot }, i) => this.#isOfAnother(key, lot) && tell('asks')(`subjects.${i}.lot`))
    effects.push(rowOf(ONCE, kind)(rule))
    if (this.#pinsWhatIsLater(event)) tell('asks')('occurred_at_ms')
    // An entry that breaks a rule has no effect on the entries after it (C1).
    const hasEffect = !found.some(({ severity }) => severity === 'breaks')
    if (hasEffect) for (const effect of effects) effect?.()
    return { findings: found, hasEffect }
  }

  /**
   * Whether an event claims to have occurred more than 72 hours before an entry that it pins was first proven to exist.
   * @param {import('./event.js').LedgerEvent} event
   * @returns {boolean}
   */
  #pinsWhatIsLater({ after, subjects, occurred_at_ms }) {
    // An anchor shows the time at which the pinned entry existed (C19).
    return after.some(({ subject, count }) => {
      const pinned = this.histories.get(subjects[Number(subject)].key)?.records[Number(count) - 1]
      const time = pinned && this.existed(pinned.logIndex)
      return time !== undefined && occurred_at_ms + PINNED_BEFORE_MS < time * 1000n
    })
  }

  /**
   * Whether a production or a transformation so far made a lot.
   * @param {string} lot
   * @returns {boolean}
   */
  hasOrigin = (lot) => !!this.chains.get(lot)?.made || this.sources.has(lot)

  #isOfAnother(item, named) {
    const lot = named && this.lotOf(item)
    return lot && lot !== named
  }

  /**
   * Whether an item began before an entry, by log index: by an event under authority over the item, other than the issue of its sticker.
   * For a commissioning, a transformation that made the item does not count either.
   * @param {string} item
   * @param {import('./evidence.js').ProvenEntry} before
   * @returns {boolean}
   */
  began(item, { logIndex, event: { kind } }) {
    /**
     * Whether an entry shows that the item had begun.
     * @param {import('./evidence.js').ProvenEntry} entry
     */
    const begins = ({ event, passed }) =>
      // The entry counts, is under authority over the goods, and is neither the issue of the sticker nor the making of the item (C23).
      event && !event.newer && !passed && isOverGoods(event) && !(event.kind === 'sticker' && event.body.action === 'issued') &&
      !(kind === 'commissioning' && isOutput(event, item))
    return this.histories.get(item).records.some((other) => other.logIndex < logIndex && !this.struck.has(other) && begins(other))
  }

  /**
   * Whether a unit lies in another, at any depth. Units form a circle where a story holds only some of their entries.
   * @param {string} unit
   * @param {string} other
   * @returns {boolean}
   */
  liesIn(unit, other) {
    const passed = new Set()
    for (let at = this.units.get(unit); at && !passed.has(at); at = this.units.get(at)) passed.add(at)
    return passed.has(other)
  }
}
