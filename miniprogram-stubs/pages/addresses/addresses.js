const account = require('../../api/account');
const picked = require('../../model/picked');
const draft = require('../address/draft');
const { ApiError, textOf } = require('../../api/problem');
const { once } = require('../../model/once');

/** @typedef {import('../../api/contract').Schemas['AddressView']} Address */

Page({
  data: {
    state: /** @type {'loading' | 'ready' | 'error'} */ ('loading'),
    errorText: '',
    addresses: /** @type {Address[]} */ ([]),
    /** Opened by the checkout: a tap picks. */
    picking: false,
  },

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.setData({ picking: query.pick === '1' });
  },

  onShow() {
    return this.load();
  },

  load() {
    return once(this, 'load', async () => {
      try {
        this.setData({ state: 'ready', addresses: (await account.addresses()).items });
      } catch (error) {
        this.setData({ state: 'error', errorText: textOf(error) });
      }
    });
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  pick(event) {
    if (!this.data.picking) return;
    picked.pick(event.currentTarget.dataset.id);
    wx.navigateBack();
  },

  /** WeChat's own address book. */
  fromWechat() {
    return once(this, 'wechat', async () => {
      /** @type {WechatMiniprogram.ChooseAddressSuccessCallbackResult} */
      let chosen;
      try {
        chosen = await wx.chooseAddress();
      } catch (_) {
        // Turned back, or privacy refused: the form is still there.
        return;
      }
      const address = draft.fromWechat(chosen);
      try {
        const { id } = await account.addAddress(address);
        if (this.data.picking) {
          picked.pick(id);
          wx.navigateBack();
          return;
        }
        await this.load();
      } catch (error) {
        await this.mend(error, address);
      }
    });
  },

  /** What the shop did not take goes into the form. @param {unknown} error @param {draft.Draft} address */
  async mend(error, address) {
    // Without consent to the privacy text nothing was taken; the form asks for it.
    const asks = error instanceof ApiError && error.code === 'consent_required';
    if (!asks) wx.showToast({ title: textOf(error), icon: 'none' });
    if (!asks && !(error instanceof ApiError && error.code === 'invalid_request')) return;
    draft.keep({ id: '', address });
    wx.navigateTo({ url: '/pages/address/address' });
  },

  add() {
    draft.keep(null);
    wx.navigateTo({ url: '/pages/address/address' });
  },

  /** @param {WechatMiniprogram.TouchEvent} event */
  edit(event) {
    const found = this.data.addresses.find(({ id }) => id === event.currentTarget.dataset.id);
    if (!found) return;
    const { id, ...address } = found;
    draft.keep({ id, address });
    wx.navigateTo({ url: '/pages/address/address' });
  },
});
