/** The shop takes no personal data without consent to its newest privacy text. */
const { ApiError } = require('../api/problem');

let given = false;

/** Shows the text, if that is why the shop refused. @param {unknown} error @returns {boolean} */
function asked(error) {
  if (!(error instanceof ApiError) || error.code !== 'consent_required') return false;
  given = false;
  wx.navigateTo({ url: '/pages/legal/legal?document=privacy&asked=1' });
  return true;
}

/** The buyer agreed: what was refused may be sent again. */
function give() {
  given = true;
}

/** Whether the buyer agreed since it was asked for; told once. */
function takeGiven() {
  const was = given;
  given = false;
  return was;
}

module.exports = { asked, give, takeGiven };
