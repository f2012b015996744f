const assert = require('node:assert/strict');
const { test } = require('node:test');
const { project, until } = require('../harness/pages');
const { checkout, hurry, settledBuyer, sku } = require('../harness/shopping');

const isPlacing = ({ method, path }) => method === 'POST' && path === '/api/v1/orders';
const placings = (device) => device.phone.requests.filter(isPlacing);
const keys = (device) => new Set(placings(device).map(({ header }) => header['Idempotency-Key']));
const myOrders = async () => (await project('api/orders').list({})).items;

async function readyToSubmit(t) {
  const device = await settledBuyer(t);
  device.phone.cashDesk = () => 'requestPayment:fail cancel';
  const page = await checkout(device, [{ id: (await sku('GP-SRD-MASK-05')).id }]);
  await page.tap('.agree');
  return { device, page };
}

test('a lost answer is asked for again with the same key: one order', async (t) => {
  const { device, page } = await readyToSubmit(t);
  let lost = 0;
  device.phone.network = (request) => {
    if (!isPlacing(request) || lost >= 2) return 'pass';
    lost += 1;
    return 'lose-answer';
  };
  await page.tap('.submit');
  await until('the order page', () => device.page.route === 'pages/order/order');
  await device.page.working;
  assert.equal(placings(device).length, 3);
  assert.equal(keys(device).size, 1);
  assert.equal((await myOrders()).length, 1);
});

test('no answer at all, the program is killed: the next start finds the same order by the same key', async (t) => {
  const { device, page } = await readyToSubmit(t);
  device.phone.network = (request) => (isPlacing(request) ? 'lose-answer' : 'pass');
  await page.tap('.submit');
  await until('nobody knows', () => page.data.unanswered);
  assert.match(page.text, /上一单的结果还在确认/);
  await page.tap('.submit');
  assert.equal(placings(device).length, 3, 'the button is off meanwhile');

  device.restart();
  hurry();
  device.phone.network = () => 'pass';
  device.tab('/pages/orders/orders');
  await until('the list', () => device.page.data.state === 'ready');
  assert.equal(device.page.data.unanswered, true);
  await device.page.tap('.resume');
  await until('the order page', () => device.page.route === 'pages/order/order' && device.page.data.order);
  assert.equal(keys(device).size, 1);
  assert.equal((await myOrders()).length, 1);
  assert.equal(device.phone.storage.has('order_attempt'), false);
});

test('another order does not go out while one is unanswered; given up, it does, with a new key', async (t) => {
  const { device, page } = await readyToSubmit(t);
  device.phone.network = (request) => (isPlacing(request) ? 'lose' : 'pass');
  await page.tap('.submit');
  await until('nobody knows', () => page.data.unanswered);
  device.phone.network = () => 'pass';
  page.instance.setData({ remark: '放门口' });
  // Past the button, by a page that does not know yet.
  page.instance.setData({ unanswered: false });
  await page.tap('.submit');
  await until('it is told', () => page.data.unanswered);
  assert.equal(keys(device).size, 1, 'nothing new was sent');
  await page.tap('.give-up');
  await until('given up', () => !page.data.unanswered);
  await page.tap('.submit');
  await until('the order page', () => device.page.route === 'pages/order/order');
  assert.equal(keys(device).size, 2);
  await device.page.working;
  assert.equal(device.page.data.order.remark, '放门口');
});

test('a refused attempt is answered: the next one has a new key', async (t) => {
  const { device, page } = await readyToSubmit(t);
  page.instance.setData({ quote: { ...page.data.quote, payable_fen: 1 } });
  await page.tap('.submit');
  await until('refused', () => page.data.priceChanged);
  assert.equal(device.phone.storage.has('order_attempt'), false);
  await page.tap('.submit');
  await until('the order page', () => device.page.route === 'pages/order/order');
  assert.equal(keys(device).size, 2);
});

test('too many at once is no answer to the attempt: its key stays', async (t) => {
  const { device, page } = await readyToSubmit(t);
  const busy = { statusCode: 429, data: { code: 'too_many_requests' }, header: { 'Retry-After': '1' } };
  device.phone.network = (request) => (isPlacing(request) ? busy : 'pass');
  await page.tap('.submit');
  await until('told', () => page.data.warning !== '');
  assert.equal(device.phone.storage.has('order_attempt'), true);
  assert.equal(page.data.unanswered, true);
  // By a page that does not know of it: the same body goes out under the same key.
  device.phone.network = () => 'pass';
  page.instance.setData({ unanswered: false });
  await page.tap('.submit');
  await until('the order page', () => device.page.route === 'pages/order/order');
  assert.equal(keys(device).size, 1);
});

test('the key of a day ago is not sent again: the shop would have forgotten it', async (t) => {
  await readyToSubmit(t);
  const attempts = project('api/attempt');
  const storage = project('api/storage');
  attempts.begin({ items: [] });
  storage.write('order_attempt', { ...attempts.open(), since: Date.now() - 23 * 3600 * 1000 - 1 });
  assert.equal(attempts.open(), null);
});

test('two taps on "submit" send one order', async (t) => {
  const { device, page } = await readyToSubmit(t);
  page.instance.submit();
  page.instance.submit();
  await until('the order page', () => device.page.route === 'pages/order/order');
  assert.equal(placings(device).length, 1);
});
