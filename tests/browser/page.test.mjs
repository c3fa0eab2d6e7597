// The product page in a real browser, over real traces: node --test tests/browser/page.test.mjs

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import test, { after, before } from 'node:test'
import { decode } from '../../ledger-node/page/verifier/codec.js'
import { again, assertAccessible, assertAccessibleInBothThemes, launch, text, verdict, visiting } from './browser.mjs'
import { isServed, oneOfEach, pathOf } from './labels.mjs'
import { withCheck } from './ledger.mjs'
import { CSP, serve } from './serve.mjs'
import { files, HOSTILE, LOT, milk, MODEL, NOW, PATH, recall, TIN, voyage } from './stories.mjs'
import { LANGUAGES, wordsOf } from './words.mjs'

const VECTORS = new URL('../vectors/trace/', import.meta.url)
const HOUR_MS = 3_600_000

const BARE = { scans: undefined, records: [], date: undefined, caching: undefined, subject: undefined, lang: undefined }

let browser, server, story
before(async () => {
  browser = await launch()
  server = await serve()
  const good = await milk()
  const size = good.entries.length
  const cosigned = good.trace(TIN, { lot: LOT, cosignedAt: NOW / 1000 - 3600 })
  const bare = good.trace(TIN, { lot: LOT })
  story = { policy: good.policy, ledger: good, size, cosigned, bare }
  await recall(good)
  story.recalled = good.trace(TIN, { lot: LOT })
})
after(async () => {
  await server.close()
  await browser.close()
})

/** Opens the page of a tin, over `site`. */
function visit(site, use, { path = PATH, at = NOW, url = server.url, ...options } = {}) {
  server.site = Object.assign(server.site, { policy: undefined, trace: undefined, audited: undefined, consistency: undefined, files, ...BARE }, site)
  return visiting(browser, url + path, use, { at, ...options })
}

/** State of each vector on the page, by its verdict. A verdict that the page does not know is unchecked. */
const STATES = {
  RECALLED: 'recalled', NEVER_ISSUED: 'unissued', TAKEN_BACK: 'withdrawn', VOIDED_STICKER: 'withdrawn', MISMATCH: 'mismatch', EXPIRED: 'expired',
  SUSPECT_CLONE: 'suspicious', NEWER_FORMAT: 'partial', INCOMPLETE: 'partial', UNPROVEN: 'unproven', NOT_YET_SOLD: 'unsold', VALID: 'verified',
}
/** Whether a valid vector has a warning: an entry is suspect, or has no effect although it is not struck. */
const isWarned = ({ verdict, story }) => verdict === 'VALID' && story.some(({ struck, has_effect: hasEffect, suspect }) => suspect || (!struck && !hasEffect))
const vectors = readdirSync(VECTORS).map((name) => ({ name: name.replace('.json', ''), ...JSON.parse(readFileSync(new URL(name, VECTORS))) }))

/** Returns the time when the operator wrote the index head of a trace; the reader's day where that cannot be read. */
function recordedOf({ trace, today }) {
  try {
    const { index_head: { entry } } = decode('Trace', Buffer.from(trace, 'hex'))
    return Number(decode('Entry', entry).recorded_at_ms)
  } catch {
    return Date.parse(today)
  }
}

/** Returns the facts that the page makes a state of: the verdict, what it rests on, and the form of the question. Each error is in failed.test.mjs. */
function caseOf({ input, output }) {
  const form = [input.subject.replace(/\/[^/]*/g, '/'), !!input.lot, !!input.link]
  return JSON.stringify(output ? [output.verdict, isWarned(output), output.complete, output.audited, !!output.lot] : form)
}

test('the vectors of a trace have their states', async () => {
  const wrong = []
  const shown = oneOfEach(vectors.filter(({ input }) => isServed(input)), caseOf)
  await visit({}, async (page) => {
    for (const { name, input, expect, output } of shown) {
      const state = expect !== 'ok' ? 'failed' : isWarned(output) ? 'warning' : STATES[output.verdict] ?? 'unchecked'
      Object.assign(server.site, { policy: input.policy, trace: Buffer.from(input.trace, 'hex') })
      await page.clock.setFixedTime(output?.verdict === 'EXPIRED' ? Date.parse(input.today) : recordedOf(input))
      await page.evaluate(() => localStorage.clear())
      await page.goto(server.url + pathOf(input))
      const got = await verdict(page)
      if (got.state !== state) wrong.push(`${name}: ${got.state} instead of ${state}: ${got.headline} ${got.sentence}`)
    }
  })
  assert.deepEqual(wrong, [])
})

