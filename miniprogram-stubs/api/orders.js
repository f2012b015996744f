/** Pricing, placing, paying. Every call here may be repeated: the shop knows its own. */
const attempts = require('./attempt');
const { send } = require('./request');
const { ApiError } = require('./problem');

/** @typedef {import('./contract').Schemas} Schemas */

const PLACE_TIMEOUT_MS = 15000;
/** Refusals that come before the order is looked at: the attempt is as unanswered as before. */
const NOT_YET = ['unauthorized', 'invalid_login_code', 'too_many_requests', 'account_blocked'];

/** @param {Schemas['QuoteRequest']} body */
const quote = (body) => send('post', '/api/v1/quotes', { body, tries: 2 });

/** Places an order; throws AttemptOpen if another one is still unanswered. @param {Schemas['PlaceOrderBody']} body */
const place = async (body) => settleAttempt(attempts.begin(body));

/** Asks again for the order whose answer never came; null if there is none. */
async function resume() {
  const attempt = attempts.open();
  return attempt ? settleAttempt(attempt) : null;
}

/** @param {attempts.Attempt} attempt */
async function settleAttempt({ key, body }) {
  try {
    const order = await send('post', '/api/v1/orders', { body, key, tries: 3, timeout: PLACE_TIMEOUT_MS });
    attempts.end();
    return order;
  } catch (error) {
    const answered = error instanceof ApiError && !error.unanswered && !NOT_YET.includes(error.code);
    if (answered) attempts.end();
    throw error;
  }
}

/** @param {import('./contract').Options<'/api/v1/orders', 'get'>['query']} query */
const list = (query) => send('get', '/api/v1/orders', { query });

/** @param {string} order_no */
const get = (order_no) => send('get', '/api/v1/orders/{order_no}', { path: { order_no } });

/** The parameters of wx.requestPayment. @param {string} order_no */
const pay = (order_no) => send('post', '/api/v1/orders/{order_no}/pay', { path: { order_no }, tries: 2 });

/** How the payment stands, by WeChat. @param {string} order_no */
const sync = (order_no) => send('post', '/api/v1/orders/{order_no}/payment/sync', { path: { order_no } });

/** @param {string} order_no */
const cancel = (order_no) => send('post', '/api/v1/orders/{order_no}/cancel', { path: { order_no }, tries: 2 });

module.exports = { quote, place, resume, list, get, pay, sync, cancel };
