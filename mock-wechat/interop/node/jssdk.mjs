// wechat-jssdk: a token, a session and what is checked with it, and the signature of pushed messages.
import { join } from 'node:path'
import { Wechat } from 'wechat-jssdk'
import { account } from './stand-in.mjs'
import { runMini, TOKEN } from './mini.mjs'

const connect = (appSecret) => new Wechat({
  appId: account.appid, appSecret, wechatToken: TOKEN, miniProgram: { appId: account.appid, appSecret },
  storeOptions: { fileStorePath: join(process.env.INTEROP_WORK, 'wechat-jssdk.json'), noInterval: true },
})
const { jssdk, miniProgram } = connect(account.app_secret)
const query = (url) => Object.fromEntries(new URL(url, 'http://shop').searchParams)

await runMini('wechat-jssdk', {
  token: async (secret) => (await connect(secret).jssdk.getAccessToken()).access_token,
  session: (code) => miniProgram.getSession(code),
  decrypt: (key, iv, data) => miniProgram.decryptData(data, iv, key),
  isSigned: (raw, signature, key) => miniProgram.verifySignature(raw, signature, key).then(() => true, () => false),
  echo: async (url) => jssdk.verifySignature(query(url)) && query(url).echostr,
  plain: (url, body) => jssdk.verifySignature(query(url)) && JSON.parse(body),
})
// Each instance keeps a timer that nothing ends.
process.exit()
