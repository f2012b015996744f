/** Against double taps: while a piece of work runs, asking for it again gives the running one. */

/** @type {WeakMap<object, Map<string, Promise<any>>>} */
const running = new WeakMap();

/**
 * @template T
 * @param {object} owner for example the page
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
function once(owner, name, work) {
  const ofOwner = running.get(owner) || new Map();
  running.set(owner, ofOwner);
  const found = ofOwner.get(name);
  if (found) return found;
  const started = work().finally(() => ofOwner.delete(name));
  ofOwner.set(name, started);
  return started;
}

module.exports = { once };
