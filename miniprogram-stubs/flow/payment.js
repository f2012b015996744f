/**
 * Paying. The phone is never believed: whatever wx.requestPayment says, the shop asks WeChat. As long as that has no answer the payment
 * is neither done nor failed; it is being asked for.
 */
const orders = require('../api/orders');
const platform = require('../api/platform');
const doubt = require('./doubt');
const { pause } = require('../api/request');
const { ApiError } = require('../api/problem');

/** @typedef {import('../api/contract').Schemas['OrderView']} Order */

/** Tests make them short. */
const timing = {
  /** Pauses before each question, after the cash desk was closed. */
  askMs: [0, 1500, 2000, 3000, 3000, 3000],
  /** While another call for the same order is under way. */
  busyMs: 1200,
  busyTries: 4,
};

/** @param {Order} order */
const isOpen = (order) => order.state === 'pending_payment';

/**
 * Opens the cash desk.
 *
 * @param {string} orderNo
 * @returns {Promise<'ok' | 'cancel' | 'unknown'>} what the phone believes
 */
async function openDesk(orderNo) {
  const params = await parameters(orderNo);
  doubt.add(orderNo);
  return platform.requestPayment(params);
}

/** @param {string} orderNo */
async function parameters(orderNo) {
  for (let left = timing.busyTries; ; left -= 1) {
    try {
      return await orders.pay(orderNo);
    } catch (error) {
      const busy = error instanceof ApiError && error.code === 'payment_in_progress';
      if (!busy || left <= 1) throw error;
      await pause(timing.busyMs);
    }
  }
}

/**
 * Asks the shop how the payment stands, until the order is no longer unpaid or the patience ends.
 *
 * @param {string} orderNo
 * @param {object} how
 * @param {boolean} how.once  Ask until there is one answer: the buyer turned back, so "unpaid" is likely to be the end of it.
 * @param {(order: Order) => void} how.show  Called with each answer.
 * @param {() => boolean} how.wanted  False once nobody looks any more.
 * @returns {Promise<Order | null>} the newest answer; null if nobody could tell
 */
async function settle(orderNo, { once, show, wanted }) {
  /** @type {Order | null} */
  let newest = null;
  for (const ms of timing.askMs) {
    await pause(ms);
    if (!wanted()) break;
    const answer = await askOnce(orderNo);
    if (!answer) continue;
    newest = answer;
    show(answer);
    if (once || !isOpen(answer)) break;
  }
  if (newest && (once || !isOpen(newest))) doubt.remove(orderNo);
  return newest;
}

/** No answer says nothing about the payment: it is asked for again. @param {string} orderNo */
async function askOnce(orderNo) {
  try {
    return await orders.sync(orderNo);
  } catch (error) {
    if (error instanceof ApiError && (error.unanswered || error.code === 'too_many_requests')) return null;
    throw error;
  }
}

module.exports = { openDesk, settle, isOpen, timing };
