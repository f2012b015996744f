/** Short ways to a page, by the project's own calls. */
const { newDevice, project, ready, until } = require('./pages');

const ADDRESS = {
  name: '王小明',
  phone: '13900001234',
  province: '山东省',
  city: '临沂市',
  district: '兰山区',
  detail: '金雀山路 1 号',
  region_code: '371302',
  is_default: true,
};

/** A buyer with an address and an identity, whose repeats do not wait. */
async function settledBuyer(t) {
  const device = newDevice();
  t.after(() => device.close());
  hurry();
  const account = project('api/account');
  const privacy = await project('api/catalogue').legal('privacy');
  await account.agree({ document: 'privacy', version: privacy.version, age_confirmed: true });
  await account.addAddress(ADDRESS);
  const { version } = await project('api/catalogue').legal('identity');
  await account.putIdentity({ name: '王小明', id_number: '11010519491231002X', consent_version: version });
  return device;
}

/** Pauses are for people. Needed again after a restart of the program. */
function hurry() {
  project('api/request').timing.pauseMs = 5;
  Object.assign(project('flow/payment').timing, { askMs: [0, 30, 30], busyMs: 30 });
}

/** A SKU by its code. */
async function sku(code) {
  const { products, product } = project('api/catalogue');
  const { items } = await products({ limit: 100 });
  for (const { id } of items) {
    const found = (await product(id)).skus.find((one) => one.code === code);
    if (found) return { ...found, product_id: id };
  }
  throw new Error(`the demo sells no ${code}`);
}

/** The checkout, ready to submit. */
async function checkout(device, items) {
  device.push(`/pages/checkout/checkout?items=${items.map(({ id, n = 1 }) => `${id}:${n}`).join(',')}`);
  await ready(device);
  await device.page.working;
  return device.page;
}

/** An order that waits for its payment, on its page, with the cash desk closed by the buyer. */
async function unpaidOrder(device) {
  const { id } = await sku('GP-SRD-MASK-05');
  device.phone.cashDesk = () => 'requestPayment:fail cancel';
  const page = await checkout(device, [{ id }]);
  await page.tap('.agree');
  await page.tap('.submit');
  await until('the order page', () => device.page.route === 'pages/order/order');
  await device.page.working;
  device.phone.cashDesk = null;
  return device.page;
}

module.exports = { ADDRESS, settledBuyer, hurry, sku, checkout, unpaidOrder };
