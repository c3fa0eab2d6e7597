// Events of a newer format than this reader's (proto/README.md, "Newer formats"): the reader reads only their envelope.

import { decode, isArm, lastField } from './codec.js'
import { rowOf } from './group.js'
import { demand, Refusal } from './refusal.js'
import { messages } from './schema.js'

/**
 * Parts that only a newer event has.
 * @typedef {object} NewerParts
 * @property {string} [newer] - Class of the event: `story`, `informative` or `alarm`.
 * @property {number} [arm] - Number of the arm of its body.
 */

/**
 * Event as decoded.
 * @typedef {import('./messages.js').Event & NewerParts} DecodedEvent
 */

/** First and last arm of each class. */
const CLASSES = { story: [16, 39], informative: [40, 43], alarm: [44, 47] }
/** Only known arm of class alarm: all other arms that this reader knows are of class story. */
const ALARM = 'recall'

const unread = { type: '_', rising: false }
/** Parts that are read otherwise than the schema states, or not at all. */
const OTHERWISE = { role: { type: 'n' }, place: unread, attachments: unread, notes: unread, quantity: unread, lot: unread, key: { type: 'any' } }
const widened = (name) => messages.get(name).fields.filter(({ oneof }) => !oneof).map((field) => ({ ...field, ...OTHERWISE[field.name] }))
const SUBJECT = { fields: widened('SubjectRef') }
const ENVELOPE = {
  fields: widened('Event').map((field) => (field.name === 'subjects' ? { ...field, type: SUBJECT } : field)), oneof: messages.get('Event').oneof,
}

const known = (arm) => messages.get('Event').fields.find(({ oneof, number }) => oneof && number === arm)
function classOf(arm) {
  // The number of an unknown arm is its class; a newer recall is a warning (N5).
  if (known(arm)) return known(arm).name === ALARM ? 'alarm' : 'story'
  const name = Object.keys(CLASSES).find((name) => CLASSES[name][0] <= arm && arm <= CLASSES[name][1])
  return rowOf(CLASSES, name) && name
}

/**
 * Reads the event that bytes spell. For a newer event, returns the envelope, its class as `newer`, and the number of its `arm`.
 * @param {Uint8Array} bytes
 * @returns {DecodedEvent}
 */
export function decodeEvent(bytes) {
  try {
    return decode('Event', bytes)
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault
    // The last field is an arm that this reader does not know (N1), or the first fault shows only newer bytes (N2).
    const last = lastField(bytes)
    if (!fault.isNewer && !(isArm(last) && !known(last))) throw fault
  }
  /**
   * Envelope, whose fields `ENVELOPE` decides.
   * @type {any}
   */
  const { place, attachments, notes, ...event } = decode(ENVELOPE, bytes, '', '_')
  // The rest of the event stays unread, and each pin points to a subject (N3).
  event.after.forEach(({ subject }, i) => demand(subject < event.subjects.length, 'Value', `after.${i}.subject`))
  return { ...event, subjects: event.subjects.map(({ key }) => ({ key })), newer: classOf(event.arm) }
}
