// Hidden fields: the event contains a commitment, and its opening travels beside the log (proto/README.md, "Hashes").

import { concat, u64, utf8 } from './bytes.js'
import { sha256 } from './sha256.js'

/**
 * Returns the commitment to this value of the field at `path`: H(07 | salt | path length | path | value length | value).
 * @param {import('./messages.js').Opening} opening
 * @returns {Uint8Array}
 */
export function openingHash({ salt, path, value }) {
  const name = utf8(path)
  return sha256(concat(7, salt, u64(name.length), name, u64(value.length), value))
}
