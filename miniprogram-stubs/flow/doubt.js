/**
 * Orders whose cash desk was opened and whose end is not known yet. They are asked for again when the order is shown, also after the
 * program was closed in the middle of paying.
 */
const storage = require('../api/storage');

const NAME = 'payments_in_doubt';
/** An order lives unpaid for half an hour; a few are all there can be. */
const KEPT = 10;

/** @returns {string[]} */
function all() {
  return storage.read(NAME) || [];
}

/** @param {string} orderNo */
function add(orderNo) {
  storage.write(NAME, [orderNo, ...all().filter((kept) => kept !== orderNo)].slice(0, KEPT));
}

/** @param {string} orderNo */
function remove(orderNo) {
  const rest = all().filter((kept) => kept !== orderNo);
  if (rest.length) storage.write(NAME, rest);
  else storage.remove(NAME);
}

/** @param {string} orderNo */
function has(orderNo) {
  return all().includes(orderNo);
}

module.exports = { add, remove, has };
