// Attachments. The page shows their bytes only when the bytes are the recorded file.

import { at, el, svg } from '../dom.js'
import { Unanswered } from '../net.js'
import { fileOf } from './file.js'
import { chip, section } from './row.js'
import { own } from '../state.js'
import { size } from './units.js'
import { said, t } from '../words.js'

const FILE_MAX = 1024 * 1024 * 1024
const PHOTO_MAX = 1024 * 1024
const PICTURES = /^image\/(jpeg|png|webp|avif|gif)$/
const FILMS = /^video\//

/**
 * Drawing of each sort of files, by media type.
 * @type {[RegExp, string][]}
 */
const GLYPHS = [[FILMS, 'M9 6.5l9 5.5-9 5.5z'], [PICTURES, 'M4 6h16v12H4zM4 16l5-5 4 4 3-3 4 4'], [/./, 'M7 4h7l4 4v12H7zM14 4v4h4']]

/**
 * Whether the page offers a file: only where the event names everybody as its readers. Without a name, the readers are the parties.
 * @param {{ access?: string }} file
 */
const isPublic = ({ access }) => access === 'public'

/** Returns the URL of the loaded file, or undefined when the bytes are another file. */
async function load(announced, progress) {
  const file = await fileOf(announced, progress)
  return file && URL.createObjectURL(file)
}

function shown({ media_type: type }, url, name) {
  if (PICTURES.test(type)) return el('img', { src: url, alt: name })
  if (FILMS.test(type)) return el('video', { src: url, controls: true, playsinline: true, 'aria-label': name })
  return el('a', { class: 'button', href: url, download: name }, t('media.open'))
}

/**
 * Returns the figure of a file. The page loads the file only when the shopper asks for it.
 * @param {import('../verifier/messages.js').Attachment} file
 * @returns {HTMLElement}
 */
export function attachment(file) {
  const name = said(file.title)?.textContent ?? t(FILMS.test(file.media_type) || PICTURES.test(file.media_type) ? 'media' : 'media.open')
  const [, glyph] = GLYPHS.find(([types]) => types.test(file.media_type))
  const state = el('p', { role: 'status' }, chip('media.uncompared'))
  const say = (key, style) => state.replaceChildren(chip(key, style))
  const open = async () => {
    const bar = el('progress', { max: 1, 'aria-label': t('media.loading') })
    state.replaceChildren(bar)
    try {
      const url = await load(file, (part) => (bar.value = part))
      if (!url) return say('media.different', 'no')
      say('media.same', 'third')
      button.replaceWith(shown(file, url, name))
    } catch (e) {
      if (!(e instanceof Unanswered)) throw e
      // A file that is longer than the announced size is another file.
      if (e.status === 200) say('media.different', 'no')
      else say('media.missing')
    }
  }
  const button = el('button', { class: 'poster', type: 'button', click: open },
    svg('svg', { class: 'glyph', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('path', { d: glyph })),
    t('media.load', { size: size(file.size) }))
  return el('figure', null, isPublic(file) && file.size <= FILE_MAX && button, el('figcaption', null, said(file.title) ?? name), state)
}

const filesOf = (result) => own(result, 'origin_content').flatMap(({ event }) => event.attachments)

/**
 * Returns the section of photos and films, or false without any.
 * @param {import('../verifier/product.js').Result} result
 * @returns {HTMLElement | false}
 */
export function media(result) {
  const files = filesOf(result).filter(({ role }) => role === 'photo' || role === 'video')
  return files.length > 0 && section('media', el('div', { class: 'media' }, files.map(attachment)))
}

let pictured
/**
 * Shows the picture of the product above the card, or no picture without a result.
 * @param {import('../verifier/product.js').Result | undefined} result
 */
export async function photo(result) {
  pictured = result
  const file = result && filesOf(result).find(({ media_type, size, ...rest }) => PICTURES.test(media_type) && size <= PHOTO_MAX && isPublic(rest))
  const url = file && (await load(file, () => {}).catch(() => undefined))
  if (pictured !== result) return
  at('question').textContent = url ? t('photo') : ''
  at('photo').replaceChildren(url ? el('img', { src: url, alt: said(file.title)?.textContent ?? t('photo') }) : '')
}
