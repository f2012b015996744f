// node-easywechat, mini program: it knows tokens, sessions and messages; any other call goes by its path.
import { account, control } from './stand-in.mjs'
import { file, MiniApp, payOf, prepay, ServerRequest } from './easywechat.mjs'
import { AES_KEY, runMini, TOKEN } from './mini.mjs'

const connect = (more) => new MiniApp({
  app_id: account.appid, secret: account.app_secret, token: TOKEN, aes_key: AES_KEY,
  file_cache: { path: file('easywechat') }, ...more,
})
const app = connect()
const query = (url) => new ServerRequest('GET', url).getQueryParams()

/** The events that its server hands to a listener, verified and decrypted. */
async function served(url, body) {
  const each = connect().setRequest(new ServerRequest('POST', url, {}, body))
  let event
  await each.getServer().addEventListener('subscribe_msg_popup_event', (message) => { event = message.toObject() }).serve()
  return event
}

/** Of a check and of a plain message it looks at no signature; it can make one. */
function signed(url) {
  const { signature, timestamp, nonce } = query(url)
  return app.getEncryptor().createSignature(TOKEN, timestamp, nonce) === signature
}

await runMini('node-easywechat', {
  token: (secret) => connect({ secret }).getAccessToken().getToken(),
  stableToken: () => connect({ use_stable_access_token: true }).getAccessToken().refresh(),
  session: (code) => app.getUtils().codeToSession(code),
  decrypt: (key, iv, data) => app.getUtils().decryptSession(key, iv, data),
  post: async (path, body) => (await app.getClient().postJson(path, body)).toObject(),
  image: async (body) => (await app.getClient().postJson('/wxa/getwxacodeunlimit', body, { responseType: 'arraybuffer' })).getContent(),
  unionid: async (params) => (await app.getClient().get('/wxa/getpaidunionid', { params })).toObject(),
  async paidOrder(openid) {
    const out_trade_no = `IOM${Date.now()}`
    await prepay(payOf('public-key'), {
      description: '红参', out_trade_no, notify_url: 'http://127.0.0.1:9/never', amount: { total: 8800 }, payer: { openid },
    })
    await control('pay-direct', { out_trade_no })
    return out_trade_no
  },
  async echo(url) {
    if (!signed(url)) return undefined
    const answer = await connect().setRequest(new ServerRequest('GET', url)).getServer().serve()
    return answer.getBody().toString()
  },
  plain: (url, body) => signed(url) && served(url, body),
  xml: served,
  // What it decrypts itself it reads as XML only.
  json(url, body) {
    const { msg_signature, nonce, timestamp } = query(url)
    return JSON.parse(app.getEncryptor().decrypt(JSON.parse(body).Encrypt, msg_signature, nonce, timestamp))
  },
})
