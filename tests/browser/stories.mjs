// Stories on a ledger of the tests: those of the pictures, and those that only a page can get wrong.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { delegation } from '../../ledger-node/page/verifier/subject.js'
import { pathOf } from './labels.mjs'
import { Ledger, withCheck } from './ledger.mjs'

export const MODEL = `01/0${withCheck('952654300001')}`
export const LOT = `${MODEL}/10/L26-0417`
export const TIN = `${MODEL}/21/7KQ2M9XW4T`
/** Path of the tin's label. */
export const PATH = pathOf({ subject: TIN, lot: LOT })
/** Time when the stories are read: 8 May 2026, 14:20 in Hangzhou. */
export const NOW = Date.UTC(2026, 4, 8, 6, 20)
/** Code under the scratch layer of the tin, where the tin has one. */
export const CODE = 'W7QK2M9XR4TB6C80'
export const HOSTILE = '<img src=x onerror="document.title=1">'

const gln = (digits) => `417/${withCheck(digits)}`
const [OPERATOR, DAIRY, LAB, CARRIER, CUSTOMS, INSPECTION, MARKET] =
  ['952000000010', '952654300010', '952111100010', '952222200010', '952333300010', '952444400010', '952555500010'].map(gln)
const DAY = Date.UTC(2026, 3, 17)
const at = (day, hour, minute = 0) => DAY + ((day * 24 + hour) * 60 + minute) * 60_000
const NL = 120, CN = 480

const langs = (texts) => Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)).map(([lang, text]) => ({ lang, text }))
const FARM = {
  country: 'NL', subdivision: 'NL-FR', lat: '53.2012', lon: '5.7999',
  address: langs({ en: 'Polderdijk 12, Friesland', nl: 'Polderdijk 12, Friesland', 'zh-Hans': '弗里斯兰省 Polderdijk 12 号' }),
}
const SHELF = {
  country: 'CN', lat: '30.27', lon: '120.10',
  address: langs({ en: 'Wenyi West Road 969, Hangzhou', 'zh-Hans': '杭州市文一西路 969 号' }),
}
const AMS = { iata: 'AMS', country: 'NL', lat: '52.31', lon: '4.76' }
const HGH = { iata: 'HGH', country: 'CN', lat: '30.23', lon: '120.43' }
const LWR = { unlocode: 'NLLWR', country: 'NL', lat: '53.2', lon: '5.8' }

const sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest())
export const files = new Map()
function file(name, media_type, role, title) {
  const bytes = readFileSync(new URL(`../../examples/dutch-milk/files/${name}`, import.meta.url))
  const hash = sha256(bytes)
  files.set(Buffer.from(hash).toString('hex'), { bytes, media_type })
  return { sha256: hash, size: bytes.length, media_type, role, title: langs(title), access: 'public' }
}
const lost = (name, media_type, role, title) =>
  ({ sha256: sha256(Buffer.from(name)), size: 48211, media_type, role, title: langs(title), access: 'public' })

const ACCREDITED = { body: 'RvA', number: 'L042', valid_from: '2025-01-01', valid_to: '2028-12-31', mra: 'ILAC' }

