/** How a price came about. */
Component({
  properties: {
    rows: { type: Array, value: /** @type {{ name: string, text: string }[]} */ ([]) },
    totalName: { type: String, value: '应付' },
    totalFen: { type: Number, value: 0 },
  },
});
