// The code under the scratch layer, in a real browser, over real proofs of a lot's set commitments: node --test
// tests/browser/scratch.test.mjs

import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { assertAccessibleInBothThemes, launch, verdict, visiting } from './browser.mjs'
import { serve } from './serve.mjs'
import { claim, CODE, files, looks, LOT, milk, NOW, PATH, recall, TIN } from './stories.mjs'
import { LANGUAGES, wordsOf } from './words.mjs'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Time when the ledger of the stories is closed, in milliseconds. */
const ASKED = NOW - 2 * HOUR_MS
const WRONG = CODE.replace('W', 'X')
const en = wordsOf('en')
const onDay = (words, ms, locale) =>
  words['scratch.used'].replace('{date}', new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(ms))
const onToday = onDay(en, NOW, 'en-GB')

let browser, server, tin
before(async () => {
  browser = await launch()
  server = await serve()
  const ledger = await milk({ code: CODE })
  const unused = ledger.trace(TIN, { lot: LOT })
  const leaf = await claim(ledger)
  tin = { policy: ledger.policy, trace: unused, consistency: ledger.consistency, used: ledger.trace(TIN, { lot: LOT }), leaf }
})
after(async () => {
  await server.close()
  await browser.close()
})

/** Answers as a node that records the use: with `status`, and with the claim in the trace from then on. */
const records = (status, leaf = tin.leaf) => () => {
  server.site.trace = tin.used
  return [status, JSON.stringify({ leaf })]
}
const asks = (door) => server.asked.filter(({ path }) => path.startsWith(`/${door}/`))
const card = (page) => page.locator('#sentence').innerText()

/** Opens the page of the tin over `site`; `use` gets the page with its verdict. */
function visit(site, use, { path = PATH, at = ASKED, ...options } = {}) {
  const bare = { audited: undefined, scans: looks([0, 'CN']), claim: undefined, used: undefined, leaf: undefined }
  Object.assign(server.site, tin, { files }, bare, site)
  server.asked.length = 0
  const shown = async (page, seen) => {
    await verdict(page)
    await use(page, seen)
  }
  return visiting(browser, server.url + path, shown, { at, ...options })
}
const answered = (page, text) => page.locator(`#answer:text-is("${text}")`).waitFor()
async function enter(page, code, text) {
  await page.locator('#code').fill(code)
  await page.locator('#scratch button').click()
  await answered(page, text)
}
/** Waits for all that the page loads by itself. Returns the requests of the page from then on. */
async function quiet(page) {
  for (const last of ['#photo img', '.map', `#scans:text-is("${en['scans.first']}")`]) await page.locator(last).waitFor()
  await page.waitForFunction(async () => (await (await caches.open('headwater')).keys()).length > 0)
  const requests = []
  page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`))
  return requests
}

for (const [language, locale] of Object.entries(LANGUAGES)) test(`the first use, in ${language}`, async () => {
  const words = wordsOf(language)
  await visit({ claim: records(201) }, async (page) => {
    assert.equal(await page.getByLabel(words.scratch).getAttribute('id'), 'code')
    assert.ok((await card(page)).includes('23'))
    await page.getByLabel(words.scratch).fill(' w7qk-2m9x r4tb–6c8o ')
    await page.getByRole('button', { name: words['scratch.check'] }).click()
    await answered(page, words['scratch.first'])
    assert.equal(await page.locator('#answer').getAttribute('data-colour'), 'green')
    const [{ path, method, type, body }, ...more] = asks('claim')
    assert.deepEqual([path, method, type, more], [`/claim${PATH}`, 'POST', 'text/plain', []])
    assert.match(body, new RegExp(`^${CODE} [0-9a-f]{32}$`))
    assert.deepEqual([asks('trace').length, asks('trace').at(-1).cache], [2, 'no-cache'], 'it was asked for again past all caches')
    assert.ok((await card(page)).includes('24'), 'the page is shown by the new trace')
    assert.equal(await page.getByText(words['kind.sticker.claimed'], { exact: true }).count(), 1)
    assert.equal(await page.locator('#scans').innerText(), words['scans.first'])
    assert.equal(asks('scans').length, 1, 'it is one look')
    // The code was used on this phone: the use stays the first.
    await page.locator('#scratch button').click()
    await answered(page, words['scratch.first'])
    assert.equal(asks('claim').length, 1)
    const other = language === 'nl' ? 'en' : 'nl'
    await page.locator(`#languages [lang=${other}]`).click()
    await answered(page, wordsOf(other)['scratch.first'])
    assert.equal(await page.locator('#scratch label').innerText(), wordsOf(other).scratch)
    assert.ok((await card(page)).includes('24'))
  }, { locale })
})