for (const [language, locale] of Object.entries(LANGUAGES)) {
  test(`verified, in ${language}`, async () => {
    const words = wordsOf(language)
    await visit({ policy: story.policy, trace: story.cosigned }, async (page) => {
      const { state, headline, sentence, role } = await verdict(page)
      assert.equal(state, 'verified')
      assert.equal(role, 'status')
      assert.equal(headline, words['verified.item'])
      assert.ok(sentence.includes('auditor.example') && sentence.includes('23'))
      assert.equal(await page.evaluate(() => document.documentElement.lang), language)
      assert.equal(await text(page, '#limit'), words.limit)
      assert.equal(await text(page, '#scans'), words.scans)
      assert.ok(await page.locator('#verdict #limit').isVisible(), 'it stands in the card')
      assert.deepEqual(await page.locator('h2:visible').allInnerTexts(), ['verified.item', 'tests', 'journey', 'media', 'checked'].map((key) => words[key]))
      assert.equal(await page.locator('h1').count(), 1)
      assert.equal(await page.locator('.passed').first().evaluate((passed) => getComputedStyle(passed, '::before').content), '"✓\u00a0"', 'a mark beside the colour')
      const shown = await text(page, 'main')
      assert.ok(!/\{\w+\}|undefined|\[object|NaN/.test(shown), shown)
      await page.locator('summary').evaluateAll((all) => all.forEach((summary) => summary.click()))
      await assertAccessibleInBothThemes(page)
    }, { locale })
  })
}

test('each state is accessible, in both themes', async () => {
  const states = ['sticker-voided', 'mismatch-lot', 'not-yet-sold', 'newer-entry', 'unknown-item', 'signature-forged', 'recalled-by-lot', 'signed-with-a-stolen-key']
  await visit({}, async (page) => {
    for (const name of states) {
      const { input } = vectors.find((vector) => vector.name === name)
      Object.assign(server.site, { policy: input.policy, trace: Buffer.from(input.trace, 'hex'), records: ['a record'] })
      await page.clock.setFixedTime(Number(input.now) * 1000)
      await page.evaluate(() => localStorage.clear())
      await page.goto(server.url + pathOf(input))
      await verdict(page)
      await assertAccessibleInBothThemes(page, name)
    }
  })
})

test('a record that the story does not tell is judged by nothing in it', async () => {
  const { input } = vectors.find(({ name }) => name === 'set-struck')
  await visit({ policy: input.policy, trace: Buffer.from(input.trace, 'hex') }, async (page) => {
    assert.equal((await verdict(page)).state, 'withdrawn')
    assert.deepEqual(await page.locator('#reasons .title').allInnerTexts(), ['Serial number issued', 'Correction'])
    assert.deepEqual(await page.locator('#reasons .chip').allInnerTexts(), ['Corrected'])
    await page.locator('#reasons summary').first().click()
    await page.locator('#reasons li').first().locator('dl:not(.raw) dt').first().waitFor()
    const rows = await page.locator('#reasons li').first().locator('dl:not(.raw) dt').allInnerTexts()
    assert.ok(rows.includes('Signature and right to sign') && !rows.includes('About'), String(rows))
  }, { path: pathOf(input), at: recordedOf(input) })
})

test('a recall comes first, with what to do', async () => {
  await visit({ policy: story.policy, trace: story.recalled }, async (page) => {
    const { state, role, headline, sentence } = await verdict(page)
    assert.deepEqual([state, role, headline], ['recalled', 'alert', 'Product safety recall'])
    assert.deepEqual(await page.locator('h2:visible').allInnerTexts(), ['Product safety recall', 'Product safety recall', 'Tests and certificates', 'Origin and journey', 'Photos and film', 'How this was checked'])
    assert.equal(sentence, 'Pieces of a seal may be in the powder. Stop using it. Bring the tin back to the shop. You get your money back. +31 58 000 0000')
    assert.equal(await page.locator('.line').count(), 0, 'the journey is folded')
    await page.emulateMedia({ colorScheme: 'dark' })
    await assertAccessible(page, 'dark')
  })
})

test('a recall in what failed is told first', async () => {
  const elsewhere = vectors.find(({ name }) => name === 'valid').input.policy
  await visit({ policy: elsewhere, trace: story.recalled }, async (page) => {
    const { state, role, sentence } = await verdict(page)
    assert.deepEqual([state, role], ['failed', 'alert'])
    assert.ok(sentence.startsWith('Possible product safety recall. What the server sent holds a recall that could not be checked.'), sentence)
    assert.ok(sentence.endsWith('The records come from another log than the one expected. Do not rely on this page. Ask the seller.'), sentence)
    assert.equal(await page.locator('#tests, #journey').count(), 0, 'nothing is summarised')
    await assertAccessible(page, 'failed')
  })
})

test('without scripts it is readable, and not checked', async () => {
  const records = ['17 Apr 2026 Produced', HOSTILE]
  await visit({ records, subject: TIN, lang: 'nl' }, async (page) => {
    assert.deepEqual(await page.locator('h2:visible').allInnerTexts(), ['Not checked on this device', 'Records as the server tells them, not checked'])
    assert.deepEqual(await page.locator('#told li').allInnerTexts(), records)
    assert.equal(await text(page, 'h1'), TIN)
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'nl')
  }, { javaScriptEnabled: false })
})

