//! Lists that others extend: countries (ISO 3166-1) and units of measure (UNECE Recommendation 20). Membership is asked for
//! by admission only; a verifier shows a finding, since the lists change.

/// A list that others extend.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeList {
    /// ISO 3166-1 alpha-2.
    Country,
    /// UNECE Recommendation 20: the units that goods, packs, laboratories and loggers are measured in.
    Unit,
}

const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD \
    CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF \
    GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN \
    KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI \
    SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI \
    VN VU WF WS YE YT ZA ZM ZW";

const UNITS: &str = "\
    10 11 13 14 15 2A 2M 2N 2X 33 37 38 4G 4H 4K 4L 4P 4Q 4R 4T 59 5B 60 61 A18 A44 A48 AMH AMP ANN APZ ARE ASM ASV ATM AY \
    B7 B8 B11 B13 B22 B32 B34 B35 B49 B61 B75 B84 BAR BB BE BFT BHP BIL BLD BLL BP BQL BTU BUA BUI C18 C24 C26 C34 C36 C45 \
    C50 C56 C59 C62 C65 C81 CDL CEL CEN CGM CLF CLT CMK CMQ CMT CNP CNT COU CTG CTM CUR CWA CWI D10 D30 D40 D41 D43 D61 D62 \
    D63 D65 D68 DAA DAD DAY DB DD DEC DG DJ DLT DMA DMK DMO DMQ DMT DPC DPR DPT DRA DRI DRL DT DTN DWT DZN DZP E4 E27 E37 EA \
    EB F27 FAH FAR FBM FC FF FH FIT FL FNU FOT FTK FTQ G21 GB GBQ GDW GE GF GFI GGR GIA GII GIP GJ GL GLI GLL GM GO GP GQ GRM \
    GRN GRO GT GV GWH H29 H87 HA HAR HBA HBX HC HEA HGM HH HIU HKM HLT HM HMQ HMT HPA HTZ HUR IE INH INK INQ ISD IU J33 JOU K1 \
    K3 KAT KBA KCC KDW KEL KGM KGS KHY KHZ KI KIC KIP KJO KL KLK KMA KMH KMK KMQ KMT KNI KNS KNT KO KPA KPH KPO KPP KSD KSH \
    KTM KTN KUR KVA KVR KVT KWH KWT KX L32 LBR LBT LEF LF LH LK LM LN LO LP LPA LR LS LTN LTR LUB LUM LUX LY M1 M4 MAL MAM MAW \
    MBE MBF MBR MC MCU MD MGM MHZ MIK MIL MIN MIO MIU MLD MLT MMK MMQ MMT MND MON MPA MQH MQS MSK MTK MTQ MTR MTS MVA MWH NA \
    NAR NEW NF NIL NIU NL NM3 NMI NMP NPR NPT NQ NR NT NTT NTU NU NX OA ODE OHM ON ONZ OZA OZI P1 P2 PAL PD PFL PGL PI PLA PO \
    PQ PR PS PTD PTI PTL PTN Q3 Q30 QA QAN QB QR QTD QTI QTL QTR R1 R9 RH RM ROM RP RPM RPS RT S3 S4 SAN SCO SCR SEC SET SG \
    SIE SM3 SMI SQ SQR SR STC STI STK STL STN STW SW SX T0 T3 TAH TAN TI TIC TIP TKM TMS TNE TP TPR TQD TRL TST TTS U1 U2 UB \
    UC VA VLT VP W2 WA WB WCD WE WEB WEE WG WHR WM WSD WTT X1 YDK YDQ YRD Z11 Z9 ZP ZZ";

impl CodeList {
    /// Whether a code is listed.
    pub fn contains(self, code: &str) -> bool {
        let list = match self {
            CodeList::Country => COUNTRIES,
            CodeList::Unit => UNITS,
        };
        list.split_ascii_whitespace().any(|known| known == code)
    }

    /// What a code of the list is called.
    pub const fn name(self) -> &'static str {
        match self {
            CodeList::Country => "country of ISO 3166-1",
            CodeList::Unit => "unit of UNECE Recommendation 20",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_strangers() {
        assert_eq!(COUNTRIES.split_ascii_whitespace().count(), 249);
        for list in [COUNTRIES, UNITS] {
            let codes: Vec<&str> = list.split_ascii_whitespace().collect();
            let once: std::collections::BTreeSet<&str> = codes.iter().copied().collect();
            assert_eq!(once.len(), codes.len());
        }
        assert!(
            CodeList::Country.contains("NL") && !CodeList::Country.contains("UK") && !CodeList::Country.contains("")
        );
        let needed = "C62 H87 EA KGM GRM MGM TNE LTR MLT CEL NA J33 L32 M1 H29 P1 59 61 A18 Q30 NIU";
        for unit in needed.split(' ') {
            assert!(CodeList::Unit.contains(unit), "{unit}");
        }
        assert!(!CodeList::Unit.contains("XX9"));
    }
}
