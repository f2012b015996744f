// wxpay-v3: knows platform certificates only, leaves it to its user to verify answers, and seals nothing.
import { createCipheriv } from 'node:crypto'
import Payment from 'wxpay-v3'
import { account, expect, run } from './flow.mjs'

let pay

async function connect() {
  pay = new Payment({
    appid: account.appid, mchid: account.mchid, serial_no: account.merchant_serial,
    private_key: account.merchant_private_key_pem, apiv3_private_key: account.api_v3_key,
  })
  // The constructor fetches them too, but nobody can wait for that.
  const certificates = await pay.decodeCertificates()
  expect('no certificate', certificates.length > 0 && certificates[0].public_key.includes('PUBLIC KEY'))
  return calls
}

/** For what it has no call, or gives no headers of the answer: sent with a signature of its own. */
function send(method, path, body = '') {
  const [time, nonce] = [Math.floor(Date.now() / 1000), pay.generate()]
  const signature = pay.rsaSign(`${method}\n${path}\n${time}\n${nonce}\n${body}\n`, account.merchant_private_key_pem)
  const authorization = `WECHATPAY2-SHA256-RSA2048 mchid="${account.mchid}",nonce_str="${nonce}",timestamp="${time}",`
    + `signature="${signature}",serial_no="${account.merchant_serial}"`
  return fetch(`https://api.mch.weixin.qq.com${path}`, { method, headers: { authorization, accept: 'application/json' }, body: body || undefined })
}

async function answerVerifies(number) {
  const answer = await send('GET', `/v3/pay/transactions/out-trade-no/${number}?mchid=${account.mchid}`)
  expect(`answered ${answer.status}`, answer.status === 200)
  return verifies(Object.fromEntries(answer.headers), await answer.text())
}

const verifies = (headers, body) => pay.verifySign({
  timestamp: headers['wechatpay-timestamp'], nonce: headers['wechatpay-nonce'], serial: headers['wechatpay-serial'],
  signature: headers['wechatpay-signature'], body,
})

async function text(wanted, call) {
  const { status, data } = await call
  expect(`answered ${status}: ${data}`, status === wanted)
  return data
}
const json = async (call) => JSON.parse(await text(200, call))

const calls = {
  async prepay(order) {
    const { prepay_id } = await json(pay.jsapi(order))
    const params = { timeStamp: `${Math.floor(Date.now() / 1000)}`, nonceStr: pay.generate(), package: `prepay_id=${prepay_id}`, signType: 'RSA' }
    const signed = [account.appid, params.timeStamp, params.nonceStr, params.package, ''].join('\n')
    return { ...params, paySign: pay.rsaSign(signed, account.merchant_private_key_pem) }
  },
  query: (out_trade_no) => json(pay.getTransactionsByOutTradeNo({ out_trade_no })),
  close: (out_trade_no) => text(204, pay.close({ out_trade_no })),
  refund: (refund) => json(pay.refund(refund)),
  refundQuery: (out_refund_no) => json(pay.getRefund({ out_refund_no })),
  verifies,
  answerVerifies,
  decrypt: (resource) => pay.decodeResource(resource),
  async tradeBill(bill_date) {
    const told = await json(pay.tradebill({ bill_date }))
    return { ...told, text: await text(200, pay.downloadbill(told.download_url)) }
  },
}

/** AES by Node, in the form that its `decode` reads. */
const own = {
  signsOnly: true,
  sign: (text, pem) => Payment.prototype.rsaSign(text, pem),
  seal(plain, key, nonce, aad) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(aad))
    return Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
  },
}
await run('wxpay-v3', 'certificate', connect, own)
