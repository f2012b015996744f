const assert = require('node:assert/strict');
const { test } = require('node:test');
const { newDevice, ready, until } = require('../harness/pages');
const { wechat } = require('../harness/server');

test('a whole purchase through the pages: search, cart, address, identity, order, pay, paid by what WeChat says', async (t) => {
  const device = newDevice();
  t.after(() => device.close());
  const { phone } = device;

  device.tab('/pages/home/home');
  await ready(device);
  assert.equal(device.page.data.categories.length, 4);
  assert.equal(phone.count('POST', '/api/v1/auth/login'), 0, 'browsing needs no login');

  await device.page.tap('.search');
  await device.page.type('.word', 'hong shen');
  await device.page.tap('.go');
  await until('something is found', () => device.page.data.state === 'ready' && device.page.data.products.length > 0);
  await device.page.tap('.product-card .product');
  assert.equal(device.page.route, 'pages/product/product');
  await ready(device);
  await device.page.tap('.add');
  await until('it is in the cart', () => phone.toasts.includes('已加入购物车'));

  device.tab('/pages/cart/cart');
  await ready(device);
  assert.equal(phone.badge, '1');
  await device.page.tap('.go');
  assert.equal(device.page.route, 'pages/checkout/checkout');
  await ready(device);
  const checkout = device.page;

  await checkout.tap('.address');
  await device.page.tap('.add');
  assert.equal(device.page.route, 'pages/address/address');
  await device.page.type('.name', '王小明');
  await device.page.type('.phone', '13900001234');
  await device.page.fire('.region', 'change', { value: ['山东省', '临沂市', '兰山区'], code: ['370000', '371300', '371302'] });
  await device.page.type('.detail', '金雀山路 1 号');
  await device.page.tap('.save');
  // The shop takes no address before its privacy text was agreed to; then it takes what was typed.
  await until('the privacy text', () => device.page.route === 'pages/legal/legal');
  await ready(device);
  await device.page.tap('.age');
  await device.page.tap('.agree');
  await until('back at the addresses', () => device.page.route === 'pages/addresses/addresses' && device.page.data.addresses.length === 1);
  await device.page.tap('.take');
  await until('the checkout has a price', () => device.page === checkout && checkout.data.quote !== null);

  await checkout.tap('.submit');
  assert.equal(phone.toasts.at(-1), '请先填写申报所需的身份信息');
  await checkout.tap('.identity');
  await ready(device);
  await device.page.type('.name', '王小明');
  await device.page.type('.number', '11010519491231002X');
  await device.page.tap('.save');
  assert.equal(phone.toasts.at(-1), '请阅读并单独同意上述说明');
  await device.page.tap('.consent');
  await device.page.tap('.save');
  await until('the identity is known', () => device.page === checkout && checkout.data.identity !== null);
  assert.doesNotMatch(checkout.text, /11010519491231002X/);

  await checkout.tap('.submit');
  assert.equal(phone.toasts.at(-1), '请阅读并同意消费者告知书');
  await checkout.tap('.agree');
  const payable = checkout.data.quote.payable_fen;
  await checkout.tap('.submit');
  await until('the order is paid', () => device.page.route === 'pages/order/order' && device.page.data.order?.state === 'paid');

  const order = device.page;
  assert.match(order.text, /已支付/);
  assert.match(order.text, /支付成功/);
  assert.equal(phone.count('POST', '/api/v1/orders/'), 2, 'one pay, one sync');
  assert.equal(phone.storage.has('order_attempt'), false);
  assert.equal(phone.storage.has('payments_in_doubt'), false);
  const { payments } = await wechat('ledger', undefined, 'GET');
  const booked = payments.find((payment) => payment.out_trade_no === order.data.order.order_no);
  assert.equal(booked.total_fen, payable, 'WeChat took what the page showed');

  device.tab('/pages/orders/orders');
  await until('the list shows it', () => device.page.data.orders.length === 1);
  assert.match(device.page.text, /已支付/);
});
