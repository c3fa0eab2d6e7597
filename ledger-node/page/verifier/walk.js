// Which subjects the story of one product needs (proto/README.md, "Traces", the walk).

import { hex } from './bytes.js'
import { arm } from './codec.js'
import { append } from './group.js'
import { delegation } from './subject.js'

const SUBJECTS_MAX = 512
const ENTRIES_MAX = 4096
const BYTES_MAX = 8 * 1024 * 1024
const VISITS_MAX = 8192
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
const rank = (way) => (way === 'authority' ? 0 : way === 'asked' ? 2 : 1)
const covers = (before, next) =>
  before.window.from <= next.window.from && next.window.until <= before.window.until && rank(before.way) >= rank(next.way)

/** The records of a chain whose event a later correction on it strikes: one by its author or a regulator, and not struck itself. */
export function struckAmong(chain) {
  const places = new Map(chain.map((record, i) => [hex(record.leaf), i]))
  const struck = new Set()
  for (let i = chain.length - 1; i >= 0; i--) {
    const { kind, told, party, role } = chain[i].event ?? {}
    if (kind !== 'correction' || struck.has(chain[i])) continue
    const at = places.get(hex(told.original_entry_hash))
    const original = at < i ? chain[at].event : undefined
    if (!original || original.kind === 'party_event' || original.kind === 'recall') continue
    if (original.party === party || role === 'regulator') struck.add(chain[at])
  }
  return struck
}

/** The lot of an item that an event tells. */
export const lotTold = ({ kind, told, subjects }, item) =>
  (kind === 'commissioning' && told.form.listed?.lot) || subjects.find(({ key }) => key === item)?.lot

/** The lot that the first of some events tells that tells one. */
export const boundLot = (item, records) => records.map(({ event }) => lotTold(event, item)).find((lot) => lot !== undefined)

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

/**
 * Walks from the asked subject. `history(key)` gives `{about, records}` of a subject, or refuses. Gives the `visits` made, in order,
 * whether they are all (`complete`), the `label` told, and for an item `lot`, the one that its events bind, or the label's. A visit to a unit
 * is `ofPart` when a lot leads to it, which may lie in others as well.
 */
export function walk({ asked, label, operator, history }) {
  const visits = []
  const bySubject = new Map()
  const signers = new Set()
  const counted = new Set()
  let bytes = 0
  let queue = [], deeper = []
  const found = { visits, complete: true, label, lot: undefined }
  const visitLater = (level, key, way, window = ALWAYS, ledBy = undefined, ofPart = false) =>
    (ledBy ? deeper : queue).push({ key, way, window, level, ledBy, ofPart })

  /** What a subject leads to, worked out once. */
  const views = new Map()
  function view(key, level) {
    if (views.has(key)) return views.get(key)
    const { about, records: chain } = history(key)
    const struck = struckAmong(chain)
    const told = chain.filter((record) => record.event && !struck.has(record))
    const isOutput = ({ subjects, told }) => told.outputs.some((place) => subjects[place].key === key)
    const view = {
      about, told, stays: stays(about, told),
      makings: told.filter(({ event }) => event.kind === 'transformation' && isOutput(event)),
    }
    for (const record of chain) {
      if (!counted.has(record)) bytes += record.size
      counted.add(record)
    }
    for (const { event } of chain) {
      for (const signer of event ? authorities(event) : []) {
        if (!signers.has(signer)) visitLater(level, signer, 'authority')
        signers.add(signer)
      }
    }
    views.set(key, view)
    return view
  }

  function visit({ key, way, window, level, ofPart }) {
    const { about, told, stays, makings } = view(key, level)
    if (way === 'asked' && about.kind === 'item') {
      found.lot = boundLot(key, told) ?? label
      if (found.lot !== undefined) visitLater(level, found.lot, 'lot')
    }
    if (way === 'asked' && about.model && about.kind !== 'model') visitLater(level, about.model, 'model')
    if (way === 'authority') return
    const lead = (subject, way, window, ...more) => window.from < window.until && visitLater(level + 1, subject, way, window, ...more)
    if (about.kind !== 'lot' || way === 'asked') {
      for (const { unit, from, until, ledBy } of stays) lead(unit, 'unit', cut(window, from, until), ledBy, ofPart || about.kind === 'lot')
    }
    for (const { event, logIndex, moment } of makings) {
      if (!isWithin(window, moment)) continue
      for (const place of event.told.inputs) {
        const input = event.goods[place]
        const parts = [input.key, event.subjects[place].lot, input.model]
        for (const part of parts) if (part) lead(part, 'input', cut(window, 0n, moment), [logIndex, place])
      }
    }
  }

  visitLater(0, asked, 'asked')
  visitLater(0, operator, 'authority')
  for (let at = 0; ; ) {
    if (at === queue.length) {
      if (!deeper.length) return found
      queue = deeper.sort((a, b) => compare(a.ledBy, b.ledBy))
      deeper = []
      at = 0
    }
    const next = queue[at++]
    if (bySubject.get(next.key)?.some((before) => covers(before, next))) continue
    const isFull =
      bySubject.size >= SUBJECTS_MAX || counted.size >= ENTRIES_MAX || bytes >= BYTES_MAX || visits.length >= VISITS_MAX
    if (next.level >= 2 && (isFull || next.level >= LEVELS_MAX)) return Object.assign(found, { complete: false })
    append(bySubject, next.key, next)
    visits.push(next)
    visit(next)
  }
}

const compare = ([a, b], [c, d]) => (a !== c ? (a < c ? -1 : 1) : b < d ? -1 : b > d ? 1 : 0)
