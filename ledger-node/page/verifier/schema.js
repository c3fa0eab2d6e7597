// Messages of proto/headwater/v1, as one table. A line is a message: its fields in the order of their numbers, from 1; after `|` the arms
// of its oneof, from 16. `!` is required, `*` repeated, `^` a repeated set. The type follows the name: `n` a number, `s` minutes from UTC,
// `?` a bool, `b` bytes, `b32` 32 bytes; else an enum, a message or the form of a text.

/**
 * Field of a message.
 * @typedef {object} Field
 * @property {number} number - Number of the field on the wire.
 * @property {string} name - Name of the field, or of the arm of a oneof.
 * @property {string | Shape} type - Letter of a scalar, or the name of an enum, a message or a form; a shape where the content is a message
 *   without a name.
 * @property {string} [oneof] - Name of the oneof that the field is an arm of.
 * @property {boolean} [required] - Whether a message without the field is refused.
 * @property {boolean} [repeated] - Whether the field is a list.
 * @property {boolean} [rising] - Whether the list is a set, which increases strictly.
 */

/**
 * Fields of a message, in the order of their numbers.
 * @typedef {object} Shape
 * @property {Field[]} fields - Fields, the arms of the oneof last.
 * @property {string} [oneof] - Name of the oneof, which ends the message.
 */

