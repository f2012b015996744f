const account = require('../../api/account');
const catalogue = require('../../api/catalogue');
const platform = require('../../api/platform');
const { ApiError, textOf } = require('../../api/problem');
const { minute } = require('../../model/time');
const { once } = require('../../model/once');
const consent = require('../../flow/consent');

/** The consent names a text that does not count any more. @param {unknown} error */
function isOutdated(error) {
  if (!(error instanceof ApiError)) return false;
  return error.code === 'document_changed' || (error.problem.errors || []).some(({ field }) => field === 'consent_version');
}

Page({
  data: {
    state: /** @type {'loading' | 'ready' | 'error'} */ ('loading'),
    errorText: '',
    /** Masked; null if there is none. */
    stored: /** @type {{ name: string, id_number: string, since: string } | null} */ (null),
    name: '',
    idNumber: '',
    /** The separate consent to the use of the ID number (PIPL articles 28 to 30). */
    consent: { version: '', text: '' },
    agreed: false,
    busy: false,
  },

  onLoad() {
    return this.load();
  },

  load() {
    return once(this, 'load', async () => {
      try {
        const [found, { version, text }] = await Promise.all([account.identity(), catalogue.legal('identity')]);
        const stored = found && { name: found.name, id_number: found.id_number, since: minute(found.consented_at) };
        this.setData({ state: 'ready', stored, consent: { version, text } });
      } catch (error) {
        this.setData({ state: 'error', errorText: textOf(error) });
      }
    });
  },

  /** @param {WechatMiniprogram.Input} event */
  typeName(event) {
    this.setData({ name: event.detail.value });
  },
  /** @param {WechatMiniprogram.Input} event */
  typeNumber(event) {
    this.setData({ idNumber: event.detail.value });
  },
  toggleAgreed() {
    this.setData({ agreed: !this.data.agreed });
  },

  missing() {
    const { name, idNumber, agreed } = this.data;
    if (!name.trim()) return '请填写真实姓名';
    if (!idNumber.trim()) return '请填写身份证号';
    return agreed ? '' : '请阅读并单独同意上述说明';
  },

  save() {
    return once(this, 'save', async () => {
      const missing = this.missing();
      if (missing) {
        wx.showToast({ title: missing, icon: 'none' });
        return;
      }
      if (!(await platform.privacyAgreed())) return;
      this.setData({ busy: true });
      try {
        const { name, idNumber } = this.data;
        await account.putIdentity({ name: name.trim(), id_number: idNumber.trim(), consent_version: this.data.consent.version });
        // Not longer in memory than needed.
        this.setData({ name: '', idNumber: '', agreed: false });
        wx.navigateBack();
      } catch (error) {
        if (isOutdated(error)) await this.readAgain();
        else if (!consent.asked(error)) wx.showToast({ title: textOf(error), icon: 'none' });
      } finally {
        this.setData({ busy: false });
      }
    });
  },

  /** Back from the privacy text: what was refused is sent again. */
  onShow() {
    return consent.takeGiven() ? this.save() : undefined;
  },

  /** A newer text has to be read, and agreed to, anew. */
  readAgain() {
    this.setData({ agreed: false });
    wx.showToast({ title: '说明有更新，请重新阅读并同意', icon: 'none' });
    return this.load();
  },

  async remove() {
    const content = '删除即撤回同意，之后购买跨境商品需要重新填写。';
    const { confirm } = await wx.showModal({ title: '删除身份信息', content, confirmText: '删除', confirmColor: '#B9472F' });
    if (!confirm) return;
    try {
      await account.removeIdentity();
      this.setData({ stored: null });
    } catch (error) {
      wx.showToast({ title: textOf(error), icon: 'none' });
    }
  },
});
