// Opens an address on a phone, and prints what its verdict card says:
//   node tests/browser/look.mjs URL [PICTURE.png]

import { launch, phone, verdict } from './browser.mjs'

const [url, picture] = process.argv.slice(2)
const browser = await launch()
try {
  const { page, complaints } = await phone(browser)
  await page.goto(url)
  const told = await verdict(page)
  if (picture) await page.screenshot({ path: picture })
  console.log(JSON.stringify({ ...told, complaints }))
} finally {
  await browser.close()
}