const MESSAGES = `
Event ledger_id!b32 event_id!uuid party!PartyKey key_id!b32 role!Role occurred_at_ms!n utc_offset_minutes:s principal:PartyKey subjects!^SubjectRef place:Place after^Pin attachments*Attachment notes^LangText | body production:Production commissioning:Commissioning sticker:Sticker shipment_leg:ShipmentLeg distribution:Distribution customs_clearance:CustomsClearance lab_inspection:LabInspection certification:Certification aggregation:Aggregation transformation:Transformation recall:Recall correction:Correction origin_content:OriginContent party_event:PartyEvent
SubjectRef key!Subject quantity:Quantity lot:Subject
Quantity value!Decimal uom!Unit
Place gln:Gln gln_extension:Extension unlocode:Locode iata:Airport country:Country subdivision:Subdivision lat:Decimal lon:Decimal address^LangText
LangText lang!Lang text!Text
Pin subject:n count:n head!b32
Attachment sha256!b32 size!n media_type!MediaType role!AttachmentRole uri:Uri lang:Lang title^LangText access:Access chunk_root:b32
Production refs*Ref commitments^Commitment production_date!Date country_of_origin!Country expiry_date:Date best_before:Date harvest_from:Date harvest_to:Date origin_subdivision:Subdivision area*Corner species:Text producer_licence:Code process*ProcessStep
Ref kind!RefType id!Code
Commitment path!Code hash!b32
Corner lat!Decimal lon!Decimal
ProcessStep name!Text value!Decimal uom!Unit
Commissioning refs*Ref commitments^Commitment sticker_batch!Code | form listed:Listed committed:Committed
Listed lot!Subject
Committed count!n items_root!b32 manifest:n
Sticker refs*Ref commitments^Commitment action!StickerAction tamper_id:Code reason:Text code:ItemCode
ShipmentLeg refs*Ref commitments^Commitment leg_id!Code leg_seq!n movement!Movement mode!Mode origin!Place destination!Place temperature:Temperature co2e_kg:Decimal | by flight:Flight vessel:Vessel vehicle:Vehicle
Temperature min!Decimal max!Decimal mean!Decimal uom!Unit
Flight carrier!Code flight_no!Code flight_date!Date ulds*Code aircraft_reg:Code fsu_code:FsuCode std:Instant atd:Instant sta:Instant ata:Instant
Instant ms!n offset_minutes:s
Vessel ship!Ship voyage!Code containers!*Container scac:Code seals*Code
Vehicle operator!Text vehicle!Code
Distribution refs*Ref commitments^Commitment action!DistributionAction from_party:PartyKey to_party:PartyKey bonded_zone:Code temperature:Temperature parcel_no:Code
CustomsClearance refs*Ref commitments^Commitment declaration_no:Code jurisdiction!Country direction!Direction office_code!Code regime!Code status!CustomsStatus lines*DeclarationLine declarant:PartyKey importer:PartyKey quarantine_certificate:Code inspection_order:Code duty_receipt:b32 port_of_loading:Locode port_of_entry:Locode warehouse:Code seal:b32
DeclarationLine line_no!n hs_code!HsCode hs_edition!Code origin!Country quantity!Quantity gtin:Gtin lot:LotNumber
LabInspection refs*Ref commitments^Commitment laboratory!PartyKey accreditation!Accreditation report_no!Code issue_date!Date sample!Sample performed_from!Date performed_to!Date results!*TestResult verdict!TestVerdict decision_rule:Text scope_statement:Text sampled_by:Text sampling_plan:Text customer:Text authorised_by:Text deviations:Text subcontracted:Text standards^Code
Accreditation body!Code number!Code valid_from!Date valid_to!Date mra:Code
Sample id!Code sampled_at!Date received_at:Date condition:Text subjects!^n
TestResult analyte!Analyte method!Code operator!Operator value:Decimal uom!Unit per:Quantity lod:Decimal loq:Decimal uncertainty:Uncertainty limit:Limit verdict!TestVerdict
Analyte names!^LangText cas:Code inchi:Text ncbi_taxon:Code
Uncertainty value!Decimal k!Decimal
Limit operator!Operator value:Decimal uom!Unit per:Quantity source:Code
Certification refs*Ref commitments^Commitment certificate_no!Code agency!PartyKey accreditation:Accreditation standard!Code statements!^LangText start!Date end!Date status!CertificateStatus attestation_type!AttestationType assurance!Assurance audit_date:Date value:Text uri:Uri site:Place
Aggregation refs*Ref commitments^Commitment action!AggregationAction parent:n asset:Asset
Transformation refs*Ref commitments^Commitment inputs!^n outputs!^n yield_ratio:Decimal process:Text by_products:Text losses:Quantity
Recall refs*Ref commitments^Commitment recall_no!Code action!RecallType severity:RecallSeverity class:Code reason_code:RecallReason reason!^LangText authority:Text scope*Scope consumer_action^LangText start!Date contact:Text uri:Uri remedy^LangText lifts:b32
Scope subjects!^n ranges*Range
Range property!RangeProperty first!Code last!Code any_length:?
Correction refs*Ref commitments^Commitment original_event_id!uuid original_entry_hash!b32 reason!CorrectionReason corrective_event_ids^uuid
OriginContent refs*Ref commitments^Commitment content:Content product_name^LangText brand_name^LangText net_content:Quantity licence:Text consent:Text
Content attachment:n captured_at!Instant
PartyEvent refs*Ref commitments^Commitment | action register:Register grant_role:GrantRole end_role:EndRole grant_prefix:GrantPrefix end_prefix:EndPrefix accredit:Accredit add_key:AddKey revoke_key:RevokeKey reaffirm:Reaffirm delegate:Delegate end_delegation:EndDelegation points:Points
Register names!^LangText country!Country aliases^PartyKey roles^Role
GrantRole role!Role interval:Interval
Interval from_ms:n until_ms:n
EndRole role!Role
GrantPrefix prefix!CompanyPrefix interval:Interval
EndPrefix prefix!CompanyPrefix
Accredit accreditation!Accreditation methods^Code
AddKey public_key!key key_use!KeyUse possession!b64 interval:Interval
RevokeKey key_id!b32 reason!RevocationReason at_ms:n
Reaffirm key_id!b32 below!n except^b32
Delegate grantor!PartyKey grantee!PartyKey kinds!^Kind subjects^Subject prefixes^CompanyPrefix interval:Interval
EndDelegation grantor!PartyKey grantee!PartyKey
Points number!n rule!Code reason!^LangText evidence^uuid
Possession ledger!b32 party!PartyKey key_use!KeyUse public_key!key
Entry recorded_at_ms!n | body genesis:Genesis signed_event:SignedEventBytes index_head:IndexHead
Genesis origin!Origin log_key!key operator!PartyKey keys*GenesisKey format_version!n previous:b32
GenesisKey public_key!key key_use!KeyUse possession!b64
SignedEventBytes event!b signature!b64
IndexHead root!b32
Trace checkpoint!b genesis!Included index_head!Included subjects!^History entries*Included sets^SetProof openings*Opening anchors*Anchor
Included log_index:n entry!b inclusion*b32
History subject!Subject proof:IndexProof log_indexes^n
IndexProof bits:b siblings*b32 key!b32 count:n head!b32
SetProof log_index:n item!Subject proof:IndexProof
Opening leaf!b32 path!Code salt!b16 value!b
Anchor checkpoint!b consistency*b32
Receipt checkpoint!b entry!Included index_head:Included subjects^SubjectReceipt
SubjectReceipt subject!Subject proof!IndexProof count_before:n head_before!b32 later*ChainLink
ChainLink log_index:n leaf!b32
ForkProof older!b newer!b root:b32 consistency*b32
OmissionProof checkpoint!b index_head!Included | shown_by entry:ByEntry batch:ByBatch
ByEntry subject!Subject proof:IndexProof links*ChainLink entry!Included
ByBatch base:Included entries*Included subjects^SubjectProof
SubjectProof subject!Subject proof:IndexProof`

