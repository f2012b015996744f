// Writes regions.json (province, city, district of China, six-digit codes) from the npm package @vant/area-data.
//
//   npm pack @vant/area-data@2.1.0 && tar xzf vant-area-data-2.1.0.tgz     (in any scratch folder; gives ./package)
//   node data/regions.mjs path/to/package                                 (writes regions.json beside this script)
//
// The names and codes are kept as the package has them; nothing is added or left out. The script only sorts them,
// refuses what is malformed (a code that is not six digits, a name with blanks, a child without a parent),
// and prints what a reader of the data should know. One line a row, so that a new version gives a readable diff.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = resolve(process.argv[2] ?? "package");
const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
if (about.name !== "@vant/area-data") throw new Error(`${folder} is not @vant/area-data`);
const { areaList } = await import(pathToFileURL(join(folder, about.module)).href);

const sorted = (list) => Object.entries(list).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
const provinces = sorted(areaList.province_list);
const cities = sorted(areaList.city_list);
const districts = sorted(areaList.county_list);

const faults = [];
for (const [code, name] of [...provinces, ...cities, ...districts]) {
  if (!/^[1-9]\d{5}$/.test(code)) faults.push(`${code}: not six digits`);
  if (typeof name !== "string" || name === "" || /\s/.test(name)) faults.push(`${code}: bad name ${JSON.stringify(name)}`);
}
const have = new Set([...provinces, ...cities].map(([code]) => code));
for (const [code] of provinces) if (!code.endsWith("0000")) faults.push(`${code}: not a province code`);
for (const [code] of cities) if (!have.has(`${code.slice(0, 2)}0000`)) faults.push(`${code}: city without province`);
const orphans = districts.filter(([code]) => !have.has(`${code.slice(0, 4)}00`));
for (const [code, name] of orphans) faults.push(`${code} ${name}: district without city`);
if (faults.length > 0) throw new Error(faults.join("\n"));

const block = (name, rows) => `"${name}":{\n${rows.map(([c, n]) => `"${c}":${JSON.stringify(n)}`).join(",\n")}\n}`;
const text = `{"source":"${about.name} ${about.version} (${about.license})",\n` +
  `${block("provinces", provinces)},\n${block("cities", cities)},\n${block("districts", districts)}}\n`;
JSON.parse(text);
writeFileSync(join(dirname(fileURLToPath(import.meta.url)), "regions.json"), text);

const withChildren = new Set(districts.map(([code]) => code.slice(0, 4)));
const bare = cities.filter(([code]) => !withChildren.has(code.slice(0, 4)));
const same = districts.filter(([code]) => code.endsWith("00"));
console.log(`${provinces.length} provinces, ${cities.length} cities, ${districts.length} districts`);
console.log(`cities without districts: ${bare.map((c) => c.join(" ")).join(", ") || "none"}`);
console.log(`districts with the code of their city: ${same.map((c) => c.join(" ")).join(", ") || "none"}`);
