/** The running shop and the stand-in of WeChat. Without them no test may pass. */

function address(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: these tests need a running demo; use test/run`);
  return value.replace(/\/$/, '');
}

const MALL = address('MALL_URL');
const WECHAT = address('MOCK_WECHAT_URL');

/** A control call of the stand-in. */
async function wechat(path, body, method = 'POST') {
  const answer = await fetch(`${WECHAT}/_mock/${path}`, { method, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`/_mock/${path} answered ${answer.status} ${await answer.text()}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

module.exports = { MALL, WECHAT, wechat };
