// wechatpay-axios-plugin: verifies every answer by itself; certificate and public-key mode.
import plugin from 'wechatpay-axios-plugin'
import { account, expect, run } from './flow.mjs'

const { Aes: { AesGcm }, Formatter, Rsa, Wechatpay } = plugin
const merchant = { mchid: account.mchid, serial: account.merchant_serial, privateKey: account.merchant_private_key_pem }
const open = ({ ciphertext, nonce, associated_data }) => AesGcm.decrypt(ciphertext, account.api_v3_key, nonce, associated_data)

/** The first certificates verify the very answer that they came in, as this package's own downloader does it. */
async function downloadCertificates() {
  const certs = { any: undefined }
  const first = new Wechatpay({ ...merchant, certs })
  const learn = (text) => {
    for (const { serial_no, encrypt_certificate } of JSON.parse(text).data) certs[serial_no] = open(encrypt_certificate)
    return text
  }
  // The client keeps a copy of `certs`: a verifier over the live one stands behind the step that fills it.
  const transformResponse = [learn, plugin.Decorator.responseVerifier(certs), JSON.parse]
  const { data } = await first.v3.certificates.get({ transformResponse })
  expect('no certificate', data.data.length > 0)
  return Object.fromEntries(data.data.map(({ serial_no }) => [serial_no, certs[serial_no]]))
}

async function connect(mode) {
  const certs = mode === 'certificate' ? await downloadCertificates() : { [account.public_key_id]: account.public_key_pem }
  const headers = { 'Wechatpay-Serial': Object.keys(certs)[0] }
  // The one client that takes a base address: one mode by WeChat's name over TLS, the other by address over plain HTTP.
  const way = mode === 'certificate' ? {} : { baseURL: `${process.env.INTEROP_CONTROL}/` }
  return callsOf(new Wechatpay({ ...merchant, ...way, certs, headers }), certs)
}

const callsOf = ({ v3 }, certs) => ({
  async prepay(order) {
    const { data } = await v3.pay.transactions.jsapi.post({ appid: account.appid, mchid: account.mchid, ...order })
    const params = { timeStamp: `${Formatter.timestamp()}`, nonceStr: Formatter.nonce(), package: `prepay_id=${data.prepay_id}`, signType: 'RSA' }
    const text = Formatter.joinedByLineFeed(account.appid, params.timeStamp, params.nonceStr, params.package)
    return { ...params, paySign: Rsa.sign(text, account.merchant_private_key_pem) }
  },
  query: async (number) => (await v3.pay.transactions.outTradeNo.$number$.get({ number, params: { mchid: account.mchid } })).data,
  answerVerifies: (number) => v3.pay.transactions.outTradeNo.$number$.get({ number, params: { mchid: account.mchid } })
    .then(() => true, (error) => {
      // Any other failure is none of the signature.
      expect(error.message, error.code === 'EV3_RES_HEADER_SIGNATURE_DIGEST')
      return false
    }),
  async close(number) {
    const { status } = await v3.pay.transactions.outTradeNo.$number$.close.post({ mchid: account.mchid }, { number })
    expect(`close is answered ${status}`, status === 204)
  },
  refund: async (refund) => (await v3.refund.domestic.refunds.post(refund)).data,
  refundQuery: async (number) => (await v3.refund.domestic.refunds.$number$.get({ number })).data,
  abnormalRefund: async (id, body) => (await v3.refund.domestic.refunds.$id$.applyAbnormalRefund.post(body, { id })).data,
  complaint: async (id) => (await v3.merchantService.complaintsV2.$id$.get({ id })).data,
  seal: (text) => Rsa.encrypt(text, Object.values(certs)[0]),
  open: (sealed) => Rsa.decrypt(sealed, account.merchant_private_key_pem),
  verifies: (headers, body) => Rsa.verify(
    Formatter.response(headers['wechatpay-timestamp'], headers['wechatpay-nonce'], body),
    headers['wechatpay-signature'], certs[headers['wechatpay-serial']],
  ),
  decrypt: (resource) => JSON.parse(open(resource)),
  async tradeBill(bill_date) {
    const { data } = await v3.bill.tradebill.get({ params: { bill_date } })
    // By its path: the client knows an unsigned answer by that. No text: axios would take the byte order mark away.
    const token = new URL(data.download_url).searchParams.get('token')
    const file = await v3.billdownload.file.get({ params: { token }, responseType: 'arraybuffer' })
    return { ...data, text: file.data }
  },
})

const own = { seal: AesGcm.encrypt, sign: Rsa.sign }
await run('wechatpay-axios-plugin', 'certificate', connect, own)
await run('wechatpay-axios-plugin', 'public-key', connect, own)
