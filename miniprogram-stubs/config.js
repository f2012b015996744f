/**
 * Where the shop is. The platform tells which build this is; nothing here can make a released build talk to a test server.
 *
 * @typedef {object} Config
 * @property {string} origin   The shop, without a slash at the end. Must be on the console's list of request domains.
 * @property {string} standIn  A stand-in of WeChat for login and payment, or ''. Only ever read in development.
 * @property {string} standInUser  Who buys at the stand-in.
 */

/** @type {Record<'release' | 'trial' | 'develop', Config>} */
const CONFIGS = {
  release: { origin: 'https://mall.example.com', standIn: '', standInUser: '' },
  trial: { origin: 'https://mall-test.example.com', standIn: '', standInUser: '' },
  // The addresses and the buyer of `gunpo-mall demo`. A developer's own go into the storage under `develop_config`.
  develop: { origin: 'http://127.0.0.1:8080', standIn: 'http://127.0.0.1:8090', standInUser: 'alice' },
};

/** @returns {Config} */
function config() {
  const version = wx.getAccountInfoSync().miniProgram.envVersion;
  if (version !== 'develop') return CONFIGS[version] || CONFIGS.release;
  return Object.assign({}, CONFIGS.develop, wx.getStorageSync('develop_config') || {});
}

module.exports = { config };
