const assert = require('node:assert/strict');
const { test } = require('node:test');
const { newDevice, project, ready, until } = require('../harness/pages');
const { settledBuyer, sku } = require('../harness/shopping');

test('a sold-out line stays in the cart, says why, and is not ordered', async (t) => {
  const device = await settledBuyer(t);
  const cart = project('api/cart');
  const [gone, here] = [await sku('GP-DYL-HAND-GT'), await sku('GP-SRD-MASK-05')];
  assert.equal(gone.available, 0, 'the demo has a SKU that is sold out');
  await cart.put(gone.id, 1);
  await cart.put(here.id, 2);
  device.tab('/pages/cart/cart');
  await ready(device);
  assert.match(device.page.find('.goods-line', 0).dom.textContent, /已售罄/);
  const [group] = device.page.data.groups;
  assert.equal(group.pickedFen, 2 * here.price_fen);
  await device.page.tap('.pick', 0);
  assert.equal(device.page.data.groups[0].pickedPieces, 2, 'a dead line can not be picked');
  await device.page.tap('.go');
  assert.equal(device.page.query.items, `${here.id}:2`);
});

test('the stepper shows what the shop answers; one line can wait; a line can go', async (t) => {
  const device = await settledBuyer(t);
  const [one, other] = [await sku('GP-SRD-MASK-05'), await sku('GP-SRD-MASK-10')];
  await project('api/cart').put(one.id, 1);
  await project('api/cart').put(other.id, 1);
  device.tab('/pages/cart/cart');
  await ready(device);
  const { page, phone } = device;
  page.tap('.stepper .more', 0);
  await page.tap('.stepper .more', 0);
  await until('two pieces', () => page.data.groups[0].lines[0].quantity === 2);
  assert.equal(phone.count('PUT', `/api/v1/cart/items/${one.id}`), 2, 'one to fill, one for two hasty taps');
  assert.equal(phone.badge, '3');
  await page.tap('.pick', 1);
  assert.equal(page.data.groups[0].pickedFen, 2 * one.price_fen);
  await page.tap('.remove', 1);
  await until('one line', () => page.data.groups[0].lines.length === 1);
  assert.deepEqual(phone.modals, ['从购物车删除']);
});

test('adding on top of the limit says the limit', async (t) => {
  const device = await settledBuyer(t);
  const one = await sku('GP-SRD-MASK-05');
  await project('api/cart').put(one.id, one.limit_per_order);
  device.push(`/pages/product/product?id=${one.product_id}`);
  await ready(device);
  await device.page.tap('.add');
  await until('a toast', () => device.phone.toasts.length > 0);
  assert.match(device.phone.toasts[0], new RegExp(`每单限购 ${one.limit_per_order} 件`));
});

test('two taps on "add" put one piece in', async (t) => {
  const device = await settledBuyer(t);
  const one = await sku('GP-SRD-MASK-05');
  device.push(`/pages/product/product?id=${one.product_id}`);
  await ready(device);
  device.page.instance.addToCart();
  device.page.instance.addToCart();
  await until('a toast', () => device.phone.toasts.length > 0);
  const { groups } = await project('api/cart').show();
  assert.equal(groups[0].lines[0].quantity, 1);
});

test('without a network the page says so and tries again', async (t) => {
  const device = newDevice();
  t.after(() => device.close());
  project('api/request').timing.pauseMs = 5;
  device.phone.network = () => 'lose';
  device.tab('/pages/home/home');
  await until('an error', () => device.page.data.state === 'error');
  assert.match(device.page.text, /等待超时/);
  device.phone.network = () => 'pass';
  await device.page.tap('.blank .act');
  await ready(device);
  assert.ok(device.page.data.products.length > 0);
});

test('search pages on, filters, sorts, and says when nothing is found', async (t) => {
  const device = newDevice();
  t.after(() => device.close());
  device.push('/pages/search/search');
  await ready(device);
  const { page } = device;
  assert.equal(page.data.products.length, 20);
  await page.instance.onReachBottom();
  assert.equal(page.data.products.length, page.data.total);
  assert.equal(new Set(page.data.products.map(({ id }) => id)).size, page.data.total, 'no product twice');
  await page.tap('.sort', 2);
  await ready(device);
  const prices = page.data.products.map(({ price_fen }) => price_fen);
  assert.deepEqual(prices, [...prices].sort((a, b) => a - b));
  await page.tap('.category', 0);
  await ready(device);
  assert.ok(page.data.products.every(({ category }) => category === page.data.categories[0].slug));
  await page.type('.word', '没有这种东西');
  await page.tap('.go');
  await until('nothing', () => page.data.state === 'ready' && page.data.products.length === 0);
  assert.match(page.text, /没有找到相关商品/);
  await page.type('.word', 'hong');
  await until('completions', () => page.data.suggestions.length > 0);
  await page.tap('.suggestion', 0);
  await until('what was completed', () => page.data.q === page.data.typed && page.data.q !== 'hong');
});
