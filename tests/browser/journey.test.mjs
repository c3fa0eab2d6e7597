// Route of a product, on the map and in words: node --test tests/browser/journey.test.mjs

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test, { after, before } from 'node:test'
import { legsOf } from '../../ledger-node/page/below/legs.js'
import { assertAccessible, assertAccessibleInBothThemes, launch, verdict, visiting } from './browser.mjs'
import { serve } from './serve.mjs'
import { LOT, NOW, voyage } from './stories.mjs'
import { LANGUAGES, wordsOf } from './words.mjs'

const PAGE = new URL('../../ledger-node/page/', import.meta.url)
const source = readFileSync(new URL('map/places.json', PAGE), 'utf8')
const table = JSON.parse(source)

const port = (unlocode) => ({ unlocode, country: unlocode.slice(0, 2) })
const airport = (iata, country) => ({ iata, country })
const SINGAPORE = { iata: 'SIN', unlocode: 'SGSIN', country: 'SG' }
const SHELF = { country: 'CN', lat: '30.27', lon: '120.10', address: [{ lang: 'en', text: 'Wenyi West Road 969, Hangzhou' }] }
const NOWHERE = port('BEZZZ')

let browser, server
before(async () => {
  browser = await launch()
  server = await serve()
})
after(async () => {
  await server.close()
  await browser.close()
})

/** Opens the page of the lot that travelled these legs. */
async function visit(legs, use, { story, ...options } = {}) {
  const ledger = await voyage(legs, story)
  Object.assign(server.site, { policy: ledger.policy, trace: ledger.trace(LOT) })
  server.asked.length = 0
  const shown = async (page) => {
    await verdict(page)
    await use(page)
  }
  return visiting(browser, `${server.url}/${LOT}`, shown, { at: NOW, ...options })
}
const styles = (page) => page.locator('.map .arc').evaluateAll((all) => all.map((arc) => arc.getAttribute('class').replace('arc ', '')))
const labels = (page) => page.locator('.map text').allTextContents().then((all) => all.sort())
const legend = (page) => page.locator('.key span').allInnerTexts()

test('the table of places', () => {
  const codes = Object.keys(table)
  const [airports, ports] = [3, 5].map((length) => codes.filter((code) => code.length === length))
  assert.deepEqual([airports.length, ports.length], [599, 664], 'map/README.md counts them')
  assert.deepEqual(codes, [...airports.sort(), ...ports.sort()], 'in order, none twice')
  for (const [code, [lat, lon]] of Object.entries(table)) {
    assert.match(code, /^([A-Z]{3}|[A-Z]{2}[A-Z2-9]{3})$/)
    assert.ok(Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && [lat, lon].every((degrees) => Math.round(degrees * 10) / 10 === degrees), code)
  }
  for (const group of source.trim().split('\n').slice(1, -1)) {
    const starts = new Set([...group.matchAll(/"(\w+)"/g)].map(([, code]) => (code.length === 3 ? code[0] : code.slice(0, 2))))
    assert.equal(starts.size, 1, group)
  }
})

test('what the event tells of a place wins over the table', () => {
  const step = (where, more) => ({ where, name: where.iata ?? where.unlocode, ...more })
  const { stops, legs, missing } = legsOf([
    step({ iata: 'AMS' }), step({ iata: 'AMS', lat: '-33.9', lon: '151.2' }), step({ unlocode: 'NLRTM', lat: '1.5' }), step({ iata: 'ZZZ', unlocode: 'NLRTM' }), step({ gln: '1' }),
  ], table)
  const spot = ([lat, lon]) => [lon, lat]
  assert.deepEqual(stops.map(({ spot }) => spot), [spot(table.AMS), [151.2, -33.9], spot(table.NLRTM), spot(table.NLRTM)])
  assert.deepEqual([legs.length, missing], [3, [undefined]])
})

test('how a leg was travelled is told only by its own arrival', () => {
  const step = (name, from, mode) => ({ name, key: name, from, mode, where: table[name] ? { iata: name } : {} })
  const modesOf = (...steps) => legsOf(steps, table).legs.map(({ mode }) => mode)
  assert.deepEqual(modesOf(step('AMS'), step('HGH', 'AMS', 'air')), ['air'])
  assert.deepEqual(modesOf(step('AMS'), step('PVG'), step('HGH', 'AMS', 'air')), [undefined, undefined])
  assert.deepEqual(modesOf(step('AMS'), step('somewhere'), step('HGH', 'somewhere', 'air')), [undefined], 'a place between is missing')
})

