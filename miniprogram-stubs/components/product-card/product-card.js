/** @typedef {import('../../api/contract').Schemas['ProductItem'] & { picture: string }} Item */

Component({
  properties: {
    /** A product of a list, with its picture's address. */
    item: { type: Object, value: /** @type {Item} */ ({}) },
  },
  methods: {
    open() {
      wx.navigateTo({ url: `/pages/product/product?id=${this.data.item.id}` });
    },
  },
});