test('it says that it is checking from the first byte, and in the end that nothing was checked', async () => {
  const response = await fetch(server.url + PATH)
  const html = (await response.text()).replace(/<noscript>[^]*?<\/noscript>/g, '')
  assert.ok(html.includes('>Checking…<') && !/cannot check|Not checked on|not counted/.test(html), 'nothing else outside of noscript')
  await visit({ records: ['17 Apr 2026 Produced'] }, async (page) => {
    assert.equal(await text(page, '#headline'), 'Checking…')
    assert.equal(await page.locator('.late').isVisible(), false)
    await page.evaluate(() => document.getAnimations().find(({ animationName }) => animationName === 'appear').finish())
    assert.ok((await text(page, '#sentence')).includes('nothing was checked on this device'))
  }, { prepare: (page) => page.route('**/page.js', (route) => route.abort()) })
})

test('the document alone is accessible', async () => {
  await visit({ records: ['17 Apr 2026 Produced'], subject: TIN }, async (page) => {
    await assertAccessibleInBothThemes(page)
  }, { prepare: (page) => page.route('**/page.js', (route) => route.abort()) })
})

test('a device that cannot check says so', async () => {
  await visit({ policy: story.policy, trace: story.recalled, records: ['a record'] }, async (page) => {
    assert.equal((await verdict(page)).headline, 'Possible product safety recall')
    const checked = await again(page, server, { trace: story.bare })
    assert.deepEqual([checked.state, checked.headline], ['unchecked', 'Not checked on this device'])
    assert.equal(await text(page, '#told li'), 'a record')
  }, {
    prepare: async (page) => {
      await page.addInitScript(() => Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined }))
      await page.route('**/vendor/**', (route) => route.abort())
    },
  })
})

test('the library is asked for where a device lacks something, and not before', async () => {
  const libraries = () => server.asked.filter(({ path }) => path.startsWith('/page/vendor/')).length
  const without = (page, algorithm) => page.addInitScript((algorithm) => {
    const { importKey } = SubtleCrypto.prototype
    SubtleCrypto.prototype.importKey = function (form, key, name, ...more) {
      return name === algorithm ? Promise.reject(new DOMException(name, 'NotSupportedError')) : importKey.call(this, form, key, name, ...more)
    }
  }, algorithm)
  for (const [algorithm, engine, needed] of [[undefined, 'this browser', 0], ['X25519', 'this browser', 1], ['Ed25519', 'this browser and this page', 1]]) {
    const before = libraries()
    await visit({ policy: story.policy, trace: story.cosigned }, async (page) => {
      assert.equal((await verdict(page)).state, 'verified')
      assert.ok((await page.locator('#checked').textContent()).includes(`Cryptography of${engine}`), algorithm)
      assert.equal(libraries() - before, needed, algorithm)
    }, { prepare: (page) => without(page, algorithm) })
  }
})

test('no answer is no verdict', async () => {
  await visit({ policy: story.policy, trace: 503 }, async (page) => {
    const { state, headline } = await verdict(page)
    assert.deepEqual([state, headline], ['unchecked', 'Not checked now: no proof came'])
    assert.ok((await text(page, '#checked')).includes('503 no answer now'))
    await assertAccessible(page, 'no answer')
    assert.equal((await again(page, server, { trace: 'cut' })).headline, 'Not checked now: no proof came')
    assert.equal((await again(page, server, { trace: story.bare, policy: 404 })).headline, 'Not checked now: no proof came')
  })
})

test('no answer to a second question does not undo what failed', async () => {
  let asked = 0
  const trace = () => (asked++ ? 503 : story.bare.subarray(0, -1))
  await visit({ policy: story.policy, trace }, async (page) => {
    assert.equal((await verdict(page)).state, 'failed')
    assert.equal(asked, 2)
  })
})

