const account = require('../../api/account');
const attempts = require('../../api/attempt');
const catalogue = require('../../api/catalogue');
const orders = require('../../api/orders');
const flow = require('../../flow/checkout');
const basket = require('../../model/basket');
const picked = require('../../model/picked');
const scene = require('../../model/scene');
const { priceRows } = require('../../flow/order-view');
const { ApiError, textOf } = require('../../api/problem');
const { once } = require('../../model/once');

/**
 * @typedef {import('../../api/contract').Schemas} Schemas
 * @typedef {ReturnType<typeof flow.quoteLines>[number]} Line
 */

Page({
  data: {
    state: /** @type {'loading' | 'ready' | 'error'} */ ('loading'),
    errorText: '',
    items: /** @type {Schemas['Item'][]} */ ([]),
    address: /** @type {Schemas['AddressView'] | null} */ (null),
    identity: /** @type {Schemas['IdentityView'] | null} */ (null),
    needsIdentity: false,
    quote: /** @type {Schemas['QuoteView'] | null} */ (null),
    lines: /** @type {Line[]} */ ([]),
    sums: /** @type {{ name: string, text: string }[]} */ ([]),
    groups: /** @type {flow.Group[]} */ ([]),
    placeProblem: '',
    /** Lines can't be ordered as they are. */
    blocked: false,
    /** What is left without those that can't be had at all; empty if that changes nothing. */
    alive: /** @type {Schemas['Item'][]} */ ([]),
    noticeText: '',
    noticeOpen: false,
    agreed: false,
    remark: '',
    warning: '',
    /** The price went up or down after it was shown: it takes a tap of its own. */
    priceChanged: false,
    /** An earlier order of this phone has no answer yet. */
    unanswered: false,
    busy: false,
  },

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.setData({ items: basket.read(query.items), unanswered: attempts.open() !== null });
  },

  /** Comes back from the address and identity pages too. */
  onShow() {
    return this.load();
  },

  load() {
    return once(this, 'load', async () => {
      try {
        const [{ items }, identity] = await Promise.all([account.addresses(), account.identity()]);
        const wanted = picked.take() || (this.data.address && this.data.address.id);
        const address = items.find(({ id }) => id === wanted) || items[0] || null;
        this.setData({ address, identity });
        if (address) await this.price();
        this.setData({ state: 'ready' });
      } catch (error) {
        this.setData({ state: 'error', errorText: textOf(error) });
      }
    });
  },

  retry() {
    this.setData({ state: 'loading' });
    return this.load();
  },

  async price() {
    const { items, address } = this.data;
    if (!address || !items.length) return;
    await this.show(await orders.quote({ items, address_id: address.id }));
    this.setData({ warning: '', priceChanged: false });
  },

  /** @param {Schemas['QuoteView']} quote @param {Schemas['QuoteProblem'][]} [problems] of a refused order; else the quote's */
  async show(quote, problems = quote.problems) {
    const before = this.data.quote;
    const { items } = this.data;
    const ofLines = problems.filter(({ sku_id }) => sku_id);
    const alive = flow.withoutDead(items, ofLines);
    this.setData({
      quote,
      lines: flow.quoteLines(quote, problems),
      sums: priceRows(quote),
      groups: flow.splitGroups(problems, items),
      placeProblem: flow.placeProblem(problems),
      // A missing identity has its own row and its own words.
      blocked: problems.some(({ code }) => code !== 'identity_required'),
      alive: alive.length < items.length ? alive : [],
      needsIdentity: quote.lines.some(({ supervision }) => supervision === 'bonded_1210'),
    });
    if (!before || before.notice_version !== quote.notice_version) await this.loadNotice(quote);
  },

  /** The shop gives the text of the notice with each product. @param {Schemas['QuoteView']} quote */
  async loadNotice(quote) {
    this.setData({ agreed: false, noticeText: '' });
    if (!quote.lines.length) return;
    const { notices } = await catalogue.product(quote.lines[0].product_id);
    const notice = notices.find(({ version }) => version === quote.notice_version);
    this.setData({ noticeText: notice ? notice.text : '' });
  },

  submit() {
    return once(this, 'submit', async () => {
      const missing = this.missing();
      if (missing) {
        wx.showToast({ title: missing, icon: 'none' });
        return;
      }
      this.setData({ busy: true, warning: '' });
      try {
        this.opened(await orders.place(this.orderBody()));
      } catch (error) {
        await this.refused(error);
      } finally {
        this.setData({ busy: false });
      }
    });
  },

  /** What the buyer has still to do; '' if nothing. */
  missing() {
    const { address, quote, blocked, needsIdentity, identity, noticeText, agreed } = this.data;
    if (!address) return '请先选择收货地址';
    if (!quote || blocked) return '请先处理无法下单的商品';
    if (needsIdentity && !identity) return '请先填写申报所需的身份信息';
    if (!noticeText) return '告知书未能显示，请稍后重试';
    return agreed ? '' : '请阅读并同意消费者告知书';
  },

  /** Fields always in this order: a repeat must be the very same words. @returns {Schemas['PlaceOrderBody']} */
  orderBody() {
    const { items, address, quote, remark } = this.data;
    if (!address || !quote) throw new Error('nothing to order');
    return Object.assign(
      {
        items,
        address_id: address.id,
        expected_payable_fen: quote.payable_fen,
        notice_version: quote.notice_version,
      },
      remark.trim() ? { remark: remark.trim() } : {},
      scene.asField(),
    );
  },

  /** @param {Schemas['OrderView']} order */
  opened(order) {
    this.setData({ unanswered: false });
    wx.redirectTo({ url: `/pages/order/order?no=${order.order_no}&pay=1` });
  },

  /** @param {unknown} error */
  async refused(error) {
    const { quote } = this.data;
    if (error instanceof attempts.AttemptOpen || (error instanceof ApiError && error.unanswered)) {
      this.setData({ unanswered: true });
      return;
    }
    const next = flow.refusal(error, quote ? quote.payable_fen : 0);
    try {
      if (next.quote) await this.show(next.quote);
      else if (next.kind === 'notice') await this.price();
      else if (quote) await this.show(quote, next.problems);
    } catch (_) {
      // The text of a new notice did not come: without it nothing can be agreed to, and the button says so.
    }
    this.setData({ warning: next.text, priceChanged: next.kind === 'price', unanswered: attempts.open() !== null });
  },

  /** Asks with the same key: the order is found, or placed now, but never twice. */
  resume() {
    return once(this, 'submit', async () => {
      this.setData({ busy: true });
      try {
        const order = await orders.resume();
        if (order) this.opened(order);
        else this.setData({ unanswered: false });
      } catch (error) {
        await this.refused(error);
      } finally {
        this.setData({ busy: false });
      }
    });
  },

  async giveUp() {
    const content = '如果上一单其实已提交成功，您可以在“订单”中看到并取消。';
    const { confirm } = await wx.showModal({ title: '放弃确认上一单？', content, confirmText: '放弃', confirmColor: '#B9472F' });
    if (!confirm) return;
    attempts.end();
    this.setData({ unanswered: false });
  },

  /** Leaves out what can't be had. */
  dropDead() {
    this.setData({ items: this.data.alive });
    return this.load();
  },

  /** Orders one of the parts; the rest waits in the cart. @param {WechatMiniprogram.TouchEvent} event */
  takeGroup(event) {
    const group = this.data.groups[event.currentTarget.dataset.index];
    this.setData({ items: group.items });
    return this.load();
  },

  /** @param {WechatMiniprogram.CustomEvent<{ value: number }>} event */
  setQuantity(event) {
    const { sku } = event.currentTarget.dataset;
    const quantity = event.detail.value;
    this.setData({ items: this.data.items.map((item) => (item.sku_id === sku ? { sku_id: sku, quantity } : item)) });
    return this.load();
  },

  pickAddress() {
    wx.navigateTo({ url: '/pages/addresses/addresses?pick=1' });
  },
  toIdentity() {
    wx.navigateTo({ url: '/pages/identity/identity' });
  },
  toggleNotice() {
    this.setData({ noticeOpen: !this.data.noticeOpen });
  },
  toggleAgreed() {
    this.setData({ agreed: !this.data.agreed });
  },
  /** @param {WechatMiniprogram.Input} event */
  setRemark(event) {
    this.setData({ remark: event.detail.value });
  },
});
