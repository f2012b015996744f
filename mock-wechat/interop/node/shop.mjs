// A notify that this client made, sent to the shop: the right one pays the order, a changed one is refused.
import { readFileSync } from 'node:fs'
import { expect } from './steps.mjs'

/** `seal(plain, key, nonce, aad)` and `sign(text, pem)` are the client's own. */
export async function notifyShop(mode, { seal, sign }) {
  const { url, plaintext, account, order } = JSON.parse(readFileSync(`${process.env.INTEROP_SHOP_ORDERS}-${mode}.json`, 'utf8'))
  const nonce = 'interopnonce'
  const plain = JSON.stringify(plaintext)
  const body = JSON.stringify({
    id: `interop-${plaintext.out_trade_no}`,
    create_time: plaintext.success_time,
    resource_type: 'encrypt-resource',
    event_type: 'TRANSACTION.SUCCESS',
    summary: '支付成功',
    resource: {
      original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', nonce, associated_data: 'transaction',
      ciphertext: seal(plain, account.api_v3_key, nonce, 'transaction'),
    },
  })
  const time = String(Math.floor(Date.now() / 1000))
  const headers = {
    'Content-Type': 'application/json',
    'Wechatpay-Timestamp': time,
    'Wechatpay-Nonce': nonce,
    'Wechatpay-Serial': account.public_key_id,
    'Wechatpay-Signature': sign(`${time}\n${nonce}\n${body}\n`, account.public_key_private_pem),
    'Wechatpay-Signature-Type': 'WECHATPAY2-SHA256-RSA2048',
  }
  const changed = body.replace('支付成功', '支付失败')
  const refused = await fetch(url, { method: 'POST', headers, body: changed })
  expect(`the shop answers ${refused.status} to a changed notify`, refused.status === 401)
  expect('a changed notify moves the order', await stateOf(order) === 'pending_payment')
  const kept = await fetch(url, { method: 'POST', headers, body })
  expect(`the shop answers ${kept.status} to a notify`, kept.status === 204)
  // 204 says only that the notify was kept, and a signed but unreadable one is kept for a person.
  expect('the order is not paid', await stateOf(order) === 'paid')
}

const stateOf = async ({ url, headers }) => (await (await fetch(url, { headers })).json()).state
