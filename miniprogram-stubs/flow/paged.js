/** A list that is read page by page. Only the newest question counts: an older answer that comes late must not replace a newer one. */

const { textOf } = require('../api/problem');
const { once } = require('../model/once');

/** @type {WeakMap<object, number>} */
const asked = new WeakMap();

/** @typedef {{ setData(data: Record<string, any>): void }} Showing a page with `state` and `errorText` */

/**
 * @template T
 * @param {Showing} page
 * @param {() => Promise<T>} read
 * @param {(answer: T) => void} show
 */
async function firstPage(page, read, show) {
  const turn = (asked.get(page) || 0) + 1;
  asked.set(page, turn);
  try {
    const answer = await read();
    if (asked.get(page) === turn) show(answer);
  } catch (error) {
    if (asked.get(page) === turn) page.setData({ state: 'error', errorText: textOf(error) });
  }
}

/**
 * Goes on from what is shown, one page at a time.
 *
 * @template T
 * @param {object} page
 * @param {() => Promise<T>} read
 * @param {(answer: T) => void} show
 */
function nextPage(page, read, show) {
  return once(page, 'more', async () => {
    const turn = asked.get(page);
    try {
      const answer = await read();
      if (asked.get(page) === turn) show(answer);
    } catch (error) {
      wx.showToast({ title: textOf(error), icon: 'none' });
    }
  });
}

module.exports = { firstPage, nextPage };
