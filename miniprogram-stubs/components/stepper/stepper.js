/** How many. Says `change` with the wished number; its owner sets the value, once the shop has agreed. */
Component({
  properties: {
    value: { type: Number, value: 1 },
    min: { type: Number, value: 1 },
    max: { type: Number, value: 999 },
    busy: { type: Boolean, value: false },
  },
  methods: {
    less() {
      this.wish(this.data.value - 1);
    },
    more() {
      this.wish(this.data.value + 1);
    },
    /** @param {number} wished */
    wish(wished) {
      const { value, min, max, busy } = this.data;
      // From above the limit one may only go down.
      if (busy || wished < min || (wished > max && wished > value)) return;
      this.triggerEvent('change', { value: wished });
    },
  },
});
