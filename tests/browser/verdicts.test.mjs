// What the page says of each verdict, with the reasons that a verifier gives for it: node --test tests/browser/verdicts.test.mjs

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test, { after, before } from 'node:test'
import { assertAccessible, launch, verdict, visiting } from './browser.mjs'
import { withCheck } from './ledger.mjs'
import { serve } from './serve.mjs'
import { files, LOT, milk, MODEL, NOW, TIN } from './stories.mjs'

const PAGE = new URL('../../ledger-node/page/', import.meta.url)
const LANGUAGES = { en: 'en-GB', 'zh-Hans': 'zh-CN', nl: 'nl-NL' }
const PATH = `/${LOT}/21/${TIN.split('/').pop()}`
const wordsOf = (language) => Object.assign(...['words', 'below/words'].map((folder) => JSON.parse(readFileSync(new URL(`${folder}/${language}.json`, PAGE), 'utf8'))))
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

/**
 * Shows the page as of a result that differs from the one of the tin by `change`. In its reasons `{ of: kind }` stands for the first entry of a kind;
 * `relations` has the relation of each role, `accredited` what is registered for a laboratory.
 */
const show = (page, { relations, accredited, ...change }) => page.evaluate(async ({ question, relations, accredited, change }) => {
  const [words, { check }, { stateOf }, { card }, { tell }] =
    await Promise.all(['words', 'check', 'state', 'card', 'below/tell'].map((name) => import(`/page/${name}.js`)))
  await words.speak(document.documentElement.lang)
  const found = await check(question)
  const { story } = found.result
  const entry = (of) => story.find(({ event }) => event.kind === of)
  const filled = (reason) => (reason.of ? entry(reason.of) : reason.entries ? { ...reason, entries: reason.entries.map(filled) } : reason)
  found.result = {
    ...found.result, ...change, reasons: (change.reasons ?? []).map(filled),
    ...(relations && { relation: (party) => relations[story.find(({ event }) => event.party === party).event.role] }),
    ...(accredited && { accreditations: () => accredited }),
  }
  const asked = { ...question, now: Date.now() }
  const state = await stateOf(found, asked)
  card(state)
  await tell(found, asked, state, () => {})
  await words.learn()
}, { question: { path: PATH, link: server.url + PATH, today: '2026-05-08', now: NOW / 1000 }, relations, accredited, change })

/** Sign, headline and sentence of the card. */
const card = (page) => page.evaluate(() => {
  const { state, colour } = document.querySelector('#verdict').dataset
  return { state, colour, head: document.querySelector('#headline').textContent, says: document.querySelector('#sentence').textContent }
})
const shown = (page, selector) => page.locator(selector).count()

