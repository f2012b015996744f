// The purchase that every client goes through. A client brings its own calls, verification and decryption.
// `own.signsOnly`: it has nothing to seal with, so there is no step of sealed fields. `own.declares`: it speaks Pay v2 too.
import { createHash } from 'node:crypto'
import { account, control, openInbox, standInMode } from './stand-in.mjs'
import { expect, stepsOf } from './steps.mjs'
import { notifyShop } from './shop.mjs'

const TOTAL = 8800
const REFUNDED = 3300

export async function run(name, mode, connect, own) {
  const step = stepsOf(name, mode)
  await standInMode(mode)
  const inbox = await openInbox()
  try {
    const { openid } = await control('wx/user', { user: `interop-${name}` })
    const number = `IOP${Date.now()}`
    const order = (out_trade_no) => ({
      description: '红参 "6年根"', out_trade_no, notify_url: inbox.url, amount: { total: TOTAL, currency: 'CNY' }, payer: { openid },
    })
    const client = await step(mode === 'certificate' ? 'certificates, verified answer' : 'verified answer', async () => {
      const connected = await connect(mode)
      await connected.prepay(order(`${number}V`))
      await checkAnswers(connected, `${number}V`)
      return connected
    })
    const params = await step('prepay', async () => {
      const made = await client.prepay(order(number))
      expect(`no prepay id: ${JSON.stringify(made)}`, made.package?.startsWith('prepay_id=wx'))
      return made
    })
    await step('paySign', async () => {
      const { errMsg } = await control('wx/request-payment', { user: `interop-${name}`, ...params })
      expect(errMsg, errMsg === 'requestPayment:ok')
    })
    await receive(step, 'payment notify', inbox, client, (told) => told.out_trade_no === number && told.amount.total === TOTAL)
    await step('query', async () => {
      const told = await client.query(number)
      expect(`the order is ${told.trade_state}`, told.trade_state === 'SUCCESS' && told.payer.openid === openid)
    })
    await refund(step, inbox, client, number)
    await step('close', async () => {
      await client.prepay(order(`${number}C`))
      await client.close(`${number}C`)
      const told = await client.query(`${number}C`)
      expect(`the order is ${told.trade_state}`, told.trade_state === 'CLOSED')
    })
    if (!own.signsOnly) await step('sealed fields', () => sealedFields(client, `${number}V`))
    if (own.declares) await step('customs declaration', () => declare(client, order(`${number}D`)))
    await step('trade bill', () => fetchBill(client))
    await step('own notify to the shop', () => notifyShop(mode, own))
  } finally {
    inbox.close()
  }
}

/** A signature that verifies anything proves nothing: with a wrong one the same answer has to fail. */
async function checkAnswers(client, number) {
  expect('an answer does not verify', await client.answerVerifies(number))
  await control('faults', { route: 'query', kind: 'bad_signature', times: 1 })
  expect('a wrongly signed answer verifies', !(await client.answerVerifies(number)))
}

async function refund(step, inbox, client, number) {
  const out_refund_no = `${number}R`
  await step('refund', async () => {
    const told = await client.refund({
      out_trade_no: number, out_refund_no, reason: '部分退款', notify_url: inbox.url,
      amount: { refund: REFUNDED, total: TOTAL, currency: 'CNY' },
    })
    expect(`the refund is ${told.status}`, told.status === 'PROCESSING')
    await control(`refunds/${out_refund_no}`, { status: 'SUCCESS' })
  })
  await step('refund query', async () => {
    const told = await client.refundQuery(out_refund_no)
    expect(`the refund is ${told.status}`, told.status === 'SUCCESS' && told.amount.refund === REFUNDED)
  })
  await receive(step, 'refund notify', inbox, client, (told) => told.out_refund_no === out_refund_no && told.refund_status === 'SUCCESS')
}

/** The same of notifies: a changed one has to fail. */
async function receive(step, name, inbox, client, isRight) {
  await step(name, async () => {
    const { headers, body } = await inbox.next()
    expect('the notify does not verify', await client.verifies(headers, body))
    expect('a changed notify verifies', !(await client.verifies(headers, body.replace('"id":"', '"id":"0'))))
    const told = await client.decrypt(JSON.parse(body).resource, body)
    expect(`unexpected notify: ${JSON.stringify(told)}`, isRight(told))
  })
}

/** Both ways: the stand-in opens what the client sealed, and the client what the stand-in did. */
async function sealedFields(client, out_trade_no) {
  const out_refund_no = `${out_trade_no}R`
  await control('pay-direct', { out_trade_no })
  const { refund_id } = await client.refund({ out_trade_no, out_refund_no, amount: { refund: TOTAL, total: TOTAL, currency: 'CNY' } })
  await control(`refunds/${out_refund_no}`, { status: 'ABNORMAL' })
  const told = await client.abnormalRefund(refund_id, {
    out_refund_no, type: 'USER_BANK_CARD', bank_type: 'ICBC_DEBIT',
    bank_account: await client.seal('6222000000000000'), real_name: await client.seal('王小明'),
  })
  expect(`the refund is ${told.status}`, told.status === 'PROCESSING')
  const { complaint_id } = await control('complaints', { out_trade_no, detail: '未收到货' })
  const phone = await client.open((await client.complaint(complaint_id)).payer_phone)
  expect(`the phone is ${phone}`, /^1\d{10}$/.test(phone))
}

async function declare(client, order) {
  const { out_trade_no } = order
  await client.prepay(order)
  await control('pay-direct', { out_trade_no })
  const { transaction_id } = await client.query(out_trade_no)
  const customs = 'GUANGZHOU_ZS'
  const told = await client.customs('/cgi-bin/mch/customs/customdeclareorder', {
    out_trade_no, transaction_id, customs, mch_customs_no: '4401960ABC',
    cert_type: 'IDCARD', cert_id: '11010119900307867X', name: '王小明',
  })
  expect(`declared: ${JSON.stringify(told)}`, told.result_code === 'SUCCESS' && told.transaction_id === transaction_id)
  const found = await client.customs('/cgi-bin/mch/customs/customdeclarequery', { out_trade_no, customs })
  expect(`found: ${JSON.stringify(found)}`, found.count === '1' && found.customs_0 === customs)
}

async function fetchBill(client) {
  const { hash_type, hash_value, text } = await client.tradeBill(process.env.INTEROP_BILL_DATE)
  const sha1 = createHash('sha1').update(text).digest('hex')
  expect(`${hash_type} ${hash_value} told, ${sha1} found`, hash_type === 'SHA1' && hash_value === sha1)
  expect('the order of that day is not in the bill', text.includes(process.env.INTEROP_BILL_ORDER))
}

export { account, expect }
