const TEXTS = require('./problem-texts');

/**
 * What an answer says, or that none came (`network`, `timeout`).
 *
 * @typedef {import('./contract').Schemas} Schemas
 * @typedef {Omit<Partial<Schemas['Problem']>, 'code'> & { code?: string }} Document
 */

/** Field names as people know them. @type {Record<string, string>} */
const FIELDS = {
  name: '姓名',
  phone: '手机号',
  province: '省份',
  city: '城市',
  district: '区县',
  detail: '详细地址',
  region_code: '所在地区',
  id_number: '身份证号',
  remark: '备注',
  quantity: '数量',
  q: '搜索词',
  address_id: '收货地址',
};

/** An answer that is not the one hoped for, or none at all. */
class ApiError extends Error {
  /**
   * @param {number} status 0 if no answer came
   * @param {Document} problem
   * @param {number} [retryAfter] seconds
   */
  constructor(status, problem, retryAfter) {
    super(problem.detail || problem.code || String(status));
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code || 'bad_answer';
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** Whether the work may have been done all the same: nobody knows. */
  get unanswered() {
    return this.status === 0 || this.status >= 500;
  }
}

/** What the buyer reads. The code decides; a code that this build does not know says what the server says. @param {unknown} error */
function textOf(error) {
  if (!(error instanceof ApiError)) return TEXTS.internal_error;
  const { code, problem } = error;
  const field = code === 'invalid_request' || code === 'not_found' ? fieldText(problem.errors) : '';
  // Which limit it is, only the shop knows.
  if (code === 'limit_reached' && problem.detail) return problem.detail;
  return field || TEXTS[code] || problem.detail || TEXTS.bad_answer;
}

/** @param {Schemas['FieldError'][] | undefined} errors */
function fieldText(errors) {
  const first = errors && errors[0];
  if (!first) return '';
  const name = FIELDS[first.field.split('.').pop() || ''];
  return name ? `${name}：${first.detail || '不正确'}` : '';
}

/** For customer service; '' if no answer came. @param {unknown} error @returns {string} */
function traceOf(error) {
  return (error instanceof ApiError && error.problem.trace_id) || '';
}

module.exports = { ApiError, textOf, traceOf };