test('a part of the page that does not come leaves nobody waiting', async () => {
  for (const [trace, headline] of [[503, 'Not checked now: no proof came'], [story.bare.subarray(1), 'Not checked on this device']]) {
    await visit({ policy: story.policy, trace }, async (page, { complaints }) => {
      await page.waitForSelector('[data-state=unchecked]:has-text("Not checked")')
      await page.waitForFunction((text) => document.querySelector('#headline').textContent === text, headline)
      complaints.length = 0
    }, { prepare: (page) => page.route(/\/(unproven|below)\.js$/, (route) => route.abort()) })
  }
})

test('a server that stays silent is not waited for', async () => {
  let asked
  const prepare = async (page) => {
    await page.clock.install({ time: NOW })
    asked = page.waitForRequest(/page\/policy/)
  }
  await visit({ policy: 'silence' }, async (page) => {
    await asked
    assert.equal(await page.getAttribute('#verdict', 'data-state'), 'checking')
    await page.clock.runFor(20_001)
    assert.equal((await verdict(page)).headline, 'Not checked now: no proof came')
  }, { at: undefined, prepare })
})

test('what was seen before is kept for when there is no connection', async () => {
  await visit({ policy: story.policy, trace: story.bare }, async (page) => {
    assert.equal((await verdict(page)).state, 'verified')
    await page.waitForFunction(async () => (await (await caches.open('headwater')).keys()).length > 0)
    const { state, headline } = await again(page, server, { policy: 'cut', trace: 'cut' })
    assert.deepEqual([state, headline], ['unchecked', 'Not checked now: copy of 8 May 2026'])
    assert.ok((await text(page, '#journey')).includes('Delivered'))
  })
})

test('the page itself opens without a connection', async () => {
  await visit({ policy: story.policy, trace: story.bare, subject: TIN }, async (page, { context }) => {
    await verdict(page)
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.reload()
    await verdict(page)
    await page.waitForFunction(async () => (await (await caches.open('headwater page')).keys()).some(({ url }) => url.endsWith('/page/below/panel.js')))
    await context.setOffline(true)
    await page.reload()
    assert.equal((await verdict(page)).headline, 'Not checked now: copy of 8 May 2026')
    assert.equal(await text(page, 'h1'), 'Whole milk powder')
  })
})

for (const [language, locale] of Object.entries(LANGUAGES)) test(`nothing above the card moves, in ${language}`, async () => {
  let release
  const held = new Promise((resolve) => (release = resolve))
  const prepare = (page) => page.route('**/trace/**', (route) => held.then(() => route.continue()))
  await visit({ policy: story.policy, trace: story.bare, subject: TIN }, async (page) => {
    const top = () => page.locator('#verdict').evaluate((card) => card.getBoundingClientRect().top + scrollY)
    await page.waitForSelector('[data-state=checking]')
    const before = await top()
    release()
    await verdict(page)
    await page.waitForSelector('#photo img')
    assert.equal(await top(), before)
    assert.equal(await text(page, '#question'), wordsOf(language).photo)
    const end = await page.locator('#scans').evaluate((line) => line.getBoundingClientRect().bottom)
    assert.ok(end <= 600, `product, verdict and scan line end at ${end}`)
  }, { prepare, locale })
})

test('an address can name an entry', async () => {
  await visit({ policy: story.policy, trace: story.bare }, async (page) => {
    await verdict(page)
    await page.waitForFunction(() => document.querySelector('#entry-31').getBoundingClientRect().top < innerHeight)
    assert.ok(await page.locator('#entry-31').isVisible())
  }, { path: `${PATH}#entry-31` })
})

test('a checkpoint of yesterday is no news', async () => {
  for (const [at, state] of [[NOW + 21.9 * HOUR_MS, 'verified'], [NOW + 22.1 * HOUR_MS, 'unchecked']]) {
    await visit({ policy: story.policy, trace: story.cosigned }, async (page) => {
      const got = await verdict(page)
      assert.equal(got.state, state)
      if (state === 'unchecked') assert.equal(got.headline, 'Not checked now: records of 8 May 2026')
    }, { at })
  }
})

test('what auditors vouch for is asked for beside the newest', async () => {
  await visit({ policy: story.policy, trace: story.bare, audited: story.cosigned }, async (page) => {
    assert.ok((await verdict(page)).sentence.includes('as audited by auditor.example'))
    const claimed = await again(page, server, { audited: undefined })
    assert.ok(claimed.state === 'verified' && claimed.sentence.includes('as claimed by the operator'), claimed.sentence)
    // The same log, which showed its auditor another history: each trace is good by itself.
    const fork = await milk({ failed: true, stop: true })
    assert.equal(fork.policy, story.policy)
    const discontinued = await again(page, server, { audited: fork.trace(TIN, { lot: LOT, cosignedAt: NOW / 1000 - 60 }) })
    assert.equal(discontinued.state, 'failed')
    assert.ok((await text(page, '#checked')).includes('Discontinued'))
  })
})

