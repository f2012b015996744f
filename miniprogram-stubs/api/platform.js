/** What only WeChat can do, as promises. In development a stand-in of WeChat may take its place; see `config.js`. */
const { config } = require('../config');

/** @typedef {import('./contract').Schemas['PayParams']} PayParams */

/** @param {string} path @param {object} data @returns {Promise<any>} */
function askStandIn(path, data) {
  const { standIn, standInUser } = config();
  return new Promise((resolve, reject) => {
    wx.request({
      url: `${standIn}/_mock/wx/${path}`,
      method: 'POST',
      data: Object.assign({ user: standInUser }, data),
      success: ({ data: answer }) => resolve(answer),
      fail: reject,
    });
  });
}

/** A fresh code for one login. @returns {Promise<string>} */
async function loginCode() {
  if (config().standIn) return (await askStandIn('login', {})).code;
  return new Promise((resolve, reject) => {
    wx.login({ timeout: 10000, success: ({ code }) => resolve(code), fail: reject });
  });
}

/**
 * Shows WeChat's cash desk. The result is what the phone believes, which decides nothing: ask the shop.
 *
 * @param {PayParams} params exactly as the shop gave them
 * @returns {Promise<'ok' | 'cancel' | 'unknown'>}
 */
async function requestPayment(params) {
  if (config().standIn) {
    const answer = await askStandIn('request-payment', params).catch(() => ({ errMsg: '' }));
    return resultOf(answer.errMsg || '');
  }
  return new Promise((resolve) => {
    wx.requestPayment({
      timeStamp: params.timeStamp,
      nonceStr: params.nonceStr,
      package: params.package,
      signType: /** @type {'RSA'} */ (params.signType),
      paySign: params.paySign,
      success: ({ errMsg }) => resolve(resultOf(errMsg)),
      fail: ({ errMsg }) => resolve(resultOf(errMsg)),
    });
  });
}

/** @param {string} message */
function resultOf(message) {
  if (message === 'requestPayment:ok') return 'ok';
  return message.startsWith('requestPayment:fail cancel') ? 'cancel' : 'unknown';
}

/** Before personal data is typed in: WeChat asks for consent to the privacy guide if it was not given. @returns {Promise<boolean>} */
function privacyAgreed() {
  // Base libraries before 2.32.3 know nothing of it.
  if (!wx.requirePrivacyAuthorize) return Promise.resolve(true);
  return new Promise((resolve) => {
    wx.requirePrivacyAuthorize({ success: () => resolve(true), fail: () => resolve(false) });
  });
}

module.exports = { loginCode, requestPayment, privacyAgreed };
