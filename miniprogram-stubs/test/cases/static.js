const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { ROOT } = require('../harness/pages');

const WXML = 'pages/home/home.wxml';
const WXSS = 'pages/home/home.wxss';

/** Each defect, put into a copy of the project, and what has to be said about it. */
const DEFECTS = [
  ['unclosed tag', WXML, (s) => s.replace('</block>', ''), /block|home\.wxml/],
  ['bad expression', WXML, (s) => s.replace('{{errorText}}', '{{errorText + }}'), /home\.wxml/],
  ['unknown tag', WXML, (s) => s.replace('<block wx:else>', '<foo-bar /><block wx:else>'), /unknown tag <foo-bar>/],
  ['wx:else without wx:if', WXML, (s) => s.replace('<block wx:else>', '<view /><block wx:else>'), /wx:else without wx:if/],
  ['list without a key', WXML, (s) => s.replace(' wx:key="slug"', ''), /wx:for without wx:key/],
  ['misspelt handler', WXML, (s) => s.replace('bindtap="toSearch"', 'bindtap="toSerch"'), /no method toSerch/],
  ['broken style', WXSS, (s) => `${s}\n.x { color: red;`, /home\.wxss/],
  ['missing page', 'app.json', (s) => s.replace('"pages/legal/legal"', '"pages/legal/legal", "pages/none/none"'), /pages\/none\/none\.js is missing/],
  ['tab that is no page', 'app.json', (s) => s.replace('"pagePath": "pages/me/me"', '"pagePath": "pages/you/you"'), /tab pages\/you\/you is no page/],
  ['unknown key', 'app.json', (s) => s.replace('"style"', '"stile"'), /unknown key stile/],
  ['broken JSON', 'pages/me/me.json', (s) => s.replace('{', '{,'), /me\.json/],
  ['component that is not there', 'pages/home/home.json', (s) => s.replace('blank/blank', 'blank/blink'), /component blank is not at/],
  ['require that finds nothing', 'app.js', (s) => s.replace('./model/scene', './model/scenes'), /finds nothing/],
  ['large icon', 'assets/tab/me.png', (s) => s + 'x'.repeat(41 * 1024), /larger than 40 KB/],
  ['2 MB', 'assets/tab/x.bin', () => 'x'.repeat(2 * 1024 * 1024), /the package has/],
];

function copyOfProject(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mp-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  for (const entry of fs.readdirSync(ROOT)) {
    if (entry === 'node_modules') fs.symlinkSync(path.join(ROOT, entry), path.join(folder, entry));
    else fs.cpSync(path.join(ROOT, entry), path.join(folder, entry), { recursive: true });
  }
  return folder;
}

test('the compile step finds each kind of defect', async (t) => {
  const { faultsOf } = await import('../../tools/faults.mjs');
  const folder = copyOfProject(t);
  assert.deepEqual(faultsOf(folder).faults, [], 'the project itself has none');
  for (const [name, file, spoil, said] of DEFECTS) {
    const full = path.join(folder, file);
    const before = fs.existsSync(full) ? fs.readFileSync(full, 'latin1') : null;
    const text = before === null ? '' : Buffer.from(before, 'latin1').toString('utf8');
    const spoilt = spoil(text);
    assert.notEqual(spoilt, text, name);
    fs.writeFileSync(full, spoilt);
    assert.match(faultsOf(folder).faults.join('\n'), said, name);
    if (before === null) fs.rmSync(full);
    else fs.writeFileSync(full, Buffer.from(before, 'latin1'));
  }
});

test('what DevTools uploads is far below 2 MB, and holds no test, tool or package file', async () => {
  const { packageFiles, packageSize, PACKAGE_MAX } = await import('../../tools/package-files.mjs');
  assert.ok(packageSize(ROOT) < PACKAGE_MAX, `${packageSize(ROOT)} bytes`);
  const strange = packageFiles(ROOT).filter(({ path: file }) => !/^(app\.|config\.js$|sitemap\.json$|(api|assets|components|flow|model|pages)\/)/.test(file));
  assert.deepEqual(strange, []);
  assert.deepEqual(packageFiles(ROOT).filter(({ path: file }) => !/\.(js|json|wxml|wxss|png)$/.test(file)), []);
});

test('nothing is loaded from another host, and no secret is in the package', async () => {
  const { packageFiles } = await import('../../tools/package-files.mjs');
  const own = ['https://mall.example.com', 'https://mall-test.example.com', 'http://127.0.0.1:8080', 'http://127.0.0.1:8090'];
  for (const { path: file } of packageFiles(ROOT)) {
    if (file.endsWith('.png')) continue;
    const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
    const hosts = (text.match(/https?:\/\/[\w.:-]+/g) ?? []).filter((host) => !own.includes(host));
    assert.deepEqual(hosts, [], file);
    assert.doesNotMatch(text, /appsecret|app_secret|private_key|BEGIN [A-Z ]*KEY/i, file);
  }
});

test('a released build knows no stand-in, whatever its storage says', () => {
  global.wx = {
    getAccountInfoSync: () => ({ miniProgram: { envVersion: 'release' } }),
    getStorageSync: () => ({ origin: 'http://evil.example', standIn: 'http://evil.example' }),
  };
  const { config } = require(path.join(ROOT, 'config'));
  assert.equal(config().standIn, '');
  assert.match(config().origin, /^https:/);
});
