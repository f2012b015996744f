/**
 * The attempt to place an order. Its `Idempotency-Key` and its very body are kept, over repeats and restarts of the program, until the
 * shop has answered: so an order whose answer got lost is found again, and is never placed twice.
 */
const storage = require('./storage');

/**
 * @typedef {import('./contract').Schemas['PlaceOrderBody']} OrderBody
 * @typedef {object} Attempt
 * @property {string} key
 * @property {OrderBody} body
 * @property {number} since  Milliseconds, by the phone's clock.
 */

const NAME = 'order_attempt';
/** The shop remembers keys for 24 hours. A later repeat would be a new order. */
const KEPT_MS = 23 * 60 * 60 * 1000;

/** Another order is still unanswered. */
class AttemptOpen extends Error {
  /** @param {Attempt} attempt */
  constructor(attempt) {
    super('an earlier order is unanswered');
    this.attempt = attempt;
  }
}

/** The attempt that has no answer yet. @returns {Attempt | null} */
function open() {
  /** @type {Attempt | null} */
  const attempt = storage.read(NAME);
  if (attempt && Math.abs(Date.now() - attempt.since) < KEPT_MS) return attempt;
  if (attempt) end();
  return null;
}

/** The key for this body: that of its unanswered attempt, if there is one. @param {OrderBody} body @returns {Attempt} */
function begin(body) {
  const earlier = open();
  if (earlier && JSON.stringify(earlier.body) !== JSON.stringify(body)) throw new AttemptOpen(earlier);
  const attempt = earlier || { key: newKey(), body, since: Date.now() };
  storage.write(NAME, attempt);
  return attempt;
}

/** The shop has answered, or the buyer lets it be. */
function end() {
  storage.remove(NAME);
}

/** Keys of other buyers do not count: it only has to be new on this phone. */
function newKey() {
  const random = () => Math.random().toString(36).slice(2, 12);
  return `mp-${Date.now().toString(36)}-${random()}${random()}`;
}

module.exports = { AttemptOpen, open, begin, end };
