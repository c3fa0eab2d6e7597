// Rights of the parties (proto/README.md, "Authority"): the sum of the party events below an entry, replayed in log order.

import { hex, same } from './bytes.js'
import { arm } from './codec.js'
import { pae } from './crypto.js'
import { append, rowOf } from './group.js'
import { demand, outer, refuse, Refusal } from './refusal.js'
import { sha256 } from './sha256.js'
import { covers, overlap } from './subject.js'

/**
 * Span of time in which a right holds.
 * @typedef {object} Interval
 * @property {bigint} from_ms - First moment, in milliseconds since 1970.
 * @property {bigint} until_ms - First moment after it, in milliseconds since 1970; 0 for no end.
 */

/**
 * Key of a party.
 * @typedef {object} PartyKey
 * @property {Uint8Array} publicKey - Public key, 32 bytes.
 * @property {string} use - Use of the key, `events` or `admin`.
 * @property {Interval} interval - Time in which the key may sign.
 * @property {bigint} [retired] - Time from which the key is retired, in milliseconds since 1970.
 * @property {bigint} [compromised] - Time from which the key is compromised, in milliseconds since 1970.
 */

/**
 * Role of a party.
 * @typedef {object} HeldRole
 * @property {string} role - Word of `Role`.
 * @property {Interval} interval - Time in which the party has the role.
 * @property {boolean} [ended] - Whether the role was taken away.
 */

/**
 * Accreditation of a laboratory, with the fields of the accreditation beside it.
 * @typedef {object} HeldAccreditation
 * @property {string} body - Body that accredits.
 * @property {string} number - Number of the accreditation.
 * @property {string} valid_from - First day, as YYYY-MM-DD.
 * @property {string} valid_to - Last day, as YYYY-MM-DD.
 * @property {import('./messages.js').Message} accreditation - Message `Accreditation`.
 * @property {string[]} methods - Methods that it covers; empty for all.
 * @property {string} by - Key of the party that recorded it.
 * @property {bigint} recorded - Time at which it was recorded, in milliseconds since 1970.
 */

/**
 * Act of a party that affirms entries which its compromised key signed.
 * @typedef {object} Affirmation
 * @property {PartyKey} by - Key that signs the act.
 * @property {PartyKey} of - Key that is compromised.
 * @property {bigint} below - Log index below which entries are affirmed.
 * @property {Uint8Array[]} except - Identities of events that are not affirmed, 32 bytes each.
 */

/**
 * State of a party, as the party events so far left it.
 * @typedef {object} Party
 * @property {string} party - Key of the party.
 * @property {import('./messages.js').LangText[]} names - Name in each language.
 * @property {string} [country] - ISO 3166-1 code, 2 letters; absent until the party is registered.
 * @property {HeldRole[]} roles - Roles that the party was given.
 * @property {{ prefix: string, interval: Interval }[]} prefixes - Company prefixes of the party.
 * @property {HeldAccreditation[]} accreditations - Accreditations of a laboratory.
 * @property {Map<string, PartyKey>} keys - Keys by their ids in hex.
 * @property {Affirmation[]} affirmed - Re-affirmations.
 * @property {import('./messages.js').Message[]} points - Points that platforms recorded, each with the `identity` of its event.
 */

const AHEAD_MAX_MS = 300000n
/** Roles that sign each kind (A4). */
const SIGNS = {
  production: 'brand producer', commissioning: 'brand producer', origin_content: 'brand producer',
  applied: 'brand producer', sticker: 'brand platform', shipment_leg: 'carrier distributor producer brand',
  distribution: 'distributor carrier producer brand', aggregation: 'distributor carrier producer brand',
  customs_clearance: 'customs distributor carrier brand', lab_inspection: 'lab', certification: 'certifier',
  first_party: 'brand producer', transformation: 'producer distributor brand', recall: 'brand regulator', correction: 'any', party_event: 'any',
}
/** Roles that sign about the goods of other parties (A5). */
const OF_OTHERS = ['customs', 'lab', 'certifier', 'regulator', 'platform']
/** Kinds of subjects that need no prefix, because the goods beside them have one (A5). */
const BESIDE_GOODS = ['register', 'list']
/** Parties that may make each party event (A7). */
const MAY = {
  register: 'operator', grant_role: 'operator', end_role: 'operator', grant_prefix: 'operator', end_prefix: 'operator', accredit: 'operator',
  add_key: 'operator party', revoke_key: 'operator party', reaffirm: 'party', points: 'platform', delegate: 'grantor', end_delegation: 'grantor operator',
}

