// Values that this device remembers. Storage may be full, forbidden or missing: then the device remembers nothing.

/**
 * Returns the remembered value; null without one.
 * @param {string} key
 * @returns {any}
 */
export function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(`headwater ${key}`))
  } catch {
    return null
  }
}

/**
 * Remembers a value that JSON can express.
 * @param {string} key
 * @param {any} value
 */
export function keep(key, value) {
  try {
    localStorage.setItem(`headwater ${key}`, JSON.stringify(value))
  } catch {
    // A page that cannot remember still checks.
  }
}