for (const [language, locale] of Object.entries(LANGUAGES)) test(`used before, in ${language}`, async () => {
  const ledger = await milk({ code: CODE })
  await claim(ledger, NOW - 5 * DAY_MS)
  await visit({ policy: ledger.policy, trace: ledger.trace(TIN, { lot: LOT }), claim: records(201) }, async (page) => {
    await enter(page, CODE, onDay(wordsOf(language), ASKED, locale))
    assert.equal(await page.locator('#answer').getAttribute('data-colour'), 'amber')
    assert.deepEqual(asks('claim'), [], 'there is nothing left to record')
  }, { locale })
})

test('used by somebody else in between', async () => {
  for (const [status, leaf] of [[200, tin.leaf], [201, '00'.repeat(32)], [200, '00'.repeat(32)]]) {
    await visit({ claim: records(status, leaf) }, async (page) => {
      await enter(page, CODE, onToday)
      await page.getByText(en['kind.sticker.claimed'], { exact: true }).waitFor()
    })
  }
})

test('a claim with a code that nothing commits to uses nothing up', async () => {
  const ledger = await milk({ code: CODE })
  await claim(ledger, NOW - DAY_MS, WRONG)
  const trace = ledger.trace(TIN, { lot: LOT })
  const leaf = await claim(ledger)
  const used = () => {
    server.site.trace = ledger.trace(TIN, { lot: LOT })
    return [201, JSON.stringify({ leaf })]
  }
  await visit({ policy: ledger.policy, trace, consistency: ledger.consistency, claim: used }, (page) => enter(page, CODE, en['scratch.first']))
})

test('a code that does not match stays on the phone', async () => {
  await visit({ claim: records(201) }, async (page, { context }) => {
    const requests = await quiet(page)
    // Another tin of the set has the last of these.
    for (const code of [WRONG, '0'.repeat(16), CODE.replace('80', '11')]) {
      await page.locator('#answer').evaluate((line) => (line.textContent = ''))
      await enter(page, code, en['scratch.wrong'])
    }
    assert.equal(await page.locator('#answer').getAttribute('data-colour'), 'red')
    assert.equal(await page.locator('#code').getAttribute('aria-invalid'), 'true')
    await context.setOffline(true)
    await page.locator('#answer').evaluate((line) => (line.textContent = ''))
    await enter(page, WRONG, en['scratch.wrong'])
    assert.deepEqual(requests, [])
    assert.deepEqual(asks('claim'), [])
  })
})

test('what is no code is refused without a question', async () => {
  await visit({ claim: records(201) }, async (page) => {
    const requests = await quiet(page)
    for (const code of ['', 'W7QK', `${CODE}0`, CODE.replace('W', 'U'), CODE.replace('W', 'É'), CODE.replace('W', '*'), '🐄'.repeat(16), `${PATH}?`]) {
      await page.locator('#answer').evaluate((line) => (line.textContent = ''))
      await enter(page, code, en['scratch.typo'])
      assert.equal(await page.locator('#code').getAttribute('aria-invalid'), 'true')
    }
    assert.deepEqual(requests, [])
    await enter(page, '１' + CODE.slice(1), en['scratch.wrong'])
    await enter(page, CODE, en['scratch.first'])
    assert.equal(await page.locator('#code').getAttribute('aria-invalid'), 'false')
  })
})