const ENUMS = `
Role brand producer carrier distributor customs lab certifier regulator platform auditor
AttachmentRole test_report certificate declaration awb bol photo video other
Access public parties regulator
RefType bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt customs awb hawb booking cmr
StickerAction issued applied voided claimed
Movement departure arrival
Mode sea rail road air mail multimodal fixed inland_water
FsuCode ARR AWD AWR BKD CCD CRC DDL DEP DIS DLV DOC DPU FIW FOH FOW MAN NFD OCI OSI PRE RCF RCS RCT TFD TGC TRM
DistributionAction receive store dispatch deliver sell return destroy
Direction import export transit
CustomsStatus lodged accepted held inspecting sampled released rejected seized re_exported
Operator eq lt gt le ge nd
TestVerdict pass fail inconclusive
CertificateStatus active inactive
AttestationType certification declaration inspection testing verification validation calibration
Assurance first_party second_party third_party
AggregationAction add delete observe
RecallType recall withdrawal stop_sale lift
RecallSeverity high medium low
RecallReason biological chemical foreign_body allergen labelling quality counterfeit documents other
RangeProperty lot serial production_date expiry_date
CorrectionReason did_not_occur incorrect_data duplicate wrong_subject key_compromise
KeyUse events admin
RevocationReason retired compromised
Kind production commissioning sticker shipment_leg distribution customs_clearance lab_inspection certification aggregation transformation recall correction origin_content party_event`

const rows = (table) => table.trim().split('\n').map((row) => row.split(' '))

/**
 * Words of each enum; the first has number 1.
 * @type {Map<string, string[]>}
 */
export const enums = new Map(rows(ENUMS).map(([name, ...words]) => [name, words]))

/**
 * Fields of each message, with their numbers; `oneof` on the arms of one.
 * @type {Map<string, Shape>}
 */
export const messages = new Map(rows(MESSAGES).map(([name, ...words]) => {
  const fields = []
  let number = 0, oneof
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '|') {
      ;[oneof, number] = [words[(i += 1)], 15]
      continue
    }
    const [, field, flags, type] = /^(\w+)([!*^:]+)(.+)$/.exec(words[i])
    fields.push({
      number: ++number, name: field, type, oneof,
      required: flags.includes('!'), repeated: /[*^]/.test(flags), rising: flags.includes('^'),
    })
  }
  return [name, { fields, oneof }]
}))
