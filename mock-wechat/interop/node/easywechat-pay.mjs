// node-easywechat, Pay v3: certificate and public-key mode. It verifies when it is asked to.
import { payOf, prepay, sent, ServerRequest } from './easywechat.mjs'
import { account, expect, run } from './flow.mjs'
// Its AES, RSA, XML and messages are no exports of the package.
import Message from 'node-easywechat/dist/Core/Message.js'
import aes from 'node-easywechat/dist/Core/Support/AES.js'
import RSA from 'node-easywechat/dist/Core/Support/RSA.js'
import utils from 'node-easywechat/dist/Core/Support/Utils.js'

async function connect(mode) {
  const pay = payOf(mode)
  if (mode === 'certificate') expect('no certificate', Object.keys(await pay.getMerchant().getPlatformCerts()).length > 0)
  return callsOf(pay, pay.getClient(), mode)
}

function callsOf(pay, client, mode) {
  const isSigned = (message) => pay.getValidator().validate(message).then(() => true, (error) => {
    // Any other failure is none of the signature.
    expect(error.message, error.message === 'Invalid Signature')
    return false
  })
  const orderPath = (number) => `/v3/pay/transactions/out-trade-no/${number}`
  const query = (number, more) => client.get(orderPath(number), { params: { mchid: account.mchid }, ...more })
  return {
    prepay: (order) => prepay(pay, order),
    query: (number) => sent(200, query(number)),
    // As text: what was parsed once has other bytes.
    answerVerifies: async (number) => isSigned((await query(number, { transformResponse: (text) => text })).toHttpResponse()),
    close: (number) => sent(204, client.post(`${orderPath(number)}/close`, { data: { mchid: account.mchid } })),
    refund: (data) => sent(200, client.post('/v3/refund/domestic/refunds', { data })),
    refundQuery: (number) => sent(200, client.get(`/v3/refund/domestic/refunds/${number}`)),
    async abnormalRefund(id, data) {
      // In public-key mode it looks for a serial in the key, which has none.
      const serial = mode === 'certificate' ? (await pay.getUtils().getEncryptor()).getSerialNo() : account.public_key_id
      const headers = { 'Wechatpay-Serial': serial }
      return sent(200, client.post(`/v3/refund/domestic/refunds/${id}/apply-abnormal-refund`, { data, headers }))
    },
    complaint: (id) => sent(200, client.get(`/v3/merchant-service/complaints-v2/${id}`)),
    seal: async (text) => (await pay.getUtils().getEncryptor()).encrypt(text),
    open: async (sealed) => (await pay.getUtils().getEncryptor()).decrypt(sealed),
    verifies: (headers, body) => isSigned(new ServerRequest('POST', '/notify', headers, body)),
    decrypt: async (_, body) => {
      pay.setRequest(new ServerRequest('POST', '/notify', {}, body))
      return (await pay.getServer().getRequestMessage()).toObject()
    },
    async customs(path, asked) {
      const fields = { appid: account.appid, mch_id: account.mchid, ...asked }
      // What it signs by itself has a nonce_str, which it does not send and customs does not know.
      const xml = utils.buildXml({ ...fields, sign: pay.getUtils().createV2Signature(fields) })
      const told = await sent(200, client.postXml(path, xml))
      expect(`${told.return_msg}`, told.return_code === 'SUCCESS')
      // It takes empty values into the signature; WeChat leaves them out.
      const filled = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== ''))
      const isRight = (answer) => { try { return pay.getValidator().validateV2(new Message(answer)) } catch { return false } }
      expect('the answer does not verify', isRight(filled))
      expect('a changed answer verifies', !isRight({ ...filled, return_msg: 'changed' }))
      return told
    },
    async tradeBill(bill_date) {
      const told = await sent(200, client.get('/v3/bill/tradebill', { params: { bill_date } }))
      // By its path: of a whole address it does not sign the query.
      const { pathname, search } = new URL(told.download_url)
      const answer = await client.get(pathname + search, { responseType: 'arraybuffer' })
      return { ...told, text: answer.getContent() }
    },
  }
}

const own = {
  declares: true,
  seal: (...content) => aes.AES_GCM.encrypt(...content).toString('base64'),
  sign(text, pem) {
    const rsa = new RSA()
    rsa.setPrivateKey(pem)
    return rsa.sign(text)
  },
}

await run('node-easywechat', 'certificate', connect, own)
await run('node-easywechat', 'public-key', connect, own)
