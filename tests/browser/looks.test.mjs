// Number of scans of a code, on the page: node --test tests/browser/looks.test.mjs

import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { again, assertAccessibleInBothThemes, launch, text, verdict, visiting } from './browser.mjs'
import { serve } from './serve.mjs'
import { files, looks, LOT, milk, NOW, PATH, TIN } from './stories.mjs'
import { LANGUAGES, wordsOf } from './words.mjs'

const en = wordsOf('en')
const FIRST = en['scans.first']

let browser, server, story
before(async () => {
  browser = await launch()
  server = await serve()
  const ledger = await milk()
  story = { policy: ledger.policy, bare: ledger.trace(TIN, { lot: LOT }) }
})
after(async () => {
  await server.close()
  await browser.close()
})

/** Opens the page of the tin over `site`. */
function visit(site, use, { at = NOW, ...options } = {}) {
  Object.assign(server.site, { files, scans: undefined }, site)
  return visiting(browser, server.url + PATH, use, { at, ...options })
}

const asksOfScans = () => server.asked.filter(({ path }) => path.startsWith('/scans/'))
const SWITCH = 'Look without being counted'

for (const [language, locale] of Object.entries(LANGUAGES)) test(`how often a code was scanned, in ${language}`, async () => {
  const words = wordsOf(language)
  const told = (key, parts) => words[key].replace(/\{(\w+)\}/g, (_, name) => parts[name])
  const dates = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { dateStyle: 'medium', timeZone: 'UTC' })
  const region = words.region.replace('{zone}', 'Amsterdam')
  await visit({ policy: story.policy, trace: story.bare, scans: looks([0, 'CN']) }, async (page) => {
    const line = (hasText) => page.locator('#scans', { hasText }).waitFor()
    await verdict(page)
    await line(words['scans.first'])
    assert.ok((await text(page, '#privacy')).startsWith(words['privacy.counted']))
    assert.equal((await again(page, server, { scans: looks([1500, 'NL'], [0, 'CN']) })).state, 'verified')
    await line(told('scans.later', { n: 2, date: dates.format(NOW - 1500 * 60_000), region }))
    await again(page, server, { scans: looks([1500], [60, 'CN'], [0, 'CN']) })
    await line(told('scans.later', { n: 3, date: dates.format(NOW - 1500 * 60_000), region: words['region.none'] }))
    await assertAccessibleInBothThemes(page)
  }, { locale, timezoneId: 'UTC' })
})

test('a look is counted once, after the verdict', async () => {
  server.asked.length = 0
  let release
  const held = new Promise((resolve) => (release = resolve))
  const prepare = (page) => page.route('**/trace/**', (route) => held.then(() => route.continue()))
  await visit({ policy: story.policy, trace: story.bare, scans: looks([0, 'NL']) }, async (page) => {
    await page.waitForRequest(/\/trace\//)
    assert.deepEqual(asksOfScans(), [])
    const state = page.waitForRequest(/\/scans\//).then(() => page.getAttribute('#verdict', 'data-state'))
    release()
    assert.equal(await state, 'verified')
    await page.getByText(FIRST).waitFor()
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByText(wordsOf('zh-Hans')['scans.first']).waitFor()
    assert.deepEqual(asksOfScans().map(({ path, method, body }) => [path, method, body]), [[`/scans${PATH}`, 'POST', '{"zone":"Europe/Amsterdam"}']])
    await again(page, server, {})
    await page.getByText(wordsOf('zh-Hans')['scans.first']).waitFor()
    assert.equal(asksOfScans().length, 2)
  }, { prepare, timezoneId: 'Europe/Amsterdam' })
})

test('who does not want to be counted is not', async () => {
  await visit({ policy: story.policy, trace: story.bare, scans: looks([60, 'NL']) }, async (page) => {
    await verdict(page)
    await page.getByText(FIRST).waitFor()
    assert.equal(await page.getByLabel(SWITCH).isChecked(), false)
    await page.getByLabel(SWITCH).check()
    server.asked.length = 0
    await again(page, server, {})
    await page.getByText('Look 2 at this code by the server’s count; first 8 May 2026, device set to Amsterdam time').waitFor()
    await again(page, server, { scans: looks() })
    await page.getByText(FIRST).waitFor()
    assert.deepEqual(asksOfScans().map(({ method, body }) => method + body), ['GET', 'GET'])
    assert.ok((await text(page, '#privacy')).startsWith(en['privacy.uncounted']))
    assert.equal(await page.getByLabel(SWITCH).isChecked(), true)
    assert.ok(await page.locator('label').evaluate((label) => label.getBoundingClientRect().height >= 44))
    await page.getByLabel(SWITCH).uncheck()
    await again(page, server, { scans: looks([60, 'NL']) })
    await page.getByText(FIRST).waitFor()
    assert.equal(asksOfScans().at(-1).method, 'POST')
  })
})

for (const [language, locale] of Object.entries(LANGUAGES)) test(`looks from Shanghai and Amsterdam time are a note, in ${language}`, async () => {
  const words = wordsOf(language)
  await visit({ policy: story.policy, trace: story.bare, scans: looks([1, 'CN'], [0, 'NL']) }, async (page) => {
    const note = words['note.apart'].replace('{from}', 'Shanghai').replace('{to}', 'Amsterdam').replace('{minutes}', 1)
    await page.getByText(note).waitFor()
    const { headline, state } = await verdict(page)
    assert.deepEqual([state, headline], ['verified', words['verified.item']], 'what nobody signed changes no verdict')
    const line = await text(page, '#scans')
    assert.ok(line.includes('2') && line.endsWith(words['note.unsigned']) && !/\{|undefined|NaN/.test(line), line)
    await page.locator('#report summary').click()
    assert.match(await page.locator('#report textarea').inputValue(), /\nverified\nVALID\napart\nabroad\n/)
    await assertAccessibleInBothThemes(page)
  }, { locale })
})

test('without an answer about scans the verdict stands', async () => {
  const answers = [404, 500, 'cut', '', '{"count": 2}', looks([20, 'CN'], [0, 'DE']).replace('"CN"', '"China"'), 'x'.repeat(1024 * 1024 + 1)]
  await visit({ policy: story.policy, trace: story.bare }, async (page) => {
    for (const scans of answers) {
      const answered = page.waitForEvent('requestfinished', ({ url }) => url().includes('/scans/')).catch(() => {})
      const failed = page.waitForEvent('requestfailed', ({ url }) => url().includes('/scans/')).catch(() => {})
      assert.equal((await again(page, server, { scans })).state, 'verified')
      await Promise.race([answered, failed])
      assert.equal((await verdict(page)).state, 'verified')
      assert.equal(await text(page, '#scans'), en.scans)
      assert.ok((await text(page, '#privacy')).startsWith(en.privacy))
    }
    await again(page, server, { trace: 503, scans: looks([20, 'CN'], [0, 'DE']) })
    assert.equal(await text(page, '#scans'), en.scans)
  })
})

test('silence about scans harms no verdict', async () => {
  const prepare = (page) => page.clock.install({ time: NOW })
  await visit({ policy: story.policy, trace: story.bare, scans: 'silence' }, async (page) => {
    assert.equal((await verdict(page)).state, 'verified')
    await page.clock.runFor(20_001)
    assert.equal((await verdict(page)).state, 'verified')
    assert.equal(await text(page, '#scans'), en.scans)
  }, { at: undefined, prepare })
})

