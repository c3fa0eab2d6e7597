// The page of each verdict, with the reasons that a verifier returns for it: node --test tests/browser/verdicts.test.mjs

import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { parseLink } from '../../ledger-node/page/verifier/link.js'
import { assertAccessibleInBothThemes, launch, verdict, visiting } from './browser.mjs'
import * as results from './results.mjs'
import { serve } from './serve.mjs'
import { files, LOT, milk, NOW, PATH, TIN } from './stories.mjs'
import { LANGUAGES, wordsOf } from './words.mjs'

const en = wordsOf('en')

let browser, server, ledger, brand
before(async () => {
  browser = await launch()
  server = await serve()
  ledger = await milk()
  brand = ledger.records.find(({ event }) => event?.kind === 'production').event.party
})
after(async () => {
  await server.close()
  await browser.close()
})

function visit(use, { site, path = PATH, ...options } = {}) {
  Object.assign(server.site, { policy: ledger.policy, trace: ledger.trace(TIN, { lot: LOT }), files }, site)
  const shown = async (page, seen) => {
    await verdict(page)
    await page.waitForLoadState('networkidle')
    await use(page, seen)
  }
  return visiting(browser, server.url + path, shown, { at: NOW, ...options })
}

/** Shows the page as of a result that differs from that of the tin. */
const show = (page, change) => results.show(page, { path: PATH, link: server.url + PATH, today: '2026-05-08', now: NOW / 1000 }, change)

/** Returns sign, headline and sentence of the card. */
const card = (page) => page.evaluate(() => {
  const { state, colour } = document.querySelector('#verdict').dataset
  return { state, colour, head: document.querySelector('#headline').textContent, says: document.querySelector('#sentence').textContent }
})
const shown = (page, selector) => page.locator(selector).count()