const SINCE_EVER = { from_ms: 0n, until_ms: 0n }
const open = (interval, time) => interval.from_ms <= time && (interval.until_ms === 0n || time < interval.until_ms)
const isLift = ({ kind, body }) => kind === 'recall' && body.action === 'lift'
/**
 * Whether an event is signed under authority over its goods (A5).
 * @param {{ role: string, kind?: string, body?: import('./messages.js').Body }} event
 * @returns {boolean}
 */
export const isOverGoods = ({ role, kind, body }) =>
  !OF_OTHERS.includes(role) && kind !== 'correction' && kind !== 'party_event' && !isLift({ kind, body })

/** State of all parties that the events of a trace register or change. */
export class Authority {
  /**
   * Parties by key: `names`, `country`, `roles`, `prefixes`, `accreditations`, `keys` by id, `affirmed` re-affirmations, `points`.
   * @type {Map<string, Party>}
   */
  parties = new Map()
  #bound = new Set()
  #delegations = new Map()
  #byLeaf = new Map()
  #byIdentity = new Map()

  /** @param {Uint8Array} ledger - Leaf of the genesis, 32 bytes. */
  constructor(ledger) {
    this.ledger = ledger
  }

  /**
   * Takes the operator, its role and its keys from the genesis.
   * @param {import('./messages.js').Genesis} genesis
   */
  found({ operator, keys }) {
    // The operator has its keys and the role of platform (A1).
    this.operator = operator
    this.#party(operator).roles.push({ role: 'platform', interval: SINCE_EVER })
    for (const { public_key, key_use } of keys) this.#bind(operator, public_key, key_use, SINCE_EVER)
  }

  /**
   * Judges the next event in log order, and applies the event. The signature goes to `checks`. Sets on `record` the `key` that signed.
   * Of a newer event, checks only ledger, party, key and signature. Returns whether the event counts: a correction or lift of a newer event
   * does not. Refuses `Denied`.
   * @param {import('./evidence.js').ProvenEntry} record
   * @param {import('./crypto.js').SignatureChecks} checks
   * @returns {boolean}
   */
  admit(record, checks) {
    try {
      const counts = this.#judge(record, checks)
      this.#remember(record)
      return counts
    } catch (e) {
      throw outer('Denied', e, record.logIndex)
    }
  }

  /**
   * Whether a key that is compromised since signed the entry, and neither an anchor nor a re-affirmation clears the entry. `existed` is in
   * seconds.
   * @param {import('./evidence.js').ProvenEntry} record
   * @param {bigint | undefined} existed
   * @returns {boolean}
   */
  isSuspect({ key, event, logIndex }, existed) {
    // An anchor before the compromise clears the entry, and so does a re-affirmation (A8).
    const since = key.compromised
    if (since === undefined || (existed !== undefined && existed * 1000n < since)) return false
    // The key of a re-affirmation must not be compromised itself.
    return !this.parties.get(event.party).affirmed.some(({ by, of, below, except }) =>
      by.compromised === undefined && of === key && logIndex < below && !except.some((hash) => same(hash, event.identity)))
  }

