const assert = require('node:assert/strict');
const { test } = require('node:test');
const { newDevice, project } = require('../harness/pages');
const { wechat } = require('../harness/server');
const { settledBuyer } = require('../harness/shopping');

const ACCESS_LIFE_S = 2 * 60 * 60;

test('the first call that needs a login makes one, however many there are at once', async (t) => {
  const { phone } = settle(t, newDevice());
  const { addresses, identity } = project('api/account');
  await Promise.all([addresses(), identity(), project('api/cart').show()]);
  assert.equal(phone.count('POST', '/api/v1/auth/login'), 1);
});

test('a code that the shop does not take is replaced by a new one', async (t) => {
  const { phone } = settle(t, newDevice());
  const { login } = global.wx;
  let first = true;
  global.wx.login = (options) => {
    if (!first) return login(options);
    first = false;
    return options.success({ code: 'used-or-unknown', errMsg: 'login:ok' });
  };
  await project('api/cart').show();
  assert.equal(phone.count('POST', '/api/v1/auth/login'), 2);
});

test('a refresh token that is no good any more: a new login, unseen', async (t) => {
  const { phone } = await settledBuyer(t);
  const tokens = phone.storage.get('session');
  phone.storage.set('session', { ...tokens, access_token: 'x.y.z', refresh_token: 'nothing' });
  const { items } = await project('api/account').addresses();
  assert.equal(items.length, 1, 'the same buyer');
  assert.equal(phone.count('POST', '/api/v1/auth/refresh'), 1);
  assert.equal(phone.count('POST', '/api/v1/auth/login'), 2);
});

test('a refresh without an answer is no reason to forget the session', async (t) => {
  const { phone } = await settledBuyer(t);
  phone.storage.set('session', { ...phone.storage.get('session'), access_token: 'x.y.z' });
  phone.network = ({ path }) => (path.endsWith('/refresh') ? 'lose' : 'pass');
  await assert.rejects(project('api/account').addresses(), { code: 'timeout' });
  phone.network = () => 'pass';
  assert.equal((await project('api/account').addresses()).items.length, 1);
  assert.equal(phone.count('POST', '/api/v1/auth/login'), 1);
});

test('an expired access token is refreshed once for parallel calls, which all succeed', async (t) => {
  const { phone } = await settledBuyer(t);
  const before = phone.storage.get('session').access_token;
  await wechat('clock', { advance_s: ACCESS_LIFE_S + 1 });
  const account = project('api/account');
  const answers = await Promise.all([account.addresses(), account.me(), account.identity(), project('api/cart').show(), project('api/orders').list({})]);
  assert.equal(answers.length, 5);
  assert.equal(phone.count('POST', '/api/v1/auth/refresh'), 1);
  assert.equal(phone.count('POST', '/api/v1/auth/login'), 1);
  assert.notEqual(phone.storage.get('session').access_token, before);
});

function settle(t, device) {
  t.after(() => device.close());
  return device;
}
