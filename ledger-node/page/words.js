// Words of the page in the language of the shopper, and the spelling of dates in that language.

import { el } from './dom.js'
import { getJson } from './net.js'
import { kept, keep } from './store.js'

/**
 * Words of one language: each sentence by its key, with its gaps in braces.
 * @typedef {Object<string, string>} Words
 */

/**
 * Name of each language, in that language.
 * @type {Words}
 */
export const LANGUAGES = { en: 'English', 'zh-Hans': '中文', nl: 'Nederlands' }
const WORDS_MAX = 64 * 1024
/**
 * Words of the language, of type `Words`, and the tag of the language, a text. One declaration has both, so its type is `any`.
 * @type {any}
 */
let words, spoken
/**
 * Returns the language of the words, as a BCP 47 tag.
 * @returns {string}
 */
export const language = () => spoken

/**
 * Returns the language that the shopper chose, or else the first language of the device that the page has.
 * @returns {string}
 */
export function preferred() {
  const base = (tag) => tag.split('-')[0]
  const speaks = (tag) => Object.keys(LANGUAGES).find((own) => base(own) === base(tag))
  return LANGUAGES[kept('language')] ? kept('language') : navigator.languages.map(speaks).find((own) => own) ?? 'en'
}

const read = (path) => getJson(`/page/${path}.json`, WORDS_MAX)

/**
 * Loads the words of a language until the verdict.
 * @param {string} choice
 */
export async function loadWords(choice) {
  words = await read(`words/${choice}`)
  spoken = choice
}

/** Loads the words for the sections after the verdict. */
export async function loadMoreWords() {
  const own = words
  try {
    Object.assign(own, await read(`below/words/${spoken}`))
  } catch {
    // The page leaves out the sentences of these words.
  }
}

/**
 * Remembers the choice of a language.
 * @param {string} choice
 */
export const keepLanguage = (choice) => keep('language', choice)
/**
 * Returns the locale whose forms of dates and numbers the page uses.
 * @returns {string}
 */
export const locale = () => (spoken === 'en' ? 'en-GB' : spoken)

/**
 * Returns a sentence with its gaps filled, as a list for `append`. The parts may be nodes.
 * @param {string} key
 * @param {Object<string, any>} [parts] - Fillings of the gaps by name: texts, numbers or nodes.
 * @returns {any[]}
 */
export const phrase = (key, parts = {}) => (words[key] ?? '').split(/\{(\w+)\}/).map((text, i) => (i % 2 ? parts[text] ?? '' : text))
/**
 * Returns a sentence with its gaps filled, as a text.
 * @param {string} key
 * @param {Object<string, any>} [parts] - Fillings of the gaps by name: texts or numbers.
 * @returns {string}
 */
export const t = (key, parts) => phrase(key, parts).join('').trim()
/**
 * Whether the loaded words have this key.
 * @param {string} key
 * @returns {boolean}
 */
export const has = (key) => key in words

/**
 * Returns free text in the shopper's language, else English, else any, marked with its language.
 * @param {import('./verifier/messages.js').LangText[]} [texts]
 * @returns {HTMLElement | undefined}
 */
export function said(texts = []) {
  const base = (tag) => tag.split('-')[0]
  const by = (want) => texts.find(({ lang }) => lang === want) ?? texts.find(({ lang }) => base(lang) === base(want))
  const found = by(spoken) ?? by('en') ?? texts[0]
  return found && el('span', { lang: found.lang, dir: 'auto' }, found.text)
}

/**
 * Spells a day as the language writes days. The first Intl.DateTimeFormat takes a phone a sixth of a second. A record may contain a time
 * that no calendar has.
 */
const written = (date) =>
  isNaN(date) ? t('date.none') : t('date', { day: date.getUTCDate(), month: t('months').split(' ')[date.getUTCMonth()], year: date.getUTCFullYear() })
/**
 * Spells a day of the form YYYY-MM-DD.
 * @param {string} date
 * @returns {string}
 */
export const day = (date) => written(new Date(date))
const zoneOf = (ms) => -new Date(Number(ms)).getTimezoneOffset()
const shifted = (ms, minutes) => new Date(Number(ms) + minutes * 60_000)
function zoneName(minutes) {
  const away = Math.abs(minutes)
  return `UTC${minutes < 0 ? '−' : '+'}${away / 60 | 0}${away % 60 ? `:${String(away % 60).padStart(2, '0')}` : ''}`
}
/**
 * Spells a time in the local time of the event.
 * @param {bigint | number} ms - Milliseconds since 1970.
 * @param {bigint | number} [offset] - Minutes ahead of UTC.
 * @param {string} [zone]
 * @returns {string}
 */
export function moment(ms, offset = zoneOf(ms), zone = zoneName(Number(offset))) {
  const minutes = Number(offset)
  const date = shifted(ms, minutes)
  if (isNaN(date)) return written(date)
  const time = [date.getUTCHours(), date.getUTCMinutes()].map((n) => String(n).padStart(2, '0')).join(':')
  return t('moment', { day: written(date), time, zone })
}
/**
 * Spells a time by the clock of the shopper, who needs no zone.
 * @param {bigint | number} ms - Milliseconds since 1970.
 * @returns {string}
 */
export const here = (ms) => moment(ms, zoneOf(ms), '')
/**
 * Spells the day of a time, by the clock of the shopper.
 * @param {bigint | number} ms - Milliseconds since 1970.
 * @returns {string}
 */
export const dayOf = (ms) => written(shifted(ms, zoneOf(ms)))

const PROMPT_MS = 86_400_000n
/**
 * Spells the time of an event as its signer states it. Adds the recorded time where the log recorded the event more than a day later.
 * @param {import('./verifier/story.js').StoryEntry} entry
 * @param {(ms: bigint | number, offset?: bigint | number) => string} [write]
 * @returns {string}
 */
export function dated({ event: { occurred_at_ms: ms, utc_offset_minutes: offset }, recorded }, write = moment) {
  const said = write(ms, offset)
  return recorded - ms > PROMPT_MS ? t('late', { said, recorded: write(recorded) }) : said
}
