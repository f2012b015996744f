// Checks of the project as a whole: pages, tab bar, components, requires, icons, size.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { PACKAGE_MAX, packageFiles } from './package-files.mjs';
import { methodNames, wxmlFaults } from './wxml.mjs';

const ICON_MAX = 40 * 1024;
const APP_KEYS = [
  'pages', 'window', 'tabBar', 'style', 'sitemapLocation', 'lazyCodeLoading', 'requiredPrivateInfos', '__usePrivacyCheck__',
  'usingComponents', 'subPackages', 'networkTimeout', 'permission', 'preloadRule',
];
const PAGE_KEYS = [
  'usingComponents', 'component', 'navigationBarTitleText', 'navigationBarBackgroundColor', 'navigationBarTextStyle',
  'enablePullDownRefresh', 'backgroundColor', 'backgroundTextStyle', 'onReachBottomDistance', 'disableScroll', 'navigationStyle',
];
const PRIVATE_INFOS = [
  'chooseAddress', 'chooseLocation', 'choosePoi', 'getFuzzyLocation', 'getLocation', 'onLocationChange', 'startLocationUpdate',
  'startLocationUpdateBackground',
];

/** Every fault, as `file: what`. */
export function projectFaults(root) {
  const faults = [];
  const files = packageFiles(root);
  const shipped = new Set(files.map(({ path }) => path));
  const app = readJson(root, 'app.json', APP_KEYS, faults);
  readJson(root, 'sitemap.json', ['rules', 'desc'], faults);
  for (const page of app.pages ?? []) {
    for (const end of ['js', 'json', 'wxml', 'wxss']) {
      if (!shipped.has(`${page}.${end}`)) faults.push(`app.json: ${page}.${end} is missing`);
    }
  }
  checkTabBar(root, app, faults);
  for (const info of app.requiredPrivateInfos ?? []) {
    if (!PRIVATE_INFOS.includes(info)) faults.push(`app.json: requiredPrivateInfos does not know ${info}`);
  }
  for (const { path } of files) {
    if (path.endsWith('.wxml')) checkView(root, path, app, shipped, faults);
    if (path.endsWith('.js')) checkScript(root, path, shipped, faults);
  }
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size >= PACKAGE_MAX) faults.push(`the package has ${size} bytes, WeChat takes less than ${PACKAGE_MAX}`);
  return { faults, size, count: files.length };
}

function readJson(root, path, keys, faults) {
  let value = {};
  try {
    value = JSON.parse(readFileSync(join(root, path), 'utf8'));
  } catch (error) {
    faults.push(`${path}: ${error.message}`);
  }
  for (const key of Object.keys(value)) if (!keys.includes(key)) faults.push(`${path}: unknown key ${key}`);
  return value;
}

function checkTabBar(root, { tabBar, pages = [] }, faults) {
  const list = tabBar?.list ?? [];
  if (tabBar && (list.length < 2 || list.length > 5)) faults.push('app.json: a tab bar has 2 to 5 tabs');
  for (const { pagePath, iconPath, selectedIconPath } of list) {
    if (!pages.includes(pagePath)) faults.push(`app.json: tab ${pagePath} is no page`);
    for (const icon of [iconPath, selectedIconPath]) {
      const file = join(root, icon ?? '');
      if (!icon || !existsSync(file)) faults.push(`app.json: icon ${icon} is missing`);
      else if (statSync(file).size > ICON_MAX) faults.push(`app.json: icon ${icon} is larger than 40 KB`);
    }
  }
}

function checkView(root, path, app, shipped, faults) {
  const base = path.slice(0, -'.wxml'.length);
  const declared = readJson(root, `${base}.json`, PAGE_KEYS, faults).usingComponents ?? {};
  for (const [name, target] of Object.entries({ ...declared, ...app.usingComponents })) {
    const file = target.startsWith('/') ? target.slice(1) : posix.join(posix.dirname(path), target);
    if (!shipped.has(`${file}.wxml`)) faults.push(`${base}.json: component ${name} is not at ${file}`);
  }
  const source = readFileSync(join(root, path), 'utf8');
  const methods = methodNames(readFileSync(join(root, `${base}.js`), 'utf8'));
  for (const fault of wxmlFaults(source, { components: Object.keys(declared), methods })) faults.push(`${path}: ${fault}`);
}

function checkScript(root, path, shipped, faults) {
  const source = readFileSync(join(root, path), 'utf8');
  for (const [, target] of source.matchAll(/\brequire\('([^']+)'\)/g)) {
    const file = `${posix.join(dirname(path), target)}.js`;
    if (!target.startsWith('.')) faults.push(`${path}: require of ${target}: only relative paths work on a phone`);
    else if (!shipped.has(file)) faults.push(`${path}: require of ${target} finds nothing`);
  }
}
