const account = require('../../api/account');
const platform = require('../../api/platform');
const consent = require('../../flow/consent');
const draft = require('./draft');
const { textOf } = require('../../api/problem');
const { once } = require('../../model/once');

Page({
  data: {
    id: '',
    name: '',
    /** Masked when it comes from the shop; given back as it is, it stays as it is. */
    phone: '',
    province: '',
    city: '',
    district: '',
    detail: '',
    region_code: '',
    is_default: false,
    region: /** @type {string[]} */ ([]),
    busy: false,
  },

  onLoad() {
    const kept = draft.take();
    if (!kept) return;
    const { id, address } = kept;
    const region = [address.province, address.city, address.district];
    this.setData(Object.assign({ id, region }, address));
  },

  /** Back from the privacy text: what was refused is sent again. */
  onShow() {
    return consent.takeGiven() ? this.save() : undefined;
  },

  /** @param {WechatMiniprogram.Input} event */
  type(event) {
    this.setData({ [event.currentTarget.dataset.field]: event.detail.value });
  },

  /** @param {WechatMiniprogram.CustomEvent<{ value: string[], code: string[] }>} event */
  pickRegion(event) {
    const { value, code } = event.detail;
    const [province, city, district = ''] = value;
    // A city without districts has no third code: its own counts.
    const codes = code.filter(Boolean);
    this.setData({ region: value, province, city, district, region_code: codes[codes.length - 1] || '' });
  },

  /** @param {WechatMiniprogram.SwitchChange} event */
  setDefault(event) {
    this.setData({ is_default: event.detail.value });
  },

  missing() {
    const { name, phone, region_code, detail } = this.data;
    if (!name.trim()) return '请填写收货人';
    if (!phone.trim()) return '请填写手机号';
    if (!region_code) return '请选择所在地区';
    return detail.trim() ? '' : '请填写详细地址';
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
        const { id, name, phone, province, city, district, detail, region_code, is_default } = this.data;
        const body = { name: name.trim(), phone: phone.trim(), province, city, district, detail: detail.trim(), region_code, is_default };
        await (id ? account.changeAddress(id, body) : account.addAddress(body));
        wx.navigateBack();
      } catch (error) {
        if (!consent.asked(error)) wx.showToast({ title: textOf(error), icon: 'none' });
      } finally {
        this.setData({ busy: false });
      }
    });
  },

  async remove() {
    const { confirm } = await wx.showModal({ title: '删除地址', content: '已下单的订单不受影响。', confirmText: '删除', confirmColor: '#B9472F' });
    if (!confirm) return;
    try {
      await account.removeAddress(this.data.id);
      wx.navigateBack();
    } catch (error) {
      wx.showToast({ title: textOf(error), icon: 'none' });
    }
  },
});
