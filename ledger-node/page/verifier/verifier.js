// Exports of the verifier for other programs. The page takes only the parts that it needs.

export { claimedRecalls } from './claims.js'
export { start } from './crypto.js'
export { verifyFork } from './fork.js'
export { verifyOmission } from './omission.js'
export { verifyProofFile } from './proof-file.js'
export { verifyReceipt } from './receipt.js'
export { Refusal } from './refusal.js'
export { parseLink } from './link.js'
export { sha256 } from './sha256.js'
export { verifyTrace } from './product.js'
