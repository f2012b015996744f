/** One SKU of a cart, a quote or an order. What stands in its slot comes to the right of the price. */
Component({
  options: { multipleSlots: false },
  properties: {
    picture: { type: String, value: '' },
    name: { type: String, value: '' },
    spec: { type: String, value: '' },
    fen: { type: Number, value: 0 },
    /** 0: how many is told by what stands in the slot. */
    quantity: { type: Number, value: 0 },
    /** Why it can't be bought. */
    problem: { type: String, value: '' },
  },
});
