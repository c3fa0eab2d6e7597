// Words of the page in each language, as its files have them.

import { readFileSync } from 'node:fs'

const PAGE = new URL('../../ledger-node/page/', import.meta.url)
/** Languages of the page, each with the locale of a phone that speaks it. */
export const LANGUAGES = { en: 'en-GB', 'zh-Hans': 'zh-CN', nl: 'nl-NL' }
const wordsIn = (path) => JSON.parse(readFileSync(new URL(path, PAGE), 'utf8'))
/** Returns all words of a language: those until the verdict, and those below it. */
export const wordsOf = (language) => ({ ...wordsIn(`words/${language}.json`), ...wordsIn(`below/words/${language}.json`) })
