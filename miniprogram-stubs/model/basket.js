/** What goes to the checkout, as one word of its address: `12:1,15:3`. */

/** @typedef {import('../api/contract').Schemas['Item']} Item */

/** @param {Item[]} items */
function write(items) {
  return items.map(({ sku_id, quantity }) => `${sku_id}:${quantity}`).join(',');
}

/** What is no item is left out. @param {string | undefined} text @returns {Item[]} */
function read(text) {
  const words = decodeURIComponent(text || '').split(',');
  return words
    .map((word) => /^([1-9]\d{0,17}):([1-9]\d{0,2})$/.exec(word))
    .flatMap((found) => (found ? [{ sku_id: found[1], quantity: Number(found[2]) }] : []));
}

module.exports = { write, read };
