const { config } = require('../config');

/**
 * The shop names pictures without its own address.
 *
 * @template {{ image: string }} T
 * @param {T} thing
 * @returns {T & { picture: string }}
 */
function withPicture(thing) {
  return Object.assign({}, thing, { picture: config().origin + thing.image });
}

module.exports = { withPicture };
