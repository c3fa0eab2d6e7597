// The words of the page in the language of its reader, and the spelling of dates in it.

import { el } from './dom.js'
import { kept, keep } from './store.js'

export const LANGUAGES = { en: 'English', 'zh-Hans': '中文', nl: 'Nederlands' }
let words
export let language

export function preferred() {
  const base = (tag) => tag.split('-')[0]
  const speaks = (tag) => Object.keys(LANGUAGES).find((own) => base(own) === base(tag))
  return LANGUAGES[kept('language')] ? kept('language') : navigator.languages.map(speaks).find((own) => own) ?? 'en'
}

export async function speak(choice) {
  words = await (await fetch(`/page/words/${choice}.json`)).json()
  language = choice
}

export const choose = (choice) => keep('language', choice)
export const locale = () => (language === 'en' ? 'en-GB' : language)

/** A sentence, its places filled; what fills them may be nodes. Gives a list for `append`. */
export const phrase = (key, parts = {}) => words[key].split(/\{(\w+)\}/).map((text, i) => (i % 2 ? parts[text] ?? '' : text))
export const t = (key, parts) => phrase(key, parts).join('').trim()
export const has = (key) => key in words

/** Free text in the reader's language, else English, else any; marked with the language that it is in. */
export function said(texts = []) {
  const base = (tag) => tag.split('-')[0]
  const by = (want) => texts.find(({ lang }) => lang === want) ?? texts.find(({ lang }) => base(lang) === base(want))
  const found = by(language) ?? by('en') ?? texts[0]
  return found && el('span', { lang: found.lang, dir: 'auto' }, found.text)
}

const written = (ms, options) => new Intl.DateTimeFormat(locale(), { timeZone: 'UTC', ...options }).format(ms)
/** YYYY-MM-DD. */
export const day = (date) => written(Date.parse(date), { dateStyle: 'medium' })
/** The local time where it happened. */
export function moment(ms, offset = -new Date(Number(ms)).getTimezoneOffset()) {
  const [all, minutes] = [Number(ms), Number(offset)]
  const away = Math.abs(minutes)
  const zone = `UTC${minutes < 0 ? '−' : '+'}${away / 60 | 0}${away % 60 ? `:${String(away % 60).padStart(2, '0')}` : ''}`
  return `${written(all + minutes * 60_000, { dateStyle: 'medium', timeStyle: 'short' })} ${zone}`
}
export const dayOf = (ms) => written(Number(ms), { dateStyle: 'medium', timeZone: undefined })
