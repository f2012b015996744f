const cart = require('../../api/cart');
const catalogue = require('../../api/catalogue');
const words = require('../../flow/words');
const basket = require('../../model/basket');
const { ApiError, textOf } = require('../../api/problem');
const { money } = require('../../model/money');
const { once } = require('../../model/once');
const { withPicture } = require('../../model/pictures');

/**
 * @typedef {import('../../api/contract').Schemas} Schemas
 * @typedef {Schemas['ProductView'] & { picture: string }} Product
 * @typedef {Schemas['SkuView']} Sku
 */

/** `名称：内容` a line. @param {string} label */
function labelRows(label) {
  return label.split('\n').map((line) => {
    const at = line.indexOf('：');
    return at > 0 ? { name: line.slice(0, at), text: line.slice(at + 1) } : { name: '', text: line };
  });
}

/** The first that can be had, or the first. @param {Sku[]} skus */
const firstSku = (skus) => skus.find((sku) => sku.available > 0) || skus[0];

Page({
  data: {
    state: /** @type {'loading' | 'ready' | 'error'} */ ('loading'),
    errorText: '',
    id: '',
    product: /** @type {Product | null} */ (null),
    facts: /** @type {{ name: string, text: string }[]} */ ([]),
    label: /** @type {{ name: string, text: string }[]} */ ([]),
    sku: /** @type {Sku | null} */ (null),
    taxText: '',
    stockText: '',
    quantity: 1,
    busy: false,
  },

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.setData({ id: decodeURIComponent(query.id || '') });
    return this.load();
  },

  load() {
    return once(this, 'load', async () => {
      try {
        const product = withPicture(await catalogue.product(this.data.id));
        this.setData({ state: 'ready', product, facts: this.factsOf(product), label: labelRows(product.label_zh) });
        this.show(firstSku(product.skus));
      } catch (error) {
        this.setData({ state: 'error', errorText: textOf(error) });
      }
    });
  },

  /** @param {Product} product */
  factsOf(product) {
    const facts = [
      { name: '产地', text: words.originOf(product.origin) },
      { name: '生产企业', text: product.maker },
      { name: '发货', text: `临沂 · ${words.supervisionOf(product.supervision)}` },
    ];
    if (product.earliest_expiry) facts.push({ name: '有效期至', text: product.earliest_expiry });
    return facts;
  },

  /** @param {Sku} sku */
  show(sku) {
    const { available, limit_per_order } = sku;
    let stockText = '';
    if (!available) stockText = '已售罄';
    else if (available < limit_per_order) stockText = `仅剩 ${available} 件`;
    else stockText = `每单限购 ${limit_per_order} 件`;
    const taxText = sku.tax_fen ? `预估进口税 ${money(sku.tax_fen)}/件` : '进口税与运费以结算页为准';
    this.setData({ sku, quantity: 1, stockText, taxText });
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  pickSku(event) {
    const { product } = this.data;
    const sku = product && product.skus.find(({ id }) => id === event.currentTarget.dataset.id);
    if (sku) this.show(sku);
  },

  /** @param {WechatMiniprogram.CustomEvent<{ value: number }>} event */
  setQuantity(event) {
    this.setData({ quantity: event.detail.value });
  },

  addToCart() {
    const { sku, quantity } = this.data;
    if (!sku || !sku.available) return undefined;
    return once(this, 'add', async () => {
      this.setData({ busy: true });
      try {
        await cart.add(sku.id, quantity);
        wx.showToast({ title: '已加入购物车', icon: 'success' });
      } catch (error) {
        wx.showToast({ title: this.refusalText(error), icon: 'none' });
      } finally {
        this.setData({ busy: false });
      }
    });
  },

  /** @param {unknown} error */
  refusalText(error) {
    const { limit } = error instanceof ApiError && error.code === 'limit_reached' ? error.problem : { limit: 0 };
    if (limit && this.data.sku && limit === this.data.sku.limit_per_order) return `每单限购 ${limit} 件（含购物车中已有）`;
    return textOf(error);
  },

  buyNow() {
    const { sku, quantity } = this.data;
    if (!sku || !sku.available) return;
    wx.navigateTo({ url: `/pages/checkout/checkout?items=${basket.write([{ sku_id: sku.id, quantity }])}` });
  },

  openVendor() {
    if (this.data.product) wx.navigateTo({ url: `/pages/search/search?vendor=${this.data.product.vendor.slug}` });
  },

  toCart() {
    wx.switchTab({ url: '/pages/cart/cart' });
  },

  onShareAppMessage() {
    const { product } = this.data;
    return product ? { title: product.name, path: `/pages/product/product?id=${product.id}`, imageUrl: product.picture } : {};
  },
});
