// Values that this device remembers. Storage may be full, forbidden or missing: then the device remembers nothing.

export function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(`headwater ${key}`))
  } catch {
    return null
  }
}

export function keep(key, value) {
  try {
    localStorage.setItem(`headwater ${key}`, JSON.stringify(value))
  } catch {
    // A page that cannot remember still checks.
  }
}
