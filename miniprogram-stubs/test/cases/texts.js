const assert = require('node:assert/strict');
const { test } = require('node:test');
const { newDevice, project } = require('../harness/pages');
const { MALL } = require('../harness/server');

const CHINESE = /[\u4e00-\u9fff]/;

test('every error code of the shop has a Chinese text, and no text is for a code that it does not have', async () => {
  newDevice();
  const { components } = await (await fetch(`${MALL}/openapi.json`)).json();
  const codes = components.schemas.Problem.properties.code.enum;
  assert.ok(codes.length > 20);
  const texts = project('api/problem-texts');
  const own = ['network', 'timeout', 'bad_answer'];
  assert.deepEqual(codes.filter((code) => !CHINESE.test(texts[code] ?? '')), []);
  assert.deepEqual(Object.keys(texts).filter((code) => !codes.includes(code) && !own.includes(code)), []);
});

test('every state, step and reason of an order in the API document has a Chinese word', async () => {
  newDevice();
  const { components } = await (await fetch(`${MALL}/openapi.json`)).json();
  const words = project('flow/words');
  const unknown = [words.stateOf('?').title, words.eventOf('?'), words.supervisionOf('?'), words.lineProblem('?', {})];
  const order = { hold: null, cancel_reason: null };
  const check = (schema, of) => {
    for (const value of components.schemas[schema].enum) {
      const text = of(value);
      assert.match(text, CHINESE, `${schema} ${value}`);
      assert.ok(!unknown.includes(text), `${schema} ${value} has no word of its own`);
    }
  };
  check('OrderState', (value) => words.stateOf(value).title);
  check('EventKind', words.eventOf);
  check('Supervision', words.supervisionOf);
  check('Hold', (hold) => words.remarkOn({ ...order, hold }));
  check('CancelReason', (cancel_reason) => words.remarkOn({ ...order, cancel_reason }));
  const ofOrder = ['place_not_served', 'split_required', 'identity_required', 'value_limit'];
  for (const value of components.schemas.ProblemCode.enum.filter((code) => !ofOrder.includes(code))) {
    assert.ok(!unknown.includes(words.lineProblem(value, { available: 1, limit: 1 })), value);
  }
});

test('an unknown code shows what the shop says; a wrong field is named', () => {
  newDevice();
  const { ApiError, textOf } = project('api/problem');
  assert.equal(textOf(new ApiError(409, { code: 'brand_new', detail: '店家的说明' })), '店家的说明');
  assert.equal(textOf(new ApiError(502, {})), '服务暂时不可用，请稍后重试');
  const errors = [{ field: 'id_number', reason: 'under_age', detail: '订购人须年满 18 周岁。' }];
  assert.equal(textOf(new ApiError(400, { code: 'invalid_request', errors })), '身份证号：订购人须年满 18 周岁。');
  assert.equal(textOf(new TypeError('x')), '出了点问题，请稍后重试');
});

test('money is written digit by digit, times as given', () => {
  newDevice();
  const { money } = project('model/money');
  assert.deepEqual([0, 5, 50, 100, 1990, 123456789012345].map(money), ['¥0.00', '¥0.05', '¥0.50', '¥1.00', '¥19.90', '¥1234567890123.45']);
  assert.equal(money(-824), '-¥8.24');
  const { minute, clock } = project('model/time');
  assert.equal(minute('2026-11-26T00:01:59.999+08:00'), '2026-11-26 00:01');
  assert.equal(clock(null), '');
});

test('a scanned scene is kept only if the shop would take it', () => {
  newDevice();
  const scene = project('model/scene');
  for (const bad of [undefined, '', '%E5%B1%95', '%', 'x'.repeat(33), 'a b']) scene.keep(bad);
  assert.deepEqual(scene.asField(), {});
  scene.keep('s%3DLinyi-1%26v%3D2');
  assert.deepEqual(scene.asField(), { scene: 's=Linyi-1&v=2' });
});