/** What a verdict comes to: state, colour, headline, a part of the sentence, and whether nothing of the brand's is shown. */
const VERDICTS = {
  'never issued': [{ verdict: 'NEVER_ISSUED', reasons: [{ scope: 'model', sets: 2 }], named: true }, 'unissued', 'amber', 'Polderlicht Dairy never issued this serial', 'no record issues the number 7KQ2M9XW4T', true],
  'never issued, by a brand without a name': [{ verdict: 'NEVER_ISSUED', reasons: [{ scope: 'model', sets: 2 }] }, 'unissued', 'amber', 'This serial was never issued on this ledger', 'As of 8 May 2026', true],
  'not in the lot': [{ verdict: 'NEVER_ISSUED', reasons: [{ scope: 'lot', lot: `${MODEL}/10/L2` }] }, 'unissued', 'amber', 'No such serial in lot L2', 'Other lots were not looked at', true],
  'taken back': [{ verdict: 'TAKEN_BACK', reasons: [{ of: 'correction' }] }, 'withdrawn', 'amber', 'The issue of this serial was taken back', 'Taken back by Windmill Air Cargo (20 Apr 2026)', true],
  voided: [{ verdict: 'VOIDED_STICKER', reasons: [{ of: 'sticker' }] }, 'withdrawn', 'amber', 'This label was withdrawn', 'Withdrawn by Polderlicht Dairy (17 Apr 2026)', true],
  destroyed: [{ verdict: 'VOIDED_STICKER', reasons: [{ of: 'distribution' }] }, 'withdrawn', 'amber', 'Recorded as destroyed', 'West Lake Market recorded that it was destroyed', true],
  'a newer kind of warning': [{ verdict: 'RECALLED', reasons: [{ newer: true, logIndex: 40 }] }, 'recalled', 'red', 'A newer kind of warning', 'a kind that this page cannot read'],
  'another lot': [{ verdict: 'MISMATCH', reasons: [{ ai: '10', label: `${MODEL}/10/L2`, record: LOT }] }, 'mismatch', 'amber', 'Label and records differ', 'Lot: the label says L2; the records say L26-0417.'],
  'two dates': [
    { verdict: 'MISMATCH', reasons: [{ ai: '15', label: '2028-12-31', record: '2027-12-31' }, { ai: '11', label: '2026-04-18' }] }, 'mismatch', 'amber', 'Label and records differ',
    'Best before: the label says 31 Dec 2028; the records say 31 Dec 2027.Production date: the label says 18 Apr 2026; the records say nothing.',
  ],
  'two claims': [{ verdict: 'SUSPECT_CLONE', reasons: [{ why: 'claims', entries: [{ of: 'sticker' }, { of: 'distribution' }] }] }, 'suspicious', 'amber', 'More than one pack may carry this code', 'recorded more than once:Polderlicht Dairy, 17 Apr 2026'],
  'two sales': [{ verdict: 'SUSPECT_CLONE', reasons: [{ why: 'sales', entries: [{ of: 'distribution' }] }] }, 'suspicious', 'amber', 'More than one pack may carry this code', 'cannot all be of one pack:West Lake Market'],
  'add the lot': [{ verdict: 'UNPROVEN', reasons: [{ why: 'add_lot' }] }, 'unproven', 'grey', 'No record under this number alone', 'Add the lot'],
  'no record': [{ verdict: 'UNPROVEN', reasons: [{ why: 'no_record' }] }, 'unproven', 'grey', 'No record of this number', 'take part in ledger.example/demo'],
  'a list that is missing': [{ verdict: 'UNPROVEN', reasons: [{ why: 'list_missing' }] }, 'unproven', 'grey', 'Cannot say whether this serial was issued', 'not on this server'],
  'no lot': [{ verdict: 'UNPROVEN', reasons: [{ why: 'no_lot' }] }, 'unproven', 'grey', 'No record shows the lot of this item', 'might not show here'],
  'an input without a lot': [{ verdict: 'UNPROVEN', reasons: [{ why: 'input' }] }, 'unproven', 'grey', 'Not all of its ingredients are shown', 'might not show here'],
  'not sold': [{ verdict: 'NOT_YET_SOLD', reasons: [] }, 'unsold', 'amber', 'No delivery or sale recorded yet', 'No record says that it was stored'],
  'not released': [{ verdict: 'NOT_YET_SOLD', reasons: [{ of: 'customs_clearance' }] }, 'unsold', 'amber', 'No release by customs recorded yet', 'No record of customs says'],
  'past its date': [{ verdict: 'EXPIRED', reasons: ['2026-05-07'] }, 'expired', 'amber', 'Past its use-by date (7 May 2026)', ''],
  'a verdict of a newer page': [{ verdict: 'BETTER_THAN_EVER' }, 'unchecked', 'grey', 'Not checked on this device', ''],
  item: [{ subject: TIN }, 'verified', 'green', 'This item’s records check out', 'nothing changed or left out'],
  lot: [{ subject: LOT }, 'verified', 'green', 'This lot’s records check out', 'nothing changed or left out'],
  model: [{ subject: MODEL }, 'verified', 'green', 'This model’s records check out', 'nothing changed or left out'],
  pallet: [{ subject: `00/${withCheck('19526543000000001')}` }, 'verified', 'green', 'This pallet’s records check out', 'nothing changed or left out'],
}

