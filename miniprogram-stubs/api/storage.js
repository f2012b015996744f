/**
 * What must outlive a restart. If the phone's storage is full, the running program still remembers.
 *
 * @type {Map<string, unknown>}
 */
const unwritten = new Map();

/** @param {string} name @returns {any} */
function read(name) {
  if (unwritten.has(name)) return unwritten.get(name);
  const value = wx.getStorageSync(name);
  return value === '' || value === undefined ? null : value;
}

/** @param {string} name @param {unknown} value */
function write(name, value) {
  try {
    wx.setStorageSync(name, value);
    unwritten.delete(name);
  } catch (_) {
    unwritten.set(name, value);
  }
}

/** @param {string} name */
function remove(name) {
  unwritten.delete(name);
  wx.removeStorageSync(name);
}

module.exports = { read, write, remove };
