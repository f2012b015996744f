const assert = require('node:assert/strict');
const { test } = require('node:test');
const { project, ready, until } = require('../harness/pages');
const { settledBuyer, unpaidOrder } = require('../harness/shopping');

test('terms and privacy text can be read and agreed to', async (t) => {
  const device = await settledBuyer(t);
  device.tab('/pages/me/me');
  await ready(device);
  await device.page.tap('.privacy');
  await ready(device);
  assert.match(device.page.text, /身份证号/);
  await device.page.tap('.agree');
  assert.equal(device.phone.toasts.at(-1), '请确认年龄，或由监护人同意');
  await device.page.tap('.age');
  await device.page.tap('.agree');
  await until('told', () => device.phone.toasts.at(-1) === '已记录您的同意');
  const { consents } = await project('api/account').me();
  assert.ok(consents.some(({ document }) => document === 'privacy'));
});

test('the buyer takes a copy of the own data', async (t) => {
  const device = await settledBuyer(t);
  device.tab('/pages/me/me');
  await ready(device);
  await device.page.instance.copyData();
  assert.match(device.phone.clipboard, /13900001234/);
});

test('the buyer shuts other phones out', async (t) => {
  const device = await settledBuyer(t);
  device.tab('/pages/me/me');
  await ready(device);
  await device.page.instance.endOthers();
  assert.equal(device.phone.toasts.at(-1), '已退出其他设备');
  assert.ok((await project('api/account').me()).id);
});

test('an account without open orders is closed at once, and a new login is a new buyer', async (t) => {
  const device = await settledBuyer(t);
  device.tab('/pages/me/me');
  await ready(device);
  await device.page.instance.close();
  assert.equal(device.page.route, 'pages/home/home');
  assert.equal(device.phone.storage.has('session'), false);
  assert.deepEqual((await project('api/account').addresses()).items, []);
});

test('an account with an open order waits, orders nothing more, and can be kept', async (t) => {
  const device = await settledBuyer(t);
  const order = await unpaidOrder(device);
  device.tab('/pages/me/me');
  await ready(device);
  const { page } = device;
  await page.instance.close();
  assert.match(page.text, /注销申请处理中/);
  await page.tap('.keep');
  await until('kept', () => page.data.closesAt === '');
  await project('api/orders').cancel(order.data.no);
});