for (const [language, locale] of Object.entries(LANGUAGES)) {
  test(`by sea and by air, without a coordinate in a leg, in ${language}`, async () => {
    const legs = [['road', port('NLLWR'), port('NLRTM')], ['sea', port('NLRTM'), port('SGSIN')], ['air', SINGAPORE, airport('HGH', 'CN')], [undefined, undefined, SHELF]]
    await visit(legs, async (page) => {
      await page.waitForSelector('.map')
      assert.deepEqual(await styles(page), ['untold', 'told', 'told', 'untold', 'air', 'untold'])
      assert.deepEqual(await labels(page), ['HGH', 'LWR', 'RTM', 'SIN'])
      const names = await page.locator('.chain li').allTextContents()
      const spots = [['location', 'NLLWR'], ['location', 'NLRTM'], ['port', 'SGSIN'], ['airport', 'SIN'], ['airport', 'HGH']]
      for (const [i, [word, code]] of spots.entries()) assert.ok(names[i + 1].startsWith(`${wordsOf(language)[word].replace('{id}', code).replace('{sort}', 'UN/LOCODE')}, `), names[i + 1])
      const { 'mode.sea': sea, 'mode.air': air } = wordsOf(language)
      assert.deepEqual(await legend(page), [sea, air])
      assert.equal(await page.locator('.map .plane').count(), 1)
      const dashes = await page.locator('.map .arc').evaluateAll((all) => all.map((arc) => getComputedStyle(arc).strokeDasharray))
      assert.equal(new Set(dashes).size, 3, 'told apart without a colour')
      const [, before] = /^(.*?)\{/.exec(wordsOf(language)['journey.far'])
      assert.match(await page.locator('#journey .far').innerText(), new RegExp(`^${before}\\D*14[.,]?400`))
      assert.ok(!/\{|undefined|NaN/.test(await page.locator('#journey').innerText()))
      await assertAccessibleInBothThemes(page)
    }, { locale })
  })

  test(`places that are not on the map are told, in ${language}`, async () => {
    const legs = [['road', port('NLRTM'), NOWHERE], ['sea', NOWHERE, port('USNYC')], ['road', port('USNYC'), port('CAZZZ')]]
    await visit(legs, async (page) => {
      await page.waitForSelector('.map')
      const names = await page.locator('.chain li').allTextContents()
      const harbour = wordsOf(language).port.replace('{id}', 'USNYC')
      assert.ok(names[3].startsWith(`${harbour}, `), names[3])
      assert.ok((await page.locator('.line').innerText()).includes(harbour), 'in the record of the leg, too')
      const absent = wordsOf(language)['journey.missing'].replace('{n}', 2).replace('{places}', [names[2], names[4]].join(' · '))
      assert.equal(await page.locator('#journey .far').innerText(), absent, 'and no distance')
      const label = await page.getAttribute('.map', 'aria-label')
      assert.ok(label.includes(`${names[1]} → ${names[3]}`) && label.endsWith(`. ${absent}`), label)
      assert.equal((await styles(page))[1], 'untold', 'what jumps over a place is not drawn as a leg')
      assert.deepEqual(await labels(page), ['NYC', 'RTM'])
      await assertAccessible(page, 'places that are missing')
    }, { locale })
  })
}

test('one way of travelling needs no words', async () => {
  await visit([['air', airport('AMS', 'NL'), airport('HGH', 'CN')]], async (page) => {
    await page.waitForSelector('.map')
    assert.deepEqual(await legend(page), [])
    assert.equal(await page.locator('#journey .far').innerText(), 'about 9,000 km in straight lines')
    const [flight] = await page.locator('.map .arc.air').evaluateAll((all) => all.map((arc) => arc.getAttribute('d')))
    assert.ok(flight.match(/L/g).length > 10, 'an arc')
  })
})

test('over the date line the line does not turn round the world', async () => {
  await visit([['air', airport('NRT', 'JP'), airport('LAX', 'US')], ['sea', port('USLAX'), port('NZAKL')]], async (page) => {
    await page.waitForSelector('.map')
    const jumps = await page.locator('.map .arc').evaluateAll((all) => all.map((arc) => {
      const xs = arc.getAttribute('d').slice(1).split('L').map((point) => Number(point.split(',')[0]))
      return Math.max(...xs.slice(1).map((x, i) => Math.abs(x - xs[i])))
    }))
    assert.ok(jumps[1] < 20 && jumps[3] < 200, String(jumps))
  })
})

test('no map of a single place', async () => {
  let answered
  const prepare = (page) => void (answered = page.waitForResponse(/places\.json/))
  await visit([['road', NOWHERE, port('CAZZZ')]], async (page) => {
    await (await answered).finished()
    assert.equal(await page.locator('.chain li').count(), 3, 'they stay in the chain of words')
    assert.equal(await page.locator('.map, #journey .key, #journey .far').count(), 0)
  }, { prepare })
})

test('what the map is drawn from is asked for with it', async () => {
  await visit([], async (page) => {
    await page.waitForLoadState('networkidle')
    assert.deepEqual(server.asked.filter(({ path }) => path.startsWith('/page/map/') || path.endsWith('/map.js')), [])
  })
  await visit([['air', airport('AMS', 'NL'), airport('HGH', 'CN')]], async (page) => {
    await page.waitForSelector('.map')
    assert.deepEqual(server.asked.filter(({ path }) => path.startsWith('/page/map/')).map(({ path }) => path).sort(), ['/page/map/land.json', '/page/map/places.json'])
  })
})

test('on a narrow phone, and on paper', async () => {
  const legs = [['sea', port('NLRTM'), NOWHERE], ['sea', NOWHERE, port('SGSIN')], ['air', SINGAPORE, airport('HGH', 'CN')]]
  await visit(legs, async (page) => {
    await page.waitForSelector('.map')
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
    await page.emulateMedia({ media: 'print' })
    assert.deepEqual(await page.locator('.map, .key').evaluateAll((all) => all.map((part) => part.checkVisibility())), [false, false, false])
    assert.ok(await page.locator('.chain').isVisible())
  }, { viewport: { width: 360, height: 740 } })
})
