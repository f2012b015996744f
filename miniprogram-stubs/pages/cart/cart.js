const cart = require('../../api/cart');
const words = require('../../flow/words');
const basket = require('../../model/basket');
const { textOf } = require('../../api/problem');
const { once } = require('../../model/once');
const { withPicture } = require('../../model/pictures');

/**
 * @typedef {import('../../api/contract').Schemas} Schemas
 * @typedef {Schemas['CartLine'] & { picture: string, why: string, picked: boolean }} Line
 * @typedef {object} Group
 * @property {string} key
 * @property {string} title
 * @property {Line[]} lines
 * @property {number} pickedFen
 * @property {number} pickedPieces
 */

/** @param {Line[]} lines */
function sumsOf(lines) {
  const picked = lines.filter((line) => line.picked);
  return {
    pickedFen: picked.reduce((sum, line) => sum + line.line_fen, 0),
    pickedPieces: picked.reduce((sum, line) => sum + line.quantity, 0),
  };
}

Page({
  data: {
    state: /** @type {'loading' | 'ready' | 'error'} */ ('loading'),
    errorText: '',
    groups: /** @type {Group[]} */ ([]),
    /** SKUs that the buyer leaves for later. */
    left: /** @type {string[]} */ ([]),
    busy: false,
  },

  onShow() {
    return this.load();
  },

  load() {
    return once(this, 'load', async () => {
      try {
        this.show(await cart.show());
      } catch (error) {
        // An older cart on the page is better than none, but not as if it were of now.
        this.setData({ state: 'error', errorText: textOf(error) });
      }
    });
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  /** @param {Schemas['CartView']} view */
  show(view) {
    const { left } = this.data;
    const groups = view.groups.map(({ supervision, lines }) => {
      const shown = lines.map((line) =>
        Object.assign(withPicture(line), {
          why: words.lineProblem(line.problem, { available: line.available, limit: line.limit_per_order }),
          picked: !line.problem && !left.includes(line.sku_id),
        }),
      );
      return Object.assign({ key: supervision, title: words.supervisionOf(supervision), lines: shown }, sumsOf(shown));
    });
    this.setData({ state: 'ready', groups });
    this.badge(groups);
  },

  /** @param {Group[]} groups */
  badge(groups) {
    const pieces = groups.reduce((sum, { lines }) => sum + lines.reduce((inner, { quantity }) => inner + quantity, 0), 0);
    // The page may have been left meanwhile: then there is no tab bar to write on.
    if (pieces) wx.setTabBarBadge({ index: 1, text: pieces > 99 ? '99+' : String(pieces), fail() {} });
    else wx.removeTabBarBadge({ index: 1, fail() {} });
  },

  /** @param {WechatMiniprogram.CustomEvent<{ value: number }>} event */
  setQuantity(event) {
    const { sku } = event.currentTarget.dataset;
    return this.change(() => cart.put(sku, event.detail.value));
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  async remove(event) {
    const { sku, name } = event.currentTarget.dataset;
    const { confirm } = await wx.showModal({ title: '从购物车删除', content: name, confirmText: '删除', confirmColor: '#B9472F' });
    if (!confirm) return;
    await this.change(async () => {
      await cart.remove(sku);
      return cart.show();
    });
  },

  /** One change at a time: the answer is the whole cart, and two could overtake each other. @param {() => Promise<Schemas['CartView']>} work */
  change(work) {
    return once(this, 'change', async () => {
      this.setData({ busy: true });
      try {
        this.show(await work());
      } catch (error) {
        wx.showToast({ title: textOf(error), icon: 'none' });
      } finally {
        this.setData({ busy: false });
      }
    });
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  pick(event) {
    const { sku } = event.currentTarget.dataset;
    const left = this.data.left.includes(sku) ? this.data.left.filter((id) => id !== sku) : [...this.data.left, sku];
    const groups = this.data.groups.map((group) => this.repicked(group, left));
    this.setData({ left, groups });
  },

  /** @param {Group} group @param {string[]} left @returns {Group} */
  repicked(group, left) {
    const lines = group.lines.map((line) => Object.assign({}, line, { picked: !line.why && !left.includes(line.sku_id) }));
    return Object.assign({}, group, { lines }, sumsOf(lines));
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  checkout(event) {
    const group = this.data.groups.find(({ key }) => key === event.currentTarget.dataset.key);
    const items = group ? group.lines.filter(({ picked }) => picked) : [];
    if (items.length) wx.navigateTo({ url: `/pages/checkout/checkout?items=${basket.write(items)}` });
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  open(event) {
    wx.navigateTo({ url: `/pages/product/product?id=${event.currentTarget.dataset.id}` });
  },

  toHome() {
    wx.switchTab({ url: '/pages/home/home' });
  },
});
