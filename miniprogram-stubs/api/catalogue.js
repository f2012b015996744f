/** What anybody may read. */
const { send } = require('./request');

const anybody = { login: false };

const categories = () => send('get', '/api/v1/categories', anybody);
const vendors = () => send('get', '/api/v1/vendors', anybody);

/** @param {string} slug */
const vendor = (slug) => send('get', '/api/v1/vendors/{slug}', { path: { slug }, login: false });

/** @param {import('./contract').Options<'/api/v1/products', 'get'>['query']} query */
const products = (query) => send('get', '/api/v1/products', { query, login: false });

/** @param {string} product id or slug */
const product = (product) => send('get', '/api/v1/products/{product}', { path: { product }, login: false });

/** @param {string} q */
const suggest = (q) => send('get', '/api/v1/search/suggest', { query: { q }, login: false });

/** @param {import('./contract').Schemas['Document']} document */
const legal = (document) => send('get', '/api/v1/legal/{document}', { path: { document }, login: false });

module.exports = { categories, vendors, vendor, products, product, suggest, legal };
