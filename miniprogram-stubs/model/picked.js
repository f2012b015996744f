/** The address that the buyer picked for the order at hand; the checkout takes it when it is shown again. */

/** @type {string | null} */
let id = null;

/** @param {string} picked */
function pick(picked) {
  id = picked;
}

/** Once. */
function take() {
  const picked = id;
  id = null;
  return picked;
}

module.exports = { pick, take };