async function cast(ledger, hostile) {
  await ledger.register(DAIRY, {
    names: langs(hostile ? { en: HOSTILE } : { en: 'Polderlicht Dairy', nl: 'Zuivel Polderlicht', 'zh-Hans': '波德里希特乳业' }), country: 'NL', role: 'brand',
  })
  await ledger.register(LAB, { name: 'Lab Noordzee', country: 'NL', role: 'lab' })
  await ledger.register(CARRIER, { name: 'Windmill Air Cargo', country: 'NL', role: 'carrier' })
  await ledger.register(CUSTOMS, { names: langs({ en: 'Hangzhou Demo Customs', 'zh-Hans': '杭州演示海关' }), country: 'CN', role: 'customs' })
  await ledger.register(INSPECTION, { names: langs({ en: 'Demo Inspection', 'zh-Hans': '演示检验机构' }), country: 'CN', role: 'certifier' })
  await ledger.register(MARKET, { names: langs({ en: 'West Lake Market', 'zh-Hans': '西湖商城' }), country: 'CN', role: 'distributor' })
  const act = (party, subjects, action) => ledger.say(party, { at: ledger.now, subjects, body: { party_event: { action } } })
  await act(OPERATOR, [DAIRY, 'gcp/9526543'], { grant_prefix: { prefix: '9526543' } })
  await act(OPERATOR, [LAB], { accredit: { accreditation: ACCREDITED, methods: ['ISO 14501', 'ISO 21528-2', 'ISO 6579-1'] } })
  await act(OPERATOR, [DAIRY], { points: { number: 2, rule: 'LATE-RECORD', reason: langs({ en: 'A delivery was recorded four days late.', 'zh-Hans': '一次交付晚记录了四天。' }) } })
  for (const grantee of [CARRIER, MARKET]) {
    const kinds = ['shipment_leg', 'distribution', 'customs_clearance', 'aggregation']
    await act(DAIRY, [delegation(DAIRY, grantee)], { delegate: { grantor: DAIRY, grantee, kinds, prefixes: ['9526543'] } })
  }
}

const results = (failed) => [
  {
    analyte: { names: langs({ en: 'Aflatoxin M1', nl: 'Aflatoxine M1', 'zh-Hans': '黄曲霉毒素 M1' }) }, method: 'ISO 14501',
    operator: 'eq', value: failed ? '0.071' : '0.008', uom: 'J33', loq: '0.005',
    limit: { operator: 'le', value: '0.050', uom: 'J33', source: 'EU 2023/915' }, verdict: failed ? 'fail' : 'pass',
  },
  {
    analyte: { names: langs({ en: 'Enterobacteriaceae', 'zh-Hans': '肠杆菌科' }) }, method: 'ISO 21528-2',
    operator: 'lt', value: '1', uom: 'C62', per: { value: '1', uom: 'GRM' },
    limit: { operator: 'le', value: '10', uom: 'C62', per: { value: '1', uom: 'GRM' } }, verdict: 'pass',
  },
  {
    analyte: { names: langs({ en: 'Salmonella', 'zh-Hans': '沙门氏菌' }) }, method: 'ISO 6579-1',
    operator: 'nd', uom: 'C62', per: { value: '25', uom: 'GRM' }, lod: '1',
    limit: { operator: 'nd', uom: 'C62', per: { value: '25', uom: 'GRM' } }, verdict: 'pass',
  },
]

/**
 * Records a tin of Dutch milk powder, from the pasture to a shelf in Hangzhou. `failed` has a test over its limit, `hostile` markup in
 * every text, `stop` leaves off before the sale, `bestBefore` is its date.
 * With `code`, the lot commits to a set of tins instead of listing them. The tin has this code, or none when `code` is empty, and the
 * others have others.
 */
