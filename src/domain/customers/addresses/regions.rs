//! Provinces, cities and districts of China with their six-digit codes (GB/T 2260), from `data/regions.json`. The names
//! there are authoritative: what a buyer sends must agree with them.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::base::error::{FieldErrors, FieldRule, Wrong};

static REGIONS: LazyLock<Regions> = LazyLock::new(Regions::load);

/// Prefecture-level cities without districts, 不设区的市 (GB/T 2260): Jiayuguan, Dongguan, Zhongshan, Danzhou. WeChat gives
/// the city's own code for them. The towns that the data set lists below them are not in the standard.
const CITIES_WITHOUT_DISTRICTS: [&str; 4] = ["620200", "441900", "442000", "460400"];

const NO_REGION: FieldRule = FieldRule::new(
    "not_found",
    [
        "没有这个区县代码，请填写区县的 6 位代码（GB/T 2260），如 371302。",
        "없는 지역 코드입니다. 구·현의 6자리 코드(GB/T 2260)를 보내 주세요. 예: 371302.",
        "There is no district with this code. Give its six digits (GB/T 2260), as 371302.",
    ],
);

/// Names that stand where a place has no city of its own: under the four municipalities, and for counties directly
/// under a province. WeChat and other lists write one or the other.
const NO_CITY_OF_ITS_OWN: [&str; 6] =
    ["市辖区", "县", "省直辖县", "省直辖县级行政区划", "自治区直辖县级行政区划", "直辖县级"];

#[derive(Default, Deserialize)]
struct Regions {
    provinces: HashMap<String, String>,
    cities: HashMap<String, String>,
    districts: HashMap<String, String>,
}

/// A place as it is stored and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// 山东省, 北京市.
    pub province: &'static str,
    /// 临沂市, 北京市.
    pub city: &'static str,
    /// 兰山区; the city's name where a city has no districts.
    pub district: &'static str,
}

impl Regions {
    /// The file is part of the binary, and a test reads it: if it were broken, no code would be found.
    fn load() -> Self {
        serde_json::from_str(include_str!("../../../../data/regions.json")).unwrap_or_else(|error| {
            log::error!("data/regions.json can't be read: {error}");
            Self::default()
        })
    }

    fn province_and_city(&'static self, code: &str) -> Option<(&'static str, &'static str)> {
        let province = self.provinces.get(&format!("{}0000", code.get(..2)?))?;
        let city = self.cities.get(&format!("{}00", code.get(..4)?))?;
        Some((province, city))
    }

