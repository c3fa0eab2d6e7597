// Types of the messages that codec.js reads, for the comments of the other scripts. The compiler compares the types with schema.js.

/**
 * Message without a type of its own: its fields by name. The schema decides the type of each field.
 * @typedef {Object<string, any>} Message
 */

/**
 * Body of an event: the fields that its kind has in schema.js.
 * @typedef {Message} Body
 */

/**
 * Subject that an event names.
 * @typedef {object} SubjectRef
 * @property {string} key - Key of the subject.
 * @property {Quantity} [quantity] - Part of a lot that the event is about.
 * @property {string} [lot] - Key of the lot that an item is of.
 */

/**
 * Amount in a unit.
 * @typedef {object} Quantity
 * @property {string} value - Decimal number.
 * @property {string} uom - Unit by its code of UNECE Recommendation 20.
 */

/**
 * Location in the world, by its codes, its coordinates or its address.
 * @typedef {object} Place
 * @property {string} [gln] - GLN, 13 digits.
 * @property {string} [gln_extension] - Part of the location with that GLN.
 * @property {string} [unlocode] - UN/LOCODE, 5 characters.
 * @property {string} [iata] - IATA code of an airport, 3 letters.
 * @property {string} [country] - ISO 3166-1 code, 2 letters.
 * @property {string} [subdivision] - ISO 3166-2 code.
 * @property {string} [lat] - Degrees north, as a decimal number.
 * @property {string} [lon] - Degrees east, as a decimal number.
 * @property {LangText[]} address - Address in each language.
 */

/**
 * Free text in one language.
 * @typedef {object} LangText
 * @property {string} lang - Language as a BCP 47 tag.
 * @property {string} text - Text in that language.
 */

/**
 * End of a chain that an author saw.
 * @typedef {object} Pin
 * @property {bigint} subject - Index of the subject in the event, from 0.
 * @property {bigint} count - Number of entries on the chain.
 * @property {Uint8Array} head - Hash of the chain, 32 bytes.
 */

/**
 * File that an event announces.
 * @typedef {object} Attachment
 * @property {Uint8Array} sha256 - SHA-256 of the file, 32 bytes.
 * @property {bigint} size - Length of the file in bytes.
 * @property {string} media_type - Media type of the file.
 * @property {string} role - Purpose of the file, a word of `AttachmentRole`.
 * @property {string} [uri] - Address of another copy.
 * @property {string} [lang] - Language of the file as a BCP 47 tag.
 * @property {LangText[]} title - Title in each language.
 * @property {string} [access] - Audience that may fetch the file, a word of `Access`; the parties where it is absent.
 * @property {Uint8Array} [chunk_root] - Root over the chunks of the file, 32 bytes.
 */

/**
 * Event as its bytes spell it. A newer event has neither place, attachments, notes nor body.
 * @typedef {object} Event
 * @property {Uint8Array} ledger_id - Leaf of the genesis of the ledger, 32 bytes.
 * @property {Uint8Array} event_id - UUIDv7, 16 bytes.
 * @property {string} party - Key of the party that signs.
 * @property {Uint8Array} key_id - SHA-256 of the key that signs, 32 bytes.
 * @property {string} role - Role in which the party signs, a word of `Role`; the number of the role in a newer event.
 * @property {bigint} occurred_at_ms - Time at which the event occurred, in milliseconds since 1970, by the signer's clock.
 * @property {bigint} utc_offset_minutes - Minutes by which the signer's local time is ahead of UTC.
 * @property {string} [principal] - Key of the party whose right the signer uses.
 * @property {SubjectRef[]} subjects - Subjects in the order of their keys.
 * @property {Place} [place] - Location of the event.
 * @property {Pin[]} after - Ends of chains that the author saw.
 * @property {Attachment[]} attachments - Files that the event announces.
 * @property {LangText[]} notes - Note in each language.
 * @property {Object<string, Body>} [body] - Body under the kind of the event.
 */

/**
 * Entry of the log as its bytes spell it.
 * @typedef {object} Entry
 * @property {bigint} recorded_at_ms - Time at which the operator recorded the entry, in milliseconds since 1970.
 * @property {{ genesis?: Genesis, signed_event?: SignedEventBytes, index_head?: { root: Uint8Array } }} [body] - The one arm; absent from an
 *   entry of a newer kind.
 */