export async function milk({ auditor = 'auditor.example', failed = false, hostile = false, stop = false, bestBefore = '2027-12-31', code } = {}) {
  const ledger = await Ledger.found({ origin: 'ledger.example/demo', operator: OPERATOR, at: Date.UTC(2026, 0, 5), auditor })
  await cast(ledger, hostile)
  const unit = (n) => `00/${withCheck(`1952654300000000${n}`)}`
  const [box, pallet] = [unit(1), unit(2)]
  const tell = (party, day, hour, minute, offset, subjects, body, more = {}) =>
    ledger.say(party, { at: at(day, hour, minute) - offset * 60_000, offset, subjects, body, ...more })
  const dairy = (...args) => tell(DAIRY, ...args)
  const forDairy = (party) => (day, hour, minute, offset, subjects, body, more) =>
    tell(party, day, hour, minute, offset, subjects, body, { principal: DAIRY, ...more })
  const carrier = forDairy(CARRIER), market = forDairy(MARKET)

  await dairy(0, 3, 0, NL, [MODEL], {
    origin_content: {
      product_name: langs(hostile ? { en: HOSTILE } : { en: 'Whole milk powder', nl: 'Volle melkpoeder', 'zh-Hans': '全脂奶粉' }),
      brand_name: langs(hostile ? { en: HOSTILE } : { en: 'Polderlicht', 'zh-Hans': '波德里希特' }),
      net_content: { value: '900', uom: 'GRM' }, content: { attachment: 1, captured_at: { ms: at(0, 3), offset_minutes: NL } },
    },
  }, {
    place: FARM,
    attachments: [
      file('tin.jpg', 'image/jpeg', 'photo', { en: 'The tin', 'zh-Hans': '产品照片' }),
      file('pasture.webm', 'video/webm', 'video', { en: 'Cows on the dike, April', 'zh-Hans': '四月堤上的奶牛' }),
      lost('feed plan', 'image/jpeg', 'photo', { en: 'The milking parlour', 'zh-Hans': '挤奶厅' }),
    ],
    notes: langs(hostile ? { en: HOSTILE } : { en: 'Filmed on the morning of the milking.' }),
  })
  await dairy(0, 5, 20, NL, [{ key: LOT, quantity: { value: '10.8', uom: 'KGM' } }], {
    production: {
      production_date: '2026-04-17', country_of_origin: 'NL', origin_subdivision: 'NL-FR', best_before: bestBefore,
      area: [['53.2012', '5.7999'], ['53.2030', '5.8044'], ['53.1998', '5.8071']].map(([lat, lon]) => ({ lat, lon })),
      process: [{ name: 'Spray drying, outlet', value: '92', uom: 'CEL' }], species: 'Bos taurus',
    },
  }, { place: FARM })
  const tins = [TIN, ...Array.from({ length: 11 }, (_, i) => `${MODEL}/21/7KQ2M9XW${String(i + 10)}`)]
  const issue = (subjects, form, more) => dairy(0, 7, 0, NL, subjects, { commissioning: { sticker_batch: 'B-2026-17', form } }, { place: FARM, ...more })
  if (code === undefined) await issue(tins, { listed: { lot: LOT } })
  else {
    const items_root = ledger.commit(tins.map((tin, i) => [tin, i ? CODE.replace('80', String(i + 10)) : code]))
    const attachments = [lost('manifest', 'application/octet-stream', 'other', { en: 'Serials of the set' })]
    await issue([LOT], { committed: { count: tins.length, items_root, manifest: 0 } }, { attachments })
  }
  await dairy(0, 7, 20, NL, [TIN], { sticker: { action: 'applied', tamper_id: 'SEAL-17-0001' } }, { place: FARM })
  await tell(LAB, 2, 11, 0, NL, [LOT], {
    lab_inspection: {
      laboratory: LAB, accreditation: ACCREDITED, report_no: 'RPT-0042', issue_date: '2026-04-19',
      sample: { id: 'S-1', sampled_at: '2026-04-17', received_at: '2026-04-17', condition: 'sealed, 4 °C', subjects: [0] },
      performed_from: '2026-04-18', performed_to: '2026-04-19', verdict: failed ? 'fail' : 'pass', decision_rule: 'simple acceptance',
      scope_statement: 'The results concern only the items tested.', results: results(failed),
    },
  }, { attachments: [lost('report', 'application/pdf', 'test_report', { en: 'Test report RPT-0042' })] })
  const pack = (hour, parent, children) => {
    const keys = [...children, parent].sort()
    return dairy(2, hour, 0, NL, keys, { aggregation: { action: 'add', parent: keys.indexOf(parent) } }, { place: FARM })
  }
  await pack(12, box, tins)
  await pack(13, pallet, [box])
  const truck = (movement) => ({
    shipment_leg: {
      refs: [{ kind: 'cmr', id: 'CMR-8841' }], leg_id: 'TRUCK-1', leg_seq: 1, movement, mode: 'road', origin: LWR, destination: AMS,
      by: { vehicle: { operator: 'Windmill Air Cargo', vehicle: 'NL-24-BXK' } },
    },
  })
  const wrong = await carrier(3, 8, 20, NL, [pallet], truck('departure'))
  await carrier(3, 9, 0, NL, [pallet], {
    correction: { original_event_id: wrong.event.event_id, original_entry_hash: wrong.leaf, reason: 'did_not_occur' },
  })
  await carrier(3, 9, 10, NL, [pallet], truck('departure'))
  await carrier(3, 11, 0, NL, [pallet], truck('arrival'))
  const flight = (movement, temperature) => ({
    shipment_leg: {
      refs: [{ kind: 'awb', id: '176-12345675' }], leg_id: 'FLIGHT-1', leg_seq: 2, movement, mode: 'air', origin: AMS, destination: HGH,
      temperature, by: { flight: { carrier: 'WX', flight_no: 'WX0895', flight_date: '2026-04-21', ulds: ['AKE12345WX'] } },
    },
  })
  await carrier(4, 20, 45, NL, [pallet], flight('departure'))
  await carrier(5, 13, 5, CN, [pallet], flight('arrival', { min: '2.1', max: '4.0', mean: '3.2', uom: 'CEL' }))
  const clearance = (status, lines = []) => ({
    customs_clearance: {
      declaration_no: '224820261000012345', jurisdiction: 'CN', direction: 'import', office_code: '2248', regime: '1210', status, lines,
      port_of_entry: 'CNHGH',
    },
  })
  const goods = [{
    line_no: 1, hs_code: '0402210000', hs_edition: '2022', origin: 'NL', quantity: { value: '10.8', uom: 'KGM' },
    gtin: MODEL.slice(3), lot: 'L26-0417',
  }]
  await market(5, 14, 0, CN, [pallet], clearance('lodged', goods))
  await tell(CUSTOMS, 5, 14, 40, CN, [pallet], clearance('lodged', goods))
  await tell(CUSTOMS, 5, 15, 0, CN, [pallet], clearance('accepted'))
  await tell(CUSTOMS, 5, 23, 0, CN, [pallet], clearance('released', goods))
  await tell(INSPECTION, 6, 10, 0, CN, [LOT], {
    certification: {
      certificate_no: 'DI-2026-0417', agency: INSPECTION, accreditation: { ...ACCREDITED, body: 'CNAS', number: 'IB0001' }, standard: 'GB 19644-2024',
      statements: langs({ en: 'The lot meets the standard for milk powder.', 'zh-Hans': '该批次符合奶粉标准。' }),
      start: '2026-04-22', end: '2027-12-31', status: 'active', attestation_type: 'inspection', assurance: 'third_party',
    },
  })
  await dairy(6, 11, 0, CN, [MODEL], {
    certification: {
      certificate_no: 'PL-GRASS-3', agency: DAIRY, standard: 'Polderlicht grazing rule',
      statements: langs({ en: 'Cows graze at least 180 days a year.', nl: 'Koeien lopen minstens 180 dagen per jaar in de wei.', 'zh-Hans': '奶牛每年放牧不少于 180 天。' }),
      start: '2026-01-01', end: '2026-12-31', status: 'active', attestation_type: 'declaration', assurance: 'first_party',
    },
  })
  const unpack = async (day, hour, parent, children) => {
    const keys = [...children, parent].sort()
    await market(day, hour, 0, CN, keys, { aggregation: { action: 'delete', parent: keys.indexOf(parent) } }, { place: SHELF })
  }
  if (!stop) {
    await market(6, 12, 20, CN, [pallet], { distribution: { action: 'store', from_party: CARRIER, to_party: MARKET, bonded_zone: 'HGH-BLC' } }, { place: SHELF })
    await unpack(7, 9, pallet, [box])
    await unpack(7, 10, box, tins)
    await market(8, 10, 0, CN, [{ key: TIN, lot: LOT }], { distribution: { action: 'deliver', from_party: MARKET } }, { place: SHELF })
  }
  ledger.now = Math.max(ledger.now, NOW - 2 * 3_600_000)
  await ledger.close()
  return ledger
}

