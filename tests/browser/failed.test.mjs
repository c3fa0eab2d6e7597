// Words of the page when evidence does not hold: node --test tests/browser/failed.test.mjs

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test, { after, before } from 'node:test'
import { again, assertAccessibleInBothThemes, launch, verdict, visiting } from './browser.mjs'
import { isServed, oneOfEach, pathOf } from './labels.mjs'
import { keyOf } from './ledger.mjs'
import { serve } from './serve.mjs'
import { LOT, milk, NOW, PATH, recall, TIN } from './stories.mjs'
import { LANGUAGES, wordsOf } from './words.mjs'

const VECTORS = new URL('../vectors/trace/', import.meta.url)
const en = wordsOf('en')
const unreliable = (word) => en[`failed.${word}`] + en['failed.rely']

let browser, server, good, trace
before(async () => {
  browser = await launch()
  server = await serve()
  good = await milk()
  trace = good.trace(TIN, { lot: LOT, cosignedAt: NOW / 1000 - 3600 })
})
after(async () => {
  await server.close()
  await browser.close()
})

function visit(site, use, { path = PATH, at = NOW, ...options } = {}) {
  for (const key of Object.keys(server.site)) delete server.site[key]
  Object.assign(server.site, { policy: good.policy, trace, records: ['a record'] }, site)
  return visiting(browser, server.url + path, use, { at, ...options })
}
/** Returns the trace with one bit of an entry changed. */
function changed() {
  const bytes = Buffer.from(trace)
  bytes[20_301] ^= 1
  return bytes
}
/** Returns the rows of the panel, by their names. */
const panel = (page) => page.locator('#checked > dl').evaluate((dl) =>
  Object.fromEntries([...dl.querySelectorAll('dt')].map((dt) => [dt.textContent, dt.nextElementSibling.innerText.split(/\n+/)])))

/** Words for each vector, by its refusal and the refusal within it. */
const SAID = {
  Codec: 'unread', Entry: 'form', NotAuthentic: 'signature', Denied: 'right', Inclusion: 'proof', NoIndexHead: 'complete', IndexForm: 'complete',
  Index: 'complete', Absent: 'complete', Chain: 'complete', Closed: 'complete', Foreign: 'complete', LeftOver: 'complete', Missing: 'complete', Set: 'complete',
  Order: 'order', Replay: 'order', Pin: 'order', 'Denied Future': 'order', Opening: 'value', Anchor: 'time', Trust: 'seal', 'Trust Quorum': 'witnesses',
  'Trust UnknownLog': 'log', OtherLog: 'log', OtherLedger: 'ledger', 'Denied OtherLedger': 'ledger',
}
const COUNTED = ['NotAuthentic', 'Inclusion']

test('the vectors that fail say what failed', async () => {
  const vectors = readdirSync(VECTORS).map((name) => ({ name, ...JSON.parse(readFileSync(new URL(name, VECTORS))) })).filter(({ expect, input }) => expect !== 'ok' && isServed(input))
  const wrong = []
  await visit({}, async (page) => {
    for (const { name, input, expect, cause } of oneOfEach(vectors, ({ expect, cause }) => `${expect} ${cause}`)) {
      Object.assign(server.site, { policy: input.policy, trace: Buffer.from(input.trace, 'hex') })
      await page.clock.setFixedTime(Number(input.now) * 1000)
      await page.evaluate(() => localStorage.clear())
      await page.goto(server.url + pathOf(input))
      const { sentence } = await verdict(page)
      const { 'What failed': [what, names], Entry: [entry] = [] } = await panel(page)
      const word = SAID[`${expect} ${cause}`] ?? SAID[expect]
      const isSaid = COUNTED.includes(expect) ? /\d+ of \d+ records received failed the check\. Do not rely on this page\. Ask the seller\.$/.test(sentence) : sentence.endsWith(unreliable(word))
      const isNamed = names.startsWith(expect) && (!cause || names.includes(`: ${cause}`))
      const isPlaced = entry ? /^\d+$/.test(entry) : !['NotAuthentic', 'Denied', 'Inclusion', 'Absent', 'Foreign', 'Replay', 'Pin'].includes(expect)
      if (!isSaid || what !== en[`failed.${word}`] || !isNamed || !isPlaced) wrong.push(`${name}: ${sentence} | ${what} | ${names} | ${entry}`)
    }
  })
  assert.deepEqual(wrong, [])
})

for (const [language, locale] of Object.entries(LANGUAGES)) {
  test(`a record that was changed, in ${language}`, async () => {
    const words = wordsOf(language)
    await visit({ trace: changed() }, async (page) => {
      const { state, sentence, headline } = await verdict(page)
      assert.deepEqual([state, headline], ['failed', words['failed.head']])
      assert.equal(sentence, words['failed.says'].replace('{k}', 1).replace('{n}', 46))
      assert.deepEqual(await panel(page), {
        [words['checked.why']]: [words['failed.proof'], 'Inclusion: Root'], [words.entry]: ['26'], [words['failed.claims']]: [words['kind.commissioning']],
      })
      await assertAccessibleInBothThemes(page)
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
      await page.emulateMedia({ media: 'print' })
      assert.ok(await page.getByText(words['failed.proof']).isVisible())
    }, { locale, viewport: { width: 360, height: 740 } })
  })
}

