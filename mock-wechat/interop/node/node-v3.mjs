// wechatpay-node-v3: knows platform certificates only, and leaves it to its user to verify answers.
import { createCipheriv } from 'node:crypto'
import WxPay from 'wechatpay-node-v3'
import { account, expect, run } from './flow.mjs'

const pay = new WxPay({
  appid: account.appid, mchid: account.mchid, serial_no: account.merchant_serial, key: account.api_v3_key,
  // It wants the merchant's certificate to read the serial from; with the serial given it is not looked at.
  publicKey: Buffer.from('unused'), privateKey: Buffer.from(account.merchant_private_key_pem),
})

let certificates = []

async function connect() {
  certificates = await pay.get_certificates(account.api_v3_key)
  expect('no certificate', certificates.length > 0 && certificates[0].publicKey.includes('PUBLIC KEY'))
  return calls
}

/** For what it has no call, or gives no headers of the answer: sent with its own Authorization. */
function send(method, path, body) {
  const url = `https://api.mch.weixin.qq.com/v3/${path}`
  const more = { 'Content-Type': 'application/json', 'Wechatpay-Serial': certificates[0].serial_no }
  return fetch(url, { method, headers: pay.getHeaders(pay.buildAuthorization(method, url, body), more), body: body && JSON.stringify(body) })
}

async function sent(...request) {
  const answer = await send(...request)
  expect(`answered ${answer.status}`, answer.status === 200)
  return answer.json()
}

async function answerVerifies(number) {
  const answer = await send('GET', `pay/transactions/out-trade-no/${number}?mchid=${account.mchid}`)
  expect(`answered ${answer.status}`, answer.status === 200)
  return verifies(Object.fromEntries(answer.headers), await answer.text())
}

const verifies = (headers, body) => pay.verifySign({
  timestamp: headers['wechatpay-timestamp'], nonce: headers['wechatpay-nonce'], serial: headers['wechatpay-serial'],
  signature: headers['wechatpay-signature'], body, apiSecret: account.api_v3_key,
})

async function data(wanted, call) {
  const answer = await call
  expect(`answered ${answer.status}: ${answer.error}`, answer.status === wanted)
  return answer.data
}

const calls = {
  prepay: (order) => data(200, pay.transactions_jsapi(order)).then(({ appId, ...params }) => params),
  query: (out_trade_no) => data(200, pay.query({ out_trade_no })),
  close: (number) => data(204, pay.close(number)),
  refund: (refund) => data(200, pay.refunds(refund)),
  refundQuery: (number) => data(200, pay.find_refunds(number)),
  abnormalRefund: (id, body) => sent('POST', `refund/domestic/refunds/${id}/apply-abnormal-refund`, body),
  complaint: (id) => sent('GET', `merchant-service/complaints-v2/${id}`),
  seal: (text) => pay.publicEncrypt(text, certificates[0].publicKey),
  open: (sealed) => pay.privateDecrypt(sealed),
  verifies,
  answerVerifies,
  decrypt: ({ ciphertext, associated_data, nonce }) => pay.decipher_gcm(ciphertext, associated_data, nonce),
  async tradeBill(bill_date) {
    const told = await data(200, pay.tradebill({ bill_date }))
    return { ...told, text: await data(200, pay.downloadBill(told.download_url)) }
  },
}

/** It signs, but seals nothing: AES by Node, in the form that its decipher_gcm reads. */
const own = {
  sign: (text, pem) => new WxPay({ appid: 'wx', mchid: '1', serial_no: '1', publicKey: Buffer.from('unused'), privateKey: Buffer.from(pem) }).sign(text),
  seal(plain, key, nonce, aad) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(aad))
    return Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
  },
}
await run('wechatpay-node-v3', 'certificate', connect, own)
