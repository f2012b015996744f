/** Opens the project's own pages, compiled by WeChat's compiler, on a phone made of jsdom and WeChat's own component framework. */
const path = require('node:path');
const { JSDOM } = require('jsdom');

const ROOT = path.resolve(__dirname, '../..');
installDom();
// It takes the DOM that is there when it is loaded.
const simulate = require('miniprogram-simulate');
const { Phone, makeWx } = require('./wx');

function installDom() {
  const dom = new JSDOM('<!doctype html><html><head></head><body></body></html>', { url: 'http://localhost/' });
  const { window } = dom;
  for (const name of ['document', 'Node', 'Element', 'HTMLElement', 'Event', 'CustomEvent', 'MutationObserver']) global[name] = window[name];
  global.window = window;
  // A phone may never be reached this way, but the framework asks for it.
  global.TouchEvent = window.TouchEvent || window.Event;
}

/** The framework knows components only: a page becomes one, and its lifecycle is called by hand. */
global.Page = (definition) => {
  const { data, ...rest } = definition;
  const methods = {};
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value !== 'function') throw new Error(`a page holds data and functions only, not ${name}`);
    methods[name] = value;
  }
  global.Component({ data, methods });
};

/** A phone with the mini program on it. */
class Device {
  constructor(phone) {
    this.phone = phone;
    this.stack = [];
    this.wx = makeWx(phone, this);
    this.use();
    restart();
  }

  /** Makes this phone the one that the project's calls run on. */
  use() {
    global.wx = this.wx;
  }

  /** The page in front. */
  get page() {
    return this.stack[this.stack.length - 1];
  }

  push(url) {
    this.stack.push(openPage(url));
    return { errMsg: 'navigateTo:ok' };
  }

  replace(url) {
    close(this.stack.pop());
    return this.push(url);
  }

  tab(url) {
    this.stack.splice(0).forEach(close);
    return this.push(url);
  }

  back() {
    close(this.stack.pop());
    this.page.shown();
  }

  /** The program is killed and started again: only the storage is left. */
  restart() {
    this.stack.splice(0).forEach(close);
    restart();
  }

  close() {
    this.stack.splice(0).forEach(close);
  }
}

/** Forgets the project's modules, as a new start does. */
function restart() {
  for (const file of Object.keys(require.cache)) {
    const own = path.relative(ROOT, file);
    if (!own.startsWith('..') && !own.startsWith('node_modules') && !own.startsWith('test')) delete require.cache[file];
  }
}

const project = (file) => require(path.join(ROOT, file));

class OpenPage {
  constructor(url) {
    const [route, search = ''] = url.replace(/^\//, '').split('?');
    this.route = route;
    // The platform hands the values over as they stand in the address.
    this.query = Object.fromEntries(search.split('&').filter(Boolean).map((pair) => pair.split('=')));
    const tag = `p-${path.basename(route)}`;
    this.root = simulate.render(simulate.load(path.join(ROOT, route), tag, { rootPath: ROOT, compiler: 'official' }));
    this.root.attach(document.body.appendChild(document.createElement('div')));
    this.instance = this.root.instance;
    refuseUndefined(this.instance, route);
    this.working = Promise.all([this.call('onLoad', this.query)]).then(() => {});
    this.shown();
  }

  call(name, ...args) {
    const method = this.instance[name];
    return method ? method.apply(this.instance, args) : undefined;
  }

  shown() {
    const before = this.working;
    this.working = Promise.all([before, this.call('onShow')]).then(() => {});
  }

  get data() {
    return this.instance.data;
  }

  /** What a buyer reads. */
  get text() {
    return this.root.dom.textContent.replace(/\s+/g, ' ');
  }

  all(selector) {
    return this.root.querySelectorAll(selector);
  }

  /** `.stepper .more` is what has that class inside the component `.stepper`. */
  find(selector, index = 0) {
    const [outer, inner] = selector.split(' ');
    const host = this.all(outer)[index];
    const target = host && inner ? host.querySelector(inner) : host;
    if (!target) throw new Error(`${this.route} shows no ${selector} [${index}]`);
    return target;
  }

  shows(selector) {
    return this.all(selector).length > 0;
  }

  tap(selector, index = 0) {
    return this.fire(selector, 'tap', undefined, index);
  }

  async fire(selector, event, detail, index = 0) {
    const target = this.find(selector, index);
    // A button that is off, or at work, takes no taps.
    if (event === 'tap' && isOff(target)) return;
    target.dispatchEvent(event, detail && { detail });
    await settled();
  }

  type(selector, value) {
    return this.fire(selector, 'input', { value });
  }
}

/** @returns whether an element has `disabled` set */
function isOff(target) {
  const attributes = (target._exparserNode._vt || {}).attrs || [];
  return attributes.some(({ name, value }) => name === 'disabled' && value !== false && value !== '');
}

/** The real setData warns of undefined and drops it; here it is a fault. */
function refuseUndefined(instance, route) {
  const { setData } = instance;
  instance.setData = function checked(change, done) {
    const seen = JSON.stringify(change, (_, value) => {
      if (value === undefined) throw new Error(`${route}: setData with an undefined value in ${Object.keys(change)}`);
      return value;
    });
    return setData.call(this, JSON.parse(seen), done);
  };
}

const openPage = (url) => new OpenPage(url);

function close(page) {
  if (!page) return;
  page.call('onUnload');
  page.root.detach();
}

/** Events are dispatched in a microtask of their own. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Waits until it is so; says what it waited for. */
async function until(what, holds, ms = 15000) {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited ${ms} ms for: ${what}`);
}

/** The page in front has its content. */
const ready = (device) => until(`${device.page.route} is ready`, () => device.page.data.state === 'ready');

let buyers = 0;
/** A phone of a buyer nobody knows yet. */
function newDevice(user) {
  buyers += 1;
  return new Device(new Phone(user || `mp-${process.pid}-${Date.now().toString(36)}-${buyers}`));
}

module.exports = { ROOT, Device, newDevice, project, ready, until };
