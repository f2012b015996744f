// node-easywechat: what its Pay clients are made of, and the prepay that both of its tests need.
import { join } from 'node:path'
import easywechat from 'node-easywechat'
import { account } from './stand-in.mjs'
import { expect } from './steps.mjs'

export const { MiniApp, Pay, ServerRequest } = easywechat
export const file = (name) => join(process.env.INTEROP_WORK, name)

export function payOf(mode) {
  return new Pay({
    app_id: account.appid, mch_id: account.mchid, secret_key: account.api_v3_key, v2_secret_key: account.api_v2_key,
    private_key: file('apiclient_key.pem'), certificate: file('apiclient_cert.pem'), file_cache: { path: file('easywechat') },
    // Without any it downloads the certificates. They are read from files: what else it allows does not survive its Config.
    ...(mode === 'public-key' && { platform_certs: { [account.public_key_id]: file('pub_key.pem') } }),
  })
}

/** Content goes as `data`: what its postJson sends is not in the signature that it makes. */
export async function sent(wanted, call) {
  const answer = await call
  expect(`answered ${answer.getStatusCode()}: ${answer.toString()}`, answer.getStatusCode() === wanted)
  return answer.toObject()
}

export async function prepay(pay, order) {
  const { prepay_id } = await sent(200, pay.getClient().post('/v3/pay/transactions/jsapi', {
    data: { appid: account.appid, mchid: account.mchid, ...order },
  }))
  const { appId, ...params } = pay.getUtils().buildMiniAppConfig(prepay_id, account.appid)
  return params
}
