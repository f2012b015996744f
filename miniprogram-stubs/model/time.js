/** Times are shown as the shop gives them, in Shanghai time: the phone's clock and zone have no say. */

/** `2026-11-26 22:01` @param {string | null | undefined} time */
function minute(time) {
  return time ? `${time.slice(0, 10)} ${time.slice(11, 16)}` : '';
}

/** `22:01` @param {string | null | undefined} time */
function clock(time) {
  return time ? time.slice(11, 16) : '';
}

module.exports = { minute, clock };