test('without a second factor nothing is asked for', async () => {
  const listed = await milk()
  const without = await milk({ code: '' })
  const changed = Buffer.from(tin.trace).fill(1, 20_000, 20_001)
  const sites = [
    [listed.policy, listed.trace(TIN, { lot: LOT })], [without.policy, without.trace(TIN, { lot: LOT })], [tin.policy, changed], [tin.policy, 503],
  ]
  for (const [policy, trace] of sites) {
    await visit({ policy, trace }, async (page) => {
      assert.equal(await page.locator('#scratch, #code').count(), 0)
      assert.ok(!server.asked.some(({ path }) => path === '/page/below/scratch.js'))
    })
  }
})

test('what could not be recorded is said to be so, and can be tried again', async () => {
  for (const answer of [404, 409, 422, 429, 500, 503, 'cut']) {
    await visit({ claim: answer }, async (page) => {
      await enter(page, CODE, en[answer === 429 ? 'scratch.later' : 'scratch.unrecorded'])
      assert.equal(await page.locator('#answer').getAttribute('data-colour'), 'grey')
      assert.equal(asks('trace').length, 1)
      server.site.claim = records(201)
      await enter(page, CODE, en['scratch.first'])
    })
  }
})

test('without a connection', async () => {
  await visit({ claim: records(201) }, async (page, { context }) => {
    await quiet(page)
    await context.setOffline(true)
    await enter(page, CODE, en['scratch.unrecorded'])
    assert.deepEqual(asks('claim'), [])
    await context.setOffline(false)
    await enter(page, CODE, en['scratch.first'])
  })
})

