// Signed notes and the keys that sign them (C2SP signed-note, tlog-cosignature).

import { concat, hex, text, unbase64, utf8 } from './bytes.js'
import { admit } from './admission.js'
import { demand, outer } from './refusal.js'
import { sha256 } from './sha256.js'

/**
 * Signed note, of which no signature is checked yet.
 * @typedef {object} Note
 * @property {string} text - Text that is signed, with its last line feed.
 * @property {NoteSignature[]} signatures - Signature lines in their order.
 */

/**
 * Signature line of a note.
 * @typedef {object} NoteSignature
 * @property {string} name - Name of the signer.
 * @property {string} id - Id of the signer's key, 4 bytes in hex.
 * @property {Uint8Array} signature - Bytes of the signature; a cosignature begins with its time.
 */

/**
 * Key of a log or a cosigner, as a policy has it.
 * @typedef {object} Vkey
 * @property {string} name - Name of the signer.
 * @property {string} id - Id of the key, 4 bytes in hex.
 * @property {number} kind - Kind of the key: 1 for a log, 4 for a cosigner.
 * @property {Uint8Array} key - Public key, 32 bytes.
 * @property {boolean} foreign - Whether the key is of another kind, so that its signatures cannot be checked.
 */

const NOTE_MAX = 128 * 1024
const SIGNATURES_MAX = 64
const VKEY_MAX = 4 * 1024
/**
 * Whether a text can be the name of a log or of a signer.
 * @param {string} name
 * @returns {boolean}
 */
export const isName = (name) => /^[^\p{White_Space}\p{Cc}+]+$/u.test(name) && utf8(name).length <= 255

/**
 * Returns the text of a note and its signature lines. Refuses `TooLong`, `Characters`, `Shape`, `SignatureLine`, `TooManySignatures`.
 * @param {Uint8Array} bytes
 * @returns {Note}
 */
export function parseNote(bytes) {
  demand(bytes.length <= NOTE_MAX, 'TooLong')
  const note = text(bytes)
  demand(note !== undefined && !/[\0-\x09\x0b-\x1f]/.test(note), 'Characters')
  const border = note.lastIndexOf('\n\n') + 1
  demand(border > 1 && note.endsWith('\n') && border + 1 < note.length, 'Shape')
  const signatures = note.slice(border + 1, -1).split('\n').map((line, i) => {
    demand(i < SIGNATURES_MAX, 'TooManySignatures')
    const [dash, name, base64, ...more] = line.split(' ')
    const bytes = unbase64(base64 ?? '')
    demand(dash === '—' && isName(name ?? '') && !name.includes('—') && bytes?.length > 4 && !more.length, 'SignatureLine')
    return { name, id: hex(bytes.subarray(0, 4)), signature: bytes.subarray(4) }
  })
  return { text: note.slice(0, border), signatures }
}

const KNOWN = [1, 4]

/**
 * Reads a key as a policy has it: `name+id+base64`. `kind` is 1 for a log, 4 for a cosigner. A key of another kind is `foreign`: its
 * signatures cannot be checked. Refuses `Vkey`, `Key`, `Name`, `VkeyId`.
 * @param {string} vkey
 * @returns {Vkey}
 */
export function parseVkey(vkey) {
  const [, name, id, base64] = /^([^+]*)\+([^+]*)\+(.*)$/.exec(vkey) ?? []
  const bytes = unbase64(base64 ?? '')
  demand(utf8(vkey).length <= VKEY_MAX && bytes?.length && (bytes.length > 1 || KNOWN.includes(bytes[0])), 'Vkey')
  const key = bytes.subarray(1)
  const foreign = !KNOWN.includes(bytes[0])
  if (!foreign) admit(key, (refusal) => outer('Key', refusal))
  demand(isName(name), 'Name')
  demand(hex(sha256(concat(utf8(`${name}\n`), bytes)).subarray(0, 4)) === id, 'VkeyId')
  return { name, id, kind: bytes[0], key, foreign }
}