const SPOTS = {
  CN: { zone: 'Asia/Shanghai', lat: 31.2333, lon: 121.4667 }, DE: { zone: 'Europe/Berlin', lat: 52.5, lon: 13.3667 },
  NL: { zone: 'Europe/Amsterdam', lat: 52.3667, lon: 4.9 },
}

/** Returns a node's answer about scans of a label, each so many minutes before NOW in a country; the first one first. */
export function looks(...all) {
  const scans = all.map(([minutes, country], i) => ({
    at: NOW - minutes * 60_000, device: i.toString(16).padStart(16, '0'), ...(country && { country, ...SPOTS[country], error_km: 2000 }),
  }))
  const [first] = scans
  return JSON.stringify({ count: scans.length, first: first ? { at: first.at, zone: first.zone ?? null } : null, scans })
}

/** Records the use of the code under the scratch layer of the tin, `at` a moment. Returns the leaf of its entry. */
export async function claim(ledger, at = ledger.now, code = CODE) {
  const { leaf } = await ledger.say(DAIRY, { at, subjects: [TIN], body: { sticker: { action: 'claimed', code } } })
  ledger.now += 60_000
  await ledger.close()
  return Buffer.from(leaf).toString('hex')
}

const BY = {
  air: { flight: { carrier: 'WX', flight_no: 'WX0895', flight_date: '2026-04-21' } },
  sea: { vessel: { ship: '9074729', voyage: '026E', containers: ['CSQU3054383'] } },
}