    /// The children of a city without districts, by name.
    fn town(&'static self, city_code: &str, name: &str) -> Option<&'static str> {
        let prefix = &city_code[..4];
        self.districts
            .iter()
            .find(|(code, town)| code.starts_with(prefix) && *town == name)
            .map(|(_, town)| town.as_str())
    }
}

/// The place with this code, if a parcel can go there: a district, or a city without districts.
pub fn region(code: &str) -> Option<Region> {
    let (province, city) = REGIONS.province_and_city(code)?;
    if CITIES_WITHOUT_DISTRICTS.contains(&code) {
        return Some(Region { province, city, district: city });
    }
    let district = REGIONS.districts.get(code)?;
    Some(Region { province, city, district })
}

/// The place with this code, if the names agree with it; else none, and the fields at fault are kept: the code, or the names that do not agree
/// with it.
pub(crate) fn agreed(names: [&str; 4], errors: &mut FieldErrors) -> Option<Region> {
    let [code, province, city, district] = names;
    let Some(mut region) = region(code) else {
        errors.add("region_code", if code.is_empty() { Wrong::Missing } else { NO_REGION.into() });
        return None;
    };
    let mut agree = true;
    let mut mismatch = |field: &str, right: &str| {
        errors.add(field, Wrong::Mismatch(right.to_owned()));
        agree = false;
    };
    if province != region.province {
        mismatch("province", region.province);
    }
    if city != region.city && !names_no_city(&region, city) {
        mismatch("city", region.city);
    }
    if CITIES_WITHOUT_DISTRICTS.contains(&code) {
        if let Some(town) = REGIONS.town(code, district) {
            region.district = town;
        } else if !district.is_empty() && district != region.city {
            mismatch("district", region.city);
        }
    } else if district != region.district {
        mismatch("district", region.district);
    }
    agree.then_some(region)
}

/// Whether a place has no city of its own, and `city` is one of the ways to write that: `北京市 北京市 东城区`, `北京市 市辖区 东城区`,
/// `河南省 济源市 济源市`.
fn names_no_city(region: &Region, city: &str) -> bool {
    let in_municipality = region.city == region.province || region.city == "县";
    let under_province = NO_CITY_OF_ITS_OWN.contains(&region.city);
    let written = NO_CITY_OF_ITS_OWN.contains(&city) || city == region.province;
    (in_municipality && written) || (under_province && (written || city == region.district))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::base::error::Error;

    fn agreed_to(names: [&str; 4]) -> Region {
        let mut errors = FieldErrors::default();
        agreed(names, &mut errors).unwrap()
    }

    fn fault(code: &str, province: &str, city: &str, district: &str) -> String {
        let mut errors = FieldErrors::default();
        assert_eq!(agreed([code, province, city, district], &mut errors), None);
        let Err(Error::Refused(refusal)) = errors.finish() else { panic!("no fault is named") };
        let faults = refusal.fields.iter().map(|fault| format!("{} {}", fault.field, fault.wrong.reason()));
        faults.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_data_set_is_whole() {
        assert_eq!(REGIONS.provinces.len(), 34);
        assert!(REGIONS.cities.len() > 360 && REGIONS.districts.len() > 3000);
        for code in REGIONS.districts.keys() {
            assert!(region(code).is_some(), "{code}");
        }
        for code in CITIES_WITHOUT_DISTRICTS {
            assert!(region(code).is_some(), "{code}");
        }
    }

    #[test]
    fn names_that_agree_with_the_code_are_taken() {
        for (code, province, city, district) in [
            ("371302", "山东省", "临沂市", "兰山区"),
            ("110101", "北京市", "北京市", "东城区"),
            ("110101", "北京市", "市辖区", "东城区"),
            ("500229", "重庆市", "县", "城口县"),
            ("500229", "重庆市", "重庆市", "城口县"),
            ("419001", "河南省", "省直辖县级行政区划", "济源市"),
            ("419001", "河南省", "济源市", "济源市"),
            ("659001", "新疆维吾尔自治区", "自治区直辖县级行政区划", "石河子市"),
            ("441900", "广东省", "东莞市", ""),
            ("441900", "广东省", "东莞市", "东莞市"),
            ("441900", "广东省", "东莞市", "长安镇"),
        ] {
            let region = agreed_to([code, province, city, district]);
            assert_eq!(region.province, province);
            assert!(!region.city.is_empty() && !region.district.is_empty());
        }
        assert_eq!(agreed_to(["441900", "广东省", "东莞市", ""]).district, "东莞市");
        assert_eq!(agreed_to(["441900", "广东省", "东莞市", "长安镇"]).district, "长安镇");
    }

    #[test]
    fn a_name_that_does_not_agree_is_named() {
        assert_eq!(fault("371302", "江苏省", "临沂市", "兰山区"), "province mismatch");
        assert_eq!(fault("371302", "山东省", "青岛市", "兰山区"), "city mismatch");
        assert_eq!(fault("371302", "山东省", "市辖区", "兰山区"), "city mismatch");
        assert_eq!(fault("371302", "山东省", "兰山区", "兰山区"), "city mismatch");
        assert_eq!(fault("371302", "山东省", "临沂市", "罗庄区"), "district mismatch");
        assert_eq!(fault("371302", "山东省", "临沂市", ""), "district mismatch");
        assert_eq!(fault("441900", "广东省", "东莞市", "石岐街道"), "district mismatch");
        assert_eq!(fault("110101", "北京市", "上海市", "东城区"), "city mismatch");
    }

    #[test]
    fn a_code_that_is_no_district_is_not_found() {
        assert_eq!(fault("", "山东省", "临沂市", "兰山区"), "region_code missing");
        for code in ["37", "371300", "370000", "000000", "999999", "37130", "3713020", "37130２", "临沂", "-71302"] {
            assert_eq!(fault(code, "山东省", "临沂市", "兰山区"), "region_code not_found", "{code}");
        }
    }
}
