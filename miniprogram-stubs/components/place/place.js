/** @typedef {import('../../api/contract').Schemas['ConsigneeView']} Place */

/** Where a parcel goes. */
Component({
  properties: {
    place: { type: Object, value: /** @type {Place} */ ({}) },
    isDefault: { type: Boolean, value: false },
  },
});
