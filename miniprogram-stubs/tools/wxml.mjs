// What the official compiler of 2020 lets pass: unknown tags, wx:else without wx:if, lists without wx:key, handlers that do not exist.

const BUILT_IN = new Set(
  `block template slot wxs import include view scroll-view swiper swiper-item text rich-text icon progress button checkbox
  checkbox-group form input label picker picker-view radio radio-group slider switch textarea navigator image video canvas
  page-meta navigation-bar cover-view cover-image web-view`.split(/\s+/),
);
const TAG = /<!--[\s\S]*?-->|<(\/?)([A-Za-z][\w-]*)((?:[^"'>]|"[^"]*"|'[^']*')*?)(\/?)>/g;
const ATTRIBUTE = /([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?/g;

/** Faults of one file. `components`: names its JSON declares. `methods`: names its JS defines. */
export function wxmlFaults(source, { components, methods }) {
  const faults = [];
  const used = new Set();
  const open = [];
  let siblings = [];
  for (const match of source.matchAll(TAG)) {
    const [whole, closing, tag, rest, selfClosing] = match;
    if (whole.startsWith('<!--')) continue;
    const at = source.slice(0, match.index).split('\n').length;
    const fault = (text) => faults.push(`line ${at}: ${text}`);
    if (closing) {
      const opened = open.pop();
      if (!opened || opened.tag !== tag) fault(`</${tag}> closes ${opened ? `<${opened.tag}>` : 'nothing'}`);
      siblings = opened ? opened.siblings : [];
      continue;
    }
    const attributes = attributesOf(rest);
    checkTag(tag, components, used, fault);
    checkFlow(attributes, siblings, fault);
    checkValues(attributes, methods, fault);
    siblings.push(attributes);
    if (!selfClosing) {
      open.push({ tag, siblings });
      siblings = [];
    }
  }
  for (const { tag } of open) faults.push(`<${tag}> is never closed`);
  for (const name of components) if (!used.has(name)) faults.push(`component ${name} is declared and not used`);
  return faults;
}

function attributesOf(text) {
  const attributes = new Map();
  for (const [, name, double, single] of text.matchAll(ATTRIBUTE)) attributes.set(name, double ?? single ?? null);
  return attributes;
}

function checkTag(tag, components, used, fault) {
  if (components.includes(tag)) used.add(tag);
  else if (!BUILT_IN.has(tag)) fault(`unknown tag <${tag}>`);
}

function checkFlow(attributes, siblings, fault) {
  const branch = attributes.has('wx:else') || attributes.has('wx:elif');
  const before = siblings.at(-1);
  if (branch && !(before && (before.has('wx:if') || before.has('wx:elif')))) fault('wx:else without wx:if before it');
  if (!attributes.has('wx:for')) return;
  if (!attributes.has('wx:key')) fault('wx:for without wx:key');
  if (attributes.has('wx:if') || branch) fault('wx:for and wx:if on one element');
}

function checkValues(attributes, methods, fault) {
  for (const [name, value] of attributes) {
    if (value !== null && /\{\{\s*\}\}/.test(value)) fault(`empty {{}} in ${name}`);
    if (!/^(?:bind|catch)/.test(name)) continue;
    if (value?.includes('{{')) fault(`${name} must name its handler`);
    else if (value && !methods.has(value)) fault(`no method ${value} for ${name}`);
  }
}

/** Names that a page or component defines as functions: enough to find a misspelt handler. */
export function methodNames(script) {
  return new Set([...script.matchAll(/^\s+(?:async\s+)?(\w+)\s*\([^)]*\)\s*\{/gm)].map(([, name]) => name));
}