test('each verdict says what its reasons show, and no more', () => visit(async (page) => {
  for (const [name, [{ named, ...change }, state, colour, head, says, isBare = false]] of Object.entries(VERDICTS)) {
    await show(page, { ...change, ...(named && { brand }) })
    const got = await card(page)
    assert.deepEqual([got.state, got.colour, got.head], [state, colour, head], name)
    assert.ok(got.says.includes(says) && !/\{|undefined|NaN|\[object/.test(got.says), `${name}: ${got.says}`)
    assert.equal((await shown(page, '#tests, #journey, #media, #photo img')) > 0, !isBare, `${name}: what the brand shows`)
    if (isBare) assert.ok(!(await page.locator('main').innerText()).includes('milk powder'), name)
    const hasLimit = await page.locator('#verdict #limit').isVisible()
    assert.equal(hasLimit, ['verified', 'mismatch', 'suspicious', 'unproven', 'unsold', 'expired'].includes(state), `${name}: what no page can show`)
  }
}))

test('each verdict is accessible, in every language and in both themes', async () => {
  for (const [language, locale] of Object.entries(LANGUAGES)) {
    await visit(async (page) => {
      for (const [name, [{ named, ...change }]] of Object.entries(VERDICTS)) {
        await show(page, { ...change, ...(named && { brand }) })
        const { says, head } = await card(page)
        assert.ok(!/\{|undefined|NaN|\[object/.test(head + says), `${name}: ${head} ${says}`)
        if (language !== 'en') continue
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme })
          await assertAccessible(page, `${name}, ${colorScheme}`)
        }
      }
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
    }, { locale })
  }
})

test('the record that withdrew it is shown, and nothing else of the story', () => visit(async (page) => {
  await show(page, { verdict: 'TAKEN_BACK', reasons: [{ of: 'correction' }] })
  assert.deepEqual(await page.locator('#reasons .title').allInnerTexts(), ['Correction'])
  assert.equal(await page.getAttribute('#action a', 'href'), '#reasons')
  assert.deepEqual(await page.locator('h2:visible').allInnerTexts(), ['The issue of this serial was taken back', 'The record', 'How this was checked'])
}))

test('whose a test or a certificate is, as far as the evidence shows it', () => visit(async (page) => {
  const accreditation = { body: 'RvA', number: 'L042' }
  const [operator, recorded] = [ledger.operator, Date.UTC(2026, 0, 6)]
  const chips = () => page.locator('#tests article > .chip').allInnerTexts()
  const accredited = () => page.locator('#tests article > p').filter({ hasText: 'RvA' }).allInnerTexts()
  await show(page, {
    relations: { lab: 'registered', certifier: 'delegate', brand: 'brand' },
    accredited: [{ accreditation, methods: ['ISO 14501', 'ISO 6579-1'], by: operator, recorded }],
  })
  assert.deepEqual(await chips(), [en['by.registered'], en['by.delegate'], en['by.brand']])
  assert.deepEqual(await accredited(), [`Accredited by RvA, number L042, for ISO 14501, ISO 6579-1; recorded by the operator (${operator}) on 6 Jan 2026`])
  await show(page, { relations: { lab: 'brand' }, accredited: [{ accreditation, methods: [], by: brand, recorded }] })
  assert.deepEqual(await chips(), [en['by.brand']], 'a brand that tests its own lot')
  assert.deepEqual(await accredited(), ['Accredited by RvA, number L042, for methods without limit; recorded by the operator (Polderlicht Dairy) on 6 Jan 2026'])
  await show(page, { relations: {}, accredited: [] })
  assert.deepEqual([await chips(), await accredited()], [[], []], 'nothing is said that is not shown')
  assert.ok(!(await page.locator('#tests').innerText()).includes('Independent'))
}))

test('what was passed over is said in one line', () => visit(async (page) => {
  await show(page, { label: { remarks: [{ name: '3103', value: '000195', rule: 'unread' }] }, newer: { story: [], informative: [7, 9], alarm: [] } })
  assert.equal(await page.locator('#remarks').innerText(), 'Not read from the label: 3103 000195\n2 records of a newer kind are not shown.')
  await show(page, {})
  assert.equal(await shown(page, '#remarks'), 0)
}))
