// What was not verified. Nothing in it is a fact; but a recall in it is never hidden.

import { NO_VERDICT } from '../check.js'
import { as } from '../state.js'
import { phrase, t } from '../words.js'
import { claimedRecalls } from '../verifier/claims.js'
import { decode } from '../verifier/codec.js'
import { Refusal } from '../verifier/refusal.js'

function failed({ bytes, refusal }) {
  const recalls = claimedRecalls(bytes).length > 0
  let count = 0
  try {
    count = decode('Trace', bytes).entries.length
  } catch (e) {
    if (!(e instanceof Refusal)) throw e
  }
  // A trace holds together or not at all: no record of one that failed is confirmed.
  const sentence = count ? phrase('failed.says', { k: count, n: count }) : phrase('failed.unread')
  return { ...as('failed', [recalls && `${t('possible.head')}. ${t('possible.says')} `, sentence], 'how'), recalls, refusal }
}

/** No verdict: about the device, the policy, the label or the connection. */
function without({ bytes, refusal, unanswered }) {
  const gs1 = refusal?.name === 'Label' && refusal.cause?.name === 'Gs1'
  if (gs1 && refusal.cause.cause?.name === 'CheckDigit') return as('unknown', phrase('unknown.typo'), 'report')
  const reason = unanswered || refusal.name === 'Policy' || refusal.name === 'Label' ? 'unanswered' : 'unchecked'
  const recalls = bytes && claimedRecalls(bytes).length
  const head = recalls ? 'possible' : reason
  return { ...as('unchecked', phrase(`${head}.says`), unanswered || recalls ? 'again' : undefined, t(`${head}.head`)), recalls }
}

export const unproven = (found) => (found.refusal && !NO_VERDICT.includes(found.refusal.name) ? failed(found) : without(found))
