/**
 * What the buyer reads for each stable code. A test compares the codes with those of the server.
 *
 * @type {Record<string, string>}
 */
const TEXTS = {
  // No answer came
  network: '网络不给力，请检查网络后重试',
  timeout: '等待超时，请稍后重试',
  bad_answer: '服务暂时不可用，请稍后重试',
  // Who asks
  unauthorized: '登录已过期，请重试',
  invalid_login_code: '微信登录未成功，请重试',
  invalid_refresh_token: '登录已过期，请重试',
  invalid_credentials: '登录信息不正确',
  totp_required: '需要输入动态验证码',
  invalid_signature: '签名校验未通过',
  forbidden: '您没有权限进行此操作',
  password_change_required: '请先修改密码',
  totp_enrolment_required: '请先绑定动态验证码',
  step_up_required: '请再次验证身份',
  account_blocked: '当前微信账号无法使用，请联系客服',
  // The form of the question
  invalid_request: '填写的内容有误，请检查后重试',
  not_found: '内容不存在或已下架',
  method_not_allowed: '当前版本过旧，请更新小程序',
  not_acceptable: '当前版本过旧，请更新小程序',
  request_timeout: '网络较慢，请重试',
  payload_too_large: '提交的内容过大',
  uri_too_long: '提交的内容过长',
  unsupported_media_type: '当前版本过旧，请更新小程序',
  idempotency_key_reused: '订单内容已变化，请重新提交',
  too_many_requests: '操作太快了，请稍等片刻',
  // What stands against it
  wrong_state: '订单状态已变化，请刷新查看',
  out_of_stock: '部分商品库存不足',
  price_changed: '价格有变动，请确认新价格',
  notice_changed: '消费者告知书有更新，请重新阅读并同意',
  consent_required: '请先阅读并同意隐私政策',
  document_changed: '文本有更新，请阅读新版本',
  account_closing: '账号注销申请处理中，暂时无法下单',
  split_required: '所选商品需要分开下单',
  place_not_served: '该地区暂不支持配送，请更换地址',
  identity_required: '请先填写申报所需的身份信息',
  value_limit: '跨境商品每单不超过 5000 元，请减少数量或分开下单',
  already_paid: '订单已支付',
  payment_in_progress: '支付正在处理，请稍候',
  limit_reached: '已达到数量上限',
  // Not the buyer's fault
  wechat_refused: '微信服务暂时无法使用，请稍后重试',
  wechat_unavailable: '微信服务繁忙，请稍后重试',
  unavailable: '系统繁忙，请稍后重试',
  internal_error: '出了点问题，请稍后重试',
};

module.exports = TEXTS;
