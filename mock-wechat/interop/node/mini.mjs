// The mini program's calls that a goods shop makes. A client brings its calls and what it verifies and decrypts with.
import { account, control, openInbox } from './stand-in.mjs'
import { expect, stepsOf } from './steps.mjs'

export const TOKEN = 'interoptoken'
export const AES_KEY = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFG'
const TEMPLATE = 'interop-template'

/** A package that has no piece for a step has no such call: the steps are known before any of them runs. */
export async function runMini(name, calls) {
  const step = stepsOf(name, 'mini program')
  const user = `interop-${name}`
  const { openid } = await control('wx/user', { user })
  const inbox = await openInbox((url) => calls.echo(url))
  const shop = { calls, user, openid, inbox }
  const steps = [
    ['access token', calls.token, accessToken],
    ['stable token', calls.stableToken, stableToken],
    ['session', calls.session, session],
    ['encrypted data', calls.decrypt, encryptedData],
    ['phone number', calls.post, phoneNumber],
    ['code image', calls.image, codeImage],
    ['subscribe message', calls.post, subscribeMessage],
    ['link and scheme', calls.post, links],
    ['text check', calls.post, textCheck],
    ['shipping', calls.paidOrder, shipping],
    ['unionid of the payer', calls.unionid, unionid],
    ['message URL check', calls.echo, urlCheck],
    ['message push, plain', calls.plain, (shop) => push(shop, calls.plain, { message_aes_key: '', message_xml: false })],
    ['message push, AES in XML', calls.xml, (shop) => push(shop, calls.xml, { message_aes_key: AES_KEY, message_xml: true })],
    ['message push, AES in JSON', calls.json, (shop) => push(shop, calls.json, { message_aes_key: AES_KEY, message_xml: false })],
  ]
  try {
    for (const [title, piece, act] of steps) if (piece) await step(title, () => act(shop))
  } finally {
    await control('settings', { message_url: '' })
    inbox.close()
  }
}

/** The refusal has to be WeChat's own, whatever a package makes of it. */
async function refused(code, call) {
  const told = await call().catch((error) => error)
  expect(`${code} is due: ${told?.message ?? JSON.stringify(told)}`, told?.errcode === code || told?.message?.includes(`${code}`))
}

async function accessToken({ calls }) {
  expect('no token', typeof await calls.token(account.app_secret) === 'string')
  await refused(40125, () => calls.token('a wrong secret'))
}

async function stableToken({ calls }) {
  const token = await calls.stableToken()
  expect('no token, or another one the second time', token && token === await calls.stableToken())
}

async function session(shop) {
  const { code } = await control('wx/login', { user: shop.user })
  const told = await shop.calls.session(code)
  expect('the openid is another', told.openid === shop.openid)
  expect('the session key is none', Buffer.from(told.session_key, 'base64').length === 16)
  await refused(40163, () => shop.calls.session(code))
  shop.sessionKey = told.session_key
}

async function encryptedData({ calls, user, sessionKey }) {
  const { encryptedData: data, iv, rawData, signature } = await control('wx/encrypted-data', { user, data: { nickName: '王小明 "😀"' } })
  const told = await calls.decrypt(sessionKey, iv, data)
  expect(`decrypted: ${JSON.stringify(told)}`, told.nickName === '王小明 "😀"' && told.watermark.appid === account.appid)
  const other = Buffer.alloc(16, 7).toString('base64')
  expect('another key decrypts', await Promise.resolve().then(() => calls.decrypt(other, iv, data)).catch(() => true) === true)
  if (!calls.isSigned) return
  expect('rawData is not signed', await calls.isSigned(rawData, signature, sessionKey))
  expect('changed rawData is signed', !(await calls.isSigned(`${rawData} `, signature, sessionKey)))
}

async function phoneNumber({ calls, user }) {
  const { code } = await control('wx/phone', { user, phone: '13800001111' })
  const { phone_info: phone } = await calls.post('/wxa/business/getuserphonenumber', { code })
  expect(`the phone is ${JSON.stringify(phone)}`, phone?.purePhoneNumber === '13800001111' && `${phone.countryCode}` === '86')
  await refused(40029, () => calls.post('/wxa/business/getuserphonenumber', { code }))
}

async function codeImage({ calls }) {
  const wanted = { page: 'pages/product/index', scene: 'p=12&c=a~1', width: 430, line_color: { r: 0, g: 0, b: 0 } }
  const jpeg = await calls.image({ ...wanted, check_path: false })
  expect(`no JPEG: ${jpeg.subarray(0, 99)}`, jpeg.subarray(0, 3).toString('hex') === 'ffd8ff')
  const png = await calls.image({ ...wanted, check_path: false, is_hyaline: true })
  expect(`no PNG: ${png.subarray(0, 99)}`, png.subarray(1, 4).toString() === 'PNG')
  const refusal = JSON.parse(await calls.image({ ...wanted, scene: 's'.repeat(33) }))
  expect(`40169 is due: ${JSON.stringify(refusal)}`, refusal.errcode === 40169)
}

