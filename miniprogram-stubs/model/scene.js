/**
 * The scene of a scanned code: where the buyer came from. It goes with the login and with orders of this visit, so that a stand of the
 * exhibition hall knows what it brings.
 */

/** What WeChat can put into a code; the shop refuses anything else. */
const SCENE = /^[0-9A-Za-z!#$&'()*+,/:;=?@._~-]{1,32}$/;

let current = '';

/** @param {string | undefined} typed as the start of the program got it, percent-encoded */
function keep(typed) {
  if (!typed) return;
  let scene = '';
  try {
    scene = decodeURIComponent(typed);
  } catch (_) {
    return;
  }
  if (SCENE.test(scene)) current = scene;
}

/** @returns {{ scene?: string }} */
function asField() {
  return current ? { scene: current } : {};
}

module.exports = { keep, asField };
