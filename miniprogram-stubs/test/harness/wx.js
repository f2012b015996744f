/**
 * The platform side of a mini program. Requests really go over HTTP; login and the cash desk are the stand-in's; the rest is a phone
 * that a test can look into.
 */
const http = require('node:http');
const { MALL, wechat } = require('./server');

/** What the phone shows, keeps and is told to answer. */
class Phone {
  constructor(user) {
    this.user = user;
    this.storage = new Map();
    this.toasts = [];
    this.modals = [];
    /** Answers to the next modals; true when there is none left. */
    this.modalAnswers = [];
    this.requests = [];
    /** `(request) => 'pass' | 'lose-answer' | 'lose' | { statusCode, data, header }`, for the next requests. */
    this.network = () => 'pass';
    /** Parameters that came to the cash desk. */
    this.payments = [];
    /** Replaces the cash desk, for one test: `(params) => errMsg`. */
    this.cashDesk = null;
    this.addressBook = null;
    this.privacyAgreed = true;
    this.privacyListener = null;
    this.clipboard = '';
    this.badge = '';
    this.storage.set('develop_config', { origin: MALL, standIn: '' });
  }

  /** How often a path was asked for. */
  count(method, path) {
    return this.requests.filter((one) => one.method === method && one.path.startsWith(path)).length;
  }
}

const copyOf = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

function send(phone, options) {
  const url = new URL(options.url);
  const method = options.method || 'GET';
  const body = method === 'GET' || options.data === undefined ? undefined : JSON.stringify(options.data);
  const record = { method, path: url.pathname + url.search, header: { ...options.header }, data: copyOf(options.data) };
  phone.requests.push(record);
  const fate = phone.network(record);
  const fail = (errMsg) => setImmediate(() => options.fail && options.fail({ errMsg: `request:fail ${errMsg}`, errno: 5 }));
  if (fate === 'lose') return fail('timeout');
  if (typeof fate === 'object') return setImmediate(() => options.success({ header: {}, errMsg: 'request:ok', ...fate }));
  const request = http.request(url, { method, headers: { ...options.header, ...(body && { 'Content-Length': Buffer.byteLength(body) }) } }, (answer) => {
    const parts = [];
    answer.on('data', (part) => parts.push(part));
    answer.on('end', () => {
      if (fate === 'lose-answer') return fail('timeout');
      const text = Buffer.concat(parts).toString('utf8');
      options.success({ statusCode: answer.statusCode, data: parsed(text), header: answer.headers, cookies: [], errMsg: 'request:ok' });
    });
  });
  request.setTimeout(options.timeout || 60000, () => request.destroy(new Error('timeout')));
  request.on('error', (error) => fail(error.message));
  request.end(body);
}

/** As the platform does: JSON if it is, else the text. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (_) {
    return text;
  }
}

/** An answer by callbacks or, without any, by a promise. */
function reply(options = {}, work) {
  const run = async () => {
    try {
      const result = await work();
      if (options.success) options.success(result);
      return result;
    } catch (error) {
      const failure = { errMsg: error.errMsg || String(error.message || error) };
      if (options.fail) return options.fail(failure);
      throw failure;
    }
  };
  if (options.success || options.fail || options.complete) {
    run();
    return undefined;
  }
  return run();
}

function privacy(phone, options) {
  return reply(options, async () => {
    if (!phone.privacyAgreed) {
      if (!phone.privacyListener) throw { errMsg: 'requirePrivacyAuthorize:fail no listener' };
      const result = await new Promise((resolve) => {
        phone.privacyListener((given) => given.event !== 'exposureAuthorization' && resolve(given));
      });
      if (result.event !== 'agree') throw { errMsg: 'requirePrivacyAuthorize:fail privacy permission is not authorized' };
      if (!result.buttonId) throw { errMsg: 'requirePrivacyAuthorize:fail no button' };
      phone.privacyAgreed = true;
    }
    return { errMsg: 'requirePrivacyAuthorize:ok' };
  });
}

async function pay(phone, params) {
  const { timeStamp, nonceStr, package: prepay, signType, paySign } = params;
  const own = { timeStamp, nonceStr, package: prepay, signType, paySign };
  phone.payments.push(own);
  const errMsg = phone.cashDesk ? await phone.cashDesk(own) : (await wechat('wx/request-payment', { user: phone.user, ...own })).errMsg;
  if (errMsg !== 'requestPayment:ok') throw { errMsg };
  return { errMsg };
}

/** The `wx` of a phone; `router` moves between pages. */
function makeWx(phone, router) {
  return {
    request: (options) => send(phone, options),
    login: (options) => reply(options, async () => ({ code: (await wechat('wx/login', { user: phone.user })).code, errMsg: 'login:ok' })),
    requestPayment: (options) => reply(options, () => pay(phone, options)),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'wx0', envVersion: 'develop', version: '' } }),
    getStorageSync: (key) => (phone.storage.has(key) ? copyOf(phone.storage.get(key)) : ''),
    setStorageSync: (key, value) => void phone.storage.set(key, copyOf(value)),
    removeStorageSync: (key) => void phone.storage.delete(key),
    navigateTo: ({ url }) => router.push(url),
    redirectTo: ({ url }) => router.replace(url),
    switchTab: ({ url }) => router.tab(url),
    reLaunch: ({ url }) => router.tab(url),
    navigateBack: () => router.back(),
    showToast: ({ title }) => void phone.toasts.push(title),
    showModal: (options) =>
      reply(options, async () => {
        phone.modals.push(options.title);
        const confirm = phone.modalAnswers.length ? phone.modalAnswers.shift() : true;
        return { confirm, cancel: !confirm, errMsg: 'showModal:ok' };
      }),
    setClipboardData: (options) => reply(options, async () => void (phone.clipboard = options.data)),
    setNavigationBarTitle() {},
    stopPullDownRefresh() {},
    setTabBarBadge: ({ text }) => void (phone.badge = text),
    removeTabBarBadge: () => void (phone.badge = ''),
    chooseAddress: (options) =>
      reply(options, async () => {
        if (!phone.addressBook) throw { errMsg: 'chooseAddress:fail cancel' };
        return phone.addressBook;
      }),
    onNeedPrivacyAuthorization: (listener) => void (phone.privacyListener = listener),
    getPrivacySetting: (options) => reply(options, async () => ({ needAuthorization: !phone.privacyAgreed, privacyContractName: '《军浦馆隐私保护指引》' })),
    requirePrivacyAuthorize: (options) => privacy(phone, options),
    openPrivacyContract() {},
  };
}

module.exports = { Phone, makeWx };