test('a node that stays silent is not waited for', async () => {
  await visit({ claim: 'silence' }, async (page) => {
    const asked = page.waitForRequest(/\/claim\//)
    await page.locator('#code').fill(CODE)
    await page.locator('#scratch button').click()
    await asked
    await answered(page, en['checking.head'])
    await page.clock.runFor(20_001)
    await answered(page, en['scratch.unrecorded'])
  }, { at: undefined, prepare: (page) => page.clock.install({ time: NOW }) })
})

test('an answer proves nothing by itself', async () => {
  const bodies = ['', 'null', '[]', '{}', '{"leaf": 1}', '{"leaf": ["x"]}', '{"leaf": "<img src=x>"}', '<html>', JSON.stringify({ leaf: '00'.repeat(32) })]
  await visit({}, async (page) => {
    const answers = [...bodies.map((body) => () => body), () => JSON.stringify({ leaf: tin.leaf })]
    for (const claim of answers.flatMap((body) => [200, 201].map((status) => () => [status, body()]))) {
      server.site.claim = claim
      await page.evaluate(() => localStorage.clear())
      await page.reload()
      await verdict(page)
      // The claim is not in the trace, and the answer of the node does not change that.
      await enter(page, CODE, en['scratch.unrecorded'])
      assert.ok((await card(page)).includes('23'))
    }
  })
})

test('a use whose answer was lost may be of this page', async () => {
  await visit({ claim: 'cut' }, async (page) => {
    await enter(page, CODE, en['scratch.unrecorded'])
    server.site.claim = records(200)
    await enter(page, CODE, en['scratch.unclear'].replace('{date}', '8 May 2026'))
    assert.equal(await page.locator('#answer').getAttribute('data-colour'), 'grey')
    assert.equal(await page.locator('#verdict').getAttribute('data-state'), 'verified')
  })
  // After a refusal, the node has recorded nothing: the use is of another view.
  await visit({ claim: 422 }, async (page) => {
    await enter(page, CODE, en['scratch.unrecorded'])
    server.site.claim = records(200)
    await enter(page, CODE, en['scratch.used'].replace('{date}', '8 May 2026'))
  })
})

test('an answer without end is not read to it', async () => {
  await visit({ claim: () => (records(201)(), [201, JSON.stringify({ leaf: tin.leaf, more: 'x'.repeat(5000) })]) }, async (page) => {
    await enter(page, CODE, en['scratch.unrecorded'])
    assert.equal(asks('trace').length, 1)
  })
})

test('a claim that was kept back is no first use, whoever says that it is', async () => {
  // The log recorded the claim two hours before this phone asked.
  await visit({ claim: records(201) }, (page) => enter(page, CODE, onToday), { at: NOW })
})

test('a new trace that does not hold together is told', async () => {
  const changed = Buffer.from(tin.used).fill(1, 20_000, 20_001)
  for (const broken of [changed, Buffer.alloc(0)]) {
    const claimed = () => {
      server.site.trace = broken
      return [201, JSON.stringify({ leaf: tin.leaf })]
    }
    await visit({ claim: claimed }, async (page) => {
      await page.locator('#code').fill(CODE)
      await page.locator('#scratch button').click()
      await page.locator('#verdict[data-state=failed]').waitFor()
    })
  }
})

test('no new trace shows nothing, and a later one does', async () => {
  for (const broken of [503, 'cut']) {
    const claimed = () => {
      server.site.trace = broken
      return [201, JSON.stringify({ leaf: tin.leaf })]
    }
    await visit({ claim: claimed }, async (page) => {
      await enter(page, CODE, en['scratch.unrecorded'])
      assert.ok((await card(page)).includes('23'), 'what was verified stays')
      // The node has the claim from this view, and answers only that the claim exists.
      server.site.claim = records(200)
      await enter(page, CODE, en['scratch.first'])
      assert.ok((await card(page)).includes('24'))
    })
  }
})

test('a second click asks nothing while the first is on its way', async () => {
  let release
  const held = new Promise((resolve) => (release = resolve))
  const prepare = (page) => page.route('**/claim/**', (route) => held.then(() => route.continue()))
  await visit({ claim: records(201) }, async (page) => {
    await page.locator('#code').fill(CODE)
    const asked = page.waitForRequest(/\/claim\//)
    for (let i = 0; i < 3; i++) await page.locator('#scratch button').click()
    await page.locator('#code').press('Enter')
    await asked
    await answered(page, en['checking.head'])
    await page.locator('#languages [lang=nl]').click()
    await answered(page, wordsOf('nl')['checking.head'])
    release()
    await answered(page, wordsOf('nl')['scratch.first'])
    assert.equal(asks('claim').length, 1)
  }, { prepare })
})

/** Returns state and headline of the card. */
const told = (page) => page.evaluate(() => [document.querySelector('#verdict').dataset.state, document.querySelector('#headline').textContent])

for (const [language, locale] of Object.entries(LANGUAGES)) test(`the headline shows the worst that is known, in ${language}`, async () => {
  const words = wordsOf(language)
  const verified = ['verified', words['verified.item']]
  await visit({ claim: records(201) }, async (page) => {
    assert.deepEqual(await told(page), verified)
    await enter(page, WRONG, words['scratch.wrong'])
    assert.deepEqual(await told(page), ['suspicious', words['scratch.wrong.head']])
    assert.equal(await card(page), words['scratch.wrong.says'])
    const other = language === 'nl' ? 'en' : 'nl'
    await page.locator(`#languages [lang=${other}]`).click()
    await answered(page, wordsOf(other)['scratch.wrong'])
    assert.deepEqual(await told(page), ['suspicious', wordsOf(other)['scratch.wrong.head']])
    await page.locator(`#languages [lang=${language}]`).click()
    await answered(page, words['scratch.wrong'])
    await assertAccessibleInBothThemes(page, 'wrong')
    await enter(page, 'W7QK', words['scratch.typo'])
    assert.deepEqual(await told(page), verified, 'what is no code says nothing of the object')
    await enter(page, CODE, words['scratch.first'])
    assert.deepEqual(await told(page), verified)
  }, { locale })
  await visit({ claim: records(200) }, async (page) => {
    await enter(page, CODE, onDay(words, NOW, locale))
    assert.deepEqual(await told(page), ['suspicious', words['scratch.used.head']])
    assert.ok((await card(page)).includes(words['scratch.used.says'].split('{date}')[1]))
  }, { locale })
})

test('a recall is worse than a code that does not match', async () => {
  const ledger = await milk({ code: CODE })
  await recall(ledger)
  await visit({ policy: ledger.policy, trace: ledger.trace(TIN, { lot: LOT }) }, async (page) => {
    await enter(page, WRONG, en['scratch.wrong'])
    assert.deepEqual(await told(page), ['recalled', en['kind.recall.recall']])
  }, { at: NOW })
})

for (const [language, locale] of Object.entries(LANGUAGES)) test(`that a code is used up is said before it is entered, in ${language}`, async () => {
  const words = wordsOf(language)
  await visit({ claim: records(201) }, async (page) => {
    assert.equal(await page.locator('#hint').innerText(), words['scratch.hint'])
    assert.ok((await page.getAttribute('#code', 'aria-describedby')).split(' ').includes('hint'))
    await enter(page, CODE, words['scratch.first'])
    const [before, after] = words['scratch.claimed'].split('{date}')
    await page.locator('#hint', { hasText: before }).waitFor()
    assert.ok((await page.locator('#hint').innerText()).endsWith(after))
  }, { locale })
})

test('a field without a pointer', async () => {
  await visit({ claim: records(201) }, async (page) => {
    await page.locator('#code').focus()
    await page.keyboard.type(CODE)
    await page.keyboard.press('Tab')
    await page.locator('#scratch button:focus').waitFor()
    await page.keyboard.press('Space')
    await answered(page, en['scratch.first'])
    assert.equal(await page.evaluate(() => document.activeElement.closest('form').id), 'scratch', 'the focus stays')
  })
})

test('a look whose count comes late is one look, of what is shown then', async () => {
  let release
  const held = new Promise((resolve) => (release = resolve))
  const prepare = (page) => page.route('**/scans/**', (route) => held.then(() => route.continue()))
  await visit({ claim: records(201) }, async (page) => {
    await enter(page, CODE, en['scratch.first'])
    release()
    await page.getByText(en['scans.first']).waitFor()
    await page.locator('#languages [lang=nl]').click()
    await answered(page, wordsOf('nl')['scratch.first'])
    assert.equal(await page.getByText(wordsOf('nl')['kind.sticker.claimed'], { exact: true }).count(), 1, 'the new trace is shown')
    assert.equal(asks('scans').length, 1)
  }, { prepare })
})

test('the form is accessible with every answer, in both themes', async () => {
  await visit({ claim: records(201) }, async (page) => {
    const both = (what) => assertAccessibleInBothThemes(page, what)
    const field = page.locator('#code')
    const attributes = { autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', inputmode: 'text' }
    for (const [name, value] of Object.entries(attributes)) assert.equal(await field.getAttribute(name), value)
    assert.equal(await page.locator('#answer').getAttribute('role'), 'status')
    await both('empty')
    await enter(page, 'W7QK', en['scratch.typo'])
    await both('no code')
    await enter(page, WRONG, en['scratch.wrong'])
    await both('wrong')
    await enter(page, CODE, en['scratch.first'])
    await both('first use')
    await page.emulateMedia({ media: 'print' })
    assert.equal(await page.locator('#scratch').isVisible(), false, 'it is not printed')
  })
  await visit({ claim: records(200) }, async (page) => {
    await enter(page, CODE, onToday)
    await assertAccessibleInBothThemes(page, 'used')
  })
})

for (const width of [390, 360, 195]) test(`${width} pixels wide, the form fits and is large enough to touch`, async () => {
  const nl = wordsOf('nl')
  await visit({ claim: 429 }, async (page) => {
    await enter(page, CODE.match(/.{4}/g).join(' - '), nl['scratch.later'])
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
    const heights = await page.locator('#code, #scratch button').evaluateAll((all) => all.map((target) => target.getBoundingClientRect().height))
    assert.ok(heights.length === 2 && heights.every((height) => height >= 44), String(heights))
  }, { locale: 'nl-NL', viewport: { width, height: 844 } })
})