test('the records that an auditor vouches for are counted, and none that came later', async () => {
  const ledger = await milk()
  const audited = ledger.trace(TIN, { lot: LOT, cosignedAt: NOW / 1000 - 3600 })
  const { party } = ledger.records.find(({ event }) => event?.kind === 'origin_content').event
  await ledger.say(party, { at: ledger.now, subjects: [MODEL], body: { origin_content: { product_name: [{ lang: 'en', text: 'Milk' }] } } })
  ledger.now += 60_000
  await ledger.close()
  const trace = ledger.trace(TIN, { lot: LOT })
  for (const [site, says, later] of [[{ trace, audited }, 'All 23 records', 1], [{ trace }, 'All 24 records'], [{ trace: audited }, 'All 23 records']]) {
    await visit({ policy: ledger.policy, ...site }, async (page) => {
      const { state, sentence } = await verdict(page)
      assert.ok(state === 'verified' && sentence.startsWith(says), sentence)
      assert.equal(sentence.endsWith(' Later records, as claimed by the operator: 1.'), later === 1, sentence)
      assert.equal(sentence.includes('Later records'), later === 1, sentence)
    })
  }
})

test('auditors vouch for no chain that the trace they saw does not hold', async () => {
  const ledger = await milk()
  const audited = ledger.trace(TIN, { lot: LOT, cosignedAt: NOW / 1000 - 3600 })
  const { party } = ledger.records.find(({ event }) => event?.kind === 'production').event
  const [crate, action] = [`00/${withCheck('19526543000000003')}`, 'add']
  await ledger.say(party, { at: ledger.now, subjects: [crate, TIN], body: { aggregation: { action, parent: 0 } } })
  ledger.now += 60_000
  await ledger.close()
  await visit({ policy: ledger.policy, trace: ledger.trace(TIN, { lot: LOT }), audited }, async (page) => {
    const { state, sentence } = await verdict(page)
    assert.equal(state, 'verified')
    assert.ok(sentence.startsWith('All 24 records') && sentence.includes('as claimed by the operator'), sentence)
    assert.ok(!sentence.includes('audited'), sentence)
  })
})

test('one record is one, and auditors in a group of groups have their names', async () => {
  const ledger = await voyage([])
  const { party } = ledger.records.find(({ event }) => event?.kind === 'production').event
  await ledger.say(party, { at: ledger.now, subjects: [MODEL], body: { origin_content: { product_name: [{ lang: 'en', text: 'Milk' }] } } })
  ledger.now += 60_000
  await ledger.close()
  const policy = ledger.policy.replace('group auditors 1 auditor', 'group europe 1 auditor\ngroup auditors 1 europe')
  assert.notEqual(policy, ledger.policy)
  await visit({ policy, trace: ledger.trace(MODEL, { cosignedAt: NOW / 1000 - 3600 }) }, async (page) => {
    const { state, sentence } = await verdict(page)
    assert.equal(state, 'verified')
    assert.ok(sentence.startsWith('The one record is signed') && sentence.includes('as audited by auditor.example.'), sentence)
  }, { path: pathOf({ subject: MODEL }) })
})

