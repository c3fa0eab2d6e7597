// A phone: Chromium at 390 by 844 pixels, with a clock that the case sets. `prepare` gets the page before it opens.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(process.env.HEADWATER_BROWSER_MODULES ? `${process.env.HEADWATER_BROWSER_MODULES}/` : import.meta.url)
const { chromium } = require('playwright-core')
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
]
export const launch = () =>
  chromium.launch({ executablePath: process.env.HEADWATER_CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS })

/** Opens a fresh phone: its page, the complaints that the browser made, and the hosts that the page asked. */
export async function phone(browser, { at, locale = 'en-GB', prepare, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, timezoneId: 'UTC', locale, ...options })
  const page = await context.newPage()
  const complaints = [], hosts = new Set()
  // A failed answer of the node is not an error of the page.
  page.on('console', (message) => message.type() === 'error' && !/Failed to load resource/.test(message.text()) && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.stack))
  page.on('request', (request) => /^https?:/.test(request.url()) && hosts.add(new URL(request.url()).host))
  await prepare?.(page)
  if (at !== undefined) await page.clock.setFixedTime(at)
  return { context, page, complaints, hosts, close: () => context.close() }
}

/** Opens an address on a fresh phone; `use` gets the page. The browser must make no complaint, and the page must ask no other host. */
export async function visiting(browser, url, use, options) {
  const seen = await phone(browser, options)
  try {
    await seen.page.goto(url)
    await use(seen.page, seen)
    assert.deepEqual(seen.complaints, [])
    assert.deepEqual([...seen.hosts], [new URL(url).host])
  } finally {
    await seen.close()
  }
}

/** Waits until the page has its verdict, and reads the card. */
export async function verdict(page) {
  await page.waitForSelector('#checked')
  return page.evaluate(() => ({
    state: document.querySelector('#verdict').dataset.state, role: document.querySelector('#verdict').getAttribute('role'),
    headline: document.querySelector('#headline').textContent, sentence: document.querySelector('#sentence').textContent,
  }))
}

/** Opens the page anew, over a site that differs by `change`, and reads its card. */
export async function again(page, { site }, change) {
  Object.assign(site, change)
  await page.reload()
  return verdict(page)
}

export const text = (page, selector) => page.locator(selector).innerText()

export async function assertAccessible(page, what, rules = {}) {
  // By evaluation: a script element would break the policy of the page, as it should.
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(axe)
  const { violations } = await page.evaluate((rules) => globalThis.axe.run({ resultTypes: ['violations'], ...rules }), rules)
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join('; ')}`), [], what)
}

/** Rules of axe about colours, in which alone the themes of the page differ. */
const COLOURS = { runOnly: ['color-contrast', 'link-in-text-block'] }

/** Checks the whole page in the light theme, and its colours in the dark one. */
export async function assertAccessibleInBothThemes(page, what = 'page') {
  for (const [colorScheme, rules] of [['dark', COLOURS], ['light', {}]]) {
    await page.emulateMedia({ colorScheme })
    await assertAccessible(page, `${what}, ${colorScheme}`, rules)
  }
}
