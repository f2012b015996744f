const { parts } = require('../../model/money');

Component({
  properties: {
    fen: { type: Number, value: 0 },
    /** `small`, `normal`, `large` */
    size: { type: String, value: 'normal' },
    /** `accent` or `ink` */
    tone: { type: String, value: 'accent' },
  },
  data: { sign: '', yuan: '0', cents: '00' },
  observers: {
    fen(/** @type {number} */ fen) {
      this.setData(parts(fen));
    },
  },
});