/**
 * First entry of a log.
 * @typedef {object} Genesis
 * @property {string} origin - Name of the log.
 * @property {Uint8Array} log_key - Public key of the log, 32 bytes.
 * @property {string} operator - Key of the party that runs the log.
 * @property {GenesisKey[]} keys - Keys of the operator.
 * @property {bigint} format_version - Version of the formats.
 * @property {Uint8Array} [previous] - Leaf of the genesis that this log continues, 32 bytes.
 */

/**
 * Key of the operator in a genesis.
 * @typedef {object} GenesisKey
 * @property {Uint8Array} public_key - Public key, 32 bytes.
 * @property {string} key_use - Use of the key, `events` or `admin`.
 * @property {Uint8Array} possession - Signature that proves that the operator holds the key, 64 bytes.
 */

/**
 * Event in an entry, before the event is read.
 * @typedef {object} SignedEventBytes
 * @property {Uint8Array} event - Bytes of the event.
 * @property {Uint8Array} signature - Signature over the event, 64 bytes.
 */

/**
 * Evidence about one subject.
 * @typedef {object} Trace
 * @property {Uint8Array} checkpoint - Signed note of the checkpoint.
 * @property {Included} genesis - First entry of the log.
 * @property {Included} index_head - Last entry under the checkpoint.
 * @property {History[]} subjects - Chains of the subjects that the walk visits.
 * @property {Included[]} entries - Entries of those chains, in log order.
 * @property {SetProof[]} sets - Proofs about sets.
 * @property {Opening[]} openings - Values of hidden fields.
 * @property {Anchor[]} anchors - Older checkpoints, which show that entries existed.
 */

/**
 * Entry with the proof that it is in the log.
 * @typedef {object} Included
 * @property {bigint} log_index - Number of the entry, from 0.
 * @property {Uint8Array} entry - Bytes of the entry.
 * @property {Uint8Array[]} inclusion - Inclusion proof: hashes of 32 bytes, from the leaf up.
 */

/**
 * Chain of a subject in a trace.
 * @typedef {object} History
 * @property {string} subject - Key of the subject.
 * @property {IndexProof} [proof] - Proof of the end of the chain; absent under an empty index.
 * @property {bigint[]} log_indexes - Log indexes of the entries on the chain; empty for a closed chain.
 */

/**
 * Proof about one key of the index or of a set.
 * @typedef {object} IndexProof
 * @property {Uint8Array} [bits] - Bit index of each node, from the root down.
 * @property {Uint8Array[]} siblings - Hash of the other side of each node, 32 bytes.
 * @property {Uint8Array} key - Key of the leaf at the end, 32 bytes.
 * @property {bigint} count - Count of the leaf.
 * @property {Uint8Array} head - Head of the leaf, 32 bytes.
 */

/**
 * Proof whether a set holds an item.
 * @typedef {object} SetProof
 * @property {bigint} log_index - Log index of the commissioning that commits to the set.
 * @property {string} item - Key of the item.
 * @property {IndexProof} [proof] - Proof in the set; absent where the ledger has no list of the set.
 */

/**
 * Value of a hidden field, as a trace brings it.
 * @typedef {object} Opening
 * @property {Uint8Array} leaf - Leaf of the entry, 32 bytes.
 * @property {string} path - Path of the field in the body.
 * @property {Uint8Array} salt - Random bytes of the commitment, 16 bytes.
 * @property {Uint8Array} value - Bytes of the value.
 */

/**
 * Older checkpoint in a trace.
 * @typedef {object} Anchor
 * @property {Uint8Array} checkpoint - Signed note of the older checkpoint.
 * @property {Uint8Array[]} consistency - Consistency proof to the checkpoint of the trace: hashes of 32 bytes.
 */

/**
 * Proof that an entry is in the log and on its chains.
 * @typedef {object} Receipt
 * @property {Uint8Array} checkpoint - Signed note of the checkpoint.
 * @property {Included} entry - Entry that the receipt is about.
 * @property {Included} [index_head] - Last entry under the checkpoint; absent from a receipt of inclusion alone.
 * @property {SubjectReceipt[]} subjects - Place of the entry on the chain of each of its subjects.
 */

