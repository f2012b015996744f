const account = require('../../api/account');
const catalogue = require('../../api/catalogue');
const { textOf } = require('../../api/problem');
const { once } = require('../../model/once');

/** @typedef {import('../../api/contract').Schemas['Document']} Document */

/** @type {Record<Document, string>} */
const TITLES = { terms: '用户条款', privacy: '隐私政策', identity: '身份信息使用说明' };

Page({
  data: {
    state: /** @type {'loading' | 'ready' | 'error'} */ ('loading'),
    errorText: '',
    document: /** @type {Document} */ ('terms'),
    version: '',
    text: '',
    busy: false,
  },

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    const document = query.document === 'privacy' ? 'privacy' : 'terms';
    this.setData({ document });
    wx.setNavigationBarTitle({ title: TITLES[document] });
    return this.load();
  },

  load() {
    return once(this, 'load', async () => {
      try {
        const { text, version } = await catalogue.legal(this.data.document);
        this.setData({ state: 'ready', text, version });
      } catch (error) {
        this.setData({ state: 'error', errorText: textOf(error) });
      }
    });
  },

  agree() {
    return once(this, 'agree', async () => {
      this.setData({ busy: true });
      try {
        const { document, version } = this.data;
        await account.agree({ document, version });
        wx.showToast({ title: '已记录您的同意', icon: 'success' });
      } catch (error) {
        wx.showToast({ title: textOf(error), icon: 'none' });
        // A newer version is shown before it can be agreed to.
        await this.load();
      } finally {
        this.setData({ busy: false });
      }
    });
  },
});
