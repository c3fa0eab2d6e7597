// Pictures of the page in every state and language: node tests/browser/shots.mjs DIRECTORY

import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { launch, phone, verdict } from './browser.mjs'
import { pathOf } from './labels.mjs'
import { parseLink } from '../../ledger-node/page/verifier/link.js'
import { show, VERDICTS } from './results.mjs'
import { serve } from './serve.mjs'
import { claim, CODE, files, looks, LOT, milk, NOW, PATH, recall, TIN, voyage } from './stories.mjs'
import { LANGUAGES } from './words.mjs'

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('a directory for the pictures is missing')
mkdirSync(folder, { recursive: true })

const VECTORS = new URL('../vectors/trace/', import.meta.url)
const good = await milk()
const cosignedAt = NOW / 1000 - 3600
const base = { policy: good.policy, subject: TIN, files }
const verified = { ...base, trace: good.trace(TIN, { lot: LOT, cosignedAt }) }
const unsoldStory = await milk({ stop: true })
const failedTest = await milk({ failed: true })
const voyaged = await voyage([
  ['road', { unlocode: 'NLLWR', country: 'NL' }, { unlocode: 'NLRTM', country: 'NL' }], ['sea', { unlocode: 'NLRTM', country: 'NL' }, { unlocode: 'SGSIN', country: 'SG' }],
  ['air', { iata: 'SIN', unlocode: 'SGSIN', country: 'SG' }, { iata: 'HGH', country: 'CN' }],
])
const noOrigin = Buffer.from(verified.trace)
noOrigin[20_000] ^= 1
await recall(good)
const recalled = { ...base, trace: good.trace(TIN, { lot: LOT, cosignedAt: NOW / 1000 - 60 }) }
const of = (ledger) => ({ ...base, policy: ledger.policy, trace: ledger.trace(TIN, { lot: LOT, cosignedAt }) })
const sealed = await milk({ code: CODE })
const scratch = { ...of(sealed), scans: looks([0, 'CN']), consistency: sealed.consistency }
const leaf = await claim(sealed)
const used = of(sealed).trace
const claimed = () => {
  server.site.trace = used
  return [201, JSON.stringify({ leaf })]
}
const RECORDS = ['17 Apr 2026 · Produced · Polderlicht Dairy', '19 Apr 2026 · Tested in a laboratory: passed · Lab Noordzee', '25 Apr 2026 · Delivered · West Lake Market']

/** Returns the site, path and time that show a vector. */
function vector(name) {
  const { input } = JSON.parse(readFileSync(new URL(`${name}.json`, VECTORS)))
  return { policy: input.policy, trace: Buffer.from(input.trace, 'hex'), subject: input.subject, path: pathOf(input), at: Number(input.now) * 1000 }
}

const STATES = {
  verified, recalled, looks: { ...verified, scans: looks([1, 'CN'], [0, 'NL']) },
  warning: of(failedTest), unsold: of(unsoldStory), failed: { ...verified, trace: noOrigin, records: RECORDS },
  'possible-recall': { ...recalled, policy: vector('valid').policy, records: RECORDS },
  partial: vector('newer-entry'), expired: { ...vector('expired'), at: Date.UTC(2028, 0, 1) },
  old: { ...verified, at: NOW + 30 * 3_600_000 }, unanswered: { ...base, trace: 503, records: RECORDS },
  future: { ...verified, at: NOW - 30 * 3_600_000 }, checking: { ...verified, trace: 'silence', records: RECORDS },
  scratch, 'scratch-first': { ...scratch, claim: claimed, at: NOW - 2 * 3_600_000 }, 'scratch-wrong': scratch,
  'no-scripts': { ...base, records: RECORDS, scripts: false },
}

const browser = await launch()
const server = await serve()
async function picture(name, { path = PATH, at = NOW, scripts = true, change, ...site }, { full, ...options } = {}) {
  for (const key of Object.keys(server.site)) delete server.site[key]
  Object.assign(server.site, site)
  const { page, close } = await phone(browser, { at, javaScriptEnabled: scripts, ...options })
  await page.goto(server.url + path)
  if (scripts && !name.startsWith('checking')) await verdict(page)
  if (/^verified|^scratch|^looks/.test(name)) await page.waitForSelector('#photo img')
  if (name.startsWith('looks')) await page.waitForSelector('#scans:has-text("Shanghai")')
  if (/^scratch-(first|wrong)/.test(name)) {
    const isFirst = name.startsWith('scratch-first')
    await page.locator('#code').fill((isFirst ? CODE : CODE.replace('W', 'X')).match(/.{4}/g).join('-'))
    await page.locator('#code').press('Enter')
    await page.waitForSelector(`#answer[data-colour=${isFirst ? 'green' : 'red'}]`)
  }
  if (change) {
    await page.waitForLoadState('networkidle')
    await show(page, { path, link: server.url + path, today: '2026-05-08', now: at / 1000 }, change)
  }
  if (full) {
    if (full.journey) await page.waitForSelector('.map')
    for (const [part, selector] of Object.entries(full)) {
      await page.locator(selector).first().evaluate((node) => node.scrollIntoView({ behavior: 'instant', block: 'start' }))
      await page.screenshot({ path: join(folder, `${name}-${part}.png`) })
    }
  } else await page.screenshot({ path: join(folder, `${name}.png`) })
  await close()
}

for (const [state, site] of Object.entries(STATES)) await picture(`${state}-en`, site)
const { party: brand } = good.records.find(({ event }) => event?.kind === 'production').event
for (const [name, [{ named, ...change }]] of Object.entries(VERDICTS)) {
  await picture(`${name.replaceAll(/[ ,]+/g, '-')}-en`, { ...verified, change: { ...change, ...(named && { brand }) } })
}
const { named, ...never } = VERDICTS['never issued'][0]
await picture('never-issued-old-en', { ...verified, at: NOW + 30 * 3_600_000, change: { ...never, ...(named && { brand }) } })
const unread = { ...never, verdict: 'VALID', reasons: [], label: { remarks: parseLink(`${server.url}${PATH}?${'x'.repeat(2049)}`).remarks } }
await picture('remarks-en', { ...verified, change: unread }, { full: { remarks: '#remarks' } })
await picture('looks-zh-Hans', STATES.looks, { locale: LANGUAGES['zh-Hans'] })
for (const [language, locale] of Object.entries(LANGUAGES)) await picture(`failed-${language}`, STATES.failed, { full: { checked: '#checked' }, locale })
for (const language of ['zh-Hans', 'nl']) {
  for (const state of ['verified', 'recalled', 'warning', 'failed']) await picture(`${state}-${language}`, STATES[state], { locale: LANGUAGES[language] })
}
const parts = { tests: '#tests', journey: '#journey', media: '#media', checked: '#checked' }
await picture('verified-en', verified, { full: parts })
await picture('verified-zh-Hans', verified, { full: { journey: '#journey' }, locale: LANGUAGES['zh-Hans'] })
const route = { ...base, policy: voyaged.policy, trace: voyaged.trace(LOT), path: `/${LOT}` }
await picture('voyage-en', route, { full: { journey: '#journey' } })
await picture('voyage-en-dark', route, { full: { journey: '#journey' }, colorScheme: 'dark' })
for (const state of ['verified', 'recalled']) await picture(`${state}-en-dark`, STATES[state], { colorScheme: 'dark' })
await picture('verified-en-dark', verified, { full: { journey: '#journey' }, colorScheme: 'dark' })
await browser.close()
await server.close()
console.log(`${readdirSync(folder).length} pictures`)
