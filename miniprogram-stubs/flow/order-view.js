/** An order as the pages show it. */
const words = require('./words');
const { money } = require('../model/money');
const { minute, clock } = require('../model/time');
const { withPicture } = require('../model/pictures');

/** @typedef {import('../api/contract').Schemas['OrderView']} Order */

/** @param {Order} order */
function orderView(order) {
  const state = words.stateOf(order.state);
  const open = order.state === 'pending_payment' && !order.hold;
  return {
    order_no: order.order_no,
    state: order.state,
    title: order.hold === 'closing' ? '关闭中' : state.title,
    tone: order.hold ? 'wait' : state.tone,
    hint: words.remarkOn(order) || (open ? `请在 ${clock(order.expires_at)} 前完成支付` : state.hint),
    open,
    payable_fen: order.payable_fen,
    paid: order.paid_fen > 0,
    pieces: order.lines.reduce((sum, line) => sum + line.quantity, 0),
    lines: order.lines.map(withPicture),
    placed_at: minute(order.placed_at),
    consignee: order.consignee,
    remark: order.remark,
    sums: sumRows(order),
    timeline: order.timeline
      .map((event, index) => ({ key: String(index), text: eventText(event), at: minute(event.at) }))
      .reverse(),
  };
}

/** @param {Order['timeline'][number]} event */
function eventText(event) {
  const text = words.eventOf(event.kind);
  return event.amount_fen ? `${text} ${money(event.amount_fen)}` : text;
}

/** @param {Order} order */
function sumRows(order) {
  const rows = priceRows(order);
  if (order.refunded_fen) rows.push({ name: '已退款', text: money(order.refunded_fen) });
  return rows;
}

/**
 * Rows that explain a price; of a quote or of an order.
 *
 * @param {{ goods_fen: number, freight_fen: number, tax_fen: number, tax_basis: string, discount_fen: number }} sums
 */
function priceRows(sums) {
  const rows = [
    { name: '商品金额', text: money(sums.goods_fen) },
    { name: '运费', text: sums.freight_fen ? money(sums.freight_fen) : '包邮' },
    // A tax of which nothing is known must not look like a tax of nothing.
    { name: '进口税', text: sums.tax_basis === 'not_computed' ? '以海关核定为准（暂未计入）' : money(sums.tax_fen) },
  ];
  if (sums.discount_fen) rows.push({ name: '优惠', text: money(-sums.discount_fen) });
  return rows;
}

module.exports = { orderView, priceRows };