test('two parties of one name have their keys beside it', async () => {
  const ledger = await milk()
  const dairy = ledger.records.find(({ event }) => event?.kind === 'production').event.party
  const twin = `417/${withCheck('952777700010')}`
  await ledger.register(twin, { name: 'Polderlicht Dairy', country: 'NL', role: 'certifier' })
  const certificate = {
    certificate_no: 'T-1', agency: twin, standard: 'Twin', statements: [{ lang: 'en', text: 'Seen.' }],
    start: '2026-01-01', end: '2027-12-31', status: 'active', attestation_type: 'inspection', assurance: 'third_party',
  }
  await ledger.say(twin, { at: ledger.now, subjects: [LOT], body: { certification: certificate } })
  ledger.now += 60_000
  await ledger.close()
  await visit({ policy: ledger.policy, trace: ledger.trace(TIN, { lot: LOT }) }, async (page) => {
    await verdict(page)
    const shown = await page.locator('main').innerText()
    for (const key of [dairy, twin]) assert.ok(shown.includes(`Polderlicht Dairy (${key})`), shown)
    assert.ok(!/Polderlicht Dairy(?! \()/.test(shown), shown)
    assert.ok(shown.includes('Lab Noordzee') && !shown.includes('Lab Noordzee ('), 'one of its own name has no key')
  })
})

test('a copy of the newest that is older than the audited is no lie', async () => {
  const ledger = await milk()
  const trace = ledger.trace(TIN, { lot: LOT })
  const { party } = ledger.records.find(({ event }) => event?.kind === 'origin_content').event
  await ledger.say(party, { at: ledger.now, subjects: [MODEL], body: { origin_content: { product_name: [{ lang: 'en', text: 'Milk' }] } } })
  ledger.now += 60_000
  await ledger.close()
  const audited = ledger.trace(TIN, { lot: LOT, cosignedAt: NOW / 1000 - 60 })
  await visit({ policy: ledger.policy, trace, audited }, async (page) => {
    const { state, sentence } = await verdict(page)
    assert.ok(state === 'verified' && sentence.startsWith('All 24 records') && sentence.includes('as audited by auditor.example'), sentence)
  })
})

test('a failed test is the finding that matters', async () => {
  const ledger = await milk({ failed: true })
  await visit({ policy: ledger.policy, trace: ledger.trace(TIN, { lot: LOT }) }, async (page) => {
    const { state, sentence } = await verdict(page)
    assert.deepEqual([state, sentence], ['warning', 'A laboratory reports a failed test: Aflatoxin M1. Ask the seller before you use the product.'])
    assert.equal(await page.locator('#tests h3').nth(1).innerText(), 'Aflatoxin M1', 'it stands first')
    assert.equal(await text(page, '#tests .failed'), 'Failed')
    await assertAccessible(page, 'warning')
  })
})

test('a best-before date that has passed is a warning', async () => {
  for (const [bestBefore, state] of [['2026-05-07', 'warning'], ['2026-05-08', 'verified']]) {
    const ledger = await milk({ bestBefore })
    await visit({ policy: ledger.policy, trace: ledger.trace(TIN, { lot: LOT }) }, async (page) => {
      const got = await verdict(page)
      assert.equal(got.state, state)
      if (state === 'warning') assert.equal(got.sentence, 'Past its best-before date: 7 May 2026')
    })
  }
})

test('text of others is text', async () => {
  const ledger = await milk({ hostile: true })
  await visit({ policy: ledger.policy, trace: ledger.trace(TIN, { lot: LOT }), records: [HOSTILE], subject: HOSTILE }, async (page) => {
    assert.equal((await verdict(page)).state, 'verified')
    assert.equal(await text(page, 'h1'), HOSTILE)
    assert.equal(await page.title(), HOSTILE)
    assert.equal(await page.locator('img[src="x"]').count(), 0)
    assert.ok((await text(page, '#journey')).includes(HOSTILE))
  })
})

test('a log that goes back on what was seen fails', async () => {
  const { ledger, size } = story
  const fork = await milk({ stop: true })
  const consistency = (older, newer) => ledger.consistency(older, newer)
  await visit({ policy: story.policy, trace: story.bare }, async (page) => {
    assert.equal((await verdict(page)).state, 'verified')
    const unproven = await again(page, server, { trace: story.recalled })
    assert.deepEqual([unproven.state, unproven.headline, unproven.role], ['unchecked', 'Possible product safety recall', 'alert'])
    const wrong = await again(page, server, { consistency: () => new Uint8Array(64) })
    assert.equal(wrong.state, 'failed')
    assert.ok((await text(page, '#checked')).includes('Unjoined'))
    assert.equal((await again(page, server, { consistency })).state, 'recalled')
    assert.ok(server.asked.some(({ path }) => path === `/consistency/${size}/${ledger.entries.length}`))
    const older = await again(page, server, { trace: story.bare })
    assert.equal(older.state, 'failed')
    assert.ok((await text(page, '#checked')).includes('Older'))
    assert.ok(server.asked.filter(({ path }) => path.startsWith('/trace/')).at(-1).cache === 'no-cache', 'it was asked for again past all caches')
    const other = await again(page, server, { policy: fork.policy, trace: fork.trace(TIN, { lot: LOT }) })
    assert.equal(other.state, 'failed')
  })
})

test('a page that cannot remember still checks', async () => {
  await visit({ policy: story.policy, trace: story.bare }, async (page) => {
    assert.equal((await verdict(page)).state, 'verified')
  }, { prepare: (page) => page.addInitScript(() => Object.defineProperty(globalThis, 'localStorage', { get() { throw new Error('forbidden') } })) })
})

test('files are shown when they are the ones that were recorded', async () => {
  const altered = new Map([...files].map(([hash, file]) => [hash, { ...file, bytes: Buffer.from(file.bytes).fill(7, 99, 101) }]))
  await visit({ policy: story.policy, trace: story.bare }, async (page) => {
    await verdict(page)
    await page.waitForSelector('#photo img')
    const figure = page.locator('#media figure')
    for (const [i, chip] of [[1, 'Same file as recorded'], [2, 'The server did not send the file']]) {
      assert.equal(await figure.nth(i).locator('.chip').innerText(), 'Not compared')
      await figure.nth(i).locator('button').click()
      await figure.nth(i).getByText(chip).waitFor()
    }
    assert.equal(await page.locator('video').count(), 1)
    const longer = new Map([...files].map(([hash, file]) => [hash, { ...file, bytes: Buffer.concat([file.bytes, Buffer.alloc(1)]) }]))
    for (const others of [altered, longer]) {
      await again(page, server, { files: others })
      await figure.nth(1).locator('button').click()
      await figure.nth(1).getByText('Different file').waitFor()
    }
    assert.equal(await page.locator('video, #photo img').count(), 0)
  })
})

test('a file is the one that was recorded, or none, whatever its length', () => visit({ policy: story.policy, trace: story.cosigned }, async (page) => {
  const MIB = 1024 * 1024
  const long = Buffer.alloc(65 * MIB, 7)
  const announce = (bytes, more) => {
    const hash = createHash('sha256').update(bytes).digest('hex')
    server.site.files = new Map([[hash, { bytes: more ?? bytes, media_type: 'video/webm' }]])
    return page.evaluate(async ({ hash, size }) => {
      const [{ fileOf }, { unhex }] = await Promise.all([import('/page/below/file.js'), import('/page/verifier/bytes.js')])
      const parts = []
      try {
        const file = await fileOf({ sha256: unhex(hash), size: BigInt(size), media_type: 'video/webm' }, (part) => parts.push(part))
        return [file?.size, file?.type, parts.at(-1), parts.every((part, i) => !i || part >= parts[i - 1])]
      } catch (e) {
        return [e.status]
      }
    }, { hash, size: bytes.length })
  }
  const other = (bytes) => Buffer.from(bytes).fill(8, bytes.length - 1)
  for (const bytes of [long, long.subarray(0, MIB), long.subarray(0, 0)]) {
    const told = await announce(bytes)
    assert.deepEqual(told.slice(0, 2), [bytes.length, 'video/webm'])
    if (bytes.length) assert.deepEqual(told.slice(2), [1, true])
    if (bytes.length) assert.equal((await announce(bytes, other(bytes)))[0], undefined, 'other bytes')
    if (bytes.length) assert.equal((await announce(bytes, bytes.subarray(1)))[0], undefined, 'too few')
    assert.deepEqual(await announce(bytes, Buffer.concat([bytes, bytes.subarray(0, 1), Buffer.from('x')])), [200], 'more than announced')
  }
}))

test('the proof that is saved is what was verified', async () => {
  await visit({ policy: story.policy, trace: story.bare }, async (page) => {
    await verdict(page)
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Save proof').click()])
    const hash = (bytes) => createHash('sha256').update(bytes).digest('hex')
    assert.equal(hash(readFileSync(await download.path())), hash(story.bare))
    assert.match(download.suggestedFilename(), /\.trace$/)
  })
})

test('customs and brands say only what they may', async () => {
  await visit({ policy: story.policy, trace: story.bare }, async (page) => {
    await verdict(page)
    await page.locator('.fold > details > summary').click()
    const lodged = page.locator('.line li:has(> .title:text-is("Customs: declaration lodged"))')
    assert.deepEqual(await lodged.locator('.chip').allInnerTexts(), ['Declared by West Lake Market', 'Attested by Hangzhou Demo Customs, registered as customs'])
    assert.equal(await page.locator('#tests article').last().innerText(), 'Penalty points of Polderlicht Dairy, recorded by the operator\n−2 · A delivery was recorded four days late.')
    const struck = page.locator('.struck')
    assert.equal(await struck.locator('.chip').innerText(), 'Corrected')
    await struck.locator('summary').click()
    await struck.getByText('See the correction').click()
    assert.equal(await page.evaluate(() => document.querySelector(':target .title').textContent), 'Correction')
  })
})

test('a language that was chosen is remembered', async () => {
  await visit({ policy: story.policy, trace: story.bare }, async (page) => {
    await verdict(page)
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByRole('heading', { name: wordsOf('zh-Hans')['verified.item'], exact: true }).waitFor()
    assert.equal((await again(page, server, {})).headline, wordsOf('zh-Hans')['verified.item'])
  })
})

test('days are written as the languages write them', () => visit({ policy: story.policy, trace: story.cosigned }, async (page) => {
  const told = await page.evaluate(async (languages) => {
    const { day, moment, loadWords } = await import('/page/words.js')
    const days = Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(2026, month, 9, 8, 5)))
    const all = []
    for (const language of languages) {
      await loadWords(language)
      const written = (options) => new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { timeZone: 'UTC', dateStyle: 'medium', ...options })
      for (const date of days) {
        all.push([day(date.toISOString().slice(0, 10)), written({}).format(date)])
        all.push([moment(date.getTime(), 0), `${written({ timeStyle: 'short' }).format(date)} UTC+0`])
      }
    }
    return all
  }, Object.keys(LANGUAGES))
  for (const [own, of] of told) assert.equal(own, of)
  assert.equal(told.length, 72)
}))

