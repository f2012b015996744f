const assert = require('node:assert/strict');
const { test } = require('node:test');
const { project, until } = require('../harness/pages');
const { wechat } = require('../harness/server');
const { hurry, settledBuyer, unpaidOrder } = require('../harness/shopping');

const fault = (t, what) => {
  t.after(() => wechat('faults', undefined, 'DELETE'));
  return wechat('faults', what);
};

test('the cash desk gets the very parameters that the shop gave', async (t) => {
  const device = await settledBuyer(t);
  const page = await unpaidOrder(device);
  let given;
  const { request } = device.wx;
  device.wx.request = (options) => {
    const success = (answer) => {
      if (options.url.endsWith('/pay')) given = answer.data;
      options.success(answer);
    };
    request({ ...options, success });
  };
  await page.tap('.pay');
  await until('paid', () => page.data.order.state === 'paid');
  assert.ok(given.paySign);
  assert.deepEqual(device.phone.payments.at(-1), given);
});

test('two taps on "pay" open the cash desk once', async (t) => {
  const device = await settledBuyer(t);
  const page = await unpaidOrder(device);
  const [calls, desks] = [device.phone.count('POST', '/api/v1/orders/'), device.phone.payments.length];
  page.instance.pay();
  page.instance.pay();
  await until('paid', () => page.data.order.state === 'paid');
  assert.equal(device.phone.payments.length - desks, 1);
  assert.equal(device.phone.count('POST', '/api/v1/orders/') - calls, 2, 'one pay, one sync');
});

test('turned back at the cash desk: the shop is asked, and says unpaid', async (t) => {
  const device = await settledBuyer(t);
  const page = await unpaidOrder(device);
  assert.equal(device.phone.count('POST', `/api/v1/orders/${page.data.no}/payment/sync`), 1);
  assert.equal(page.data.asking, false);
  assert.match(page.text, /待支付/);
  assert.match(page.text, /尚未支付/);
});

test('the phone says "cancelled" but the money went: the shop is believed', async (t) => {
  const device = await settledBuyer(t);
  const page = await unpaidOrder(device);
  device.phone.cashDesk = async (params) => {
    await wechat('wx/request-payment', { user: device.phone.user, ...params });
    return 'requestPayment:fail cancel';
  };
  await page.tap('.pay');
  await until('paid', () => page.data.order.state === 'paid');
  assert.match(page.text, /已支付/);
});

test('the phone says "ok" but nothing was paid: it stays 查询中, and never says paid or failed', async (t) => {
  const device = await settledBuyer(t);
  const page = await unpaidOrder(device);
  device.phone.cashDesk = () => 'requestPayment:ok';
  await page.tap('.pay');
  await until('the patience ends', () => page.data.asking && !page.data.busyAsking);
  assert.match(page.text, /查询中/);
  assert.doesNotMatch(page.text, /已支付|失败/);
  assert.ok(page.shows('.pay-again'), 'WeChat said unpaid: paying again is safe');
});

test('WeChat does not answer and no notify comes: 查询中 until it does, over a restart', async (t) => {
  const device = await settledBuyer(t);
  const page = await unpaidOrder(device);
  const { no } = page.data;
  await fault(t, { route: 'notify', kind: 'lose', subject: no, times: 1 });
  await fault(t, { route: 'query', kind: 'cut', subject: no, times: 0 });
  await page.tap('.pay');
  await until('the patience ends', () => page.data.asking && !page.data.busyAsking);
  assert.match(page.text, /查询中/);
  assert.doesNotMatch(page.text, /已支付|失败/);

  device.restart();
  hurry();
  await wechat('faults', undefined, 'DELETE');
  device.tab('/pages/orders/orders');
  device.push(`/pages/order/order?no=${no}`);
  await until('asked by itself', () => device.page.data.order?.state === 'paid', 40000);
  assert.match(device.page.text, /已支付/);
});

test('the answer of the sync gets lost: it is asked for again', async (t) => {
  const device = await settledBuyer(t);
  const page = await unpaidOrder(device);
  let lost = 0;
  device.phone.network = ({ path }) => (path.endsWith('/sync') && (lost += 1) <= 2 ? 'lose-answer' : 'pass');
  await page.tap('.pay');
  await until('paid', () => page.data.order.state === 'paid');
  assert.equal(lost, 3);
});

test('the payment can not be opened: says so, is not in doubt, and can be tried again', async (t) => {
  const device = await settledBuyer(t);
  await fault(t, { route: 'prepay', kind: 'status', status: 400, code: 'INVALID_REQUEST', message: 'x', times: 0 });
  const page = await unpaidOrder(device);
  assert.equal(device.phone.payments.length, 0);
  assert.equal(page.data.asking, false);
  assert.equal(page.data.note, '微信服务暂时无法使用，请稍后重试');
  assert.match(page.text, /待支付/);
  assert.doesNotMatch(page.text, /失败/);
  await wechat('faults', undefined, 'DELETE');
  await page.tap('.pay');
  await until('paid', () => page.data.order.state === 'paid');
});

test('paid on another phone meanwhile: "pay" shows the order as paid', async (t) => {
  const device = await settledBuyer(t);
  const page = await unpaidOrder(device);
  const params = await project('api/orders').pay(page.data.no);
  await wechat('wx/request-payment', { user: device.phone.user, ...params });
  await until('the notify', async () => (await project('api/orders').get(page.data.no)).state === 'paid');
  assert.equal(page.data.order.state, 'pending_payment');
  const desks = device.phone.payments.length;
  await page.tap('.pay');
  await until('paid', () => page.data.order.state === 'paid');
  assert.equal(device.phone.payments.length, desks);
});

test('an unpaid order is cancelled after a question; its story is told', async (t) => {
  const device = await settledBuyer(t);
  const page = await unpaidOrder(device);
  device.phone.modalAnswers.push(false);
  await page.tap('.cancel');
  assert.equal(page.data.order.state, 'pending_payment');
  await page.tap('.cancel');
  await until('cancelled', () => page.data.order.state === 'cancelled', 30000);
  assert.match(page.text, /您已取消订单/);
  assert.match(page.text, /提交订单/);
  assert.equal(page.shows('.pay'), false);
});
