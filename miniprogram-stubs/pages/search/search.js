const catalogue = require('../../api/catalogue');
const { firstPage, nextPage } = require('../../flow/paged');
const { withPicture } = require('../../model/pictures');

/**
 * @typedef {import('../../api/contract').Schemas} Schemas
 * @typedef {Schemas['ProductItem'] & { picture: string }} Card
 * @typedef {Schemas['VendorView'] & { picture: string }} Vendor
 * @typedef {import('../../api/contract').Answer<'/api/v1/categories', 'get'>['items'][number]} Category
 */

const PAGE_SIZE = 20;
/** A letter is not a question: wait until the thumb rests. */
const TYPING_MS = 250;

/** @typedef {'default' | 'price_asc' | 'price_desc' | 'newest'} Sort */

/** @type {WeakMap<object, number>} */
const typing = new WeakMap();

Page({
  data: {
    state: /** @type {'loading' | 'ready' | 'error'} */ ('loading'),
    errorText: '',
    typed: '',
    q: '',
    category: '',
    vendor: '',
    sort: /** @type {Sort} */ ('default'),
    sorts: [
      { value: 'default', name: '综合' },
      { value: 'newest', name: '新品' },
      { value: 'price_asc', name: '价格从低到高' },
      { value: 'price_desc', name: '价格从高到低' },
    ],
    categories: /** @type {Category[]} */ ([]),
    firm: /** @type {Vendor | null} */ (null),
    suggestions: /** @type {string[]} */ ([]),
    products: /** @type {Card[]} */ ([]),
    total: 0,
    cursor: '',
    focus: false,
  },

  /** @param {Record<string, string | undefined>} query */
  async onLoad(query) {
    const { q = '', category = '', vendor = '' } = query;
    const word = decodeURIComponent(q);
    this.setData({ q: word, typed: word, category, vendor, focus: !q && !category && !vendor });
    await Promise.all([this.load(), this.loadCategories(), this.loadFirm()]);
  },

  async loadCategories() {
    try {
      this.setData({ categories: (await catalogue.categories()).items });
    } catch (_) {
      // Only a filter: the list says what is wrong.
    }
  },

  async loadFirm() {
    if (!this.data.vendor) return;
    try {
      this.setData({ firm: withPicture(await catalogue.vendor(this.data.vendor)) });
    } catch (_) {
      // Its goods are listed all the same.
    }
  },

  /** @param {string} cursor */
  query(cursor) {
    const { q, category, vendor, sort } = this.data;
    return catalogue.products({ q, category, vendor, sort, cursor, limit: PAGE_SIZE });
  },

  load() {
    this.setData({ state: 'loading', suggestions: [] });
    return firstPage(this, () => this.query(''), ({ items, total, next_cursor }) => {
      this.setData({ state: 'ready', products: items.map(withPicture), total, cursor: next_cursor || '' });
    });
  },

  onReachBottom() {
    if (!this.data.cursor) return undefined;
    return nextPage(this, () => this.query(this.data.cursor), ({ items, next_cursor }) => {
      this.setData({ products: this.data.products.concat(items.map(withPicture)), cursor: next_cursor || '' });
    });
  },

  /** @param {WechatMiniprogram.Input} event */
  type(event) {
    const typed = event.detail.value;
    this.setData({ typed });
    clearTimeout(typing.get(this) || 0);
    typing.set(this, setTimeout(() => this.suggest(typed), TYPING_MS));
  },

  /** @param {string} typed */
  async suggest(typed) {
    if (!typed.trim()) return this.setData({ suggestions: [] });
    try {
      const { suggestions } = await catalogue.suggest(typed);
      if (this.data.typed === typed && this.data.q !== typed) this.setData({ suggestions });
    } catch (_) {
      // A completion that does not come is no loss.
    }
  },

  search() {
    clearTimeout(typing.get(this) || 0);
    this.setData({ q: this.data.typed.trim() });
    return this.load();
  },

  clear() {
    this.setData({ typed: '', q: '', focus: true });
    return this.load();
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  take(event) {
    this.setData({ typed: event.currentTarget.dataset.word });
    return this.search();
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  pickSort(event) {
    this.setData({ sort: event.currentTarget.dataset.value });
    return this.load();
  },

  /** Tapped again, the category narrows nothing. @param {WechatMiniprogram.TouchEvent} event */
  pickCategory(event) {
    const { slug } = event.currentTarget.dataset;
    this.setData({ category: slug === this.data.category ? '' : slug });
    return this.load();
  },
});
