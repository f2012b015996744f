/** The cart lives at the shop; prices and stock are as of now. */
const { send } = require('./request');

const show = () => send('get', '/api/v1/cart');

/** Sets the pieces of a SKU. @param {string} sku_id @param {number} quantity */
const put = (sku_id, quantity) =>
  send('put', '/api/v1/cart/items/{sku_id}', { path: { sku_id }, body: { quantity }, tries: 2 });

/** @param {string} sku_id */
const remove = (sku_id) => send('delete', '/api/v1/cart/items/{sku_id}', { path: { sku_id }, tries: 2 });

/** Puts more of a SKU in. The shop only knows "so many", so what is in is looked up first. @param {string} sku_id @param {number} more */
async function add(sku_id, more) {
  const { groups } = await show();
  const line = groups.flatMap((group) => group.lines).find((found) => found.sku_id === sku_id);
  return put(sku_id, more + (line ? line.quantity : 0));
}

module.exports = { show, put, remove, add };
