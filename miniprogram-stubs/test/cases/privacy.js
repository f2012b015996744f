const assert = require('node:assert/strict');
const { test } = require('node:test');
const { project, ready, until } = require('../harness/pages');
const { settledBuyer } = require('../harness/shopping');

const FROM_WECHAT = {
  userName: '李梅',
  telNumber: '13700005678',
  provinceName: '北京市',
  cityName: '北京市',
  countyName: '东城区',
  detailInfo: '东华门街道 2 号',
  nationalCode: '110101',
};

async function addressForm(t) {
  const device = await settledBuyer(t);
  device.phone.privacyAgreed = false;
  device.push('/pages/addresses/addresses');
  await ready(device);
  await device.page.tap('.add');
  await device.page.type('.name', '李梅');
  await device.page.type('.phone', '13700005678');
  await device.page.fire('.region', 'change', { value: ['北京市', '北京市', '东城区'], code: ['110000', '110100', '110101'] });
  await device.page.type('.detail', '东华门街道 2 号');
  return device;
}

test('personal data is sent only after the privacy question was agreed to, by the platform\'s own button', async (t) => {
  const device = await addressForm(t);
  const form = device.page;
  await form.tap('.save');
  const popup = form.find('.privacy-popup');
  await until('the question', () => popup.querySelector('.sheet'));
  assert.match(popup.dom.textContent, /军浦馆隐私保护指引/);
  popup.querySelector('.refuse').dispatchEvent('tap');
  await until('it is gone', () => !popup.querySelector('.sheet'));
  assert.equal(device.phone.count('POST', '/api/v1/addresses'), 1, 'only the one the buyer brought');

  await form.tap('.save');
  await until('the question again', () => popup.querySelector('.sheet'));
  popup.querySelector('.agree').dispatchEvent('agreeprivacyauthorization');
  await until('saved', () => device.page.route === 'pages/addresses/addresses' && device.page.data.addresses.length === 2);
});

test('the address book of WeChat gives an address; what the shop refuses goes into the form', async (t) => {
  const device = await settledBuyer(t);
  device.push('/pages/addresses/addresses');
  await ready(device);
  const list = device.page;
  await list.tap('.from-wechat');
  assert.equal(list.data.addresses.length, 1, 'turned back');
  device.phone.addressBook = FROM_WECHAT;
  await list.tap('.from-wechat');
  await until('it is there', () => list.data.addresses.length === 2);
  device.phone.addressBook = { ...FROM_WECHAT, nationalCode: '' };
  await list.tap('.from-wechat');
  await until('the form', () => device.page.route === 'pages/address/address');
  assert.equal(device.phone.toasts.at(-1), '所在地区：此项必填。');
  assert.equal(device.page.data.detail, FROM_WECHAT.detailInfo);
});

test('an address is changed with its masked phone, and deleted', async (t) => {
  const device = await settledBuyer(t);
  device.push('/pages/addresses/addresses');
  await ready(device);
  const list = device.page;
  await list.tap('.edit');
  assert.equal(device.page.data.phone, '139****1234');
  await device.page.type('.detail', '新门牌 9 号');
  await device.page.tap('.save');
  await until('changed', () => device.page === list && list.data.addresses[0].detail === '新门牌 9 号');
  assert.equal(list.data.addresses[0].phone, '139****1234');
  await list.tap('.edit');
  await device.page.tap('.remove');
  await until('gone', () => device.page === list && list.data.addresses.length === 0);
});

test('a wrong ID number is named; the identity can be deleted', async (t) => {
  const device = await settledBuyer(t);
  device.tab('/pages/me/me');
  await ready(device);
  await device.page.tap('.identity');
  await ready(device);
  const { page } = device;
  await page.type('.name', '王小明');
  await page.type('.number', '110105194912310021');
  await page.tap('.consent');
  await page.tap('.save');
  await until('told', () => device.phone.toasts.length > 0);
  assert.equal(device.phone.toasts.at(-1), '身份证号：校验位（第 18 位）不符，请核对是否有输错的数字。');
  await page.tap('.remove');
  await until('gone', () => page.data.stored === null);
  assert.equal(await project('api/account').identity(), null);
});

test('a consent text that got newer meanwhile is shown and asked for anew', async (t) => {
  const device = await settledBuyer(t);
  device.push('/pages/identity/identity');
  await ready(device);
  const { page } = device;
  const { version } = page.data.consent;
  page.instance.setData({ consent: { version: '2020-01-01', text: '旧' } });
  await page.type('.name', '王小明');
  await page.type('.number', '11010519491231002X');
  await page.tap('.consent');
  await page.tap('.save');
  await until('the new text', () => page.data.consent.version === version);
  assert.equal(page.data.agreed, false);
  assert.equal(device.phone.toasts.at(-1), '说明有更新，请重新阅读并同意');
  assert.equal(device.page, page, 'nothing was stored, so nobody goes on');
});