async function subscribeMessage({ calls, user, openid }) {
  const message = {
    touser: openid, template_id: TEMPLATE, page: 'pages/order/index?no=1', miniprogram_state: 'formal', lang: 'zh_CN',
    data: { character_string1: { value: 'IOP1' }, thing2: { value: '红参 6年根' }, amount3: { value: '88.00元' } },
  }
  const send = () => calls.post('/cgi-bin/message/subscribe/send', message)
  await control('wx/subscribe', { user, template_ids: [TEMPLATE] })
  const told = await send()
  expect(`sent: ${JSON.stringify(told)}`, told.errcode === 0)
  // One accept is one message.
  await refused(43101, send)
}

async function links({ calls }) {
  const target = { path: 'pages/product/index', query: 'id=12' }
  const { url_link } = await calls.post('/wxa/generate_urllink', { ...target, expire_type: 1, expire_interval: 30 })
  const asked = await calls.post('/wxa/query_urllink', { url_link })
  expect(`the link leads to ${JSON.stringify(asked)}`, asked.url_link_info?.query === target.query)
  const { openlink } = await calls.post('/wxa/generatescheme', { jump_wxa: target, expire_type: 1, expire_interval: 30 })
  expect(`the scheme is ${openlink}`, openlink?.startsWith('weixin://dl/business/?t='))
  await refused(85401, () => calls.post('/wxa/generate_urllink', { ...target, expire_type: 1, expire_interval: 31 }))
}

async function textCheck({ calls, openid }) {
  const suggest = async (content) => {
    const told = await calls.post('/wxa/msg_sec_check', { version: 2, scene: 2, openid, content })
    return told.result?.suggest ?? JSON.stringify(told)
  }
  const found = [await suggest('很好喝'), await suggest('加微信看广告')]
  expect(`the texts are ${found}`, found.join() === 'pass,risky')
}

async function shipping({ calls, openid }) {
  const out_trade_no = await calls.paidOrder(openid)
  const order = { order_number_type: 1, mchid: account.mchid, out_trade_no }
  const told = await calls.post('/wxa/sec/order/upload_shipping_info', {
    order_key: order, logistics_type: 1, delivery_mode: 1, payer: { openid },
    upload_time: new Date(Date.now() + 8 * 3_600_000).toISOString().replace('Z', '+08:00'),
    shipping_list: [{
      tracking_no: 'SF1234567890', express_company: 'SF', item_desc: '红参 6年根*1', contact: { receiver_contact: '138****1111' },
    }],
  })
  expect(`shipped: ${JSON.stringify(told)}`, told.errcode === 0)
  const { order: shipped } = await calls.post('/wxa/sec/order/get_order', { merchant_id: account.mchid, merchant_trade_no: out_trade_no })
  expect(`the order is ${JSON.stringify(shipped)}`, shipped?.order_state === 2)
}

async function unionid({ calls, user, openid }) {
  const out_trade_no = await calls.paidOrder(openid)
  await control('wx/user', { user, unionid: 'union-of-interop' })
  const told = await calls.unionid({ openid, mch_id: account.mchid, out_trade_no })
  expect(`the unionid: ${JSON.stringify(told)}`, told.unionid === 'union-of-interop')
}

const settle = (inbox, more) => control('settings', { message_url: inbox.url, message_token: TOKEN, ...more })

async function urlCheck({ calls, inbox }) {
  await settle(inbox, { message_aes_key: '' })
  const { accepted } = await control('message-check', {})
  expect('the console does not accept the answer', accepted)
  const { url } = await inbox.next()
  const wrong = await calls.echo(url.replace(/nonce=/, 'nonce=0')).catch(() => undefined)
  expect('a wrongly signed check is answered', !wrong)
}

async function push({ user, openid, inbox }, read, more) {
  await settle(inbox, more)
  await control('wx/subscribe', { user, template_ids: [TEMPLATE] })
  const { url, body } = await inbox.next()
  const told = await read(url, body)
  expect(`pushed: ${JSON.stringify(told)}`, told.Event === 'subscribe_msg_popup_event' && told.FromUserName === openid)
  const wrong = await Promise.resolve().then(() => read(url.replace(/nonce=/, 'nonce=0'), body)).catch(() => undefined)
  expect('a wrongly signed message is read', !wrong)
}
