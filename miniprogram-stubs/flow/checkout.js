/** What stands against an order, in words and with what can be done about it. */
const words = require('./words');
const { textOf, ApiError } = require('../api/problem');
const { money } = require('../model/money');
const { withPicture } = require('../model/pictures');

/**
 * @typedef {import('../api/contract').Schemas} Schemas
 * @typedef {Schemas['QuoteView']} Quote
 * @typedef {Schemas['QuoteProblem']} Problem
 * @typedef {Schemas['Item']} Item
 * @typedef {object} Group
 * @property {string} title
 * @property {string} text
 * @property {Item[]} items
 */

/** The lines of a quote, each with why it can't be ordered. @param {Quote} quote @param {Problem[]} [problems] */
function quoteLines(quote, problems = quote.problems) {
  return quote.lines.map((line) =>
    Object.assign(withPicture(line), { problem: wordsFor(problems.find((found) => found.sku_id === line.sku_id)) }),
  );
}

/** @param {Problem | undefined} problem */
const wordsFor = (problem) => (problem ? words.lineProblem(kindOf(problem), problem) : '');

/** A quote names the kind. What is found only while an order is placed comes as bare numbers. @param {any} problem @returns {string} */
function kindOf(problem) {
  if (problem.code) return problem.code;
  if (problem.unpaid) return 'over_limit';
  return problem.available ? 'not_enough_stock' : 'out_of_stock';
}

/** What stands against the order as a whole. @param {Problem[]} problems */
function placeProblem(problems) {
  if (problems.some(({ code }) => code === 'place_not_served')) return '该地区暂不支持配送，请更换收货地址';
  const tooDear = problems.find(({ code }) => code === 'value_limit');
  return tooDear ? `每单不超过 ${money(tooDear.limit_fen || 0)}（含运费），请减少数量或分开下单` : '';
}

/** Items without those that can't be bought at all. @param {Item[]} items @param {Problem[]} problems */
function withoutDead(items, problems) {
  const dead = problems.filter((problem) => ['not_on_sale', 'out_of_stock'].includes(kindOf(problem)));
  return items.filter(({ sku_id }) => !dead.some((problem) => problem.sku_id === sku_id));
}

/** The orders that a split asks for. @param {Problem[] | Schemas['OrderGroup'][]} found @param {Item[]} items @returns {Group[]} */
function splitGroups(found, items) {
  const groups = found.flatMap((one) => ('sku_ids' in one ? [one] : one.groups || []));
  return groups.map(({ supervision, sku_ids }) => {
    const part = items.filter(({ sku_id }) => sku_ids.includes(sku_id));
    const pieces = part.reduce((sum, { quantity }) => sum + quantity, 0);
    return { title: words.supervisionOf(supervision), text: `${part.length} 种 ${pieces} 件`, items: part };
  });
}

/**
 * A refused order: what the page shows next.
 *
 * @param {unknown} error
 * @param {number} shownFen the price that the buyer had agreed to
 */
function refusal(error, shownFen) {
  const problem = error instanceof ApiError ? error.problem : {};
  const code = error instanceof ApiError ? error.code : '';
  if (code === 'price_changed' && problem.quote) {
    const now = problem.quote.payable_fen;
    const text = `应付金额由 ${money(shownFen)} 变为 ${money(now)}，请确认后重新提交`;
    return { kind: 'price', quote: problem.quote, text, problems: [] };
  }
  if (code === 'notice_changed') return { kind: 'notice', text: textOf(error), problems: [] };
  const about = problem.problems || problem.lines || [];
  return { kind: 'lines', text: textOf(error), problems: about };
}

module.exports = { quoteLines, placeProblem, withoutDead, splitGroups, refusal };
