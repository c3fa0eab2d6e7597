// Tiles of hashes and bundles of entries (C2SP tlog-tiles).

import { demand } from './refusal.js'

/**
 * Tile of the log, or a bundle of its entries.
 * @typedef {object} Tile
 * @property {number} [level] - Level of the hashes, from 0; absent for entries.
 * @property {bigint} index - Number of the tile on its level, from 0.
 * @property {number} width - Number of hashes or entries, from 1 to 256.
 * @property {Uint8Array[]} [hashes] - Hashes of 32 bytes.
 * @property {Uint8Array[]} [entries] - Bytes of each entry.
 */

const PATH = /^tile\/(0|[1-9]\d?|entries)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/

/**
 * Reads the path of a tile: `level` (undefined for entries), `index` and `width`. Refuses `Path`.
 * @param {string} path
 * @returns {Tile}
 */
export function parseTilePath(path) {
  const [, level, groups, width = '256'] = PATH.exec(path) ?? []
  demand(groups && groups.length <= 35 && !groups.startsWith('x000') && (level === 'entries' || +level < 64), 'Path')
  demand(path.includes('.p/') ? +width < 256 : true, 'Path')
  const index = BigInt(groups.replace(/[x/]/g, ''))
  demand(!(index >> 64n), 'Path')
  return { level: level === 'entries' ? undefined : +level, index, width: +width }
}

/**
 * Returns the hashes or entries that `content` holds for this path. Refuses `Path`, `Length`, `Truncated`, `Trailing`.
 * @param {string} path
 * @param {Uint8Array} content
 * @returns {Tile}
 */
export function parseTile(path, content) {
  const tile = parseTilePath(path)
  const items = []
  if (tile.level !== undefined) {
    demand(content.length === 32 * tile.width, 'Length')
    for (let at = 0; at < content.length; at += 32) items.push(content.subarray(at, at + 32))
    return { ...tile, hashes: items }
  }
  let at = 0
  while (items.length < tile.width) {
    demand(at + 2 <= content.length, 'Truncated')
    const end = at + 2 + content[at] * 256 + content[at + 1]
    demand(end <= content.length, 'Truncated')
    items.push(content.subarray(at + 2, end))
    at = end
  }
  demand(at === content.length, 'Trailing')
  return { ...tile, entries: items }
}