  /** Returns the state of a party, which is empty for a new party. */
  #party(party) {
    const nothing = { names: [], roles: [], prefixes: [], accreditations: [], keys: new Map(), affirmed: [], points: [] }
    if (!this.parties.has(party)) this.parties.set(party, { party, ...nothing })
    return this.parties.get(party)
  }

  #bind(party, publicKey, use, interval) {
    const id = hex(sha256(publicKey))
    this.#bound.add(id)
    this.parties.get(party).keys.set(id, { publicKey, use, interval })
  }

  #ownKeys = () => [...this.parties.get(this.operator).keys.values()]
  #known = (party) => this.parties.get(party) ?? refuse('UnknownParty')
  #holdsRole = (party, role, time) => party.roles.some((held) => held.role === role && !held.ended && open(held.interval, time))
  #holdsGoods = (party, goods, time) => party?.prefixes.some(({ prefix, interval }) => open(interval, time) && covers(prefix, goods))

  #judge(record, checks) {
    const { event, recorded } = record
    const { kind, body, role } = event
    // The event is for this ledger (A2), and its party and its key are known (A3).
    demand(same(event.ledger_id, this.ledger), 'OtherLedger')
    const party = this.#known(event.party)
    const key = party.keys.get(hex(event.key_id)) ?? refuse('UnknownKey')
    const forged = () => new Refusal('NotAuthentic', '', new Refusal('Signature'), record.logIndex)
    checks.signature(key.publicKey, pae('event', event.bytes), record.signature, forged)
    record.key = key
    // Nothing else of the right to sign a newer event is judged (N4).
    if (event.newer) return true
    // The event occurred before its recorded time or little after it (A2).
    demand(event.occurred_at_ms <= recorded + AHEAD_MAX_MS, 'Future')
    // The key is for this use, and in force (A3).
    demand(key.use === (kind === 'party_event' ? 'admin' : 'events'), 'KeyUse')
    demand(open(key.interval, recorded), 'KeyInterval')
    demand(key.compromised === undefined && !(key.retired <= recorded), 'KeyRevoked')

    // The party holds the role, and the role signs the kind (A4).
    demand(this.#holdsRole(party, role, recorded), 'Role')
    const act = kind === 'sticker' && body.action === 'applied' ? 'applied' : body.assurance === 'first_party' ? 'first_party' : kind
    const signers = rowOf(SIGNS, act).split(' ')
    demand(signers.includes('any') || signers.includes(role), 'RoleForKind')
    if (kind === 'lab_inspection') demand(this.#isAccredited(party, body), 'Accreditation')
    if (kind === 'correction' || isLift(event)) {
      const original = kind === 'correction' ? this.#byLeaf.get(hex(body.original_entry_hash)) : this.#byIdentity.get(hex(body.lifts))
      if (original?.newer) return false
      this.#judgeTakingBack(event, original)
    }
    if (isOverGoods(event)) this.#judgeGoods(party, event, recorded)
    // Last, because `#act` changes the state at once.
    if (kind === 'party_event') this.#act(record)
    return true
  }

  #remember(record) {
    this.#byLeaf.set(hex(record.leaf), record.event)
    this.#byIdentity.set(hex(record.event.identity), record.event)
  }

  #isAccredited = ({ accreditations }, { accreditation: { body, number }, performed_from, performed_to }) =>
    accreditations.some((own) =>
      own.body === body && own.number === number && own.valid_from <= performed_from && performed_to <= own.valid_to)

  /** Checks that the party holds the goods, or that its principal holds them and delegates the right. */
  #judgeGoods(party, { kind, principal, goods: all }, time) {
    // The party holds the goods, or its principal holds them and delegates the right (A5).
    const other = principal && this.#known(principal)
    demand(other !== party, 'OwnPrincipal')
    const between = this.#delegations.get(`${principal} ${party.party}`) ?? []
    const lets = between.filter(({ kinds, interval }) => open(interval, time) && kinds.includes(kind))
    for (const goods of all) {
      if (BESIDE_GOODS.includes(goods.kind)) continue
      if (this.#holdsGoods(party, goods, time)) continue
      demand(this.#holdsGoods(other, goods, time), 'Goods')
      const names = ({ subjects, prefixes }) =>
        subjects.includes(goods.key) || subjects.includes(goods.model) || prefixes.some((prefix) => covers(prefix, goods))
      demand(lets.some(names), 'Delegation')
    }
  }

  /** Checks that a correction or lift fits its original, and comes from the original's author or a regulator. */
  #judgeTakingBack(event, original) {
    const { kind, body } = event
    // The event fits its original, and comes from the original's author or a regulator (A6).
    demand(original, 'NoOriginal')
    const fits =
      kind === 'recall' ? original.kind === 'recall' && !isLift(original)
      : same(original.event_id, body.original_event_id) && !['recall', 'party_event'].includes(original.kind)
    demand(fits, 'NotTakenBack')
    const keys = ({ subjects }) => subjects.map(({ key }) => key).join()
    demand(keys(event) === keys(original), 'OtherSubjects')
    const byRegulator = event.role === 'regulator'
    demand(byRegulator || (event.party === original.party && !(kind === 'recall' && original.role === 'regulator')), 'NotAuthor')
  }

  /** Checks the right to a party event, and applies the event. */
  #act({ event: { party, role, body, goods, identity }, recorded: time, logIndex, key: by }) {
    const [act, what] = arm(body.action)
    const interval = what.interval ?? SINCE_EVER
    const byOperator = party === this.operator
    const concerned = goods.find(({ kind }) => kind === 'party')?.key
    const is = { operator: byOperator, party: party === concerned, platform: role === 'platform', grantor: party === what.grantor }
    // The party may make the party event, which fits the state of the party concerned (A7).
    demand(rowOf(MAY, act).split(' ').some((who) => is[who]), 'PartyAct')
    if (act === 'delegate' || act === 'end_delegation') {
      this.#known(what.grantee)
      const between = `${what.grantor} ${what.grantee}`
      return act === 'delegate' ? append(this.#delegations, between, { ...what, interval }) : this.#delegations.delete(between)
    }
    if (act === 'register') {
      // The genesis names the operator, and registers no party.
      demand(!this.parties.get(concerned)?.country, 'Registered')
      const { names, country, roles } = what
      Object.assign(this.#party(concerned), { names, country }).roles.push(...roles.map((role) => ({ role, interval })))
      return
    }
    const target = this.#known(concerned)
    /** Whether a key lets the operator administer, now and until another event changes that. */
    const administers = (key) =>
      key.use === 'admin' && open(key.interval, time) && key.retired === undefined && key.compromised === undefined && this.#ownKeys().includes(key)
    if (act === 'grant_role') target.roles.push({ role: what.role, interval })
    if (act === 'end_role' && concerned === this.operator) {
      demand(target.roles.some((held) => held.role !== what.role && !held.ended && open(held.interval, time)), 'LastAdmin')
    }
    if (act === 'end_role') for (const held of target.roles) held.ended ||= held.role === what.role
    if (act === 'grant_prefix') {
      for (const other of this.parties.values()) {
        const clashes = other !== target && other.prefixes.some((held) => overlap(held.prefix, what.prefix))
        demand(!clashes, 'PrefixOverlap')
      }
      target.prefixes.push({ prefix: what.prefix, interval })
    }
    if (act === 'end_prefix') target.prefixes = target.prefixes.filter((held) => held.prefix !== what.prefix)
    if (act === 'accredit') target.accreditations.push({ ...what.accreditation, accreditation: what.accreditation, methods: what.methods, by: party, recorded: time })
    if (act === 'add_key') {
      demand(!this.#bound.has(hex(sha256(what.public_key))), 'KeyBound')
      this.#bind(concerned, what.public_key, what.key_use, interval)
    }
    if (act === 'revoke_key') {
      const key = target.keys.get(hex(what.key_id)) ?? refuse('UnknownKey')
      const from = what.at_ms || time
      demand(what.reason !== 'retired' || from >= time, 'Retroactive')
      demand(!(key[what.reason] <= from), 'RevokedBefore')
      demand(!administers(key) || this.#ownKeys().some((other) => other !== key && administers(other)), 'LastAdmin')
      key[what.reason] = from
    }
    if (act === 'reaffirm') {
      const of = target.keys.get(hex(what.key_id)) ?? refuse('UnknownKey')
      demand(of.compromised !== undefined, 'NotCompromised')
      demand(what.below <= logIndex, 'AffirmedAhead')
      target.affirmed.push({ by, of, ...what })
    }
    if (act === 'points') {
      demand(target.roles.some((held) => held.role === 'brand'), 'Role')
      target.points.push({ ...what, identity })
    }
  }
}
