// Lists that the rules about events refer to. The lists grow: a code that a list lacks is a finding, never a refusal.
// A word is the beginning of some codes, a point, and their last characters; `*` means all ten digits.

/**
 * List of codes.
 * @typedef {object} CodeList
 * @property {(code?: string) => boolean} has - Whether the list has a code.
 */

/**
 * Returns a list that looks up a code of capitals and digits.
 * @param {string} words
 * @returns {CodeList}
 */
const codes = (words) => ({
  has: (code = '') => new RegExp(`\\s${code.slice(0, -1)}\\.\\S*(${code.slice(-1)}|${/\d$/.test(code) ? '\\*' : '$^'})`).test(words),
})

/** Countries by ISO 3166-1 alpha-2 code. */
export const COUNTRIES = codes(`
A.DEFGILMOQRSTUWXZ B.ABDEFGHIJLMNOQRSTVWYZ C.ACDFGHIKLMNORUVWXYZ D.EJKMOZ E.CEGHRST F.IJKMOR G.ABDEFGHILMNPQRSTUWY H.KMNRTU
I.DELMNOQRST J.EMOP K.EGHIMNPRWYZ L.ABCIKRSTUVY M.ACDEFGHKLMNOPQRSTUVWXYZ N.ACEFGILOPRUZ O.M P.AEFGHKLMNRSTWY Q.A R.EOSUW
S.ABCDEGHIJKLMNORSTVXYZ T.CDFGHJKLMNORTVWZ U.AGMSYZ V.ACEGINU W.FS Y.ET Z.AMW`)

/** Units of UNECE Recommendation 20, without the packages of Recommendation 21. */
export const UNITS = codes(`
1.01345I 2.01234578ABCGHIJKLMNPQRUXYZ 3.34578BC 4.01CGHKLMNOPQRTUWX 5.6789ABEJ 6.01 7.47 8.01579 9.1 A.23456789ABDEHIKLQSYZ A1.*
A2.012346789 A3.* A4.012345789 A5.34569 A6.89 A7.013456 A8.456789 A9.013456789 AC.RT AM.HP AN.N AP.Z AS.MU AT.M AW.G B.13478BP
B1.* B2.* B3.012345 B4.123456789 B5.023456789 B6.012346789 B7.* B8.* B9.* BA.R BF.T BH.P BI.L BL.DL BP.M BQ.L BT.U BU.AI
C.03789G C1.* C2.* C3.* C4.* C5.* C6.* C7.012345689 C8.* C9.012345679 CC.T CD.L CE.LN CG.M CK.G CL.FT CM.KQT CN.PT CO.U CT.GMN
CU.R CW.AI D.1256BDGJNT D0.34 D1.012356789 D2.012345679 D3.012346 D4.123456789 D5.* D6.0123589 D7.3478 D8.012356789 D9.1345
DA.ADY DB.MW DE.C DL.T DM.AKOQT DP.CRT DR.AIL DT.N DW.T DZ.NP E.4ABQ E0.1789 E1.02456789 E2.0123578 E3.* E4.* E5.* E6.* E7.*
E8.* E9.* F.CFHLPRS F0.12345678 F1.* F2.* F3.* F4.* F5.* F6.* F7.* F8.* F9.* FA.HR FB.M FI.T FN.U FO.T FT.KQ G.23BEFJLMOPQV
G0.145689 G1.* G2.013456789 G3.* G4.* G5.* G6.* G7.* G8.* G9.* GB.Q GD.W GF.I GG.R GI.ACIP GL.DIL GR.MNO GW.H H.ACHM H0.3456789
H1.012345689 H2.* H3.* H4.* H5.* H6.* H7.012345679 H8.012345789 H9.012345689 HA.D HB.AX HD.W HE.A HG.M HI.U HK.M HL.T HM.OQT
HP.A HT.Z HU.R HW.E I.AEUV IN.HKQ IS.D IU.G J.2EKM J1.023456789 J2.* J3.012345689 J4.* J5.* J6.* J7.012345689 J8.123457
J9.012356789 JN.T JO.U JP.S JW.L K.1236ABIJLORTWX K1.* K2.0123678 K3.* K4.012356789 K5.01234589 K6.* K7.013456789 K8.* K9.* KA.T
KB.A KC.C KD.W KE.L KG.MS KH.YZ KI.CP KJ.O KL.KX KM.AHKQT KN.IMST KP.AHOP KS.DH KT.N KU.R KV.ART KW.HNOSTY L.2ADFHKMNOPRSY L1.*
L2.013456789 L3.* L4.* L5.* L6.03456789 L7.* L8.* L9.012345689 LA.C LB.RT LE.F LP.A LT.NR LU.BMX M.14579CD M1.* M2.012345679
M3.* M4.* M5.012356789 M6.* M7.* M8.* M9.* MA.HLMRW MB.EFR MC.U MG.M MH.Z MI.KLNOU MK.DMW ML.DT MM.KQT MN.DJ MO.N MP.A MQ.DHMSW
MR.DMW MS.K MT.KQRSZ MV.A MW.H N.13AFLTUX N1.* N2.* N3.* N4.* N5.* N6.* N7.* N8.* N9.* NA.R NC.L NE.W NI.LU NM.3IP NP.T NT.U
O.ANT OD.EGKM OH.M ON.Z OP.M OZ.AI P.125DIOQRS P1.* P2.* P3.* P4.* P5.* P6.* P7.* P8.* P9.* PA.L PF.L PG.L PL.A PT.DILN Q.3ABR
Q1.* Q2.* Q3.* Q4.012 QA.N QT.DILR R.19HMPT RO.M RP.MS S.34GQRWX SA.N SC.OR SE.CT SI.E SM.3I SQ.R ST.CIKLNW SY.R T.03IP TA.HN
TI.CP TK.M TM.S TN.E TP.IR TQ.D TR.L TS.T TT.S U.12BC V.AP VL.T W.2ABEGM WC.D WE.BE WH.R WS.D WT.T X.1 YD.KQ YR.D Z.9PZ Z1.1`)

