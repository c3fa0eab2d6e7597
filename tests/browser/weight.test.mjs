// The files of the page, without a browser: their words, and their weight. node --test tests/browser/weight.test.mjs

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { LANGUAGES, wordsOf } from './words.mjs'

const PAGE = process.env.HEADWATER_PAGE ? pathToFileURL(`${process.env.HEADWATER_PAGE}/`) : new URL('../../ledger-node/page/', import.meta.url)

const scriptsIn = (folder) => readdirSync(new URL(folder, PAGE)).filter((name) => name.endsWith('.js')).map((name) => folder + name)

test('every language has the same words, with the same places', () => {
  const english = wordsOf('en')
  const places = (text) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort()
  for (const file of readdirSync(new URL('words/', PAGE))) {
    const words = wordsOf(file.replace('.json', ''))
    assert.deepEqual(Object.keys(words), Object.keys(english), file)
    for (const [key, text] of Object.entries(words)) assert.deepEqual(places(text), places(english[key]), `${file} ${key}`)
  }
  const scripts = [...scriptsIn(''), ...scriptsIn('below/')].map((name) => readFileSync(new URL(name, PAGE), 'utf8')).join('\n')
  const html = readFileSync(new URL('index.html', PAGE), 'utf8')
  const isSaid = (key) => scripts.includes(`'${key}'`) || html.includes(`data-word="${key}"`)
  /** Words whose keys the scripts put together. */
  const states = /^(unchecked|unanswered|label|unknown|takenback|destroyed|voided|failed|mismatch|suspicious|partial|old|copy|ahead|scratch\.(used|wrong))\.(head|says)$/
  const others = /^(kind|role|mode|relation|act|checked|warning|verified|unproven|suspicious|by|note)\.|^(unissued\.(model|lot)|unsold\.(held|none))\.says$|^ai\.(10|11|15|17)$|^privacy\.(un)?counted$|^(privacy|inconclusive)$/
  const unused = Object.keys(english).filter((key) => !isSaid(key) && !states.test(key) && !others.test(key))
  assert.deepEqual(unused, [], 'a word that nothing says')
})

test('the page never says what it cannot know', () => {
  const never = {
    en: 'genuine authentic original real safe guaranteed trusted fake counterfeit blockchain voluntary precautionary discretionary'.split(' '),
    nl: 'echt authentiek origineel veilig gegarandeerd betrouwbaar nep namaak blockchain vrijwillig'.split(' '),
  }
  const chinese = /正品|真品|保真|假货|假冒|放心|绝对安全|区块链|自愿|预防性|个别情况|未收到事故报告/
  const phrases = /100 ?%|in rare cases|in specific cases|no accidents reported|uit voorzorg|in zeldzame gevallen|geen ongevallen gemeld/i
  for (const language of Object.keys(LANGUAGES)) {
    for (const [key, text] of Object.entries(wordsOf(language))) {
      const words = text.toLowerCase().split(/[^\p{L}]+/u)
      for (const word of never[language] ?? []) assert.ok(!words.includes(word), `${language} ${key}: ${word}`)
      assert.ok(!chinese.test(text) && !phrases.test(text), `${language} ${key}: ${text}`)
    }
  }
})

test('the page is light', () => {
  // Files as they travel: without comments and indentation.
  const bare = (text) => text.split('\n').filter((line) => !/^\s*(\/\/|\/\*|\* |\*\/|\*$)/.test(line)).map((line) => line.trim()).join('\n')
  const weight = (names) => names.reduce((sum, name) => sum + gzipSync(bare(readFileSync(new URL(name, PAGE), 'utf8')), { level: 9 }).length, 0)
  const copies = ['saved.js', 'worker.js']
  const first = ['index.html', 'page.css', 'words/en.json', ...scriptsIn('').filter((name) => !copies.includes(name))]
  const later = [...scriptsIn('below/'), ...copies, 'tell.css', 'below/words/en.json']
  assert.ok(weight(later) <= 25 * 1024, `below the verdict: ${weight(later)} bytes`)
  // As a node serves it, the verifier is in the page's own script.
  if (process.env.HEADWATER_PAGE) {
    const served = weight(['index.html', 'words/en.json', 'page.js'])
    assert.ok(served <= 57 * 1024, `until the verdict, with the verifier: ${served} bytes`)
  } else assert.ok(weight(first) <= 15 * 1024, `until the verdict: ${weight(first)} bytes`)
})
