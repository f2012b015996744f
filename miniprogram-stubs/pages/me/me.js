const account = require('../../api/account');
const { textOf } = require('../../api/problem');
const { minute } = require('../../model/time');
const { once } = require('../../model/once');

Page({
  data: {
    state: /** @type {'loading' | 'ready' | 'error'} */ ('loading'),
    errorText: '',
    nickname: '',
    since: '',
    /** When the account is closed at the latest; '' if its end was not asked for. */
    closesAt: '',
    busy: false,
  },

  onShow() {
    return this.load();
  },

  load() {
    return once(this, 'load', async () => {
      try {
        this.show(await account.me());
      } catch (error) {
        this.setData({ state: 'error', errorText: textOf(error) });
      }
    });
  },

  /** @param {import('../../api/contract').Schemas['ProfileView']} me */
  show(me) {
    const closesAt = me.closing ? minute(me.closing.at_latest) : '';
    this.setData({ state: 'ready', nickname: me.nickname || '微信用户', since: me.created_at.slice(0, 10), closesAt });
  },

  /** One piece of work at a time; a refusal is told. @param {() => Promise<void>} work */
  work(work) {
    return once(this, 'work', async () => {
      this.setData({ busy: true });
      try {
        await work();
      } catch (error) {
        wx.showToast({ title: textOf(error), icon: 'none' });
      } finally {
        this.setData({ busy: false });
      }
    });
  },

  copyData() {
    return this.work(async () => {
      await wx.setClipboardData({ data: JSON.stringify(await account.copy(), null, 2) });
      wx.showToast({ title: '个人信息已复制', icon: 'success' });
    });
  },

  async close() {
    const content = '账号和个人信息将被删除，无法恢复。有未完成的订单或退款时，会在结束后自动注销，最长 15 日。';
    const { confirm } = await wx.showModal({ title: '注销账号', content, confirmText: '确认注销', confirmColor: '#B9472F' });
    if (!confirm) return;
    await this.work(async () => {
      const closing = await account.close();
      if (closing) {
        await this.load();
        return;
      }
      wx.showToast({ title: '账号已注销', icon: 'success' });
      wx.reLaunch({ url: '/pages/home/home' });
    });
  },

  async endOthers() {
    const { confirm } = await wx.showModal({ title: '退出其他设备', content: '其他手机上的登录将立即失效。', confirmText: '退出' });
    if (!confirm) return;
    await this.work(async () => {
      await account.endOthers();
      wx.showToast({ title: '已退出其他设备', icon: 'success' });
    });
  },

  keep() {
    return this.work(async () => this.show(await account.keep()));
  },

  toAddresses() {
    wx.navigateTo({ url: '/pages/addresses/addresses' });
  },
  toIdentity() {
    wx.navigateTo({ url: '/pages/identity/identity' });
  },
  /** @param {WechatMiniprogram.TouchEvent} event */
  toLegal(event) {
    wx.navigateTo({ url: `/pages/legal/legal?document=${event.currentTarget.dataset.document}` });
  },
});
