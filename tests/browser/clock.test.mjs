// Times on the page, with the clock of the device right or wrong: node --test tests/browser/clock.test.mjs

import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { assertAccessible, launch, verdict, visiting } from './browser.mjs'
import { serve } from './serve.mjs'
import { files, LOT, MODEL, milk, NOW, PATH, TIN } from './stories.mjs'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Time when the ledger of the story is closed, in milliseconds. */
const CLOSED = NOW - 2 * HOUR_MS
const FUTURE = 'Not checked now: dated in the future'

let browser, server, ledger, bare
before(async () => {
  browser = await launch()
  server = await serve()
  ledger = await milk()
  bare = ledger.trace(TIN, { lot: LOT })
})
after(async () => {
  await server.close()
  await browser.close()
})

function visit(site, use, { at = NOW, ...options } = {}) {
  Object.assign(server.site, { policy: ledger.policy, trace: bare, audited: undefined, files, date: undefined, caching: undefined }, site)
  return visiting(browser, server.url + PATH, use, { at, ...options })
}
const cosigned = (ms) => ledger.trace(TIN, { lot: LOT, cosignedAt: Math.floor(ms / 1000) })
/** Policy of a reader that asks for the auditor's cosignature. */
const asking = () => ledger.policy.replace('quorum none', 'quorum auditors')

test('a clock that is 90 seconds slow changes no verdict', async () => {
  await visit({ audited: cosigned(NOW) }, async (page) => {
    const { state, sentence } = await verdict(page)
    assert.equal(state, 'verified')
    assert.ok(!/NaN|Invalid|undefined/.test(sentence), sentence)
  }, { at: NOW - 90_000 })
})

test('no state of the clock stops the page', async () => {
  const old = 'Not checked now: records of 8 May 2026'
  for (const [at, headline] of [[0, FUTURE], [Date.UTC(1999, 11, 31), FUTURE], [Date.UTC(2100, 0, 1), old], [8.64e15, old]]) {
    await visit({ audited: cosigned(NOW) }, async (page) => {
      const got = await verdict(page)
      assert.deepEqual([got.state, got.headline], ['unchecked', headline], String(at))
      assert.ok(!/NaN|Invalid|undefined/.test(await page.locator('main').innerText()))
    }, { at })
  }
})

test('five minutes are within what a clock may be wrong by, more are the future', async () => {
  await visit({}, async (page) => {
    assert.equal((await verdict(page)).state, 'verified')
    assert.match(await page.locator('#checked').innerText(), /\n0 minutes old/)
  }, { at: CLOSED - 4 * MINUTE_MS })
  await visit({}, async (page) => {
    const { state, headline, sentence } = await verdict(page)
    assert.deepEqual([state, headline], ['unchecked', FUTURE])
    assert.match(sentence, /Check the clock\.$/)
    assert.ok((await page.locator('#checked').innerText()).includes('in the future by this device’s clock'))
    await assertAccessible(page, 'the future')
  }, { at: CLOSED - 6 * MINUTE_MS })
})

test('an old index head is old, whoever cosigned it since', async () => {
  const later = CLOSED + 25 * HOUR_MS
  await visit({ policy: asking(), trace: cosigned(later - MINUTE_MS) }, async (page) => {
    const { state, headline } = await verdict(page)
    assert.deepEqual([state, headline], ['unchecked', 'Not checked now: records of 8 May 2026'])
  }, { at: later })
})

test('today is at least the day of the quorum', async () => {
  const midnight = Date.UTC(2026, 4, 8)
  const today = (page) => page.evaluate(async (question) => {
    const { check } = await import('/page/check.js')
    return (await check({ ...question, link: location.href, now: Math.floor(Date.now() / 1000) })).result.today
  }, { path: PATH, today: '2026-05-07' })
  for (const [cosignedAt, day] of [[midnight + 10_000, '2026-05-08'], [midnight - 10_000, '2026-05-07']]) {
    await visit({ policy: asking(), trace: cosigned(cosignedAt) }, async (page) => {
      assert.equal(await today(page), day)
    }, { at: midnight - 10_000 })
  }
})

test('a time that no calendar has', async () => {
  const far = await milk()
  const { party } = far.records.find(({ event }) => event?.kind === 'origin_content').event
  await far.say(party, { at: 9e15, subjects: [MODEL], body: { origin_content: { product_name: [{ lang: 'en', text: 'Milk of the future' }] } } })
  await far.close()
  await visit({ policy: far.policy, trace: far.trace(TIN, { lot: LOT }) }, async (page) => {
    const { headline, sentence } = await verdict(page)
    assert.equal(headline, FUTURE)
    assert.ok(sentence.includes('not a valid date'), sentence)
    assert.ok((await page.locator('#journey').innerText()).includes('Milk of the future'))
  })
})

test('what a cache answers is no news', async () => {
  await visit({ caching: 'max-age=3600', date: NOW }, async (page) => {
    assert.match((await verdict(page)).sentence, /Fetched 8 May 2026, 06:20, checked on this device\.$/)
    await page.waitForFunction(async () => (await (await caches.open('headwater')).keys()).length > 0)
    await page.clock.setFixedTime(NOW + 10 * MINUTE_MS)
    Object.assign(server.site, { policy: 'cut', trace: 'cut' })
    await page.goto(server.url + PATH)
    const { state, headline, sentence } = await verdict(page)
    assert.deepEqual([state, headline], ['unchecked', 'Not checked now: copy of 8 May 2026'])
    assert.ok(sentence.includes('This was fetched on 8 May 2026, 06:20'), sentence)
    // With a connection, the page asks past the cache.
    Object.assign(server.site, { policy: ledger.policy, trace: bare, date: NOW + 10 * MINUTE_MS })
    await page.goto(server.url + PATH)
    assert.match((await verdict(page)).sentence, /Fetched 8 May 2026, 06:30, checked on this device\.$/)
  })
})

test('a record that came later than a day is shown with both times', async () => {
  const late = await milk({ stop: true })
  const { party } = late.records.find(({ event }) => event?.kind === 'production').event
  await late.say(party, { at: NOW - 40 * 24 * HOUR_MS, offset: 120, subjects: [LOT], body: { distribution: { action: 'store' } }, place: { country: 'NL' } })
  await late.close()
  await visit({ policy: late.policy, trace: late.trace(TIN, { lot: LOT }) }, async (page) => {
    await verdict(page)
    const times = await page.locator('#journey time').allInnerTexts()
    assert.deepEqual(times.filter((time) => /recorded/.test(time)), ['29 Mar 2026, 08:20 UTC+2 as claimed; recorded on 8 May 2026, 04:20 UTC+0 by the operator’s clock'])
  })
})
