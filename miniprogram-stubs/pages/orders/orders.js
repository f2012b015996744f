const attempts = require('../../api/attempt');
const orders = require('../../api/orders');
const { orderView } = require('../../flow/order-view');
const { firstPage, nextPage } = require('../../flow/paged');
const { textOf } = require('../../api/problem');
const { once } = require('../../model/once');

/**
 * @typedef {import('../../api/contract').Schemas} Schemas
 * @typedef {ReturnType<typeof orderView>} View
 */

const PAGE_SIZE = 20;

Page({
  data: {
    state: /** @type {'loading' | 'ready' | 'error'} */ ('loading'),
    errorText: '',
    tab: '',
    tabs: [
      { value: '', name: '全部' },
      { value: 'pending_payment', name: '待支付' },
      { value: 'paid', name: '已支付' },
      { value: 'shipped', name: '已发货' },
      { value: 'completed', name: '已完成' },
    ],
    orders: /** @type {View[]} */ ([]),
    cursor: '',
    unanswered: false,
    busy: false,
  },

  onShow() {
    this.setData({ unanswered: attempts.open() !== null });
    return this.load();
  },

  /** @param {string} cursor */
  query(cursor) {
    const state = /** @type {Schemas['OrderState'] | undefined} */ (this.data.tab || undefined);
    return orders.list({ state, cursor: cursor || undefined, limit: PAGE_SIZE });
  },

  load() {
    return firstPage(this, () => this.query(''), ({ items, next_cursor }) => {
      this.setData({ state: 'ready', orders: items.map(orderView), cursor: next_cursor || '' });
    });
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  onReachBottom() {
    if (!this.data.cursor) return undefined;
    return nextPage(this, () => this.query(this.data.cursor), ({ items, next_cursor }) => {
      this.setData({ orders: this.data.orders.concat(items.map(orderView)), cursor: next_cursor || '' });
    });
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  pickTab(event) {
    this.setData({ tab: event.currentTarget.dataset.value, state: 'loading', orders: [], cursor: '' });
    return this.load();
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  open(event) {
    wx.navigateTo({ url: `/pages/order/order?no=${event.currentTarget.dataset.no}` });
  },

  /** Looks for the order whose answer got lost. */
  resume() {
    return once(this, 'resume', async () => {
      this.setData({ busy: true });
      try {
        const order = await orders.resume();
        if (order) wx.navigateTo({ url: `/pages/order/order?no=${order.order_no}` });
      } catch (error) {
        wx.showToast({ title: textOf(error), icon: 'none' });
      } finally {
        this.setData({ busy: false, unanswered: attempts.open() !== null });
      }
    });
  },

  toHome() {
    wx.switchTab({ url: '/pages/home/home' });
  },
});