for (const [language, locale] of Object.entries(LANGUAGES)) {
  test(`a code with a digit wrong, in ${language}`, async () => {
    await visit({ policy: story.policy, trace: 400 }, async (page) => {
      const { state, sentence } = await verdict(page)
      assert.equal(state, 'unknown')
      assert.ok(sentence.startsWith('09526543000017') && sentence === wordsOf(language)['unknown.typo'].replace('{number}', '09526543000017'), sentence)
      const inside = page.locator('#checked details')
      assert.doesNotMatch(await text(page, 'main'), /CheckDigit/)
      await inside.locator('summary').click()
      await inside.getByText('CheckDigit').waitFor()
    }, { path: PATH.replace('09526543000013', '09526543000017'), locale })
  })
}

test('on plain HTTP with an address of the network the page brings its own cryptography', async (t) => {
  const lan = Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === 'IPv4' && !internal)
  if (!lan) return t.skip('this machine has no address but loopback')
  const other = await serve(Object.assign(server.site, { policy: story.policy, trace: story.bare, files }), { host: lan.address })
  try {
    await visit({ policy: story.policy, trace: story.bare }, async (page) => {
      assert.equal((await verdict(page)).state, 'verified')
      assert.equal(await page.evaluate(() => crypto.subtle), undefined)
      assert.match(await text(page, '#checked'), /Cryptography of\s+this page/)
      const figure = page.locator('#media figure').nth(1)
      await figure.locator('button').click()
      await figure.getByText('Same file as recorded').waitFor()
      assert.equal((await again(page, server, { trace: Buffer.from(story.bare).fill(1, 20_000, 20_001) })).state, 'failed')
    }, { url: other.url })
  } finally {
    await other.close()
  }
})

