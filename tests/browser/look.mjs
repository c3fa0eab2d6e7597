// Opens an address on a phone, and prints the words of its verdict card:
//   node tests/browser/look.mjs URL [PICTURE.png] [--code CODE]
// With --code, enters the code under the scratch layer, and prints the answer of the page.

import { parseArgs } from 'node:util'
import { launch, phone, verdict } from './browser.mjs'

const { values: { code }, positionals: [url, picture] } = parseArgs({ options: { code: { type: 'string' } }, allowPositionals: true })

async function answerTo(page) {
  await page.fill('#code', code)
  await page.press('#code', 'Enter')
  const answer = await page.waitForFunction(() => {
    const said = document.querySelector('#answer')?.textContent
    return said !== 'Checking…' && said
  })
  return answer.jsonValue()
}

const browser = await launch()
try {
  const { page, complaints } = await phone(browser)
  await page.goto(url)
  const told = await verdict(page)
  if (code) {
    const answer = await answerTo(page)
    Object.assign(told, await verdict(page), { answer })
  }
  if (picture) await page.screenshot({ path: picture })
  console.log(JSON.stringify({ ...told, complaints }))
} finally {
  await browser.close()
}
