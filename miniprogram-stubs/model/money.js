/** Money is whole fen; it is only ever written out, digit by digit, never divided as a float. */

/** @param {number} fen @returns {{ sign: string, yuan: string, cents: string }} */
function parts(fen) {
  const digits = String(Math.abs(fen)).padStart(3, '0');
  return { sign: fen < 0 ? '-' : '', yuan: digits.slice(0, -2), cents: digits.slice(-2) };
}

/** `¥59.00` @param {number} fen */
function money(fen) {
  const { sign, yuan, cents } = parts(fen);
  return `${sign}¥${yuan}.${cents}`;
}

module.exports = { money, parts };