test('signatures that are forged are counted', async () => {
  const forger = keyOf('somebody else')
  const ledger = await milk({ stop: true })
  const { party, subjects } = ledger.records.find(({ event }) => event?.kind === 'certification').event
  const { key } = ledger.parties.get(party).events
  const forge = (no) => ledger.say(party, {
    at: ledger.now, subjects, with: { key, sign: forger.sign },
    body: {
      certification: {
        certificate_no: no, agency: party, standard: 'GB 19644-2024', statements: [{ lang: 'en', text: 'It is good.' }], start: '2026-04-22', end: '2027-12-31',
        status: 'active', attestation_type: 'declaration', assurance: 'second_party',
      },
    },
  })
  const first = await forge('F-1')
  await forge('F-2')
  await ledger.close()
  await visit({ trace: ledger.trace(TIN, { lot: LOT }) }, async (page) => {
    assert.match((await verdict(page)).sentence, /^2 of \d+ records received failed the check\. Do not rely on this page\. Ask the seller\.$/)
    assert.deepEqual(await panel(page), {
      'What failed': [en['failed.signature'], 'NotAuthentic: Signature'], Entry: [String(first.logIndex)], [en['failed.claims']]: [en['kind.certification']],
    })
  })
})

test('another root at the same size, a log that was longer, and another ledger of the same name', async () => {
  await visit({}, async (page) => {
    assert.equal((await verdict(page)).state, 'verified')
    const fails = async (seen, word, name) => {
      await page.evaluate((seen) => {
        const key = 'headwater log ledger.example/demo'
        localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage.getItem(key)), ...seen }))
      }, seen)
      const { state, sentence } = await again(page, server, {})
      assert.deepEqual([state, sentence], ['failed', unreliable(word)])
      assert.deepEqual(await panel(page), { 'What failed': [en[`failed.${word}`], name] })
    }
    await fails({ root: '00'.repeat(32) }, 'forked', 'Forked')
    await fails({ size: '9999' }, 'older', 'Older')
    await fails({ ledger: '00'.repeat(32) }, 'ledger', 'OtherLedger')
  })
})

test('a log that tells its auditor another history', async () => {
  const fork = await milk({ failed: true, stop: true })
  const audited = fork.trace(TIN, { lot: LOT, cosignedAt: NOW / 1000 - 60 })
  await visit({ trace: good.trace(TIN, { lot: LOT }), audited }, async (page) => {
    assert.equal((await verdict(page)).sentence, unreliable('auditor'))
  })
})

test('a recall that was changed stands before what failed', async () => {
  const ledger = await recall(await milk())
  const bytes = Buffer.from(ledger.trace(TIN, { lot: LOT }))
  const { logIndex, size } = ledger.records.find(({ event }) => event?.kind === 'recall')
  const at = bytes.indexOf(Buffer.from(ledger.entries[Number(logIndex)]))
  bytes[at + size - 1] ^= 1
  await visit({ trace: bytes }, async (page) => {
    const { sentence, role } = await verdict(page)
    assert.ok(role === 'alert' && sentence.startsWith('Possible product safety recall.') && sentence.includes('1 of 47 records received failed'), sentence)
    assert.deepEqual((await panel(page))[en['failed.claims']], ['Product safety recall'])
  })
})

test('without the words for it, it has failed all the same', async () => {
  const prepare = (page) => page.route('**/below/words/**', (route) => route.abort())
  for (const bytes of [trace.subarray(0, -1), changed()]) {
    await visit({ trace: bytes }, async (page) => {
      const { state, sentence } = await verdict(page)
      assert.deepEqual([state, sentence.trim()], ['failed', en['failed.rely'].trim()])
    }, { prepare })
  }
})

test('what failed is said once its words are there', async () => {
  let release
  const held = new Promise((resolve) => (release = resolve))
  const prepare = (page) => page.route('**/below/words/**', (route) => held.then(() => route.continue()))
  await visit({ trace: changed() }, async (page) => {
    await page.waitForSelector('#verdict[data-state=failed]')
    release()
    await verdict(page)
    assert.deepEqual(await panel(page), { [en['checked.why']]: [en['failed.proof'], 'Inclusion: Root'], [en.entry]: ['26'], [en['failed.claims']]: [en['kind.commissioning']] })
  }, { prepare })
})

test('how to check elsewhere, and with what', async () => {
  await visit({}, async (page) => {
    await verdict(page)
    const save = async (words) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByText(words, { exact: true }).click()])
      return [download.suggestedFilename(), readFileSync(await download.path())]
    }
    const [name, proof] = await save(en.save)
    assert.deepEqual(proof, Buffer.from(trace))
    const [policy, text] = await save(en.policy)
    assert.equal(String(text), good.policy)
    assert.equal((await page.locator('.command').innerText()).trim(), `verifier-cli verify ${name} --policy ${policy} --subject '${server.url}${PATH}?17=271231'`)
    assert.ok((await page.locator('#checked').innerText()).includes(en['elsewhere.says']))
  }, { path: `${PATH}?17=271231` })
})
