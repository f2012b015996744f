const catalogue = require('../../api/catalogue');
const { textOf } = require('../../api/problem');
const { once } = require('../../model/once');
const { withPicture } = require('../../model/pictures');

/**
 * @typedef {import('../../api/contract').Schemas} Schemas
 * @typedef {Schemas['ProductItem'] & { picture: string }} Card
 * @typedef {import('../../api/contract').Answer<'/api/v1/categories', 'get'>['items'][number] & { picture: string }} Category
 * @typedef {Schemas['VendorView'] & { picture: string }} Vendor
 */

const PAGE_SIZE = 20;

Page({
  data: {
    state: /** @type {'loading' | 'ready' | 'error'} */ ('loading'),
    errorText: '',
    categories: /** @type {Category[]} */ ([]),
    vendors: /** @type {Vendor[]} */ ([]),
    products: /** @type {Card[]} */ ([]),
    cursor: '',
  },

  onLoad() {
    return this.load();
  },

  load() {
    return once(this, 'load', async () => {
      try {
        const [categories, vendors, products] = await Promise.all([
          catalogue.categories(),
          catalogue.vendors(),
          catalogue.products({ sort: 'newest', limit: PAGE_SIZE }),
        ]);
        this.setData({
          state: 'ready',
          categories: categories.items.map(withPicture),
          vendors: vendors.items.map(withPicture),
          products: products.items.map(withPicture),
          cursor: products.next_cursor || '',
        });
      } catch (error) {
        this.setData({ state: 'error', errorText: textOf(error) });
      }
    });
  },

  retry() {
    this.setData({ state: 'loading' });
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  onReachBottom() {
    if (!this.data.cursor) return undefined;
    return once(this, 'more', async () => {
      try {
        const page = await catalogue.products({ sort: 'newest', limit: PAGE_SIZE, cursor: this.data.cursor });
        const products = this.data.products.concat(page.items.map(withPicture));
        this.setData({ products, cursor: page.next_cursor || '' });
      } catch (error) {
        wx.showToast({ title: textOf(error), icon: 'none' });
      }
    });
  },

  onShareAppMessage() {
    return { title: '军浦馆 · 韩国好物，保税直发', path: '/pages/home/home' };
  },

  toSearch() {
    wx.navigateTo({ url: '/pages/search/search' });
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  openCategory(event) {
    wx.navigateTo({ url: `/pages/search/search?category=${event.currentTarget.dataset.slug}` });
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  openVendor(event) {
    wx.navigateTo({ url: `/pages/search/search?vendor=${event.currentTarget.dataset.slug}` });
  },
});
