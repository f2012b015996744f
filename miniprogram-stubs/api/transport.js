/** One question over the wire: no login, no repeats. */
const { config } = require('../config');
const { ApiError } = require('./problem');

const TIMEOUT_MS = 10000;

/**
 * @typedef {object} Question
 * @property {string} method
 * @property {string} path     With its query.
 * @property {unknown} [body]
 * @property {string} [token]
 * @property {string} [key]
 * @property {number} [timeout]
 */

/** @param {Question} question @returns {Promise<any>} what a good answer holds; rejects with an ApiError */
function ask(question) {
  return new Promise((resolve, reject) => {
    wx.request({
      url: config().origin + question.path,
      method: /** @type {'GET'} */ (question.method),
      data: /** @type {any} */ (question.body),
      header: headers(question),
      timeout: question.timeout || TIMEOUT_MS,
      success: ({ statusCode, data, header }) => {
        if (statusCode >= 200 && statusCode < 300) resolve(data);
        else reject(new ApiError(statusCode, documentOf(data), retryAfter(header)));
      },
      fail: ({ errMsg }) => reject(new ApiError(0, { code: errMsg.includes('timeout') ? 'timeout' : 'network' })),
    });
  });
}

/** @param {Question} question */
function headers({ token, key }) {
  /** @type {Record<string, string>} */
  const header = { 'Content-Type': 'application/json', Accept: 'application/json', 'Accept-Language': 'zh-CN' };
  if (token) header.Authorization = `Bearer ${token}`;
  if (key) header['Idempotency-Key'] = key;
  return header;
}

/** A proxy's error page is no problem document. @param {unknown} data @returns {import('./problem').Document} */
function documentOf(data) {
  return data !== null && typeof data === 'object' ? data : {};
}

/** Platforms differ in the case of header names. @param {Record<string, any>} header */
function retryAfter(header) {
  const name = Object.keys(header || {}).find((found) => found.toLowerCase() === 'retry-after');
  const seconds = name ? parseInt(String(header[name]), 10) : NaN;
  return seconds > 0 ? seconds : undefined;
}

module.exports = { ask };
