const orders = require('../../api/orders');
const doubt = require('../../flow/doubt');
const payment = require('../../flow/payment');
const { orderView } = require('../../flow/order-view');
const { ApiError, textOf, traceOf } = require('../../api/problem');
const { once } = require('../../model/once');

/**
 * @typedef {import('../../api/contract').Schemas['OrderView']} Order
 * @typedef {ReturnType<typeof orderView>} View
 */

/** Pages that were left: nobody waits for what they ask. @type {WeakSet<object>} */
const gone = new WeakSet();

Page({
  data: {
    state: /** @type {'loading' | 'ready' | 'error'} */ ('loading'),
    errorText: '',
    trace: '',
    no: '',
    order: /** @type {View | null} */ (null),
    /** The payment's end is not known: neither done nor failed. */
    asking: false,
    /** It is being asked for at this very moment. */
    busyAsking: false,
    /** The last question was answered "unpaid". */
    saidUnpaid: false,
    busy: false,
    note: '',
  },

  /** @param {Record<string, string | undefined>} query */
  async onLoad(query) {
    this.setData({ no: query.no || '' });
    await this.load();
    const { order } = this.data;
    if (!order || !order.open) return;
    if (doubt.has(order.order_no)) await this.ask(false);
    else if (query.pay === '1') await this.pay();
  },

  onUnload() {
    gone.add(this);
  },

  load() {
    return once(this, 'load', async () => {
      try {
        this.show(await orders.get(this.data.no));
      } catch (error) {
        this.setData({ state: 'error', errorText: textOf(error), trace: traceOf(error) });
      }
    });
  },

  /** @param {Order} order */
  show(order) {
    this.setData({ state: 'ready', order: orderView(order) });
    // Whatever was asked: an order that is not unpaid any more answers it.
    if (!payment.isOpen(order)) this.setData({ asking: false, note: '' });
  },

  async onPullDownRefresh() {
    await (this.data.asking ? this.ask(false) : this.load());
    wx.stopPullDownRefresh();
  },

  pay() {
    return once(this, 'pay', async () => {
      this.setData({ busy: true, note: '' });
      try {
        const believed = await payment.openDesk(this.data.no);
        await this.ask(believed === 'cancel');
      } catch (error) {
        await this.payRefused(error);
      } finally {
        this.setData({ busy: false });
      }
    });
  },

  /**
   * How the payment stands, by WeChat. What the phone believes only decides how patiently it is asked.
   *
   * @param {boolean} turnedBack the buyer closed the cash desk
   */
  ask(turnedBack) {
    return once(this, 'ask', async () => {
      this.setData({ asking: true, busyAsking: true, saidUnpaid: false });
      try {
        const show = (/** @type {Order} */ answer) => this.show(answer);
        const order = await payment.settle(this.data.no, { once: turnedBack, show, wanted: () => !gone.has(this) });
        if (order && payment.isOpen(order)) this.stillUnpaid(turnedBack);
      } catch (error) {
        this.setData({ note: textOf(error) });
      } finally {
        this.setData({ busyAsking: false });
      }
    });
  },

  /** @param {boolean} turnedBack */
  stillUnpaid(turnedBack) {
    this.setData(turnedBack ? { asking: false, saidUnpaid: true, note: '尚未支付，您可以继续支付' } : { saidUnpaid: true });
  },

  askAgain() {
    return this.ask(false);
  },

  /** @param {unknown} error */
  async payRefused(error) {
    const code = error instanceof ApiError ? error.code : '';
    if (code === 'already_paid' || code === 'wrong_state') {
      await this.load();
      return;
    }
    // The cash desk was not opened: nothing can have been paid by this tap.
    this.setData({ note: textOf(error) });
  },

  async cancel() {
    const { confirm } = await wx.showModal({ title: '取消订单', content: '取消后需要重新下单。', confirmText: '取消订单', cancelText: '再想想', confirmColor: '#B9472F' });
    if (!confirm) return;
    await once(this, 'cancel', async () => {
      this.setData({ busy: true });
      try {
        this.show(await orders.cancel(this.data.no));
      } catch (error) {
        wx.showToast({ title: textOf(error), icon: 'none' });
        await this.load();
      } finally {
        this.setData({ busy: false });
      }
    });
  },

  copyNo() {
    wx.setClipboardData({ data: this.data.no, fail() {} });
  },

  toHome() {
    wx.switchTab({ url: '/pages/home/home' });
  },
});
