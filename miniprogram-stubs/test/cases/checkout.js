const assert = require('node:assert/strict');
const { test } = require('node:test');
const { project, ready, until } = require('../harness/pages');
const { ADDRESS, checkout, settledBuyer, sku } = require('../harness/shopping');

const TIBET = { ...ADDRESS, province: '西藏自治区', city: '拉萨市', district: '城关区', region_code: '540102' };

test('a changed price is shown with the old one, and is ordered only by a tap of its own', async (t) => {
  const device = await settledBuyer(t);
  const page = await checkout(device, [{ id: (await sku('GP-SRD-MASK-05')).id }]);
  const now = page.data.quote.payable_fen;
  // What the buyer saw was of yesterday.
  page.instance.setData({ quote: { ...page.data.quote, payable_fen: now - 1100 } });
  await page.tap('.agree');
  await page.tap('.submit');
  await until('the new price', () => page.data.priceChanged);
  const { money } = project('model/money');
  assert.ok(page.text.includes(`由 ${money(now - 1100)} 变为 ${money(now)}`), page.text);
  assert.match(page.text, /按新价格提交/);
  assert.equal(page.data.quote.payable_fen, now);
  assert.equal(device.phone.count('POST', '/api/v1/orders'), 1, 'nothing is ordered by itself');
  device.phone.cashDesk = () => 'requestPayment:fail cancel';
  await page.tap('.submit');
  await until('the order', () => device.page.route === 'pages/order/order');
  await device.page.working;
  assert.equal(device.page.data.order.payable_fen, now);
});

test('a new consumer notice has to be read and agreed to before it is ordered', async (t) => {
  const device = await settledBuyer(t);
  const page = await checkout(device, [{ id: (await sku('GP-SRD-MASK-05')).id }]);
  assert.match(page.data.noticeText, /消费者告知书/);
  page.instance.setData({ quote: { ...page.data.quote, notice_version: '2020-01-01' } });
  await page.tap('.agree');
  await page.tap('.submit');
  await until('a warning', () => page.data.warning !== '');
  assert.match(page.text, /告知书有更新/);
  assert.equal(page.data.agreed, false);
  assert.notEqual(page.data.quote.notice_version, '2020-01-01');
});

test('what is sold out says so and can be left out with one tap', async (t) => {
  const device = await settledBuyer(t);
  const [gone, here] = [await sku('GP-DYL-HAND-GT'), await sku('GP-SRD-MASK-05')];
  const page = await checkout(device, [{ id: gone.id }, { id: here.id }]);
  assert.match(page.text, /已售罄/);
  assert.equal(page.data.blocked, true);
  await page.tap('.submit');
  assert.equal(device.phone.count('POST', '/api/v1/orders'), 0, 'the button is off');
  await page.tap('.drop');
  await until('the rest can be ordered', () => !page.data.blocked);
  assert.deepEqual(page.data.lines.map(({ sku_id }) => sku_id), [here.id]);
});

test('the last pieces go to others while the buyer reads: the line says that it is sold out', async (t) => {
  const reader = await settledBuyer(t);
  const car = await sku('GP-TGF-RIDE-01');
  const page = await checkout(reader, [{ id: car.id }]);
  assert.equal(page.data.blocked, false, 'the demo has three left');
  await page.tap('.agree');
  const held = [];
  for (let n = 0; n < 3; n += 1) held.push(await hold(t, car));

  reader.use();
  await page.tap('.submit');
  await until('a warning', () => page.data.warning !== '');
  assert.match(page.text, /部分商品库存不足/);
  assert.match(page.text, /已售罄/);
  assert.equal(page.data.blocked, true);
  for (const { device, order_no } of held) {
    device.use();
    assert.equal((await project('api/orders').cancel(order_no)).state, 'cancelled');
  }
  reader.use();
  await page.instance.load();
  assert.equal(page.data.blocked, false, 'it is there again');
});

/** One more buyer takes a piece. */
async function hold(t, { id }) {
  const device = await settledBuyer(t);
  const { quote, place } = project('api/orders');
  const address_id = (await project('api/account').addresses()).items[0].id;
  const items = [{ sku_id: id, quantity: 1 }];
  const { payable_fen, notice_version } = await quote({ items, address_id });
  const { order_no } = await place({ items, address_id, expected_payable_fen: payable_fen, notice_version });
  return { device, order_no };
}

test('a place that is not served asks for another address', async (t) => {
  const device = await settledBuyer(t);
  const account = project('api/account');
  await account.addAddress(TIBET);
  const page = await checkout(device, [{ id: (await sku('GP-SRD-MASK-05')).id }]);
  assert.match(page.text, /暂不支持配送/);
  await page.tap('.address');
  await ready(device);
  await device.page.tap('.take', 1);
  await until('Linyi', () => device.page === page && page.data.address.city === '临沂市' && !page.data.blocked);
  assert.equal(page.data.placeProblem, '');
});

test('more unpaid orders than one buyer may have: says so, and the button works again afterwards', async (t) => {
  const device = await settledBuyer(t);
  const { quote, place } = project('api/orders');
  const address_id = (await project('api/account').addresses()).items[0].id;
  const codes = ['GP-SRD-MASK-05', 'GP-SRD-MASK-10'];
  const made = [];
  for (let n = 0; n < 5; n += 1) {
    const items = [{ sku_id: (await sku(codes[n % 2])).id, quantity: 1 }];
    const { payable_fen, notice_version } = await quote({ items, address_id });
    made.push(await place({ items, address_id, expected_payable_fen: payable_fen, notice_version }));
  }
  const page = await checkout(device, [{ id: (await sku(codes[0])).id }]);
  await page.tap('.agree');
  await page.tap('.submit');
  await until('a warning', () => page.data.warning !== '');
  assert.match(page.text, /您有 5 个待支付订单/);
  assert.equal(page.data.blocked, false);
  for (const { order_no } of made) await project('api/orders').cancel(order_no);
});

test('a piece more than one order may hold is named with the limit', async (t) => {
  const device = await settledBuyer(t);
  const mask = await sku('GP-SRD-MASK-05');
  const page = await checkout(device, [{ id: mask.id, n: mask.limit_per_order + 1 }]);
  assert.match(page.text, new RegExp(`每单限购 ${mask.limit_per_order} 件`));
  assert.equal(page.data.blocked, true);
});