test('each verdict says what its reasons show, and no more', () => visit(async (page) => {
  for (const [name, [{ named, ...change }, state, colour, head, says, isBare = false]] of Object.entries(results.VERDICTS)) {
    await show(page, { ...change, brand: named && brand })
    const got = await card(page)
    assert.deepEqual([got.state, got.colour, got.head], [state, colour, head], name)
    assert.ok(got.says.includes(says) && !/\{|undefined|NaN|\[object/.test(got.says), `${name}: ${got.says}`)
    assert.equal((await shown(page, '#tests, #journey, #media, #photo img')) > 0, !isBare, `${name}: what the brand shows`)
    if (isBare) assert.ok(!(await page.title() + await page.locator('main').innerText()).includes('milk powder'), name)
    const hasLimit = await page.locator('#verdict #limit').isVisible()
    assert.equal(hasLimit, ['verified', 'mismatch', 'suspicious', 'unproven', 'unsold', 'expired'].includes(state), `${name}: what no page can show`)
  }
}))

test('a verdict that a later record could change is not shown by old evidence', () => visit(async (page) => {
  await page.clock.setFixedTime(NOW + 2 * 86_400_000)
  for (const [name, [{ named, ...change }, state, , head, , isBare = false]] of Object.entries(results.VERDICTS)) {
    const needsFresh = ['VALID', 'NEVER_ISSUED', 'NOT_YET_SOLD', 'UNPROVEN'].includes(change.verdict ?? 'VALID')
    await show(page, { ...change, brand: named && brand })
    const got = await card(page)
    assert.deepEqual([got.state, got.head], needsFresh ? ['unchecked', 'Not checked now: records of 8 May 2026'] : [state, head], name)
    assert.equal((await shown(page, '#tests, #journey, #media, #photo img')) > 0, !isBare, `${name}: what the brand shows`)
  }
}))

test('a warning says what is in doubt, and nothing else is one', () => visit(async (page) => {
  for (const [name, [amended, says]] of Object.entries(results.WARNINGS)) {
    await show(page, { amended })
    const got = await card(page)
    if (says) assert.deepEqual([got.state, got.says], ['warning', says], name)
    else assert.equal(got.state, 'verified', name)
  }
}))

test('each verdict is accessible, in every language and in both themes', async () => {
  for (const [language, locale] of Object.entries(LANGUAGES)) {
    await visit(async (page) => {
      for (const [name, [{ named, ...change }]] of Object.entries(results.VERDICTS)) {
        await show(page, { ...change, brand: named && brand })
        const { says, head } = await card(page)
        assert.ok(!/\{|undefined|NaN|\[object/.test(head + says), `${name}: ${head} ${says}`)
        if (language !== 'en') continue
        await assertAccessibleInBothThemes(page, name)
      }
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
    }, { locale })
  }
})

test('the record that withdrew it is shown, and nothing else of the story', () => visit(async (page) => {
  await show(page, { verdict: 'TAKEN_BACK', reasons: [{ of: 'correction' }] })
  assert.deepEqual(await page.locator('#reasons .title').allInnerTexts(), ['Correction'])
  assert.equal(await page.getAttribute('#action a', 'href'), '#reasons')
  assert.deepEqual(await page.locator('h2:visible').allInnerTexts(), ['This serial was issued, then taken back', 'The record', 'How this was checked'])
}))

test('whose a test or a certificate is, as far as the evidence shows it', () => visit(async (page) => {
  const accreditation = { body: 'RvA', number: 'L042' }
  const [operator, recorded] = [ledger.operator, Date.UTC(2026, 0, 6)]
  const chips = () => page.locator('#tests article > .chip').allInnerTexts()
  const accredited = () => page.locator('#tests article > p').filter({ hasText: 'RvA' }).allInnerTexts()
  await show(page, {
    ties: { lab: 'registered', certifier: 'delegate', brand: 'brand' },
    accredited: [{ accreditation, methods: ['ISO 14501', 'ISO 6579-1'], by: operator, recorded }],
  })
  assert.deepEqual(await chips(), [en['by.registered'], en['by.delegate'], en['by.brand']])
  assert.deepEqual(await accredited(), [`Recorded by the operator (${operator}) on 6 Jan 2026: accredited by RvA, number L042, for ISO 14501, ISO 6579-1`])
  await show(page, { ties: { lab: 'brand' }, accredited: [{ accreditation, methods: [], by: brand, recorded }] })
  assert.deepEqual(await chips(), [en['by.brand']], 'a brand that tests its own lot')
  assert.deepEqual(await accredited(), ['Recorded by the operator (Polderlicht Dairy) on 6 Jan 2026: accredited by RvA, number L042, for methods without limit'])
  await show(page, { ties: {}, accredited: [] })
  assert.deepEqual([await chips(), await accredited()], [[], []], 'nothing is said that is not shown')
  assert.ok(!(await page.locator('#tests').innerText()).includes('Independent'))
  const points = () => page.locator('#tests h3').filter({ hasText: 'Penalty points of' }).allInnerTexts()
  await show(page, { brand })
  assert.deepEqual(await points(), ['Penalty points of Polderlicht Dairy, recorded by the operator'])
  await show(page, { brand: undefined })
  assert.deepEqual(await points(), [], 'no other party is taken for the brand')
}))

test('what was passed over is said in one line', () => visit(async (page) => {
  const remarks = (query) => parseLink(`${server.url}${PATH}?${query}`).remarks
  await show(page, { label: { remarks: remarks('17=991399') }, newer: { story: [], informative: [7, 9], alarm: [] } })
  assert.equal(await page.locator('#remarks').innerText(), 'Not read from the label: 17 991399\nRecords of a newer kind that are not shown: 2')
  const { says } = await card(page)
  assert.ok(says.includes('records of a newer kind are not shown') && !says.includes('left out'), says)
  await show(page, { label: { remarks: remarks('x'.repeat(2049)) } })
  assert.equal(await page.locator('#remarks').innerText(), 'Not read from the label: all that follows the number, which is too long')
  await show(page, {})
  assert.equal(await shown(page, '#remarks'), 0)
}))