/** Units that an amount of goods can have. */
export const GOODS_UNITS = codes(`
1.01345 2.01QU 3.B 4.GN A.ABKSY A4.45 AC.R AP.Z B.B B4.5 BF.T BI.L BL.DL BQ.L BU.AI C.G C1.8 C3.4 C6.2 CE.N CG.M CK.G CL.FT CM.KQT CN.PT
CT.GMN CU.R CW.AI D.BGJT D3.2 D6.35 DA.A DL.T DM.AKOQT DP.CR DR.AI DT.N DW.T DZ.NP E.4A E1.4 E2.7 F.CFH FB.M FO.T FT.KQ G.V GB.Q GD.W GG.R
GI.ACIP GL.DIL GR.MNO GW.H H.ACH H1.689 H2.0 H8.7 HB.X HD.W HE.A HG.M HI.U HK.M HL.T HM.QT HP.A IN.HKQ JN.T JO.U JW.L K.6AT KD.W KG.M KH.Y
KI.CP KJ.O KL.K KM.KT KN.IS KP.HOP KS.DH KT.N KU.R KW.HO L.FKMNOPR LA.C LB.RT LE.F LP.A LT.NR LU.B M.CD MA.L MB.EF MC.U MG.M MI.KLOU ML.DT
MM.KQT MT.KQR MW.H N.LT NA.R NC.L NI.U NM.3IP NP.T O.A OD.GKM ON.Z OZ.AI P.DR PF.L PG.L PT.DILN Q.3R QA.N QT.DIL R.M S.GRWX SC.OR SE.T
SM.3I SQ.R ST.CIKLNW SY.R T.3IP TI.CP TM.S TN.E TP.R TR.L TS.T TT.S U.12 W.2BEG WC.D WH.R WS.D X.1 YD.KQ YR.D Z1.1`)

/** Dimension of each unit, and its power of ten. */
const SCALES = `
mass MC:-6 MGM:-3 CGM:-2 DG:-1 GRM:0 DJ:1 HGM:2 KGM:3 DTN:5 TNE:6 2U:6 KTN:9
volume 4G:-6 MMQ:-6 MLT:-3 CMQ:-3 CLT:-2 DLT:-1 LTR:0 DMQ:0 A44:1 HLT:2 K6:3 MTQ:3 MAL:6
length MMT:-3 CMT:-2 DMT:-1 MTR:0 A45:1 HMT:2 KMT:3
area MMK:-6 CMK:-4 DMK:-2 MTK:0 KMK:6
count C62:0 H87:0 EA:0 CEN:2 MIL:3 MIO:6 MLD:9 BIL:12
substance FH:-6 C18:-3 C34:0 B45:3
activity BQL:0 2Q:3 4N:6 GBQ:9
energy JOU:0 KJO:3 3B:6 GV:9
share 61:-9 59:-6 NX:-3 P1:-2
mass/mass L32:-12 J33:-9 NA:-6
mass/volume GQ:-9 GP:-6 H29:-6 A93:-3 M1:-3 GL:0 KMQ:0 GJ:3 23:3
activity/mass A18:-3`

/**
 * Kind and power of ten of each unit; a unit without relatives is a kind of its own.
 * @type {Map<string, [string, number]>}
 */
const scales = new Map(SCALES.trim().split('\n').flatMap((row) => {
  const [kind, ...units] = row.split(' ')
  return units.map((unit) => [unit.split(':')[0], [kind, +unit.split(':')[1]]])
}))
/**
 * Returns the kind and the power of ten of a unit.
 * @param {string} unit
 * @returns {[string, number]}
 */
export const scaleOf = (unit) => scales.get(unit) ?? [unit, 0]
