/** The address that the form opens with; too long, and too private, for the page's own address. */

/**
 * @typedef {import('../../api/contract').Schemas['AddressRequest']} Draft
 * @typedef {{ id: string, address: Draft }} Kept  An empty id: to be added.
 */

/** @type {Kept | null} */
let kept = null;

/** @param {Kept | null} draft */
function keep(draft) {
  kept = draft;
}

/** Once. */
function take() {
  const draft = kept;
  kept = null;
  return draft;
}

/** @param {WechatMiniprogram.ChooseAddressSuccessCallbackResult} chosen @returns {Draft} */
function fromWechat(chosen) {
  return {
    name: chosen.userName,
    phone: chosen.telNumber,
    province: chosen.provinceName,
    city: chosen.cityName,
    district: chosen.countyName,
    detail: chosen.detailInfoNew || chosen.detailInfo,
    region_code: chosen.nationalCode || '',
  };
}

module.exports = { keep, take, fromWechat };