test('no byte can be changed, and none left off', async () => {
  await visit({ policy: story.policy, trace: story.bare }, async (page) => {
    await verdict(page)
    for (let at = 17; at < story.bare.length; at += 1499) {
      const changed = Buffer.from(story.bare)
      changed[at] ^= 1 << (at % 8)
      assert.equal((await again(page, server, { trace: changed })).state, 'failed', `byte ${at}`)
    }
    assert.equal((await again(page, server, { trace: story.bare.subarray(0, -1) })).state, 'failed')
    assert.equal((await again(page, server, { trace: Buffer.alloc(0) })).sentence, 'What the server sent cannot be read. Do not rely on this page. Ask the seller.')
  })
})

for (const width of [390, 360, 195]) {
  test(`${width} pixels wide, nothing runs off and nothing is too small to touch`, async () => {
    await visit({ policy: story.policy, trace: story.bare }, async (page) => {
      await verdict(page)
      await page.locator('summary').evaluateAll((all) => all.forEach((summary) => summary.click()))
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
      const small = await page.locator('a, button, summary, label').evaluateAll((all) =>
        all.filter((target) => target.checkVisibility() && target.getBoundingClientRect().height < 44).map((target) => target.outerHTML))
      assert.deepEqual(small, [])
    }, { viewport: { width, height: 844 } })
  })
}

test('the policy of the page is the one it is served with', async () => {
  const response = await fetch(server.url + PATH)
  assert.equal(response.headers.get('content-security-policy'), CSP)
  // The one style that the policy allows by its hash.
  const html = (await response.text()).replace(/<style>[^]*?<\/style>/, '')
  assert.ok(!/ style=| on\w+=|<script>|<style/.test(html.replaceAll(/&#\d+;/g, '')))
})
