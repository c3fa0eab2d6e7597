// The walk, which finds the subjects that the story of one product needs (proto/README.md, "Traces", steps W1 to W16).

import { hex } from './bytes.js'
import { arm } from './codec.js'
import { append, rowOf } from './group.js'
import { delegation, listOf, registerOf } from './subject.js'

/**
 * Span of moments.
 * @typedef {object} Window
 * @property {bigint} from - First moment in the span.
 * @property {bigint} until - First moment after the span.
 */

/**
 * Step of the walk.
 * @typedef {object} Visit
 * @property {string} key - Key of the subject.
 * @property {string} relation - Relation that led to the subject: a key of `RANKS`.
 * @property {Window} window - Moments whose entries belong to the story.
 * @property {number} level - Level of the walk, from 0. The walk ends a level before it begins the next.
 * @property {boolean} [ofPart] - Whether a lot led to this unit, so that only a part of the lot may have lain in it.
 * @property {[bigint, bigint | number]} [ledBy] - Log index of the entry that led here, and the place of the subject in its event.
 */

/**
 * Result of the walk.
 * @typedef {object} Walk
 * @property {Visit[]} visits - Visits in the order in which they were made.
 * @property {boolean} complete - Whether no visit was left out for size.
 * @property {Map<string, string[]>} inputs - Keys of the lots named beside each input, by the key of the input.
 * @property {[string, import('./evidence.js').ProvenEntry][]} owners - Key of each owner, and the entry that shows the owner.
 */

const SUBJECTS_MAX = 512
const ENTRIES_MAX = 4096
const BYTES_MAX = 8 * 1024 * 1024
const VISITS_MAX = 8192
const FIRST_BYTES_MAX = 24 * 1024 * 1024
const ENTRY_WEIGHT = 1536
const SUBJECT_WEIGHT = 6 * 1024
const LOTS_MAX = 2
const LEVELS_MAX = 64

/**
 * Returns the moment of an entry, (occurred_at_ms, log index), as one number.
 * @param {{ event?: { occurred_at_ms: bigint }, logIndex: bigint }} entry
 * @returns {bigint}
 */
export const momentOf = ({ event, logIndex }) => (event.occurred_at_ms << 64n) | logIndex
/**
 * Compares two entries by their moments, which differ.
 * @param {{ moment?: bigint }} a
 * @param {{ moment?: bigint }} b
 * @returns {number}
 */
export const byMoment = (a, b) => (a.moment < b.moment ? -1 : 1)
const ALWAYS = { from: 0n, until: 1n << 128n }
const cut = (window, from, until) => ({
  from: from > window.from ? from : window.from,
  until: until < window.until ? until : window.until,
})
/**
 * Whether a moment lies in a window.
 * @param {Window} window
 * @param {bigint} moment
 * @returns {boolean}
 */
export const isWithin = (window, moment) => window.from <= moment && moment < window.until

/** Rank of each relation: a visit is covered by an earlier visit of no lower rank. */
const RANKS = { authority: 0, register: 0, named_lot: 1, input: 2, input_unit: 2, unit: 3, lot: 3, model: 3, asked: 4 }
const covers = (before, next) =>
  before.window.from <= next.window.from && next.window.until <= before.window.until && rowOf(RANKS, before.relation) >= rowOf(RANKS, next.relation)
/**
 * Whether a relation gives the story no entries.
 * @param {string} relation
 * @returns {boolean}
 */
export const isWithoutEntries = (relation) => rowOf(RANKS, relation) === 0
/**
 * Whether a relation leads to a lot that an item may be of.
 * @param {string} relation
 * @returns {boolean}
 */
export const isOfLot = (relation) => relation === 'lot' || relation === 'named_lot'
/**
 * Whether a relation leads to the inputs of the product.
 * @param {string} relation
 * @returns {boolean}
 */
export const isOfInput = (relation) => relation === 'input' || relation === 'input_unit'

