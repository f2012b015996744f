/** What states, steps and reasons are called. An unknown one of a newer shop gets a neutral word, never an English one. */

/** @typedef {import('../api/contract').Schemas} Schemas */

/** @type {Record<string, { title: string, hint: string, tone: 'wait' | 'good' | 'done' | 'off' }>} */
const STATES = {
  pending_payment: { title: '待支付', hint: '', tone: 'wait' },
  paid: { title: '已支付', hint: '支付成功，商家正在为您备货', tone: 'good' },
  cleared: { title: '已放行', hint: '海关已放行，仓库正在打包', tone: 'good' },
  shipped: { title: '已发货', hint: '包裹正在路上', tone: 'good' },
  delivered: { title: '已送达', hint: '请查收包裹', tone: 'good' },
  completed: { title: '已完成', hint: '感谢您的购买', tone: 'done' },
  cancelled: { title: '已取消', hint: '', tone: 'off' },
};

/** @param {string} state */
const stateOf = (state) => STATES[state] || { title: '处理中', hint: '', tone: 'wait' };

/** @type {Record<string, string>} */
const HOLDS = {
  closing: '正在关闭订单，请稍后查看结果',
  review: '订单正在人工核对，请耐心等待',
};

/** @type {Record<string, string>} */
const CANCEL_REASONS = {
  customer: '您已取消订单',
  expired: '超时未支付，订单已自动取消',
  closed_upstream: '支付已关闭，订单已取消',
};

/** @type {Record<string, string>} */
const EVENTS = {
  placed: '提交订单',
  paid: '支付成功',
  closing: '正在关闭订单',
  cancelled_by_customer: '买家取消订单',
  expired: '超时未支付，自动取消',
  closed_upstream: '支付已关闭',
  late_payment: '取消后收到付款，将原路退回',
  refund_requested: '发起退款',
  refunded: '退款已到账',
  refund_failed: '退款遇到问题，客服处理中',
  cleared: '海关放行',
  shipped: '包裹发出',
  delivered: '包裹送达',
  completed: '确认收货',
};

/** @param {string} kind */
const eventOf = (kind) => EVENTS[kind] || '订单更新';

/** @type {Record<string, string>} */
const SUPERVISION = {
  bonded_1210: '保税仓直发',
  domestic: '国内现货',
};

/** @param {string} supervision */
const supervisionOf = (supervision) => SUPERVISION[supervision] || '其他商品';

/** @type {Record<string, string>} */
const ORIGINS = { KR: '韩国', CN: '中国' };

/** @param {string} origin ISO 3166 */
const originOf = (origin) => ORIGINS[origin] || origin;

/**
 * Why a line can't be ordered.
 *
 * @param {string | null | undefined} code
 * @param {{ available?: number | null, limit?: number | null }} about
 */
function lineProblem(code, { available, limit }) {
  switch (code) {
    case null:
    case undefined:
      return '';
    case 'not_on_sale':
      return '已下架';
    case 'out_of_stock':
      return '已售罄';
    case 'not_enough_stock':
      return available ? `仅剩 ${available} 件，请减少数量` : '库存不足';
    case 'over_limit':
      return limit ? `每单限购 ${limit} 件，请减少数量` : '超过每单限购数量';
    default:
      return '暂时无法购买';
  }
}

/** Why an order waits or ended; '' if there is nothing to say. @param {Schemas['OrderView']} order */
function remarkOn(order) {
  if (order.hold) return HOLDS[order.hold] || '订单处理中，请耐心等待';
  return (order.cancel_reason && CANCEL_REASONS[order.cancel_reason]) || '';
}

module.exports = { stateOf, eventOf, supervisionOf, originOf, lineProblem, remarkOn };
