/**
 * WeChat's privacy question, in the shop's own look. The platform calls the listener before the first call that needs consent; without
 * one it would show a popup of its own. The listener is global and the last one counts, so each page that is shown takes it again.
 */

/** @typedef {(result: object) => void} Resolve */

/** Calls that wait for the answer; not in the data, which holds JSON only. @type {WeakMap<object, Resolve[]>} */
const waiting = new WeakMap();
/** Of pages that were left: there is no way to take a listener back. @type {WeakSet<object>} */
const gone = new WeakSet();
/** The platform wants to see that its own button was tapped. */
const AGREE_BUTTON = 'privacy-agree';

Component({
  options: { addGlobalClass: true },
  data: { open: false, contract: '《用户隐私保护指引》', buttonId: AGREE_BUTTON },
  lifetimes: {
    attached() {
      this.listen();
    },
    detached() {
      gone.add(this);
      this.answer({ event: 'disagree' });
    },
  },
  pageLifetimes: {
    show() {
      this.listen();
    },
  },
  methods: {
    listen() {
      if (!wx.onNeedPrivacyAuthorization) return;
      // The typings call what is given an answer; it is the function that takes one.
      wx.onNeedPrivacyAuthorization((/** @type {any} */ given) => {
        const resolve = /** @type {Resolve} */ (given);
        if (gone.has(this)) {
          resolve({ event: 'disagree' });
          return;
        }
        waiting.set(this, [...(waiting.get(this) || []), resolve]);
        resolve({ event: 'exposureAuthorization' });
        this.setData({ open: true });
        this.nameContract();
      });
    },

    nameContract() {
      if (!wx.getPrivacySetting) return;
      wx.getPrivacySetting({
        success: ({ privacyContractName }) => {
          if (privacyContractName) this.setData({ contract: privacyContractName });
        },
      });
    },

    read() {
      wx.openPrivacyContract({});
    },
    agree() {
      this.answer({ event: 'agree', buttonId: AGREE_BUTTON });
    },
    refuse() {
      this.answer({ event: 'disagree' });
    },

    /** @param {object} result */
    answer(result) {
      const resolves = waiting.get(this) || [];
      waiting.delete(this);
      resolves.forEach((resolve) => resolve(result));
      if (this.data.open) this.setData({ open: false });
    },

    /** The page behind must not scroll. */
    stay() {},
  },
});
