/** A call of the shop's API: login, renewal, repeats. The types come from the API document. */
const session = require('./session');
const transport = require('./transport');
const { ApiError } = require('./problem');

/** The longest pause that a thumb is let wait for. */
const PAUSE_MAX_MS = 3000;
/** Tests make it short. */
const timing = { pauseMs: 500 };

/**
 * @template {import('./contract').Path} P
 * @template {import('./contract').Method<P>} M
 * @param {M} method
 * @param {P} path
 * @param {import('./contract').Options<P, M>} [options]
 * @returns {Promise<import('./contract').Answer<P, M>>}
 */
async function send(method, path, options = {}) {
  /** @type {transport.Question} */
  const question = {
    method: String(method).toUpperCase(),
    path: fill(path, options.path) + queryOf(options.query),
    body: options.body,
    key: options.key,
    timeout: options.timeout,
  };
  if (options.login === false) return repeat(question, triesOf(question, options.tries));
  question.token = await session.token();
  try {
    return await repeat(question, triesOf(question, options.tries));
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'unauthorized') throw error;
    question.token = await session.renew(question.token);
    return repeat(question, triesOf(question, options.tries));
  }
}

/** Reads may be repeated; anything else only if the caller says so. @param {transport.Question} question @param {number} [tries] */
function triesOf(question, tries) {
  return tries || (question.method === 'GET' ? 2 : 1);
}

/** @param {transport.Question} question @param {number} tries */
async function repeat(question, tries) {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await transport.ask(question);
    } catch (error) {
      if (left <= 0 || !(error instanceof ApiError) || !worthRepeating(error)) throw error;
      await pause(error.retryAfter ? error.retryAfter * 1000 : timing.pauseMs * (tries - left));
    }
  }
}

/** @param {ApiError} error */
function worthRepeating(error) {
  // WeChat's refusals are the operator's to mend, and faults of the shop do not go away in a second.
  return error.unanswered && error.status !== 500 && error.code !== 'wechat_refused';
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, Math.min(ms, PAUSE_MAX_MS)));
}

/** @param {string} path @param {Record<string, string>} [values] */
function fill(path, values = {}) {
  return path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]));
}

/** @param {any} [query] */
function queryOf(query = {}) {
  const pairs = Object.keys(query)
    .filter((name) => query[name] !== undefined && query[name] !== null && query[name] !== '')
    .map((name) => `${name}=${encodeURIComponent(String(query[name]))}`);
  return pairs.length ? `?${pairs.join('&')}` : '';
}

module.exports = { send, pause, timing };