/**
 * Records a lot of the dairy whose journey is these legs, `[mode, origin, destination]` by the fields of a location. A leg without a mode
 * appears by a storing only.
 */
export async function voyage(legs, { production = { place: FARM } } = {}) {
  const ledger = await Ledger.found({ origin: 'ledger.example/demo', operator: OPERATOR, at: Date.UTC(2026, 0, 5), auditor: 'auditor.example' })
  await cast(ledger)
  let hours = 0
  const tell = (body, more) => ledger.say(DAIRY, { at: at(0, ++hours), offset: NL, subjects: [{ key: LOT, quantity: { value: '10.8', uom: 'KGM' } }], body, ...more })
  await tell({ production: { production_date: '2026-04-17', country_of_origin: 'NL', best_before: '2027-12-31' } }, production)
  for (const [i, [mode, origin, destination]] of legs.entries()) {
    const leg = { leg_id: `LEG-${i}`, leg_seq: i + 1, mode, origin, destination, by: BY[mode] ?? { vehicle: { operator: 'Windmill Air Cargo', vehicle: 'NL-24-BXK' } } }
    if (!mode) await tell({ distribution: { action: 'store' } }, { place: destination })
    else for (const movement of ['departure', 'arrival']) await tell({ shipment_leg: { ...leg, movement } })
  }
  ledger.now = Math.max(ledger.now, NOW - 2 * 3_600_000)
  await ledger.close()
  return ledger
}

/** Records the recall of the lot, by the brand, on a ledger that has the story of the milk. */
export async function recall(ledger) {
  await ledger.say(DAIRY, {
    at: ledger.now, offset: NL, subjects: [LOT], place: FARM,
    body: {
      recall: {
        recall_no: 'R-2026-03', action: 'recall', severity: 'high', reason_code: 'foreign_body',
        reason: langs({ en: 'Pieces of a seal may be in the powder.', nl: 'Er kunnen stukjes van een zegel in het poeder zitten.', 'zh-Hans': '奶粉中可能混有封口碎片。' }),
        scope: [{ subjects: [0] }], consumer_action: langs({ en: 'Bring the tin back to the shop.', nl: 'Breng het blik terug naar de winkel.', 'zh-Hans': '请将产品退回购买的商店。' }),
        remedy: langs({ en: 'You get your money back.', nl: 'U krijgt uw geld terug.', 'zh-Hans': '全额退款。' }),
        start: '2026-05-08', contact: '+31 58 000 0000',
      },
    },
  })
  ledger.now += 60_000
  await ledger.close()
  return ledger
}

