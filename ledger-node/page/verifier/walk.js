// Which subjects the story of one product needs (proto/README.md, "Traces", the walk).

import { hex } from './bytes.js'
import { arm } from './codec.js'
import { append, rowOf } from './group.js'
import { delegation, listOf, registerOf } from './subject.js'

const SUBJECTS_MAX = 512
const ENTRIES_MAX = 4096
const BYTES_MAX = 8 * 1024 * 1024
const VISITS_MAX = 8192
const FIRST_BYTES_MAX = 24 * 1024 * 1024
const ENTRY_WEIGHT = 1536
const SUBJECT_WEIGHT = 6 * 1024
const LOTS_MAX = 2
const LEVELS_MAX = 64

/** A moment is (occurred_at_ms, log index), as one number. */
export const momentOf = ({ event, logIndex }) => (event.occurred_at_ms << 64n) | logIndex
export const byMoment = (a, b) => (a.moment < b.moment ? -1 : 1)
const ALWAYS = { from: 0n, until: 1n << 128n }
const cut = (window, from, until) => ({
  from: from > window.from ? from : window.from,
  until: until < window.until ? until : window.until,
})
export const isWithin = (window, moment) => window.from <= moment && moment < window.until

/** How much a way leads to: a visit is covered by one of no lower rank. */
const RANKS = { authority: 0, register: 0, named_lot: 1, input: 2, input_unit: 2, unit: 3, lot: 3, model: 3, asked: 4 }
const covers = (before, next) =>
  before.window.from <= next.window.from && next.window.until <= before.window.until && rowOf(RANKS, before.way) >= rowOf(RANKS, next.way)
/** Ways of which nothing is told. */
export const isUntold = (way) => rowOf(RANKS, way) === 0
/** Ways to what the product was made of. */
export const isOfInput = (way) => way === 'input' || way === 'input_unit'

/** The ways of the family, and what owners and testers sign. */
const FAMILY = ['asked', 'lot', 'model', 'register']
const OWNS = ['production', 'commissioning', 'transformation', 'origin_content']
const TESTS = ['lab_inspection', 'certification']

/** The records of a chain whose event a later correction on it strikes: one by its author or a regulator, and not struck itself. */
export function struckAmong(chain) {
  const places = new Map(chain.map((record, i) => [hex(record.leaf), i]))
  const struck = new Set()
  for (let i = chain.length - 1; i >= 0; i--) {
    const { kind, told, party, role } = chain[i].event ?? {}
    if (kind !== 'correction' || struck.has(chain[i])) continue
    const at = places.get(hex(told.original_entry_hash))
    const original = at < i ? chain[at].event : undefined
    if (original && (original.party === party || role === 'regulator')) struck.add(chain[at])
  }
  return struck
}

/** The form of a commissioning: `listed`, `committed`, undefined for another event. */
export const formOf = (event) => (event?.kind === 'commissioning' ? arm(event.told.form)[0] : undefined)

/** The lot that the first listed commissioning among some records of an item binds it to. */
export const boundLot = (records) => records.find(({ event }) => formOf(event) === 'listed')?.event.told.form.listed.lot

/** Whether a subject is among what a transformation made. */
export const isOutput = ({ kind, told, subjects }, key) => kind === 'transformation' && told.outputs.some((place) => subjects[place].key === key)

/** The parent of an aggregation. */
export const parentOf = ({ subjects, told }) => subjects[told.parent].key

/** Each unit that a subject lay in, and from when until when. An item or unit lies in one at a time. */
function stays(about, records) {
  const open = new Map()
  const all = []
  for (const record of records.filter(({ event }) => event.kind === 'aggregation').sort(byMoment)) {
    const { event, logIndex, moment: at } = record
    const unit = parentOf(event)
    if (unit === about.key) continue
    if (event.told.action === 'add' && !(about.kind === 'lot' ? open.has(unit) : open.size)) {
      const stay = { unit, from: at, until: ALWAYS.until, ledBy: [logIndex, event.told.parent] }
      open.set(unit, stay)
      all.push(stay)
    } else if (event.told.action === 'delete' && open.has(unit)) {
      open.get(unit).until = at
      open.delete(unit)
    }
  }
  return all
}

/** Whose right to sign an event has to be known. */
function authorities({ party, principal, kind, told, goods }) {
  const needed = [party]
  if (principal !== undefined) needed.push(principal, delegation(principal, party))
  if (kind !== 'party_event') return needed
  const [, { grantor, grantee }] = arm(told.action)
  return [...needed, ...goods.filter((of) => of.kind === 'party').map(({ key }) => key), ...(grantor ? [grantor, grantee] : [])]
}

/** The unique ones of some keys that are there. */
const distinct = (keys) => [...new Set(keys.filter((key) => key))]

/**
 * Walks from the asked subject. `history(key)` gives `{about, records}` of a subject, or refuses; `holding(item)` the sets that hold an item and that nothing
 * strikes, in log order, each with its `lot`; `label` is the lot that a label names beside an item. Gives the `visits` made, in order, and whether they are all
 * (`complete`); by key of each input the lots told beside it (`inputs`); and the `owners` of the family, each with the record that shows it. A visit to a unit
 * is `ofPart` when a lot leads to it, which may lie in others as well.
 */