/** Relations of the family, and the kinds that owners and testers sign. */
const FAMILY = ['asked', 'lot', 'model', 'register']
const OWNS = ['production', 'commissioning', 'transformation', 'origin_content']
const TESTS = ['lab_inspection', 'certification']

/**
 * Returns the entries of a chain whose event a later correction on the chain strikes. The correction is by its author or a regulator, and
 * is not struck itself.
 * @param {import('./evidence.js').ProvenEntry[]} chain
 * @returns {Set<import('./evidence.js').ProvenEntry>}
 */
export function struckAmong(chain) {
  // A correction counts that is not struck itself, and that the author of the original or a regulator signed (W13).
  const places = new Map(chain.map((record, i) => [hex(record.leaf), i]))
  const struck = new Set()
  for (let i = chain.length - 1; i >= 0; i--) {
    const { kind, body, party, role } = chain[i].event ?? {}
    if (kind !== 'correction' || struck.has(chain[i])) continue
    const at = places.get(hex(body.original_entry_hash))
    const original = at < i ? chain[at].event : undefined
    if (original && (original.party === party || role === 'regulator')) struck.add(chain[at])
  }
  return struck
}

/**
 * Returns the form of a commissioning: `listed`, `committed`, or undefined for another event.
 * @param {import('./event.js').LedgerEvent | undefined} event
 * @returns {string | undefined}
 */
export const formOf = (event) => (event?.kind === 'commissioning' ? arm(event.body.form)[0] : undefined)

/**
 * Returns the lot to which the first listed commissioning among some entries of an item binds the item.
 * @param {import('./evidence.js').ProvenEntry[]} records
 * @returns {string | undefined}
 */
export const boundLot = (records) => records.find(({ event }) => formOf(event) === 'listed')?.event.body.form.listed.lot

/**
 * Whether a subject is among the outputs of a transformation.
 * @param {import('./event.js').LedgerEvent} event
 * @param {string} key
 * @returns {boolean}
 */
export const isOutput = ({ kind, body, subjects }, key) => kind === 'transformation' && body.outputs.some((place) => subjects[place].key === key)

/**
 * Returns the key of the parent of an aggregation.
 * @param {import('./event.js').LedgerEvent} event
 * @returns {string}
 */
export const parentOf = ({ subjects, body }) => subjects[body.parent].key

/** Returns each logistic unit that a subject lay in, and from and until which moment. An item or unit lies in one unit at a time. */
function stays(about, records) {
  const open = new Map()
  const all = []
  for (const record of records.filter(({ event }) => event.kind === 'aggregation').sort(byMoment)) {
    const { event, logIndex, moment: at } = record
    const unit = parentOf(event)
    if (unit === about.key) continue
    // An item or unit lies in one unit at a time (W14).
    if (event.body.action === 'add' && !(about.kind === 'lot' ? open.has(unit) : open.size)) {
      // The position of the parent orders the visit (W15).
      const stay = { unit, from: at, until: ALWAYS.until, ledBy: [logIndex, event.body.parent] }
      open.set(unit, stay)
      all.push(stay)
    } else if (event.body.action === 'delete' && open.has(unit)) {
      open.get(unit).until = at
      open.delete(unit)
    }
  }
  return all
}

/** Returns the keys of the parties and delegations that decide the right to sign an event. */
function authorities({ party, principal, kind, body, goods }) {
  // The party, the principal with its delegation, and the parties that a party event concerns (W9).
  const needed = [party]
  if (principal !== undefined) needed.push(principal, delegation(principal, party))
  if (kind !== 'party_event') return needed
  const [, { grantor, grantee }] = arm(body.action)
  return [...needed, ...goods.filter((of) => of.kind === 'party').map(({ key }) => key), ...(grantor ? [grantor, grantee] : [])]
}

/** Returns the distinct keys, without undefined ones. */
const distinct = (keys) => [...new Set(keys.filter((key) => key))]

