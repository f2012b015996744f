/**
 * Who is logged in. The buyer never sees any of it: the first call that needs a login makes one, and a token that is refused is renewed
 * once, however many calls wait for it.
 */
const platform = require('./platform');
const storage = require('./storage');
const transport = require('./transport');
const { ApiError } = require('./problem');
const scene = require('../model/scene');

/** @typedef {import('./contract').Schemas['TokenView']} Tokens */

const NAME = 'session';

/** @type {Promise<string> | null} */
let renewing = null;

/** @returns {Tokens | null} */
function stored() {
  return storage.read(NAME);
}

/** A token to send; logs in if there is none. @returns {Promise<string>} */
async function token() {
  const tokens = stored();
  return tokens ? tokens.access_token : renew(null);
}

/** A token in place of one that was refused. @param {string | null} refused @returns {Promise<string>} */
function renew(refused) {
  const tokens = stored();
  // Somebody else renewed it while this call was under way.
  if (tokens && tokens.access_token !== refused) return Promise.resolve(tokens.access_token);
  if (!renewing) {
    renewing = (tokens ? refresh(tokens) : login()).finally(() => {
      renewing = null;
    });
  }
  return renewing;
}

/** @param {Tokens} tokens */
async function refresh(tokens) {
  try {
    const body = { refresh_token: tokens.refresh_token };
    return keep(await transport.ask({ method: 'POST', path: '/api/v1/auth/refresh', body }));
  } catch (error) {
    if (!(error instanceof ApiError) || error.unanswered || error.code === 'too_many_requests') throw error;
    storage.remove(NAME);
    return login();
  }
}

/** A code is good once: each try takes a new one. */
async function login() {
  try {
    return await loginOnce();
  } catch (error) {
    const again = error instanceof ApiError && ['invalid_login_code', 'wechat_unavailable'].includes(error.code);
    if (!again) throw error;
    return loginOnce();
  }
}

/** A fresh code of WeChat's: it proves who holds the phone. */
async function freshCode() {
  try {
    return await platform.loginCode();
  } catch (_) {
    throw new ApiError(0, { code: 'network' });
  }
}

async function loginOnce() {
  const code = await freshCode();
  const body = Object.assign({ code }, scene.asField());
  return keep(await transport.ask({ method: 'POST', path: '/api/v1/auth/login', body }));
}

/** @param {Tokens} tokens */
function keep(tokens) {
  storage.write(NAME, tokens);
  return tokens.access_token;
}

/** After the account was closed: no token is good any more. */
function forget() {
  storage.remove(NAME);
}

module.exports = { token, renew, forget, freshCode };