export function walk({ asked, label, operator, history, holding }) {
  const visits = []
  const bySubject = new Map()
  const signers = new Set()
  const counted = new Set()
  const [inputs, owners, testers] = [new Map(), [], new Set()]
  let bytes = 0
  let deeper = []
  let complete = true

  /** What a subject leads to, worked out once. */
  const views = new Map()
  function view(key) {
    if (views.has(key)) return views.get(key)
    const { about, records: chain } = history(key)
    const struck = struckAmong(chain)
    const told = chain.filter((record) => record.event && !struck.has(record))
    const view = { about, chain, told, stays: stays(about, told), makings: told.filter(({ event }) => isOutput(event, key)) }
    views.set(key, view)
    return view
  }

  function family() {
    const { about, told, makings } = view(asked)
    const { kind, model } = about
    if (kind === 'lot') return [['model', model], ['register', listOf(about)]]
    if (kind !== 'item') return []
    const bound = boundLot(told)
    const besides = makings.map(({ event }) => event.subjects.find(({ key }) => key === asked).lot)
    const lots = distinct([...(bound ? [bound] : holding(asked).map(({ lot }) => lot)), label, ...besides])
    return [...lots.map((lot, i) => [i ? 'named_lot' : 'lot', lot]), ['model', model], ...(bound ? [] : [['register', registerOf(about)]])]
  }
  const first = (way, key) => ({ key, way, window: ALWAYS, level: 0 })
  const all = family()
  const lots = all.filter(([way]) => way === 'lot' || way === 'named_lot')
  // Behind the first lots come the others, before all else a level deeper.
  lots.slice(LOTS_MAX).forEach(([way, key], place) => deeper.push({ ...first(way, key), level: 1, ledBy: [0n, place] }))
  const near = all.filter((of) => !lots.slice(LOTS_MAX).includes(of))
  let queue = [first('asked', asked), ...near.map(([way, key]) => first(way, key))]
  /** Parties and delegations: behind the goods of level 0, in front of the next goods at a deeper level. */
  const rights = [first('authority', operator)]

  /** The rights that each owner gives each tester. */
  function ties() {
    const names = distinct(owners.map(([owner]) => owner)).sort()
    for (const owner of names) {
      for (const tester of [...testers].sort()) if (!names.includes(tester)) rights.push(first('authority', delegation(owner, tester)))
    }
  }

  function visit({ key, way, window, level, ofPart }) {
    const { about, chain, told, stays, makings } = view(key)
    for (const record of bySubject.get(key).length > 1 ? [] : chain) {
      if (!counted.has(record)) bytes += record.size
      counted.add(record)
      const { event } = record
      if (!event) continue
      for (const signer of authorities(event)) {
        if (!signers.has(signer)) rights.push({ key: signer, way: 'authority', window: ALWAYS, level })
        signers.add(signer)
      }
      if (!FAMILY.includes(way)) continue
      if (OWNS.includes(event.kind)) owners.push([event.principal ?? event.party, record])
      if (TESTS.includes(event.kind) && event.told.assurance !== 'first_party') testers.add(event.party)
    }
    if (isUntold(way)) return
    const lead = (key, way, window, ledBy, ofPart) => deeper.push({ key, way, window, level: level + 1, ledBy, ofPart })
    if (about.kind !== 'lot' || way === 'asked') {
      for (const { unit, from, until, ledBy } of stays) {
        const within = cut(window, from, until)
        if (within.from < within.until) lead(unit, isOfInput(way) ? 'input_unit' : 'unit', within, ledBy, ofPart || about.kind === 'lot')
      }
    }
    for (const { event, logIndex, moment } of way === 'named_lot' ? [] : makings) {
      const before = cut(window, 0n, moment)
      if (!isWithin(window, moment) || before.from === before.until) continue
      for (const place of event.told.inputs) {
        const [input, { lot }] = [event.goods[place], event.subjects[place]]
        for (const part of distinct([input.key, lot, input.model])) lead(part, 'input', before, [logIndex, place])
        inputs.set(input.key, distinct([...(inputs.get(input.key) ?? []), lot]))
      }
    }
    if (way !== 'input' || about.kind !== 'item') return
    const lot = boundLot(told) ?? holding(key)[0]?.lot
    if (lot) queue.push({ key: lot, way, window, level })
  }

  for (let at = 0, right = 0, level = 0; ; ) {
    if (level === 0 && at === queue.length && right === 0) ties()
    if (at === queue.length && right === rights.length) {
      if (!deeper.length) return { visits, complete, inputs, owners }
      queue = deeper.sort((a, b) => compare(a.ledBy, b.ledBy))
      deeper = []
      at = 0
      level++
    }
    const goodsFirst = level === 0 ? at < queue.length : right === rights.length
    const next = goodsFirst ? queue[at++] : rights[right++]
    if (bySubject.get(next.key)?.some((before) => covers(before, next))) continue
    const isFull =
      bySubject.size >= SUBJECTS_MAX || counted.size >= ENTRIES_MAX || bytes >= BYTES_MAX || visits.length >= VISITS_MAX
    const weight = counted.size * ENTRY_WEIGHT + bySubject.size * SUBJECT_WEIGHT
    const isFullAtFirst = bytes + weight >= FIRST_BYTES_MAX || visits.length >= VISITS_MAX
    const isLeftOut = next.level >= 2 ? isFull || next.level >= LEVELS_MAX : next.level === 1 && isFullAtFirst
    // The right of a signer comes with every chain that is shown.
    if (isLeftOut && next.way !== 'authority') {
      complete = false
      continue
    }
    append(bySubject, next.key, next)
    visits.push(next)
    visit(next)
  }
}

const compare = ([a, b], [c, d]) => (a !== c ? (a < c ? -1 : 1) : b < d ? -1 : b > d ? 1 : 0)