/**
 * Walks from the asked subject. `history(key)` returns `{about, records}` of a subject, or refuses. `holding(item)` returns the sets that
 * hold an item and are not struck, in log order, each with its `lot`. `lotOfLabel` is the lot that a label names beside an item.
 * Returns the `visits` made, in order; `complete`, whether they are all; and `inputs`, the lots named beside each input, by key of the
 * input. `owners` has the owners of the family, each with the entry that shows the owner. A visit to a unit is `ofPart` when a lot leads to
 * it: the lot may lie in other units as well.
 * @param {object} question
 * @param {string} question.asked - Key of the asked subject.
 * @param {string} [question.lotOfLabel] - Key of the lot on the label.
 * @param {string} question.operator - Key of the operator.
 * @param {(key: string) => { about: import('./subject.js').Subject, records: import('./evidence.js').ProvenEntry[] }} question.history
 * @param {(item: string) => { lot: string }[]} question.holding
 * @returns {Walk}
 */
export function walk({ asked, lotOfLabel, operator, history, holding }) {
  const visits = []
  const bySubject = new Map()
  const signers = new Set()
  const counted = new Set()
  const [inputs, owners, testers] = [new Map(), [], new Set()]
  let bytes = 0
  let deeper = []
  let complete = true

  /** Chain, stays and makings of each subject, worked out once. */
  const views = new Map()
  function view(key) {
    if (views.has(key)) return views.get(key)
    const { about, records: chain } = history(key)
    const struck = struckAmong(chain)
    const unstruck = chain.filter((record) => record.event && !struck.has(record))
    const view = { about, chain, unstruck, stays: stays(about, unstruck), makings: unstruck.filter(({ event }) => isOutput(event, key)) }
    views.set(key, view)
    return view
  }

  function family() {
    const { about, unstruck, makings } = view(asked)
    const { kind, model } = about
    if (kind === 'lot') return [['model', model], ['register', listOf(about)]]
    if (kind !== 'item') return []
    // The lots: bound or of sets, of the label, of transformations; the first as `lot`, the others as `named_lot` (W2).
    const bound = boundLot(unstruck)
    const besides = makings.map(({ event }) => event.subjects.find(({ key }) => key === asked).lot)
    const lots = distinct([...(bound ? [bound] : holding(asked).map(({ lot }) => lot)), lotOfLabel, ...besides])
    // The register follows for an item that no listed commissioning binds, as the list does above for a lot (W3).
    return [...lots.map((lot, i) => [i ? 'named_lot' : 'lot', lot]), ['model', model], ...(bound ? [] : [['register', registerOf(about)]])]
  }
  /**
   * Returns a visit of the first level to a subject.
   * @param {string} relation
   * @param {string} key
   * @returns {Visit}
   */
  const first = (relation, key) => ({ key, relation, window: ALWAYS, level: 0 })
  const all = family()
  const lots = all.filter(([relation]) => isOfLot(relation))
  // After the first lots come the others, one level deeper and before all else there.
  lots.slice(LOTS_MAX).forEach(([relation, key], place) => deeper.push({ ...first(relation, key), level: 1, ledBy: [0n, place] }))
  const near = all.filter((of) => !lots.slice(LOTS_MAX).includes(of))
  // The asked subject is the first visit, and its family follows (W1).
  let queue = [first('asked', asked), ...near.map(([relation, key]) => first(relation, key))]
  /** Visits to parties and delegations: after the goods of level 0, and before the next goods at a deeper level. */
  const rights = [first('authority', operator)]

  /** Adds the delegation from each owner to each tester. */
  function ties() {
    // The delegations are from each owner to each tester that is not an owner (W5).
    const names = distinct(owners.map(([owner]) => owner)).sort()
    for (const owner of names) {
      for (const tester of [...testers].sort()) if (!names.includes(tester)) rights.push(first('authority', delegation(owner, tester)))
    }
  }

  /**
   * Makes a visit: counts the entries of its chain, and finds the visits that it leads to.
   * @param {Visit} visit
   */
  function visit({ key, relation, window, level, ofPart }) {
    const { about, chain, unstruck, stays, makings } = view(key)
    // Each entry counts once (W8).
    for (const record of bySubject.get(key).length > 1 ? [] : chain) {
      if (!counted.has(record)) bytes += record.size
      counted.add(record)
      const { event } = record
      if (!event) continue
      for (const signer of authorities(event)) {
        if (!signers.has(signer)) rights.push({ key: signer, relation: 'authority', window: ALWAYS, level })
        signers.add(signer)
      }
      if (!FAMILY.includes(relation)) continue
      if (OWNS.includes(event.kind)) owners.push([event.principal ?? event.party, record])
      if (TESTS.includes(event.kind) && event.body.assurance !== 'first_party') testers.add(event.party)
    }
    if (isWithoutEntries(relation)) return
    const lead = (key, relation, window, ledBy, ofPart) => deeper.push({ key, relation, window, level: level + 1, ledBy, ofPart })
    // Each unit that the subject lay in, for the time in the unit (W10).
    if (about.kind !== 'lot' || relation === 'asked') {
      for (const { unit, from, until, ledBy } of stays) {
        const within = cut(window, from, until)
        if (within.from < within.until) lead(unit, isOfInput(relation) ? 'input_unit' : 'unit', within, ledBy, ofPart || about.kind === 'lot')
      }
    }
    // The inputs of each transformation that made the subject, up to the transformation (W11).
    for (const { event, logIndex, moment } of relation === 'named_lot' ? [] : makings) {
      const before = cut(window, 0n, moment)
      if (!isWithin(window, moment) || before.from === before.until) continue
      for (const place of event.body.inputs) {
        const [input, { lot }] = [event.goods[place], event.subjects[place]]
        for (const part of distinct([input.key, lot, input.model])) lead(part, 'input', before, [logIndex, place])
        // The goods are an input even if an earlier visit covers them. The lot beside them and the model are not (W16).
        inputs.set(input.key, distinct([...(inputs.get(input.key) ?? []), lot]))
      }
    }
    // An input that is an item leads to its lot (W12).
    if (relation !== 'input' || about.kind !== 'item') return
    const lot = boundLot(unstruck) ?? holding(key)[0]?.lot
    if (lot) queue.push({ key: lot, relation, window, level })
  }

  for (let at = 0, right = 0, level = 0; ; ) {
    if (!level && at === queue.length && !right) ties()
    if (at === queue.length && right === rights.length) {
      if (!deeper.length) return { visits, complete, inputs, owners }
      queue = deeper.sort((a, b) => compare(a.ledBy, b.ledBy))
      deeper = []
      at = 0
      level++
    }
    // Level 0 takes goods before rights, and a deeper level takes rights before goods (W4).
    const goodsFirst = level ? right === rights.length : at < queue.length
    const next = goodsFirst ? queue[at++] : rights[right++]
    // A visit that an earlier one covers is skipped (W6).
    if (bySubject.get(next.key)?.some((before) => covers(before, next))) continue
    // A limit leaves out goods alone (W7).
    const isFull = visits.length >= VISITS_MAX || (level > 1
      ? bySubject.size >= SUBJECTS_MAX || counted.size >= ENTRIES_MAX || bytes >= BYTES_MAX || level >= LEVELS_MAX
      : bytes + counted.size * ENTRY_WEIGHT + bySubject.size * SUBJECT_WEIGHT >= FIRST_BYTES_MAX)
    // The right of a signer comes with every chain that is shown.
    if (level && isFull && next.relation !== 'authority') {
      complete = false
      continue
    }
    append(bySubject, next.key, next)
    visits.push(next)
    visit(next)
  }
}

const compare = ([a, b], [c, d]) => (a !== c ? (a < c ? -1 : 1) : b < d ? -1 : b > d ? 1 : 0)
