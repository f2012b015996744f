const account = require('../../api/account');
const catalogue = require('../../api/catalogue');
const consent = require('../../flow/consent');
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
    /** The shop asked for it: after agreeing the buyer goes back. */
    asked: false,
    /** Nobody under 14 agrees to the privacy text alone (PIPL article 31). */
    oldEnough: false,
    busy: false,
  },

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    const document = query.document === 'privacy' ? 'privacy' : 'terms';
    this.setData({ document, asked: query.asked === '1' });
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

  toggleAge() {
    this.setData({ oldEnough: !this.data.oldEnough });
  },

  agree() {
    return once(this, 'agree', async () => {
      const { document, version, oldEnough, asked } = this.data;
      if (document === 'privacy' && !oldEnough) {
        wx.showToast({ title: '请确认年龄，或由监护人同意', icon: 'none' });
        return;
      }
      this.setData({ busy: true });
      try {
        await account.agree({ document, version, age_confirmed: oldEnough });
        if (asked) {
          consent.give();
          wx.navigateBack();
          return;
        }
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
