// Writes api/types.d.ts from the shop's API document: `node tools/types.mjs [--check] [FILE or URL]`.
// Without a source it asks the server at MALL_URL. `--check` writes nothing and ends with 1 if the file is not what it would be.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const TARGET = new URL('../api/types.d.ts', import.meta.url);
const HEAD = `/**
 * Made from the shop's API document by \`npm run types\`; do not edit.
 */
`;

const words = process.argv.slice(2);
const check = words.includes('--check');
const source = words.find((word) => !word.startsWith('--')) ?? process.env.MALL_URL;
if (!source) {
  console.error('types: name the API document, or set MALL_URL to a running shop (for example http://127.0.0.1:8080)');
  process.exit(2);
}

const document = consumerPart(JSON.parse(await fetchText(source)));
const made = HEAD + astToString(await openapiTS(document, { alphabetize: true }));
if (check) {
  const kept = await readFile(TARGET, 'utf8').catch(() => '');
  if (kept !== made) {
    console.error(`types: api/types.d.ts is not what the API document says${firstDifference(kept, made)}\nRun: npm run types`);
    process.exit(1);
  }
  console.log('types: fresh');
} else {
  await writeFile(TARGET, made);
  console.log(`types: ${made.split('\n').length} lines`);
}

async function fetchText(from) {
  if (!/^https?:/.test(from)) return readFile(from, 'utf8');
  const url = from.endsWith('.json') ? from : `${from.replace(/\/$/, '')}/openapi.json`;
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}

// Operators' and firms' routes are no business of a phone: neither their types nor their changes belong here.
function consumerPart(whole) {
  const paths = Object.fromEntries(Object.entries(whole.paths).filter(([path]) => path.startsWith('/api/v1/')));
  const schemas = {};
  const collect = (value) => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (name in schemas) continue;
      schemas[name] = whole.components.schemas[name];
      collect(schemas[name]);
    }
  };
  collect(paths);
  return { ...whole, paths, tags: undefined, components: { ...whole.components, schemas } };
}

function firstDifference(kept, made) {
  const [old, now] = [kept.split('\n'), made.split('\n')];
  const at = now.findIndex((line, index) => line !== old[index]);
  return at < 0 ? '' : `; first in line ${at + 1}:\n- ${old[at] ?? ''}\n+ ${now[at]}`;
}
