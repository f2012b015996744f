/** The buyer's own: addresses, identity, account. */
const { send } = require('./request');
const session = require('./session');
const { ApiError } = require('./problem');

/** @typedef {import('./contract').Schemas} Schemas */

const addresses = () => send('get', '/api/v1/addresses');

/** @param {Schemas['AddressRequest']} body */
const addAddress = (body) => send('post', '/api/v1/addresses', { body });

/** @param {string} id @param {Schemas['AddressRequest']} body */
const changeAddress = (id, body) => send('put', '/api/v1/addresses/{id}', { path: { id }, body, tries: 2 });

/** @param {string} id */
const removeAddress = (id) => send('delete', '/api/v1/addresses/{id}', { path: { id } });

/** Masked; null if the buyer left none. @returns {Promise<Schemas['IdentityView'] | null>} */
async function identity() {
  try {
    return await send('get', '/api/v1/identity');
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return null;
    throw error;
  }
}

/** @param {Schemas['IdentityRequest']} body */
const putIdentity = (body) => send('put', '/api/v1/identity', { body, tries: 2 });
const removeIdentity = () => send('delete', '/api/v1/identity', { tries: 2 });

const me = () => send('get', '/api/v1/me');
/** Everything that is kept of the buyer; a token alone would not do. */
const copy = async () => send('post', '/api/v1/me/export', { body: { code: await session.freshCode() } });
const keep = () => send('post', '/api/v1/me/keep', { tries: 2 });

/** Ends the account; the answer is undefined if it is closed, and what is still open if it waits for money. */
async function close() {
  const waits = await send('post', '/api/v1/me/close', { body: { code: await session.freshCode() } });
  const closing = waits && 'requested_at' in waits ? waits : null;
  if (!closing) session.forget();
  return closing;
}

/** Logs out on all other phones. */
const endOthers = () => send('post', '/api/v1/me/sessions/end-others', { tries: 2 });

/** @param {Schemas['ConsentRequest']} body */
const agree = (body) => send('post', '/api/v1/me/consents', { body, tries: 2 });

module.exports = {
  addresses,
  addAddress,
  changeAddress,
  removeAddress,
  identity,
  putIdentity,
  removeIdentity,
  me,
  copy,
  keep,
  close,
  agree,
  endOthers,
};