/**
 * Place of an entry on the chain of one subject.
 * @typedef {object} SubjectReceipt
 * @property {string} subject - Key of the subject.
 * @property {IndexProof} proof - Proof of the end of the chain.
 * @property {bigint} count_before - Number of entries on the chain before this one.
 * @property {Uint8Array} head_before - Hash of the chain before this entry, 32 bytes.
 * @property {ChainLink[]} later - Entries on the chain after this one.
 */

/**
 * Entry as a chain commits to it.
 * @typedef {object} ChainLink
 * @property {bigint} log_index - Log index of the entry.
 * @property {Uint8Array} leaf - Leaf of the entry, 32 bytes.
 */

/**
 * Two checkpoints of one log that are not consistent.
 * @typedef {object} ForkProof
 * @property {Uint8Array} older - Signed note of the smaller checkpoint.
 * @property {Uint8Array} newer - Signed note of the larger checkpoint.
 * @property {Uint8Array} [root] - Root that the larger tree had at the size of the smaller, 32 bytes.
 * @property {Uint8Array[]} consistency - Consistency proof from that root: hashes of 32 bytes.
 */

/**
 * Proof of an index that contradicts the entries before it.
 * @typedef {object} OmissionProof
 * @property {Uint8Array} checkpoint - Signed note of the checkpoint.
 * @property {Included} index_head - Index head that contradicts the entries.
 * @property {{ entry?: ByEntry, batch?: ByBatch }} shown_by - The one arm: the entry or the batch that shows the contradiction.
 */

/**
 * Entry that a chain omits, or that does not belong on the chain.
 * @typedef {object} ByEntry
 * @property {string} subject - Key of the subject of the chain.
 * @property {IndexProof} [proof] - Proof of the end of the chain; absent under an empty index.
 * @property {ChainLink[]} links - All entries of the chain.
 * @property {Included} entry - The entry.
 */

/**
 * Whole batch, from which another index follows.
 * @typedef {object} ByBatch
 * @property {Included} [base] - Index head before the batch; absent from the first batch.
 * @property {Included[]} entries - Entries of the batch, without its index head.
 * @property {SubjectProof[]} subjects - Ends of the chains before the batch.
 */

/**
 * End of the chain of one subject.
 * @typedef {object} SubjectProof
 * @property {string} subject - Key of the subject.
 * @property {IndexProof} [proof] - Proof of the end; absent under an empty index.
 */

/**
 * Messages that modules pass on, by name. `tests/browser/types.test.mjs` compares each with schema.js.
 * @typedef {object} Messages
 * @property {SubjectRef} SubjectRef - A subject of an event.
 * @property {Quantity} Quantity - An amount.
 * @property {Place} Place - A location.
 * @property {LangText} LangText - A text.
 * @property {Pin} Pin - A pin.
 * @property {Attachment} Attachment - A file.
 * @property {Event} Event - An event.
 * @property {Entry} Entry - An entry.
 * @property {Genesis} Genesis - A genesis.
 * @property {GenesisKey} GenesisKey - A key of a genesis.
 * @property {SignedEventBytes} SignedEventBytes - An event with its signature.
 * @property {Trace} Trace - A trace.
 * @property {Included} Included - An entry with its proof.
 * @property {History} History - A chain of a trace.
 * @property {IndexProof} IndexProof - A proof in the index.
 * @property {SetProof} SetProof - A proof about a set.
 * @property {Opening} Opening - A hidden field.
 * @property {Anchor} Anchor - An older checkpoint.
 * @property {Receipt} Receipt - A receipt.
 * @property {SubjectReceipt} SubjectReceipt - A place on a chain.
 * @property {ChainLink} ChainLink - A link of a chain.
 * @property {ForkProof} ForkProof - A fork proof.
 * @property {OmissionProof} OmissionProof - An omission proof.
 * @property {ByEntry} ByEntry - An entry that shows an omission.
 * @property {ByBatch} ByBatch - A batch that shows a wrong root.
 * @property {SubjectProof} SubjectProof - An end of a chain.
 */

export {}
